"""The reviewer's queue: everything assigned to one person, by what there is to do now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Length, NullIf
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_safe

from grants import clock
from grants.applications.models import Party
from grants.cleaning import clean_line
from grants.organisations.models import Person
from grants.programmes.definition import PartyRole
from reviewers.declaring import is_named
from reviewers.models import Assignment, AssignmentState, Score
from reviewers.panels import Meeting
from reviewers.scoring import LONGEST_REASON, SHORTEST_REASON

PAGE = 50
S = AssignmentState
LEFT = (S.OFFERED, S.CLEARED)  # the reviewer's turn
COUNTED = (S.OFFERED, S.UNSURE, S.CLEARED, S.LODGED)  # still the reviewer's to judge, or judged


@dataclass(frozen=True)
class Heading:
    """What the assignments of a group have in common."""

    id: str
    title: Promise
    glyph: str
    states: tuple[str, ...]


HEADINGS = (
    Heading("score", _l("Bedöm"), "turn", (S.CLEARED,)),
    Heading("declare", _l("Pröva om du är jävig"), "turn", (S.OFFERED,)),
    Heading("wait", _l("Väntar på besked om jäv"), "wait", (S.UNSURE,)),
    Heading("lodged", _l("Lämnade"), "done", (S.LODGED,)),
    Heading("ended", _l("Avslutade utan bedömning"), "empty", (S.CONFLICTED, S.DECLINED, S.REMOVED, S.ENDED)),
)


@dataclass(frozen=True)
class Row:
    """One assignment in the queue."""

    assignment: Assignment
    title: str  # empty where the reviewer is not told who applies
    call_title: str
    call_spoken: str
    coordinator: str
    done: int  # criteria with score and reason
    criteria: int
    is_late: bool
    is_left: bool


@dataclass(frozen=True)
class Group:
    """The rows of one heading on this page of the list, and how many there are in all."""

    heading: Heading
    rows: list[Row]
    total: int


@dataclass(frozen=True)
class Progress:
    """How far the reviewer has come, and what to take next."""

    lodged: int
    all: int
    next: Assignment | None


def ordered(reviewer: Person) -> QuerySet[Any]:
    """The person's assignments, first what is to be done now, and in each group what is due first; what is lodged the latest
    first."""
    rank = Case(*(When(state__in=h.states, then=Value(n)) for n, h in enumerate(HEADINGS)), output_field=IntegerField())
    lodged = Case(When(state=S.LODGED, then=F("lodged_at")))
    rows: QuerySet[Any] = Assignment.objects.filter(reviewer=reviewer).annotate(rank=rank, lodged=lodged)
    rows = rows.order_by("rank", F("lodged").desc(nulls_last=True), "due", "pk")
    return rows


def progress(reviewer: Person, after: Assignment | None = None) -> Progress:
    """How many of the person's sheets are lodged, and the next assignment to take up; two queries."""
    counts = Assignment.objects.filter(reviewer=reviewer).aggregate(
        lodged=Count("pk", filter=Q(state=S.LODGED)), all=Count("pk", filter=Q(state__in=COUNTED))
    )
    rows = ordered(reviewer).filter(state__in=LEFT)
    if after is not None:
        rows = (
            rows.exclude(pk=after.pk)
            .annotate(passed=Case(When(Q(due__lt=after.due) | Q(due=after.due, pk__lt=after.pk), then=1), default=0))
            .order_by("rank", "passed", "due", "pk")
        )
    return Progress(counts["lodged"], counts["all"], rows.first())


def _rows(listed: Iterable[Any], language: str) -> Iterator[Row]:
    for assignment in listed:
        definition = assignment.application.definition
        named = is_named(assignment)
        yield Row(
            assignment=assignment,
            title=assignment.application.title if named else "",
            call_title=definition.title.read(language),
            call_spoken=definition.title.spoken(language),
            coordinator=(assignment.coordinator or "") if named else "",
            done=assignment.done,
            criteria=len(definition.criteria),
            is_late=assignment.state in LEFT and assignment.due < clock.now(),
            is_left=assignment.state in LEFT,
        )


def _with_details(listed: QuerySet[Any]) -> QuerySet[Any]:
    """The assignments with their application, its coordinator, and how many criteria have both score and reason."""
    coordinator = Party.objects.filter(application=OuterRef("application"), role=PartyRole.COORDINATOR).values(
        name_now=Coalesce(NullIf("frozen_name", Value("")), "organisation__name")
    )
    done = (
        Score.objects.filter(sheet__assignment=OuterRef("pk"), value__isnull=False)
        .annotate(length=Length("reason"))
        .filter(length__gte=SHORTEST_REASON, length__lte=LONGEST_REASON)
        .order_by()
        .values("sheet")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows: QuerySet[Any] = listed.select_related("application__version").annotate(
        coordinator=Subquery(coordinator[:1]), done=Coalesce(Subquery(done), 0), resume=F("sheet__edited")
    )
    return rows


def meetings_of(person: Person) -> list[Meeting]:
    """The meetings that the person sits at and that are not over, the next one first; one query."""
    rows = Meeting.objects.filter(members__person=person, members__ended_at=None, closed_at=None)
    return list(rows.select_related("call__version").order_by("starts_at", "pk"))


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """One list of everything that the reviewer has to do, has done and is rid of."""
    person = cast(Person, request.user)
    totals = {
        row["state"]: row["n"]
        for row in Assignment.objects.filter(reviewer=person).values("state").annotate(n=Count("pk")).order_by()
    }
    paginator = Paginator(_with_details(ordered(person)), PAGE)
    paginator.count = sum(totals.values())
    page = paginator.get_page(clean_line(request.GET.get("page", "1")))
    rows = list(_rows(page.object_list, (get_language() or "sv")[:2]))
    groups = [
        Group(
            heading,
            [r for r in rows if r.assignment.state in heading.states],
            sum(totals.get(s, 0) for s in heading.states),
        )
        for heading in HEADINGS
    ]
    left = [row for row in rows if row.is_left]
    to_read = [row for row in rows if row.assignment.state == S.CLEARED]
    context: dict[str, Any] = {
        "groups": [group for group in groups if group.rows],
        "page": page,
        "progress": Progress(
            totals.get(S.LODGED, 0),
            sum(totals.get(s, 0) for s in COUNTED),
            left[0].assignment if left and page.number == 1 else None,
        ),
        "left": sum(totals.get(s, 0) for s in LEFT),
        "late": sum(row.is_late for row in rows),
        "meetings": meetings_of(person),
        "packs": {row.assignment.application.definition.slug: (row.call_title, row.call_spoken) for row in to_read},
    }
    return render(request, "reviewers/queue.html", context)
