"""What the system itself knows of ties between reviewers and cases, and what is ruled free of them."""

from datetime import timedelta

import pytest

from grants import clock
from grants.applications.models import Application
from reviewers import conflicts, ranking
from reviewers.conflicts import Conflict, Source, Standing
from reviewers.pool import Affiliation
from tests.engine import herd
from tests.factories import World
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world: World) -> Application:
    return herd.assessing(world, 1)[0]


def codes(case: Application, who: int) -> list[str]:
    """The kinds of ties, without the organisations."""
    return [ground.code.partition("-")[0] for ground in conflicts.known([case.pk], [who]).get((case.pk, who), [])]


def test_nothing_ties_a_stranger(world: World, case: Application) -> None:
    assert conflicts.known([case.pk], [world.mira.pk, world.tove.pk]) == {}


def test_who_speaks_for_a_party_is_tied_to_it(world: World, case: Application) -> None:
    people.speaks_for(world.mira, world.organisation, world.sara)
    assert codes(case, world.mira.pk) == ["works"]


@pytest.mark.parametrize(("years", "expected"), [(0, ["works"]), (1, ["worked"]), (2.9, ["worked"]), (3.1, [])])
def test_an_earlier_employment_counts_for_as_long_as_the_call_says(
    world: World, case: Application, years: float, expected: list[str]
) -> None:
    assert case.definition.the_review.conflict_years == 3
    ended = (clock.now() - timedelta(days=365.2425 * years)).date() if years else None
    Affiliation.objects.create(person=world.mira, organisation=world.organisation, until=ended)
    assert codes(case, world.mira.pk) == expected


def test_who_applies_together_with_a_party_in_another_application_is_tied(world: World) -> None:
    applicant, body = world.other_applicant()
    other = world.submitted(person=applicant, organisation=body)
    case = herd.assessing(world, 1)[0]
    shared = case.parties.order_by("position").first()
    assert shared is not None
    assert "co_party" not in codes(case, applicant.pk)
    other.parties.create(organisation=shared.organisation, role="participant", position=9)
    assert "co_party" in codes(case, applicant.pk)


def test_who_wrote_the_application_is_tied_also_when_they_have_left(world: World, case: Application) -> None:
    case.members.update(ended_at=clock.now())
    assert "own" in codes(case, case.created_by_id)


def test_what_is_ruled_free_is_known_no_more_and_the_rest_is(world: World, case: Application) -> None:
    ended = (clock.now() - timedelta(days=400)).date()
    Affiliation.objects.create(person=world.mira, organisation=world.organisation, until=ended)
    told = {"application": case, "reviewer": world.mira, "source": Source.SYSTEM, "ruled_by": world.sara}
    Conflict.objects.create(**told, ground=f"worked-{world.organisation.pk}", state=Standing.FREE, ruled_at=clock.now())
    assert codes(case, world.mira.pk) == []
    Affiliation.objects.create(person=world.mira, organisation=world.organisation)
    assert codes(case, world.mira.pk) == ["works"]
    Conflict.objects.create(**told, state=Standing.CONFLICTED, ruled_at=clock.now())
    assert set(codes(case, world.mira.pk)) == {"works", "ruled"}


def test_the_questions_to_the_database_do_not_grow(world: World, django_assert_num_queries) -> None:
    cases = [case.pk for case in herd.assessing(world, 3)]
    everyone = [person.pk for person in world.people.values()]
    with django_assert_num_queries(4):
        conflicts.known(cases, everyone)


def test_a_ranking_puts_the_best_first_and_the_unread_last(world: World) -> None:
    first, second, third = herd.assessing(world, 3)
    for case, level in ((first, 2), (second, 5)):
        for assignment in world.assigned(case):
            life.review(assignment, world.rng, level)
    order = ranking.ranked(world.call())
    assert [row.case.pk for row in order] == [second.pk, first.pk, third.pk]
    assert [row.place for row in order] == [1, 2, None]
    assert all(len(row.sheets) == 3 for row in order[:2])
    assert order[0].applied_ore == second.submissions.get().content["applied_ore"]
    assert order[0].kind == "municipality"
