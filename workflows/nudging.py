"""Whom to remind of the closing time: everybody who writes in something unfinished, 14, 3 and 1 days before it.

The sweep, the command's guard and the clock that is stepped all ask here. `Application.nudged_at` is how far back reminders
are done with: the moment of the last one, or when the draft was begun, the application unlocked or more time given to it.
So each is sent once, and none about a moment that had passed before there was anything to remind of. When an incident has
moved the time for everyone, those moments that had passed by then are done with too: everyone has just been told.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, QuerySet

from grants.applications.extensions import CLOSING
from grants.applications.models import Application
from grants.programmes.models import Incident

NUDGES = (14, 3, 1)  # days before the closing time


def due(now: datetime) -> Iterator[tuple[int, QuerySet[Any]]]:
    """By days before the closing time, the applications (with their `closing`) about which a reminder is due. Of several
    that have been missed only the latest counts: nobody is reminded three times at once."""
    for days, later in zip(NUDGES, (*NUDGES[1:], 0), strict=True):
        span = {"closing__gt": now + timedelta(days=later), "closing__lte": now + timedelta(days=days)}
        yield days, _to_come(days).filter(**span)


def instants(after: datetime, until: datetime) -> Iterator[datetime]:
    """The moments in a span at which a reminder becomes due."""
    for days in NUDGES:
        ahead = timedelta(days=days)
        rows = _to_come(days).filter(closing__gt=after + ahead, closing__lte=until + ahead)
        yield from (closing - ahead for closing in rows.values_list("closing", flat=True).distinct())


def _to_come(days: int) -> QuerySet[Any]:
    """The applications that have not been reminded so many days ahead and are to be."""
    ahead = timedelta(days=days)
    moment = ExpressionWrapper(OuterRef("closing") - ahead, DateTimeField())
    moved = Incident.objects.filter(call=OuterRef("call"), closes_at=OuterRef("closing"), logged_at__gte=moment)
    rows: QuerySet[Any] = Application.objects.unfinished().filter(call__closes_at__isnull=False)
    rows = rows.annotate(closing=CLOSING).filter(nudged_at__lt=F("closing") - ahead)
    return rows.exclude(Exists(moved))
