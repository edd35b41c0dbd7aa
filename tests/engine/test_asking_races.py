"""Two officers who ask at once: one has their way, the other is told why, and nobody gets more than they can have."""

from collections import Counter
from datetime import timedelta

import pytest

from grants import clock
from grants.applications.models import Application
from reviewers.models import Assignment
from reviewers.pool import Profile
from tests.engine import herd
from tests.engine.racing import Outcome, count, racers, told_of, winner
from tests.factories import World
from workflows import matchmaking
from workflows.commands import run
from workflows.models import AssignmentProposal, Event

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 12


def ask(world: World, officer: str, case: Application, *who: str):
    due = clock.now() + timedelta(days=20)
    reviewers = [world.people[key] for key in who]
    return lambda: run("assign", world.people[officer], case.pk, reviewers=reviewers, due=due)


def test_the_same_cell(world: World) -> None:
    with racers() as race:
        for case in herd.assessing(world, ROUNDS):
            outcomes = race.together(ask(world, "sara", case, "mira"), ask(world, "jonas", case, "mira"))
            first = winner(outcomes)
            told_of(outcomes[1 - first], (world.sara, world.jonas)[first].name, "taken")
            assert case.assignments.count() == 1
            assert count(case, "assign", "offered") == {"assign": 1, "offered": 1}


def test_the_last_place_of_a_reviewer_by_two_cases(world: World) -> None:
    profile = Profile.objects.create(person=world.mira, load_cap=0)
    cases = herd.assessing(world, 2 * ROUNDS)
    won = Counter[int]()
    with racers() as race:
        for n, two in enumerate(zip(cases[::2], cases[1::2], strict=True), 1):
            Profile.objects.filter(pk=profile.pk).update(load_cap=n)
            outcomes: list[Outcome] = race.together(*(ask(world, "sara", case, "mira") for case in two))
            first = winner(outcomes)
            won[first] += 1
            told_of(outcomes[1 - first], world.mira.name, "full")
            assert Assignment.objects.filter(reviewer=world.mira).count() == n
    assert set(won) == {0, 1}


def test_several_in_any_order_do_not_wait_for_each_other(world: World) -> None:
    cases = herd.assessing(world, 2 * ROUNDS)
    with racers() as race:
        for one, other in zip(cases[::2], cases[1::2], strict=True):
            outcomes = race.together(
                ask(world, "sara", one, "mira", "tove", "hugo"), ask(world, "jonas", other, "hugo", "tove", "mira")
            )
            assert all(isinstance(outcome, Event) for outcome in outcomes)
    assert Assignment.objects.count() == 6 * ROUNDS


def test_two_who_confirm_the_same_proposal(world: World) -> None:
    herd.assessing(world, 2)
    due = clock.now() + timedelta(days=20)
    confirmed: list[bool] = []
    with racers() as race:
        for _round in range(ROUNDS):
            proposal = AssignmentProposal.objects.create(call=world.call(), by=world.sara, phase="ready")

            def step(person, pk=proposal.pk):
                confirmed.append(matchmaking.confirm(person, pk, due))
                return Event.objects.first()

            race.together(lambda s=step: s(world.sara), lambda s=step: s(world.jonas))
            AssignmentProposal.objects.filter(pk=proposal.pk).update(phase="done")
    assert confirmed.count(True) == confirmed.count(False) == ROUNDS
