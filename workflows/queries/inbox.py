"""The inbox: every turn that is one's own, by urgency. One query for the rows, one for the coordinators."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Case, F, OuterRef, Subquery, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from grants import clock
from grants.applications import access
from grants.applications.extensions import Extension
from grants.decisions.models import Acceptance, Decision
from grants.organisations.models import Person
from grants.programmes.models import Call
from reviewers.declaring import hides_parties
from reviewers.models import Assignment
from workflows import chasing
from workflows.matrix import Noun, Role
from workflows.models import Task
from workflows.queries.lists import coordinators
from workflows.queries.turns import is_told_only, mine, requests_to
from workflows.queries.whose_turn import KINDS, address_of

MOST = 200  # rows on the page; whoever has more has a list of cases as well


@dataclass(frozen=True)
class Row:
    """One turn."""

    title: str
    url: str
    number: str
    case_title: str
    coordinator: str
    glyph: str
    due: datetime | None
    since: datetime
    late_since: datetime | None  # when it is somebody else who is late
    for_whom: str  # the colleague whose turn it is, when one stands in
    is_free: bool  # nobody's in particular yet


@dataclass(frozen=True)
class Group:
    """Turns of the same urgency."""

    title: str
    rows: list[Row]
    is_late: bool = False


@dataclass(frozen=True)
class Together:
    """Decisions of one call that can be made on one page."""

    call: Call
    count: int


@dataclass(frozen=True)
class Inbox:
    """Everything that waits for one person."""

    groups: list[Group]
    together: list[Together]
    count: int
    waiting_elsewhere: int  # turns of applicants in one's calls, for those who work there

    @property
    def is_cut(self) -> bool:
        """Whether there is more than the page shows."""
        return self.count > MOST


def inbox_of(person: Person) -> Inbox:
    """The inbox of a person who works at the authority, reviews or applies."""
    rows = Task.objects.filter(mine(person)).exclude(kind="").select_related("case__version", "case__call", "owner")
    rows = rows.annotate(told_only=is_told_only(person), by=Coalesce("due", _late_reviewer()))
    tasks = list(rows.order_by(F("by").asc(nulls_last=True), "created", "pk")[: MOST + 1])
    count = len(tasks) if len(tasks) <= MOST else rows.count()
    names = coordinators(t.case_id for t in tasks[:MOST])
    groups = _grouped(person, tasks[:MOST], names, _abouts(tasks[:MOST]))
    if asked := [_request(one) for one in requests_to(person).select_related("asked_by", "application__call__version")]:
        groups.insert(0, Group(_("Begäran om längre tid"), asked))
    elsewhere = 0 if groups else _elsewhere(person)
    return Inbox(groups, _together(tasks), count + len(asked), elsewhere)


def _together(tasks: Iterable[Any]) -> list[Together]:
    """The calls in which more than one decision waits to be made by this person."""
    waiting = Counter(task.case.call for task in tasks if task.kind == "decide" and not task.told_only)
    return [Together(call, count) for call, count in waiting.items() if count > 1]


def _late_reviewer() -> Case:
    """Of a turn to follow up reviewers: since when the first of them is late."""
    waits = Assignment.objects.filter(application=OuterRef("case"), state__in=chasing.WAITING, due__lt=clock.now())
    return Case(When(kind="follow", then=Subquery(waits.order_by("due").values("due")[:1])))


def _request(extension: Extension) -> Row:
    """A request about a draft, by who asks and in which call; the draft itself is not the officer's to see."""
    case = extension.application
    url = reverse("act", args=["grant_extension", extension.pk])
    title, due = _("Svara på en begäran om längre tid"), case.closes_at
    return Row(
        title, url, "", case.call.title, extension.asked_by.name, "turn", due, extension.asked_at, None, "", False
    )


def _elsewhere(person: Person) -> int:
    """How many turns wait for applicants in the calls one works on: the answer to an empty inbox."""
    calls = access.office_grants(person).values("content_object")
    waiting: int = Task.objects.filter(finished=None, office=Role.APPLICANT, case__call__in=calls).count()
    return waiting


def _abouts(tasks: Iterable[Task]) -> dict[tuple[str, int], str]:
    """What a turn is about beside its case: the party of an acceptance, the kind of a later decision. A query for each kind of
    noun that is there."""
    keys: dict[str, list[int]] = {Noun.ACCEPTANCE: [], Noun.DECISION: []}
    for task in tasks:
        keys.get(KINDS[task.kind][0], []).append(task.subject_id)
    accepting, decided = keys[Noun.ACCEPTANCE], keys[Noun.DECISION]
    rows = Acceptance.objects.filter(pk__in=accepting).select_related("party__organisation") if accepting else ()
    found = {(str(Noun.ACCEPTANCE), row.pk): row.party.name for row in rows}
    later = Decision.objects.filter(pk__in=decided) if decided else ()
    return found | {(str(Noun.DECISION), row.pk): row.title for row in later}


def _grouped(
    person: Person, tasks: Sequence[Any], names: dict[int, str], abouts: dict[tuple[str, int], str]
) -> list[Group]:
    """By how long is left; what has no last day comes after what has."""
    tomorrow = datetime.combine(clock.today() + timedelta(days=1), time(), clock.SWEDEN)
    ends = (clock.now(), tomorrow, tomorrow + timedelta(days=6))
    kinds = [
        (_("Sent"), "stop"),
        (_("I dag"), "turn"),
        (_("Inom en vecka"), "turn"),
        (_("Senare"), "empty"),
        (_("Utan sista dag"), "turn"),
    ]
    rows: list[list[Row]] = [[] for _kind in kinds]
    for task in tasks:
        place = len(kinds) - 1 if task.by is None else sum(task.by >= end for end in ends)
        rows[place].append(_row(person, task, names, abouts, kinds[place][1]))
    return [Group(kinds[n][0], found, n == 0) for n, found in enumerate(rows) if found]


def _row(person: Person, task: Any, names: dict[int, str], abouts: dict[tuple[str, int], str], glyph: str) -> Row:
    title, url = str(KINDS[task.kind][1].title), address_of(task.kind, task.case_id, task.subject_id)
    if about := abouts.get((str(KINDS[task.kind][0]), task.subject_id)):
        title = f"{title}: {about}"
    for_whom = task.owner.name if task.owner_id not in (None, person.pk) and task.owner else ""
    if task.told_only:
        title, url = (
            _("Ingen som har uppdraget får delta: %(turn)s") % {"turn": title},
            reverse("case", args=[task.case_id]),
        )
    hidden = task.office == Role.REVIEWER and hides_parties(task.case)
    return Row(
        title,
        url,
        task.case.number or "",
        "" if hidden else task.case.title,
        "" if hidden else names.get(task.case_id, ""),
        glyph,
        task.due,
        task.created,
        task.by if task.due is None else None,
        for_whom,
        task.owner_id is None and task.office != Role.APPLICANT and not task.told_only,
    )
