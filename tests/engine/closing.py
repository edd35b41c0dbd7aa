"""The closing time, and what moves it: what these tests do again and again."""

from datetime import datetime, timedelta
from typing import Any

from grants import clock
from grants.applications.extensions import Extension
from grants.applications.models import Application, CaseState
from grants.programmes.models import Call
from tests.factories import World
from workflows.commands import run
from workflows.models import Event

S = CaseState


MOMENT, SECOND, DAY = timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=1)


def closes(call: Call) -> datetime:
    assert call.closes_at is not None
    return call.closes_at


def log(world: World, to: datetime, key: str | None = None, **other: Any) -> Event:
    """Sara notes that signing in was down for an hour."""
    now = clock.now()
    data = {"began_at": now - timedelta(hours=1), "ended_at": now, "text": "Inloggningen låg nere.", "text_en": ""}
    return run("log_incident", world.sara, world.call(), key=key, closes_at=to, **(data | other))


def near_closing(world: World) -> datetime:
    """The clock an hour before the call closes. Returns when it does."""
    at = closes(world.open())
    clock.move(at - timedelta(hours=1))
    return at


def ask(world: World, case: Application, **options: Any) -> Extension:
    run("ask_extension", world.karin, case, reason="Hemlig orsak.", **options)
    return case.extensions.latest("asked_at")


def give(world: World, asked: Extension, to: datetime, **options: Any) -> Event:
    return run("grant_extension", world.sara, asked, due=to, reason="Avbrottet.", **options)


def nudged(case: Application) -> list[tuple[int, datetime]]:
    """The reminders of a case: how many days before, and when."""
    rows = Event.objects.filter(stream=f"case:{case.pk}", name="nudge").order_by("seq")
    return [(event.data["days"], event.at) for event in rows]


def early(world: World) -> datetime:
    """The clock soon after the call has opened. Returns when it closes."""
    at = closes(world.open())
    assert at - clock.now() > 30 * DAY
    return at
