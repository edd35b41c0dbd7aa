"""Who both works at the authority and reviews finds the way to both."""

import pytest
from django.test import Client
from django.urls import reverse

from grants.applications.access import OFFICES
from grants.applications.models import CaseState
from grants.organisations.models import Person
from tests.factories import World
from workflows.commands.calls import give_office
from workflows.models import Task
from workflows.queries.turns import mine
from workflows.standing import standing_of

pytestmark = pytest.mark.django_db


def ways(client: Client, person: Person) -> list[str]:
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session["second_factor"] = True
    session.save()
    return [entry["url"] for entry in client.get(reverse("notices")).context["nav"]]


def test_a_reviewer_who_is_given_an_office_keeps_the_queue(world: World, client: Client) -> None:
    world.assigned(world.case(CaseState.ASSESSING), "mira")
    assert reverse("review_queue") in ways(client, world.mira)
    give_office(world.call("gemensamma-2023"), world.mira, "handle_call")
    mira = Person.objects.get(pk=world.mira.pk)
    found = ways(client, mira)
    assert {reverse(name) for name in ("review_queue", "inbox", "cases", "memberships")} <= set(found)
    assert client.get(reverse("review_queue")).status_code == 200
    standing = standing_of(mira)
    assert (standing.waiting, standing.reviews) == (1, 1)


@pytest.mark.parametrize("state", ["assessing", "assessed", "proposed"])
def test_leaving_out_the_offices_that_one_does_not_hold_leaves_out_nothing(world: World, state: CaseState) -> None:
    world.case(state)
    found = set()
    for person in world.people.values():
        asked = set(Task.objects.filter(mine(person)).values_list("pk", flat=True))
        assert asked == set(Task.objects.filter(mine(person, OFFICES)).values_list("pk", flat=True)), person.email
        found |= asked
    assert found


def test_others_have_what_they_had(world: World, client: Client) -> None:
    assert reverse("review_queue") not in ways(client, world.sara)
    assert reverse("my_cases") not in ways(client, world.sara)
    assert reverse("my_cases") in ways(client, world.karin)
    assert reverse("inbox") not in ways(client, world.mira)
    assert reverse("memberships") not in ways(client, world.mira)
