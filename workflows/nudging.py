"""Whom to remind of the last time: everybody who writes in something unfinished, so many days before it as the call says. Of
a draft it is the closing time; what was submitted and unlocked is judged from its cut-off, if one gathers it.

The sweep, the command's guard and the clock that is stepped all ask here. `Application.nudged_at` is how far back reminders
are done with: the moment of the last one, or when the draft was begun, the application unlocked or more time given to it.
So each is sent once, and none about a moment that had passed before there was anything to remind of. When an incident has
moved the time for everyone, those moments that had passed by then are done with too: everyone has just been told.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from grants.applications.gathering import JUDGED_FROM
from grants.applications.models import Application
from grants.programmes.models import Call, Incident


def due(now: datetime) -> Iterator[tuple[int, QuerySet[Any]]]:
    """By days before the last time, the applications (with it as `closing`) about which a reminder is due. Of several
    that have been missed only the latest counts: nobody is reminded three times at once."""
    for plan, calls in _plans().items():
        for days, later in zip(plan, (*plan[1:], 0), strict=True):
            span = {"closing__gt": now + timedelta(days=later), "closing__lte": now + timedelta(days=days)}
            yield days, _to_come(calls, days).filter(**span)


def instants(after: datetime, until: datetime) -> Iterator[datetime]:
    """The moments in a span at which a reminder becomes due."""
    for plan, calls in _plans().items():
        for days in plan:
            ahead = timedelta(days=days)
            rows = _to_come(calls, days).filter(closing__gt=after + ahead, closing__lte=until + ahead)
            yield from (closing - ahead for closing in rows.values_list("closing", flat=True).distinct())


def _plans() -> dict[tuple[int, ...], list[int]]:
    """The calls in which something is unfinished, by how many days before their closing time they remind."""
    calls = Call.objects.filter(version__isnull=False).select_related("version")
    found: dict[tuple[int, ...], list[int]] = {}
    for call in calls.filter(Exists(Application.objects.unfinished().filter(call=OuterRef("pk")))).order_by("pk"):
        found.setdefault(call.definition.window.remind_days_before, []).append(call.pk)
    return found


def _to_come(calls: Sequence[int], days: int) -> QuerySet[Any]:
    """The applications of these calls that have not been reminded so many days ahead and are to be."""
    ahead = timedelta(days=days)
    moment = ExpressionWrapper(OuterRef("closing") - ahead, DateTimeField())
    moved = Incident.objects.filter(call=OuterRef("call"), closes_at=OuterRef("closing"), logged_at__gte=moment)
    has_one = Q(call__closes_at__isnull=False) | Q(gathered_at__isnull=False)
    rows: QuerySet[Any] = Application.objects.unfinished().filter(has_one, call__in=calls)
    rows = rows.annotate(closing=JUDGED_FROM).filter(nudged_at__lt=F("closing") - ahead)
    return rows.exclude(Exists(moved))
