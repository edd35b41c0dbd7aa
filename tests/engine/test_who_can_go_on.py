"""When a step belongs to another state, whoever can bring the case on is named: others rather than those who ask."""

import pytest

from grants.applications.models import Application, CaseState
from grants.organisations.models import Person
from tests.engine.asking import refused
from tests.factories import World
from workflows.commands import why_not
from workflows.simulation import life

pytestmark = pytest.mark.django_db
S = CaseState


def helper(command: str, person: Person, case: Application) -> str:
    (refusal,) = why_not(person, case)[command]
    assert refusal.code == "state"
    return refusal.helper


def test_the_reviewers_while_they_are_at_work(world: World) -> None:
    case = world.case(S.ASSESSING)
    assert helper("propose", world.sara, case) == "handläggare: Utse bedömare"
    assignments = world.assigned(case, "mira", "tove")
    assert helper("propose", world.sara, case) == "bedömare"
    assert refused("propose", world.sara, case).helper == "bedömare"
    assert helper("approve", world.eva, case) == "bedömare eller handläggare"
    assert "bedömare" not in helper("unlock", world.karin, case)  # that is not for the applicant to know
    for assignment in assignments:
        life.review(assignment, world.rng)
    assert life.fresh(case).state == S.ASSESSED
    assert helper("approve", world.eva, life.fresh(case)) == "handläggare"


def test_the_decision_maker_and_what_the_officer_does_first(world: World) -> None:
    case = world.closed(world.submitted())
    assert helper("propose", world.sara, case) == "handläggare: Gör formell kontroll"
    assert helper("propose", world.sara, world.onwards(case, S.PROPOSED)) == "beslutsfattare"
