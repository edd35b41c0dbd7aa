"""How these tests read public pages."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from grants import clock
from grants.programmes import pages_questions
from grants.programmes.models import Call, CallPhase
from grants.programmes.pages_standing import visible_calls

PAGES = ["call", "eligibility", "call_form", "call_calendar"]


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def moment_of(call: Call, phase: CallPhase) -> datetime:
    """A moment at which the call is in this phase."""
    planned = call.definition.window.planned
    assert planned
    assert call.announced_at
    assert call.opens_at
    assert call.closes_at
    return {
        CallPhase.HIDDEN: planned - timedelta(seconds=1),
        CallPhase.PLANNED: planned,
        CallPhase.ANNOUNCED: call.announced_at,
        CallPhase.OPEN: call.opens_at,
        CallPhase.CLOSED: call.closes_at,
        CallPhase.DECIDED: call.closes_at + timedelta(days=100),
    }[phase]


def read(client: Client, name: str, *args: Any, query: str = "") -> str:
    """The text of a page that answers 200."""
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def bare(page: str) -> str:
    """A page without its elements and with single spaces, ordinary ones."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\u00a0", " ").split())


def visible_ones(at: datetime) -> list[Any]:
    """The calls that the public sees then."""
    with clock.at(at):
        return visible_calls()


def remarks_of(call: Call, question_id: str) -> list[str]:
    """What is said about a question, with ordinary spaces."""
    question = call.definition.question(question_id)
    assert question
    return [r.replace("\u00a0", " ") for r in pages_questions.remarks(question, call.definition)]
