"""The matrix of reviewers with a few and with a hundred applications and forty reviewers: twelve queries, whatever the size;
and a proposal for them."""

from datetime import timedelta

import pytest
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from reviewers.pool import Affiliation, Profile
from tests.engine import herd
from tests.factories import World
from tests.numbers.cloner import clone
from tests.numbers.meter import Cost, metered
from tests.signing_in import signed_in
from workflows import matchmaking
from workflows.models import AssignmentProposal
from workflows.simulation import people

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12
CASES, REVIEWERS = 100, 40


def reviewers(world: World, n: int) -> None:
    """So many more in the pool, each with something that they know and a tie to somebody who is no party."""
    body = people.organisation(900, "company")
    for i in range(n):
        person = people.make_person(f"bedomare-{i}", f"Bedömare {i} Exempel")
        people.into_pool(world.call().programme.authority, person, world.sara)
        Profile.objects.update_or_create(
            person=person, defaults={"competences": ["data", "care"][i % 2 :], "load_cap": 9}
        )
        Affiliation.objects.create(person=person, organisation=body)


def page(world: World) -> tuple[Cost, str]:
    client, address = signed_in(world.sara), reverse("assignments", args=[world.call().slug])
    client.get(address)  # what a process reads once has been read
    with metered() as cost:
        response = client.get(address)
    assert response.status_code == 200
    return cost, response.content.decode()


def test_twelve_queries_whatever_the_size(world: World) -> None:
    cases = herd.assessing(world, 4, "mira", "tove")
    Affiliation.objects.create(person=world.hugo, organisation=world.organisation)
    few, _text = page(world)
    clone([case.pk for case in cases], CASES // len(cases) - 1)
    reviewers(world, REVIEWERS - 4)
    assert Application.objects.filter(state=CaseState.ASSESSING).count() == CASES
    many, text = page(world)
    assert text.count('name="kolumn"') == REVIEWERS
    assert text.count('name="rad"') == CASES
    assert few.queries <= MOST_QUERIES, "\n".join(few.sql)
    assert many.queries == few.queries, "\n".join(many.sql)
    assert len(text) < 280 * CASES * REVIEWERS
    with metered() as cost:
        proposal = AssignmentProposal.objects.create(call=world.call(), by=world.sara)
        matchmaking.carry_out(proposal.pk)
    proposal.refresh_from_db()
    assert proposal.phase == "ready"
    assert len(proposal.rows) + sum(s["lacks"] for s in proposal.short) == CASES
    assert cost.queries < 30
    with clock.at(clock.now() + timedelta(days=1)):
        shown, _text = page(world)
    assert shown.queries <= MOST_QUERIES, "\n".join(shown.sql)
