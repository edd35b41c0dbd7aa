"""Rows tell apart what is not the same: whose answer is missing, and how a case ended."""

from datetime import timedelta

import pytest

from grants import clock
from grants.applications.models import Application, CaseState
from tests.factories import World
from workflows import jobs, stepping
from workflows.queries.inbox import inbox_of
from workflows.queries.lists import cases_of_staff
from workflows.simulation import life

pytestmark = pytest.mark.django_db
S = CaseState


def test_the_inbox_says_which_party_has_not_answered(world: World) -> None:
    case = world.case(S.ACCEPTING)
    parties = {a.party.name for a in case.acceptances.select_related("party__organisation")}
    last = max(case.acceptances.values_list("due", flat=True))
    stepping.walk(last + timedelta(days=1), clock.move, jobs.run_pending)
    rows = [row.title for group in inbox_of(world.sara).groups for row in group.rows]
    assert set(rows) == {f"Hör av dig om villkoren: {name}" for name in parties}
    assert len(parties) > 1


def said(world: World, case: Application) -> str:
    (word,) = [row.state for row in cases_of_staff(world.sara, {}).rows if row.case.pk == case.pk]
    return word


def test_the_list_says_what_a_closed_case_came_to(world: World) -> None:
    case = world.case(S.ASSESSED)
    assert said(world, case) == "bedömd"
    life.propose(case, world.sara, "rejection")
    life.approve(case, world.eva)
    assert said(world, case) == "beslutad"
    jobs.run_pending()
    assert said(world, case) == "avslutad: avslag"


def test_and_of_one_that_was_granted(world: World) -> None:
    assert said(world, world.case(S.CLOSED)) == "avslutad: bifall"
