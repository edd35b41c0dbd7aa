"""Answers taken from an earlier application."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grants.applications.models import Answer, AnswerHistory, Application
from grants.organisations.models import Person
from tests.factories import World
from workflows.commands.applying import create_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def earlier(world: World) -> Application:
    return world.submitted()


@pytest.fixture
def empty(world: World, earlier: Application) -> Application:
    return create_draft(world.karin, earlier.call, world.organisation)


def taken(case: Application) -> dict[str, Any]:
    return dict(Answer.objects.filter(application=case, party=None).values_list("question", "value"))


def test_what_is_not_answered_is_taken(page: Client, earlier: Application, empty: Application) -> None:
    address = reverse("reuse", args=[empty.pk])
    assert earlier.title in page.get(address).content.decode()
    response = page.post(address, {"source": str(earlier.pk)}, follow=True)
    assert "svar är hämtade" in response.content.decode()
    whole = {question: value for question, value in taken(earlier).items() if value}
    assert len(whole) > 5
    assert taken(empty) == whole
    assert "Det finns inget att hämta" in page.get(address).content.decode()


def test_what_has_been_written_stays(page: Client, earlier: Application, empty: Application, world: World) -> None:
    question = next(q for q in empty.definition.questions() if q.kind == "long")
    Answer.objects.create(application=empty, question=question.id, value="Vårt eget", saved_by=world.karin)
    page.post(reverse("reuse", args=[empty.pk]), {"source": str(earlier.pk)})
    assert taken(empty)[question.id] == "Vårt eget"
    assert not AnswerHistory.objects.filter(answer__application=empty).exists()


def test_nobody_elses_application_can_be_taken_from(
    page: Client, earlier: Application, empty: Application, world: World, sign_in: Any
) -> None:
    other, body = world.other_applicant()
    theirs = create_draft(other, empty.call, body)
    assert page.post(reverse("reuse", args=[empty.pk]), {"source": str(theirs.pk)}).status_code == 404
    for odd in ("", "x", "²", "-1", "9" * 30, str(empty.pk)):
        assert page.post(reverse("reuse", args=[empty.pk]), {"source": odd}).status_code == 404
    sign_in(other)
    assert page.get(reverse("reuse", args=[empty.pk])).status_code == 404
    page.post(reverse("reuse", args=[theirs.pk]), {"source": str(earlier.pk)})
    assert taken(theirs) == {}


def test_after_the_time_is_out_nothing_is_taken(
    page: Client, earlier: Application, empty: Application, world: World
) -> None:
    world.closed(earlier)
    response = page.post(reverse("reuse", args=[empty.pk]), {"source": str(earlier.pk)})
    assert response.status_code in (404, 409)
    assert taken(empty) == {}


def test_the_cost_does_not_grow_with_the_applications(
    page: Client, earlier: Application, empty: Application, world: World, karin: Person
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            page.get(reverse("reuse", args=[empty.pk]))
        return len(captured)

    cost()
    before = cost()
    world.submitted()
    assert cost() == before <= 12
