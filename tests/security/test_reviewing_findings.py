"""What a review of the reviewers' part found, each held by a test that fails without its mending."""

import pytest
from django.urls import reverse

from grants import clock
from reviewers import conflicts
from reviewers.models import Affiliation
from tests.engine import herd
from tests.engine.asking import refused
from tests.factories import World
from tests.signing_in import signed_in
from workflows.commands import run

pytestmark = pytest.mark.django_db


def test_a_day_that_one_writes_oneself_unties_nobody(world: World) -> None:
    case = herd.assessing(world, 1)[0]
    mine = world.assigned(case, "mira")[0]
    row = Affiliation.objects.create(person=world.mira, organisation=world.organisation)
    assert (case.pk, world.mira.pk) in conflicts.known([case.pk], [world.mira.pk])
    place = world.mira.pool_places.get(ended_at=None)
    told = {"affiliation": str(row.pk), "until": clock.today().replace(year=1990)}
    assert refused("end_affiliation", world.mira, place, **told).code == "tied"
    run("decline_assignment", world.mira, mine, reason="Jävig.")
    run("end_affiliation", world.mira, place, **told)


def test_a_case_that_was_withdrawn_names_nobody_to_its_reviewers(world: World) -> None:
    case = herd.assessing(world, 1)[0]
    mine = world.assigned(case, "mira")[0]
    run("withdraw", case.created_by, case, reason="")
    for command in ("decline_assignment", "declare"):
        page = signed_in(world.mira).get(reverse("act", args=[command, mine.pk])).content.decode()
        assert case.created_by.name not in page
