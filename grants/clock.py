"""The only source of time. In a demo and in tests it stands where it was put and is moved by hand, forward only."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import ProgrammingError

SWEDEN = ZoneInfo("Europe/Stockholm")


class BackwardsError(ValueError):
    """Somebody tried to move the clock back."""


class _Standing(threading.local):
    """The demo's time as this thread last read it; one read per request or job is enough."""

    read: datetime | None = None


_moved: datetime | None = None  # tests and simulations, shared by all threads of the process
_standing = _Standing()


def now() -> datetime:
    """The present moment, aware, in UTC."""
    if _moved is not None:
        return _moved
    if settings.DEMO:
        if _standing.read is None:
            _standing.read = read_demo_clock()
        return _standing.read
    return datetime.now(UTC)


def today() -> date:
    """Today's date in Sweden."""
    return now().astimezone(SWEDEN).date()


def read_demo_clock() -> datetime:
    """Where the demo's clock stands, straight from the database."""
    from grants.models import DemoClock  # the model needs the app registry, which imports this module

    try:
        return DemoClock.objects.get_or_create(pk=1, defaults={"stands_at": settings.DEMO_START})[0].stands_at
    except ProgrammingError:  # the system checks make a person before the first migration has run
        return settings.DEMO_START


def forget() -> None:
    """Read the demo's clock anew next time: at the start of each request and each job."""
    _standing.read = None


def move_demo_clock(to: datetime) -> None:
    """Put the demo's clock at `to`. BackwardsError when that lies in its past."""
    from grants.models import DemoClock  # as above

    if to < read_demo_clock():
        raise BackwardsError(to)
    DemoClock.objects.filter(pk=1).update(stands_at=to)
    _standing.read = to


def move(to: datetime) -> None:
    """Move the clock of a test or a simulation to `to`; only inside `at`."""
    global _moved
    if _moved is None:
        raise RuntimeError("The clock moves by hand only inside clock.at().")
    if to < _moved:
        raise BackwardsError(to)
    _moved = to


@contextmanager
def at(start: datetime) -> Iterator[None]:
    """Let the clock of this process stand at `start`, for tests and simulations; nests."""
    global _moved
    before, _moved = _moved, start
    try:
        yield
    finally:
        _moved = before
