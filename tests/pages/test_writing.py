"""How amounts, shares, moments and people's own text are written on pages, in both languages."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django import forms
from django.template import engines
from django.utils import translation

from grants import clock
from grants.fields import LineField, TextField
from grants.templatetags import writing

NBSP = "\u00a0"
STANDS_AT = datetime(2023, 9, 25, 9, 12, tzinfo=clock.SWEDEN)
CLOSES = datetime(2023, 10, 2, 16, 0, tzinfo=clock.SWEDEN)


@pytest.fixture(autouse=True)
def _swedish_morning() -> Iterator[None]:
    with clock.at(STANDS_AT), translation.override("sv"):
        yield


def _rendered(source: str, **context: object) -> str:
    return str(engines["django"].from_string(source).render(context))


def test_amounts_in_both_languages() -> None:
    assert writing.kr(58_000_000) == f"580{NBSP}000{NBSP}kr"
    assert writing.amount(58_000_050) == f"580{NBSP}000,50"
    assert writing.kr(None) == ""
    with translation.override("en"):
        assert writing.kr(58_000_000) == f"SEK{NBSP}580,000"
        assert writing.amount(-58_000_000) == "\u2212580,000"


def test_shares_and_numbers() -> None:
    assert writing.share(7760) == f"77,6{NBSP}%"
    assert writing.number(41_000) == f"41{NBSP}000"
    with translation.override("en"):
        assert writing.share(7760) == "77.6%"
        assert writing.number(41_000) == "41,000"


@pytest.mark.parametrize(
    ("style", "swedish", "english"),
    [
        ("", "2 oktober kl. 16.00", "2 October at 16:00"),
        ("full", "2 oktober 2023 kl. 16.00", "2 October 2023 at 16:00"),
        ("weekday", "måndag 2 oktober 2023 kl. 16.00", "Monday 2 October 2023 at 16:00"),
        ("short", "2 okt 16.00", "2 Oct 16:00"),
        ("time", "16.00", "16:00"),
        ("sec", "16:00:00", "16:00:00"),
    ],
)
def test_moments(style: str, swedish: str, english: str) -> None:
    assert writing.when(CLOSES, style).replace(NBSP, " ") == swedish
    with translation.override("en"):
        assert writing.when(CLOSES, style).replace(NBSP, " ") == english


def test_a_moment_of_another_year_tells_the_year() -> None:
    assert writing.when(CLOSES.replace(year=2024)).replace(NBSP, " ") == "2 oktober 2024 kl. 16.00"


def test_a_moment_is_written_in_swedish_time() -> None:
    utc = datetime.fromisoformat("2023-12-31T23:30:00+00:00")
    assert writing.when(utc).replace(NBSP, " ") == "1 januari 2024 kl. 00.30"
    assert writing.day(utc).replace(NBSP, " ") == "1 januari 2024"


def test_day_and_time_do_not_break_over_lines() -> None:
    assert writing.when(CLOSES) == f"2{NBSP}oktober kl.{NBSP}16.00"


def test_what_is_near_has_its_date_unless_it_is_today() -> None:
    with clock.at(CLOSES):
        assert writing.when(CLOSES, "near") == "16.00"
        assert writing.when(CLOSES - timedelta(days=1), "near") == f"1{NBSP}oktober 16.00"
        assert writing.when(CLOSES.replace(year=2022), "near") == f"2{NBSP}oktober 2022 16.00"
        with translation.override("en"):
            assert writing.when(CLOSES - timedelta(days=1), "near") == f"1{NBSP}October 16:00"


def test_days() -> None:
    the_second = date(2023, 10, 2)
    assert writing.day(the_second).replace(NBSP, " ") == "2 oktober 2023"
    assert writing.day(the_second, "bare").replace(NBSP, " ") == "2 oktober"
    assert writing.day(the_second, "weekday").replace(NBSP, " ") == "måndag 2 oktober 2023"
    assert writing.when(the_second).replace(NBSP, " ") == "2 oktober"
    assert writing.when("i oktober") == "i oktober"


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(days=7, hours=6), "7 dygn kvar"),
        (timedelta(days=1), "1 dygn kvar"),
        (timedelta(hours=5, minutes=59), "5 timmar kvar"),
        (timedelta(hours=1), "1 timme kvar"),
        (timedelta(minutes=2), "2 minuter kvar"),
        (timedelta(seconds=4), "1 minut kvar"),
        (timedelta(), "tiden har gått ut"),
        (timedelta(days=-3), "tiden har gått ut"),
    ],
)
def test_what_is_left(left: timedelta, text: str) -> None:
    assert writing.days_left(STANDS_AT + left) == text


def test_what_is_left_of_a_date() -> None:
    assert writing.days_left(date(2023, 9, 25)) == "sista dagen"
    assert writing.days_left(date(2023, 9, 27)) == "2 dygn kvar"
    assert writing.days_left(date(2023, 9, 24)) == "tiden har gått ut"


def test_a_made_up_value_is_marked_for_eye_and_ear() -> None:
    marked = writing.demo_mark("<4 000 000 kr>")
    assert 'class="an-demo"' in marked
    assert "(exempel)" in marked
    assert "&lt;4" in marked
    assert writing.demo_mark("fakta", False) == "fakta"


def test_peoples_text_becomes_paragraphs_and_lists_and_nothing_else() -> None:
    text = "Först <script>\nrad två\r\n\r\n- en\n- två & tre\n\nhttps://example.org"
    assert writing.paragraphs(text) == (
        '<p>Först &lt;script&gt;<br>rad två</p><ul class="ds-list"><li>en</li><li>två &amp; tre</li></ul><p>https://example.org</p>'
    )
    assert writing.paragraphs(None) == ""


def test_counting_is_the_servers() -> None:
    assert writing.counted("a\r\nb ") == 3
    assert writing.counted("e\u0301") == 1
    assert writing.counted(None) == 0


def test_glyphs_are_decoration_and_known() -> None:
    for name in ("done", "turn", "decision_plan", "lock", "history"):
        drawn = _rendered("{% glyph name %}", name=name)
        assert drawn.count("<svg") == 1
        assert 'aria-hidden="true"' in drawn
        assert "<path" in drawn or "<circle" in drawn or "<rect" in drawn


def test_a_meter_never_runs_over_its_edge() -> None:
    assert 'width="100%" height="100%"' in _rendered("{% meter 579 500 %}")
    assert "an-meter--over" in _rendered("{% meter 579 500 %}")
    assert 'width="43%"' in _rendered("{% meter 216 500 %}")
    assert 'width="0%"' in _rendered("{% meter 5 0 %}")


class _Answer(forms.Form):
    title = LineField(label="Projektets namn", help_text="Kort och talande.")
    need = TextField(label="Behov", max_length=10)
    comment = LineField(label="Kommentar", required=False)
    personal = forms.ChoiceField(
        label="Personuppgifter?", choices=[("j", "Ja"), ("n", "Nej")], widget=forms.RadioSelect
    )


def test_a_field_names_its_description_and_its_error() -> None:
    form = _Answer({"need": "för långt svar"})
    title = form["title"].as_field_group()
    assert 'id="id_title_helptext"' in title
    assert 'id="id_title_error"' in title
    assert 'aria-describedby="id_title_helptext id_title_error"' in title
    assert 'aria-invalid="true"' in title
    assert "(frivilligt)" not in title
    assert "(frivilligt)" in form["comment"].as_field_group()


def test_a_long_answer_is_counted_and_choices_are_a_group() -> None:
    form = _Answer({"need": "för långt svar"})
    need = form["need"].as_field_group()
    assert "<b data-n>14</b> av 10 tecken" in need
    assert "is-over" in need
    choices = form["personal"].as_field_group()
    assert "<fieldset" in choices
    assert "<legend" in choices
    assert 'id="id_personal_0"' in choices


def test_the_summary_links_to_what_must_be_put_right() -> None:
    found = writing.as_errors(_Answer({"title": "x", "need": "kort"}))
    assert [one["url"] for one in found] == ["#id_personal_0"]
    summary = _rendered('{% include "components/error_summary.html" %}', form=_Answer({"title": "x", "need": "kort"}))
    assert "En sak att rätta" in summary
    assert _rendered('{% include "components/error_summary.html" %}', form=_Answer()).strip() == ""
