"""What these tests know of a draft, and what they send to it."""

import io
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pikepdf
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grants.applications.models import Application
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Organisation, Person
from grants.programmes.questions import Question

SignIn = Callable[[Person], Client]


TRANSACTION_CONTROL = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def body(n: int, kind: str = OrganisationKind.MUNICIPALITY) -> Organisation:
    return Organisation.objects.create(number=f"000000-{n:04d}", name=f"Exempel {n}", kind=kind, is_example=True)


def long_question(case: Application) -> Question:
    return next(q for q in case.definition.questions() if q.kind == "long" and not q.per_party and not q.show_if)


def step_of(case: Application, question: Question) -> str:
    section = next(s for s in case.definition.sections if question in s.questions)
    return reverse("workspace_step", args=[case.pk, section.id])


def step(case: Application, name: str) -> str:
    return reverse("workspace_step", args=[case.pk, name])


def submitted(case: Application) -> None:
    """Put the case where nobody writes in it, whatever is left to do."""
    Application.objects.filter(pk=case.pk).update(state="submitted")


def pdf(pages: int = 1, **trailer: Any) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page(page_size=(595, 842))
        for key, value in trailer.items():
            made.Root["/" + key] = value
        made.save(out)
    return out.getvalue()


def queries(client: Client, **request: Any) -> list[str]:
    """The statements of a request, but for those that open and close transactions."""
    with CaptureQueriesContext(connection) as captured:
        response = client.generic(**request)
    assert response.status_code == HTTPStatus.OK, response.content[:500]
    return [q["sql"] for q in captured if not q["sql"].startswith(TRANSACTION_CONTROL)]
