"""The front page, the page of a call and its form, and the pages beside them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from grants import clock
from grants.programmes import pages_examples, pages_questions
from grants.programmes.loading import Batch, store
from grants.programmes.models import Call, CallPhase, Programme
from grants.programmes.pages_standing import visible_call, visible_calls
from grants.programmes.questions import Text
from grants.templatetags.call_texts import breakable, said
from tests.factories import World
from tests.pages.public.reading import LONG_AGO, PAGES, bare, moment_of, read, remarks_of, visible_ones

pytestmark = pytest.mark.django_db


class TestHome:
    def test_without_calls_it_says_so(self, client: Client, empty_database: None) -> None:
        assert "Inga omgångar än" in read(client, "home")

    def test_every_visible_call_has_a_card_in_every_phase(self, client: Client, last: Call) -> None:
        Call.objects.filter(pk=last.pk).update(decided_at=moment_of(last, CallPhase.DECIDED))
        words = {
            CallPhase.PLANNED: "Planerad",
            CallPhase.ANNOUNCED: "Annonserad",
            CallPhase.OPEN: "Öppen, ",
            CallPhase.CLOSED: "Stängd, bedöms",
            CallPhase.DECIDED: "Beslutad",
        }
        for phase, word in words.items():
            with clock.at(moment_of(last, phase)):
                page = read(client, "home")
                card = page[page.index(f'aria-labelledby="call-{last.slug}"') :]
                assert word in card[: card.index("</article>")], phase

    def test_a_hidden_call_is_not_there(self, client: Client, last: Call) -> None:
        with clock.at(moment_of(last, CallPhase.HIDDEN)):
            assert last.slug not in read(client, "home")

    def test_what_closes_next_comes_first_and_what_has_been_comes_last(self, calls: list[Call]) -> None:
        opened = [c for c in calls if c.opens_at and c.closes_at]
        for call in opened:
            with clock.at(moment_of(call, CallPhase.OPEN)):
                found = visible_calls()
                order = [list(CallPhase).index(s.phase) for s in found if s.phase in (CallPhase.OPEN, CallPhase.CLOSED)]
                assert found[0].is_open
                assert order == sorted(order)
                closing = [s.call.closes_at for s in found if s.is_open]
                assert closing == sorted(closing, key=lambda at: at or LONG_AGO)

    def test_the_pictures_carry_no_style_and_point_at_the_table(self, client: Client, last: Call) -> None:
        with clock.at(moment_of(last, CallPhase.OPEN)):
            page = read(client, "home")
        assert page.count('role="img"') == 2
        assert "style=" not in page
        assert "<script>" not in page
        for picture in re.findall(r'role="img" aria-labelledby="([^"]+)"', page):
            assert f'<title id="{picture}"' in page
        assert page.count('role="row"') == 1 + len(visible_ones(moment_of(last, CallPhase.OPEN)))

    def test_places_in_the_pictures_are_percentages_whatever_the_language(
        self, client: Client, calls: list[Call]
    ) -> None:
        with clock.at(moment_of(calls[-1], CallPhase.OPEN)):
            page = read(client, "home")
        charts = page[page.index("an-chart") : page.index("<details")]
        places = re.findall(r' (?:x|x1|x2|cx)="([^"]+)"', charts)
        assert places
        assert all(re.fullmatch(r"\d+(\.\d+)?%", place) and float(place[:-1]) <= 100 for place in places)


class TestCall:
    @pytest.mark.parametrize("name", PAGES)
    def test_hidden_and_unknown_calls_are_not_found(self, client: Client, last: Call, name: str) -> None:
        with clock.at(moment_of(last, CallPhase.HIDDEN)):
            assert client.get(reverse(name, args=[last.slug])).status_code == 404
        assert client.get(reverse(name, args=["no-such-call"])).status_code == 404
        assert client.get(reverse(name, args=["x" * 3000])).status_code == 404

    @pytest.mark.parametrize("phase", [p for p in CallPhase if p != CallPhase.HIDDEN])
    def test_every_page_answers_in_every_phase(self, client: Client, calls: list[Call], phase: CallPhase) -> None:
        for call in calls:
            Call.objects.filter(pk=call.pk).update(decided_at=moment_of(call, CallPhase.DECIDED))
            with clock.at(moment_of(call, phase)):
                for name in PAGES:
                    read(client, name, call.slug)

    def test_one_can_apply_until_the_closing_second_and_not_in_it(self, client: Client, last: Call) -> None:
        apply = f'href="{reverse("start_application", args=[last.slug])}"'
        assert last.opens_at
        assert last.closes_at
        with clock.at(last.opens_at - timedelta(seconds=1)):
            assert apply not in read(client, "call", last.slug)
        with clock.at(last.opens_at):
            assert apply in read(client, "call", last.slug)
        with clock.at(last.closes_at - timedelta(seconds=1)):
            page = read(client, "call", last.slug)
            assert apply in page
            assert f"{last.closes_at.astimezone(clock.SWEDEN) - timedelta(seconds=1):%H:%M:%S}" in page
        with clock.at(last.closes_at):
            page = read(client, "call", last.slug)
            assert apply not in page
            assert "Nya ansökningar tas inte emot" in page

    def test_the_clock_is_shown_on_the_last_day_only(self, client: Client, last: Call) -> None:
        assert last.closes_at
        with clock.at(last.closes_at - timedelta(days=1)):
            assert "Klockan här var" not in read(client, "call", last.slug)

    def test_before_the_opening_it_says_when(self, client: Client, last: Call) -> None:
        assert last.opens_at
        local = last.opens_at.astimezone(clock.SWEDEN)
        with clock.at(moment_of(last, CallPhase.ANNOUNCED)):
            page = bare(read(client, "call", last.slug))
        assert re.search(rf"Öppnar {local.day} \w+ {local.year} kl\. {local:%H\.%M}", page)

    def test_money_who_dates_criteria_and_conditions_are_there_before_signing_in(
        self, client: Client, last: Call
    ) -> None:
        definition = last.definition
        with clock.at(moment_of(last, CallPhase.OPEN)):
            page = read(client, "call", last.slug)
        text = bare(page)
        for criterion in definition.review.criteria:
            assert criterion.title.sv in text
            assert all(" ".join(anchor.sv.split()) in text for anchor in criterion.anchors.values())
        for condition in (*definition.decision.general_conditions, *definition.decision.special_conditions):
            assert " ".join(condition.sv.split()) in text
        for question in definition.questions():
            assert question.label.sv in text
        for report in definition.reporting.reports:
            assert report.title.sv in text
        assert str(definition.number) in text
        assert page.count("<h1") == 1

    def test_what_is_made_up_is_marked_and_what_is_known_is_not(self, client: Client, calls: list[Call]) -> None:
        for call in calls:
            definition = call.definition
            with clock.at(moment_of(call, CallPhase.OPEN)):
                page = read(client, "call", call.slug)
            big = re.findall(r'<p class="an-big">(.*?)</p>', page)
            assert ("an-demo" in big[0]) == definition.is_demo("budget.max_grant")
            assert ("an-demo" in big[1]) == definition.is_demo("window.closes")
            assert ("(exempel)" in big[1]) == definition.is_demo("window.closes")

    def test_every_example_has_words(self, calls: list[Call]) -> None:
        for call in calls:
            assert not set(pages_examples.examples(call.definition)) & set(call.definition.demo)

    def test_the_database_is_asked_little_and_no_more_for_more_applications(self, client: Client, world: World) -> None:
        call = world.open()
        addresses = [reverse("home"), *(reverse(name, args=[call.slug]) for name in PAGES)]
        before = [self.count(client, address) for address in addresses]
        assert max(before) <= 3, before
        for _ in range(3):
            world.draft()
        assert [self.count(client, address) for address in addresses] == before

    def count(self, client: Client, address: str) -> int:
        """How many queries a page takes once the process has parsed the definitions."""
        client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)


class TestForm:
    def test_every_question_says_how_it_is_answered(self, client: Client, calls: list[Call]) -> None:
        for call in calls:
            with clock.at(moment_of(call, CallPhase.OPEN)):
                text = bare(read(client, "call_form", call.slug))
            for question in call.definition.questions():
                assert question.label.sv in text
                assert all(remark in text for remark in remarks_of(call, question.id))
            for rule in call.definition.attachments:
                assert rule.title.sv in text

    def test_conditions_and_criteria_are_named(self, calls: list[Call]) -> None:
        definition = calls[0].definition
        conditional = [q for q in definition.questions() if q.show_if]
        judged = [q for q in definition.questions() if q.criterion]
        assert conditional
        assert judged
        assert any(r.startswith("Visas om svaret på") for r in pages_questions.remarks(conditional[0], definition))
        assert any(r.startswith("Bedöms under") for r in pages_questions.remarks(judged[0], definition))


class TestLanguage:
    def test_english_is_read_where_there_is_english(self, client: Client, last: Call, settings: Settings) -> None:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        with clock.at(moment_of(last, CallPhase.OPEN)):
            page = read(client, "call", last.slug)
        assert last.definition.title.en in page
        assert last.definition.title.sv not in bare(page)

    def test_what_is_not_translated_is_marked_as_swedish(self) -> None:
        with translation.override("en"):
            assert said(Text(sv="Bara <svenska>")) == '<span lang="sv">Bara &lt;svenska&gt;</span>'
            assert said(Text(sv="Ja", en="Yes")) == "Yes"
        assert said(Text(sv="Ja", en="Yes")) == "Ja"
        assert said(None) == ""

    def test_a_programme_without_english_is_marked_as_swedish(
        self, client: Client, last: Call, settings: Settings
    ) -> None:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        assert '<h1 class="ds-heading" data-size="lg" >' in read(client, "home")
        Programme.objects.update(title_en="")
        assert '<h1 class="ds-heading" data-size="lg" lang="sv">' in read(client, "home")

    def test_addresses_break_after_the_at_sign(self) -> None:
        assert breakable("a@b.se") == "a@<wbr>b.se"


class TestOtherPages:
    @pytest.mark.parametrize("name", ["help", "accessibility"])
    def test_they_answer_without_and_with_an_authority(self, client: Client, name: str, call_files: Batch) -> None:
        assert "<h1" in read(client, name)
        store(call_files)
        with clock.at(LONG_AGO):
            assert "Fråga oss" in read(client, name)

    def test_the_statement_does_not_claim_what_nobody_has_tried(self, client: Client) -> None:
        text = bare(read(client, "accessibility"))
        assert "Det här är inte prövat" in text
        assert "Den är inte granskad av någon utomstående" in text

    def test_a_call_that_is_not_published_is_not_found(self, client: Client, last: Call) -> None:
        Call.objects.filter(pk=last.pk).update(version=None)
        with clock.at(moment_of(last, CallPhase.OPEN)):
            assert client.get(reverse("call", args=[last.slug])).status_code == 404
            assert all(s.call.pk != last.pk for s in visible_calls())
            with pytest.raises(Exception, match=last.slug):
                visible_call(last.slug)
