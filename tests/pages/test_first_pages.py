"""Where one lands: after signing in, and in a demonstration after having taken another role."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from grants.applications.models import CaseState
from tests.factories import World

pytestmark = pytest.mark.django_db
FIRST = [("sara", "inbox"), ("eva", "inbox"), ("mira", "review_queue"), ("karin", "my_cases")]


@pytest.mark.parametrize(("key", "page"), FIRST)
def test_a_role_begins_at_its_own_page(world: World, client: Client, settings: Any, key: str, page: str) -> None:
    settings.DEMO = True
    assert client.post(reverse("demo_role"), {"persona": key})["Location"] == reverse(page)


def test_a_page_of_another_role_is_not_an_error_for_the_role_just_taken(
    world: World, client: Client, settings: Any
) -> None:
    settings.DEMO = True
    case = world.case(CaseState.SUBMITTED)
    theirs = reverse("workspace", args=[case.pk])
    answer = client.post(reverse("demo_role"), {"persona": "mira", "next": theirs}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("review_queue")
    assert "syns inte för Mira Dahl" in answer.content.decode()
    assert client.get(theirs).status_code == 404  # asked for again it is what it is
    answer = client.post(
        reverse("demo_role"), {"persona": "sara", "next": reverse("case", args=[case.pk])}, follow=True
    )
    assert answer.redirect_chain == [(reverse("case", args=[case.pk]), 302)]


def test_outside_a_demonstration_what_is_not_ones_own_does_not_exist(world: World, sign_in: Any) -> None:
    case = world.case(CaseState.SUBMITTED)
    assert sign_in(world.mira).get(reverse("workspace", args=[case.pk])).status_code == 404


def test_signing_in_leads_to_ones_own_page(world: World, client: Client) -> None:
    cache.clear()  # the limit on tries
    for person, page in ((world.karin, "my_cases"), (world.mira, "review_queue")):
        person.set_password("granskogens tysta stigar")
        person.save()
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        form = {"login": person.email, "password": "granskogens tysta stigar"}
        assert client.post(reverse("account_login"), form)["Location"] == reverse(page)
        client.logout()
        there = client.post(reverse("account_login"), form | {"next": reverse("notices")})["Location"]
        assert there == reverse("notices")
        client.logout()
