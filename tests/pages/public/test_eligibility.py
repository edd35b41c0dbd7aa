"""The check of who may apply."""

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.programmes.models import Call, CallPhase
from tests.pages.public.reading import PAGES, bare, moment_of, read

pytestmark = pytest.mark.django_db


class TestEligibility:
    def ask(self, client: Client, call: Call, **answers: str) -> str:
        """The page with these answers, while the call is open."""
        with clock.at(moment_of(call, CallPhase.OPEN)):
            response = client.get(reverse("eligibility", args=[call.slug]), answers)
        assert response.status_code == 200
        return bare(response.content.decode())

    def test_yes_to_all_means_yes(self, client: Client, last: Call) -> None:
        answers = {rule.id: "yes" for rule in last.definition.eligibility}
        text = self.ask(client, last, **answers)
        assert "Ja, ni kan söka" in text
        assert all(" ".join(rule.rule.sv.split()) in text for rule in last.definition.eligibility)

    def test_one_no_cites_its_rule(self, client: Client, last: Call) -> None:
        first, *others = last.definition.eligibility
        text = self.ask(client, last, **{first.id: "no"}, **{rule.id: "yes" for rule in others})
        assert "Omgången passar inte" in text
        assert " ".join(first.rule.sv.split()) in text
        assert "Ja, ni kan söka" not in text

    def test_half_way_it_says_what_is_left(self, client: Client, last: Call) -> None:
        first, *others = last.definition.eligibility
        assert f"{len(others)} frågor är kvar" in self.ask(client, last, **{first.id: "yes"})

    def test_nothing_answered_is_no_answer(self, client: Client, last: Call) -> None:
        text = self.ask(client, last)
        assert "Ja, ni kan söka" not in text
        assert "Så långt går det bra" not in text

    def test_a_closed_call_offers_no_way_in(self, client: Client, last: Call) -> None:
        query = "?" + "&".join(f"{rule.id}=yes" for rule in last.definition.eligibility)
        with clock.at(moment_of(last, CallPhase.CLOSED)):
            page = read(client, "eligibility", last.slug, query=query)
        assert reverse("start_application", args=[last.slug]) not in page

    @pytest.mark.parametrize(
        "query",
        [
            "?%00",
            "?x=%00%ff",
            "?coordinator=%ED%A0%80",
            "?coordinator[]=yes",
            "?coordinator=" + "9" * 5000,
            "?=&&=;",
            "?%",
            "?",
        ],
    )
    def test_odd_query_strings_are_no_answers(self, client: Client, last: Call, query: str) -> None:
        with clock.at(moment_of(last, CallPhase.OPEN)):
            for name in PAGES:
                assert client.get(reverse(name, args=[last.slug]) + query).status_code in (200, 400)
            for name in ("home", "help", "accessibility", "calls_calendar"):
                assert client.get(reverse(name) + query).status_code in (200, 400)

    def test_pages_are_only_read(self, client: Client, last: Call) -> None:
        with clock.at(moment_of(last, CallPhase.OPEN)):
            assert client.post(reverse("eligibility", args=[last.slug]), {"coordinator": "yes"}).status_code == 405
