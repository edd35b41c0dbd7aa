"""When a reviewer is reminded: of an answer about conflicts of interest that has not come, and of a sheet that is not lodged.

The sweep, the command's guard and the clock that is stepped all ask here. `Assignment.reminded_at` is how far back reminders
are done with: when the reviewer was asked, when the last one was sent, or when the last day was moved. So each is sent
once, and of several that have been missed only one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from grants.applications.models import CaseState
from reviewers.models import Assignment, AssignmentState

# A week is time to find an evening; the day before is the last call. Whoever has not answered two weeks after the last day
# will not: by then it is for the officer, who is told of every late reviewer, to find somebody else.
BEFORE = (timedelta(days=7), timedelta(days=1))
AFTER = (timedelta(days=1), timedelta(days=7))
REST = timedelta(days=1)  # before an officer may remind somebody again
WAITING = (AssignmentState.OFFERED, AssignmentState.CLEARED)  # the reviewer's turn


@dataclass(frozen=True)
class Reminder:
    """What a reviewer is reminded of: to declare, or to lodge; and until when they had or have time for it."""

    about: str
    due: datetime


def _moments(assignment: Assignment) -> Iterator[tuple[datetime, Reminder]]:
    """The moments at which this reviewer should hear of it."""
    if assignment.state == AssignmentState.OFFERED:
        answer_by = assignment.assigned_at + timedelta(days=assignment.application.definition.the_review.declare_days)
        if answer_by < assignment.due:
            yield answer_by, Reminder("declare", answer_by)
    for ahead in BEFORE:
        yield assignment.due - ahead, Reminder("lodge", assignment.due)
    for past in AFTER:
        yield assignment.due + past, Reminder("lodge", assignment.due)


def reminder(assignment: Assignment, now: datetime) -> Reminder | None:
    """What there is to remind of now: the latest moment that has passed since the last reminder."""
    if assignment.state not in WAITING:
        return None
    passed = [(at, found) for at, found in _moments(assignment) if assignment.reminded_at < at <= now]
    return max(passed, key=lambda one: one[0])[1] if passed else None


def by_hand(assignment: Assignment) -> Reminder:
    """What an officer who does not wait for the next moment reminds of."""
    if assignment.state == AssignmentState.OFFERED:
        days = assignment.application.definition.the_review.declare_days
        return Reminder("declare", min(assignment.assigned_at + timedelta(days=days), assignment.due))
    return Reminder("lodge", assignment.due)


def _waiting() -> QuerySet[Assignment]:
    """Assignments whose reviewer may be reminded again: the last moment of all has not been one."""
    rows: QuerySet[Assignment] = Assignment.objects.filter(
        state__in=WAITING, application__state=CaseState.ASSESSING, reminded_at__lt=F("due") + AFTER[-1]
    )
    return rows.select_related("application__version").order_by("pk")


def due(now: datetime) -> Iterator[tuple[int, datetime]]:
    """The assignments about which a reminder is due, with when the one before it was sent."""
    soon = Q(due__lte=now + BEFORE[0]) | Q(state=AssignmentState.OFFERED)
    for assignment in _waiting().filter(soon).iterator(500):
        if reminder(assignment, now):
            yield assignment.pk, assignment.reminded_at


def instants(after: datetime, until: datetime) -> Iterator[datetime]:
    """The moments in a span at which a reminder becomes due."""
    for assignment in _waiting().iterator(500):
        for moment, _found in _moments(assignment):
            if after < moment <= until and moment > assignment.reminded_at:
                yield moment
