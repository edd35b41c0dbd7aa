"""A date belongs to whoever it was given to: an officer is not late with what somebody else had to do in time."""

from datetime import timedelta

import pytest

from grants import clock
from grants.applications.models import CaseState
from tests.factories import World
from workflows import integrity, jobs, stepping
from workflows.commands import run
from workflows.models import Task
from workflows.queries import case_page
from workflows.queries.inbox import inbox_of
from workflows.simulation import life

pytestmark = pytest.mark.django_db
S = CaseState


def turn(kind: str) -> Task:
    return Task.objects.get(kind=kind, finished=None)


def test_a_filed_report_has_no_date_for_the_officer(world: World) -> None:
    case = world.case(S.REPORTING)
    duty = case.duties.order_by("due").first()
    assert duty is not None
    stepping.walk(duty.due + timedelta(days=2), clock.move, jobs.run_pending)
    assert turn("report").due == duty.due
    life.report(life.open_duties(case)[0], world.karin, world.rng)
    assert turn("examine").due is None
    assert not any(group.is_late for group in inbox_of(world.sara).groups)
    run("return_report", world.sara, duty, reason="Mer.")
    assert turn("report").due == duty.due
    assert list(integrity.check()) == []


def test_nor_has_a_party_that_did_not_answer(world: World) -> None:
    case = world.case(S.ACCEPTING)
    life.accept_all(case, leave=1)
    acceptance = case.acceptances.get(state="waiting")
    assert turn("accept").due == acceptance.due
    stepping.walk(acceptance.due + timedelta(days=1), clock.move, jobs.run_pending)
    assert turn("chase").due is None
    waits = case_page.read(world.sara, case.pk).turn
    assert waits.title == "Hör av dig om villkoren"
    assert waits.text.startswith("Sedan ")
    assert "Sista dag" not in case_page.read(world.karin, case.pk).turn.text
    assert list(integrity.check()) == []


def test_nor_has_a_reviewer_who_is_unsure(world: World) -> None:
    case = world.case(S.ASSESSING)
    (assignment,) = world.assigned(case, "mira")
    run("declare", world.mira, assignment, answer="unsure", text="En gammal kollega.")
    assert turn("rule").due is None
    run("rule_conflict", world.sara, assignment, conflicted="no", reason="Långt bort.")
    assert turn("review").due == assignment.due


def test_a_day_that_has_passed_is_said_to_have_been(world: World) -> None:
    case = world.case(S.REPORTING)
    duty = case.duties.order_by("due").first()
    assert duty is not None
    stepping.walk(duty.due - timedelta(days=1), clock.move, jobs.run_pending)
    assert "Sista dag är" in case_page.read(world.sara, case.pk).turn.text
    stepping.walk(duty.due + timedelta(days=1), clock.move, jobs.run_pending)
    found = case_page.read(world.sara, case.pk).turn
    assert found.text.index("Sedan") < found.text.index("Sista dag var")
