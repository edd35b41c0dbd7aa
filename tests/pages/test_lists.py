"""The inbox and the lists: whose turn it is, and finding a case."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import CaseState
from grants.organisations.models import Deputy
from tests.factories import World
from tests.pages.asking import get, queries
from workflows.queries.whose_turn import KINDS, address_of

S = CaseState


SignIn = Callable[..., Client]


pytestmark = pytest.mark.django_db


class TestInbox:
    def test_each_sees_their_own_turns(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.PROPOSED)
        assert case.title in get(sign_in(world.eva), "inbox")
        assert "Inget väntar på dig." in get(sign_in(world.sara), "inbox")

    def test_the_applicants_turn_is_the_applicants(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.COMPLETING)
        assert case.title in get(sign_in(world.karin), "inbox")
        assert "väntar på sökanden" in get(sign_in(world.sara), "inbox")
        assert case.title not in get(sign_in(world.other_applicant()[0]), "inbox")

    def test_a_deputy_sees_the_absent_ones_turns(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.ASSESSED)
        assert case.title not in get(sign_in(world.jonas), "inbox")
        now = clock.now()
        Deputy.objects.create(
            person=world.sara, deputy=world.jonas, since=now - timedelta(days=1), until=now + timedelta(days=1)
        )
        page = get(sign_in(world.jonas), "inbox")
        assert case.title in page
        assert "I stället för Sara Lindqvist" in page

    def test_it_costs_as_many_queries_for_many_as_for_few(self, world: World, sign_in: SignIn) -> None:
        world.case(S.SUBMITTED)
        client = sign_in(world.sara)
        few = queries(client, "inbox")
        for n in range(8, 11):
            person, body = world.other_applicant(n)
            world.case(S.SUBMITTED, person=person, organisation=body)
        assert few <= 8
        assert queries(sign_in(world.sara), "inbox") == few


class TestLists:
    def test_the_authoritys_list(self, world: World, sign_in: SignIn) -> None:
        case, draft = world.case(S.SUBMITTED), world.draft()
        assert case.number is not None
        client = sign_in(world.sara)
        page = get(client, "cases")
        assert case.title in page
        assert f'href="{reverse("case", args=[draft.pk])}"' not in page
        assert case.number in get(client, "cases", sok=case.number)
        assert case.number in get(client, "cases", sok="björkdala")
        assert case.number not in get(client, "cases", sok="finns inte")
        assert case.number not in get(client, "cases", lage="closed")
        assert case.number in get(client, "cases", omgang="starta-2023", lage="submitted", ordning="titel")
        assert case.number not in get(client, "cases", mina="1")
        get(sign_in(world.karin), "cases", status=404)
        get(sign_in(world.mira), "cases", status=404)

    def test_any_query_string_will_do(self, world: World, sign_in: SignIn) -> None:
        world.case(S.SUBMITTED)
        client = sign_in(world.sara)
        for value in ("\x00", "9" * 500, "-1", "åäö", "' OR 1=1", "%"):
            for name in ("sok", "omgang", "lage", "mina", "ordning", "page"):
                get(client, "cases", **{name: value})

    def test_lists_cost_as_many_queries_for_many_as_for_few(self, world: World, sign_in: SignIn) -> None:
        world.case(S.SUBMITTED)
        few = {name: queries(sign_in(world.sara), name) for name in ("cases", "calls_work")}
        own = queries(sign_in(world.karin), "my_cases")
        for _n in range(3):
            world.case(S.SUBMITTED)
        assert {name: queries(sign_in(world.sara), name) for name in few} == few
        assert queries(sign_in(world.karin), "my_cases") == own
        assert max(*few.values(), own) <= 10

    def test_an_applicant_sees_what_is_to_be_done(self, world: World, sign_in: SignIn) -> None:
        draft, case = world.draft(), world.submitted()
        page = get(sign_in(world.karin), "my_cases")
        assert reverse("workspace", args=[draft.pk]) in page
        assert case.title in page
        world.onwards(world.closed(case), S.COMPLETING)
        page = get(sign_in(world.karin), "my_cases")
        assert "Komplettera ansökan" in page
        assert "Raderat utkast" in page
        assert "Du har inga ärenden än" in get(sign_in(world.other_applicant()[0]), "my_cases")

    def test_calls_and_the_machine_are_for_those_who_work_there(self, world: World, sign_in: SignIn) -> None:
        world.case(S.SUBMITTED)
        client = sign_in(world.sara)
        assert "Starta er AI-resa 2023" in get(client, "calls_work")
        page = get(client, "machine", "starta-2023")
        assert "<svg" in page
        assert "Återkalla ansökan" in page
        get(client, "machine", "no-such-call", status=404)
        for person in (world.karin, world.mira):
            get(sign_in(person), "calls_work", status=404)
            get(sign_in(person), "machine", "starta-2023", status=404)
        assert queries(sign_in(world.sara), "machine", "starta-2023") <= 10


def test_every_turn_has_an_address() -> None:
    assert all(address_of(kind, 1, 1).startswith("/") for kind in KINDS)
