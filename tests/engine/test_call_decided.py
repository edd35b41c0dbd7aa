"""A closed call is decided with the last case that waits, however that case ends; not before, and not while it is open."""

import pytest

from grants import clock
from grants.applications.models import CaseState
from grants.programmes.models import CallPhase
from tests.engine.asking import happened
from tests.factories import World
from workflows import jobs, stepping, sweeps
from workflows.commands import run
from workflows.models import Event
from workflows.simulation import life

pytestmark = pytest.mark.django_db
S = CaseState


def close(world: World) -> None:
    """Step past the closing and the minutes in which what arrived in time may still wait."""
    closes = world.call().closes_at
    assert closes is not None
    stepping.walk(closes + 2 * sweeps.IN_FLIGHT, clock.move, jobs.run_pending)


def test_by_a_withdrawal(world: World) -> None:
    first, second = world.submitted(), world.submitted()
    close(world)
    run("withdraw", world.karin, first, reason="")
    assert world.call().phase() == CallPhase.CLOSED
    run("withdraw", world.karin, second, reason="")
    assert world.call().decided_at == clock.now()
    assert "decided_call" not in happened(first)
    assert happened(second)[-1] == "decided_call"


def test_by_a_formal_rejection(world: World) -> None:
    case = world.submitted()
    close(world)
    run("propose_rejection", world.sara, case, reasons="Inte behörig.", participants="Ingen.")
    life.approve(life.fresh(case), world.eva)
    jobs.run_pending()
    assert life.fresh(case).state == S.CLOSED
    assert world.call().phase() == CallPhase.DECIDED


def test_by_its_closing_when_all_had_been_withdrawn(world: World) -> None:
    case = world.submitted()
    run("withdraw", world.karin, case, reason="")
    assert world.call().decided_at is None
    close(world)
    assert world.call().decided_at == world.call().closes_at
    assert Event.objects.filter(stream=f"call:{case.call_id}", name="decided_call").count() == 1
    sweeps.run_due()
    assert Event.objects.filter(name="decided_call").count() == 1


@pytest.mark.parametrize("by_hand", [True, False])
def test_by_the_last_draft_that_could_still_have_arrived(world: World, by_hand: bool) -> None:
    gone, draft = world.submitted(), world.draft()
    run("withdraw", world.karin, gone, reason="")
    closes = world.call().closes_at
    assert closes is not None
    stepping.walk(closes, clock.move, jobs.run_pending)
    assert world.call().decided_at is None
    if by_hand:
        run("discard", world.karin, draft)
    else:
        close(world)
    assert life.fresh(draft).state == S.LAPSED
    assert world.call().decided_at is not None


def test_not_when_nothing_was_ever_submitted(world: World) -> None:
    draft = world.draft()
    close(world)
    assert life.fresh(draft).state == S.LAPSED
    assert world.call().phase() == CallPhase.CLOSED
