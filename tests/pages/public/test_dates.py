"""Calls over time: the picture, its table, and the calendar."""

from datetime import UTC

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.programmes import calendars
from grants.programmes.models import Call, CallPhase
from grants.programmes.pages_standing import visible_calls
from grants.programmes.timeline import timeline, wrapped
from tests.pages.public.reading import moment_of

pytestmark = pytest.mark.django_db


class TestTimeline:
    def test_nothing_to_draw(self) -> None:
        assert timeline([]) is None

    def test_today_stands_where_it_is(self, calls: list[Call]) -> None:
        with clock.at(moment_of(calls[-1], CallPhase.OPEN)):
            drawing = timeline(visible_calls())
        assert drawing is not None
        assert [p.row.standing.call.slug for p in drawing.wide.rows] == [c.slug for c in calls]
        assert 0 < float(drawing.now[:-1]) < 100
        row = drawing.wide.rows[-1].row
        assert float(row.window[:-1]) == pytest.approx(float(drawing.now[:-1]))  # it opens this moment

    def test_a_call_without_a_closing_is_drawn_to_the_edge(self, last: Call) -> None:
        Call.objects.filter(pk=last.pk).update(closes_at=None)
        with clock.at(moment_of(last, CallPhase.OPEN)):
            drawing = timeline(visible_calls())
        assert drawing is not None
        row = drawing.wide.rows[-1].row
        assert float(row.window[:-1]) + float(row.window_length[:-1]) == pytest.approx(100, abs=0.02)

    def test_long_titles_are_wrapped_and_cut(self) -> None:
        assert wrapped("Kort") == ["Kort"]
        assert len(wrapped("ord " * 50)) == 2
        assert max(len(line) for line in wrapped("o" * 300)) < 30


def unfolded(text: str) -> list[str]:
    """The content lines of an iCalendar file."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    lines = text[:-2].split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    whole: list[str] = []
    for line in lines:
        if line.startswith(" "):
            whole[-1] += line[1:]
        else:
            whole.append(line)
    return whole


class TestCalendar:
    def test_a_calls_dates(self, client: Client, last: Call) -> None:
        at = moment_of(last, CallPhase.ANNOUNCED)
        with clock.at(at):
            response = client.get(reverse("call_calendar", args=[last.slug]))
        assert response["Content-Type"].startswith("text/calendar")
        lines = unfolded(response.content.decode())
        assert lines[0] == "BEGIN:VCALENDAR"
        assert lines[-1] == "END:VCALENDAR"
        assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 4
        assert last.closes_at
        assert f"DTSTART:{last.closes_at.astimezone(UTC):%Y%m%dT%H%M%SZ}" in lines
        assert f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" in lines
        assert any(line.startswith("SUMMARY:") and line.endswith("(exempel)") for line in lines)

    def test_uids_are_the_same_every_time_and_never_twice(self, client: Client, last: Call) -> None:
        found = []
        for phase in (CallPhase.ANNOUNCED, CallPhase.CLOSED):
            with clock.at(moment_of(last, phase)):
                lines = unfolded(client.get(reverse("calls_calendar")).content.decode())
            found.append([line for line in lines if line.startswith("UID:")])
        assert found[0]
        assert len(set(found[1])) == len(found[1])
        assert set(found[0]) == set(found[1])

    def test_hidden_calls_have_no_dates(self, client: Client, last: Call) -> None:
        with clock.at(moment_of(last, CallPhase.HIDDEN)):
            assert last.slug not in client.get(reverse("calls_calendar")).content.decode()

    def test_text_is_escaped_and_folded_between_characters(self) -> None:
        assert calendars.escaped("a,b;c\\d\r\ne") == "a\\,b\\;c\\\\d\\ne"
        for text in ("å" * 200, "x" * 75, "x" * 76, "😀" * 50, ""):
            folded = calendars.folded(text)
            assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))
            assert folded.replace("\r\n ", "") == text
