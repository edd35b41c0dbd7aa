"""Lists: the authority's cases, an applicant's own, and the calls that one works on. A handful of queries each, whatever
their length."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from grants import clock
from grants.applications import access
from grants.applications.models import FINAL_STATES, Application, CaseState, Party
from grants.cleaning import clean_line
from grants.decisions.models import Decision, Outcome
from grants.organisations.models import Person
from grants.programmes.definition import PartyRole
from grants.programmes.models import Call, CallPhase
from reviewers.panels import Meeting
from workflows.matrix import MOVES, Role
from workflows.models import Task
from workflows.queries import sides
from workflows.queries.whose_turn import KINDS, address_of

PAGE = 50
NOT_SEEN_BY_STAFF = (CaseState.DRAFT, CaseState.LAPSED)
ORDERS = {"nummer": ("number",), "titel": ("sort_title", "pk"), "senast": ("-state_since", "-pk")}


def coordinators(case_ids: Iterable[int]) -> dict[int, str]:
    """The coordinator's name of each of these cases; one query."""
    rows = Party.objects.filter(application__in=list(case_ids), role=PartyRole.COORDINATOR).select_related(
        "organisation"
    )
    return {party.application_id: party.name for party in rows}


def calls_of_staff(person: Person) -> QuerySet[Call]:
    """The calls that this person has an office on."""
    rows = Call.objects.filter(pk__in=access.office_grants(person).values("content_object"), version__isnull=False)
    return rows.select_related("version").order_by(F("closes_at").desc(nulls_first=True), "pk")


@dataclass(frozen=True)
class Choice:
    """What a list of cases is narrowed to; what the address says, made safe."""

    call: str = ""
    state: str = ""
    text: str = ""
    mine: bool = False
    order: str = "nummer"
    gathered: str = ""  # a cut-off

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Choice":
        """From the query string. What is not a choice is no choice."""
        state, order = clean_line(query.get("lage", "")), clean_line(query.get("ordning", ""))
        return cls(
            clean_line(query.get("omgang", ""))[:60],
            state if state in CaseState.values and state not in NOT_SEEN_BY_STAFF else "",
            clean_line(query.get("sok", ""))[:200],
            query.get("mina", "") == "1",
            order if order in ORDERS else "nummer",
            clean_line(query.get("avstamning", ""))[:40],
        )


@dataclass(frozen=True)
class CaseRow:
    """One case in a list."""

    case: Application
    coordinator: str
    call_title: str
    state: str
    glyph: str


@dataclass(frozen=True)
class CaseList:
    """One page of the authority's cases, with what it can be narrowed by."""

    page: Page[Application]
    rows: list[CaseRow]
    calls: list[Call]
    choice: Choice
    states: list[tuple[str, str]] = field(default_factory=list)
    cutoffs: list[tuple[str, datetime]] = field(default_factory=list)


_GLYPHS = {
    CaseState.DRAFT: "empty",
    CaseState.SUBMITTED: "turn",
    CaseState.COMPLETING: "wait",
    CaseState.ASSESSING: "open",
    CaseState.ASSESSED: "open",
    CaseState.PROPOSED: "decision_turn",
    CaseState.DECIDED: "decision_done",
    CaseState.RESERVE: "wait",
    CaseState.ACCEPTING: "wait",
    CaseState.REPORTING: "open",
    CaseState.CLOSED: "done",
}


def glyph_of(state: str) -> str:
    """The shape of a case's state."""
    return _GLYPHS.get(CaseState(state), "stop")


def cases_of_staff(person: Person, query: Mapping[str, str]) -> CaseList:
    """The cases of the calls one works on."""
    choice, calls = Choice.read(query), list(calls_of_staff(person))
    rows = Application.objects.handled_by_office(person).filter(
        call__in=[c.pk for c in calls]
    )  # one's own are elsewhere
    if choice.call:
        rows = rows.filter(call__in=[c.pk for c in calls if c.slug == choice.call])
    if choice.state:
        rows = rows.filter(state=choice.state)
    cutoffs = _cutoffs(calls, choice)
    if choice.gathered in cutoffs:
        rows = rows.filter(gathered_at=cutoffs[choice.gathered])
    if choice.mine:
        rows = rows.filter(handled_by=person)
    if choice.text:
        named = Party.objects.filter(role=PartyRole.COORDINATOR, frozen_name__icontains=choice.text)
        rows = rows.filter(
            Q(number__icontains=choice.text) | Q(title__icontains=choice.text) | Q(pk__in=named.values("application"))
        )
    made = Decision.objects.in_force().filter(application=OuterRef("pk"))
    rows = rows.annotate(outcome=Subquery(made.values("outcome")[:1]))
    page = Paginator(rows.select_related("handled_by").order_by(*ORDERS[choice.order]), PAGE).get_page(
        query.get("page")
    )
    names = coordinators(case.pk for case in page.object_list)
    titles = {call.pk: call.title for call in calls}
    listed = [
        CaseRow(c, names.get(c.pk, ""), titles[c.call_id], _state_with_outcome(c), glyph_of(c.state))
        for c in page.object_list
    ]
    states = [(s.value, str(s.label)) for s in CaseState if s not in NOT_SEEN_BY_STAFF]
    return CaseList(page, listed, calls, choice, states, list(cutoffs.items()))


def _cutoffs(calls: Iterable[Call], choice: Choice) -> dict[str, datetime]:
    """The cut-offs of the calls that the list is of, by what the address calls them."""
    windows = [call.definition.window for call in calls if choice.call in ("", call.slug)]
    moments = {moment.astimezone(UTC) for window in windows for moment in window.cutoffs if moment != window.closes}
    return {f"{moment:%Y-%m-%dT%H:%M:%SZ}": moment for moment in sorted(moments)}


def _state_with_outcome(case: Any) -> str:
    """The state in words, and of a closed case what was decided: both grants and rejections end there."""
    state = str(CaseState(case.state).label)
    if case.state == CaseState.CLOSED and case.outcome:
        return f"{state}: {Outcome(case.outcome).label}"
    return state


@dataclass(frozen=True)
class OwnCase:
    """One of an applicant's own cases, with what is to be done in it."""

    case: Application
    call_title: str
    coordinator: str
    state: str
    glyph: str
    url: str
    todo: str = ""
    todo_url: str = ""
    due: datetime | None = None

    @property
    def name(self) -> str:
        """What the case is called; a draft that was thrown away or lapsed has lost its title with the rest."""
        nameless = _("Raderat utkast") if self.case.state == CaseState.LAPSED else _("Projekt utan titel")
        return self.case.title or nameless


@dataclass(frozen=True)
class OwnCases:
    """An applicant's cases in the groups they know."""

    drafts: list[OwnCase]
    going_on: list[OwnCase]
    projects: list[OwnCase]
    ended: list[OwnCase]
    open_calls: list[Call]

    @property
    def is_empty(self) -> bool:
        """Whether there is none at all."""
        return not (self.drafts or self.going_on or self.projects or self.ended)


def cases_of_applicant(person: Person) -> OwnCases:
    """The cases that one writes in or acts for a party in."""
    grants = access.case_grants(person, access.WORKING).values("content_object")
    cases = list(
        Application.objects.filter(pk__in=grants)
        .annotate(writes=_granted(person, "edit_case"), fills_in=_granted(person, "party_case"))
        .select_related("call__version", "version")
        .order_by("-created_at", "-pk")
    )
    names = coordinators(case.pk for case in cases)
    tasks: dict[int, Task] = {}
    for task in Task.objects.filter(finished=None, office=Role.APPLICANT, case__in=[c.pk for c in cases]).order_by(
        "-due"
    ):
        tasks[task.case_id] = task
    groups: dict[str, list[OwnCase]] = defaultdict(list)
    for case in cases:
        groups[_group(case)].append(_own(case, names.get(case.pk, ""), tasks.get(case.pk)))
    now_open = [
        c for c in Call.objects.filter(version__isnull=False).select_related("version") if c.phase() == CallPhase.OPEN
    ]
    return OwnCases(groups["drafts"], groups["going_on"], groups["projects"], groups["ended"], now_open)


def _granted(person: Person, codename: str) -> Exists:
    return Exists(access.case_grants(person, [codename]).filter(content_object=OuterRef("pk")))


def _group(case: Application) -> str:
    if case.state == CaseState.DRAFT:
        return "drafts"
    if case.state in FINAL_STATES:
        return "ended"
    return "projects" if case.state == CaseState.REPORTING else "going_on"


def _own(case: Any, coordinator: str, task: Task | None) -> OwnCase:
    url = reverse("case", args=[case.pk])
    todo, todo_url, due = "", "", None
    if case.state == CaseState.DRAFT:
        todo_url, due = reverse("workspace", args=[case.pk]), case.closes_at
        todo = _("Skriv klart och skicka in") if case.writes else _("Fyll i er del") if case.fills_in else ""
    elif not case.writes:
        todo_url = reverse("workspace", args=[case.pk])
    elif task is not None:
        todo, due = str(KINDS[task.kind][1].title), task.due
        todo_url = address_of(task.kind, case.pk, task.subject_id)
    elif case.working_copy:
        todo, todo_url, due = _("Skicka in ändringarna"), reverse("workspace", args=[case.pk]), case.due
    elif case.state == CaseState.REPORTING:
        url = reverse("project", args=[case.pk])
    glyph = "turn" if todo else "wait" if case.state in sides.BEING_PREPARED else glyph_of(case.state)
    if not todo and case.state == CaseState.SUBMITTED:
        glyph = "wait"
    state = sides.state_word(case, {Role.APPLICANT})
    return OwnCase(case, case.call.title, coordinator, state, glyph, url, todo, todo_url, due)


@dataclass(frozen=True)
class CallRow:
    """A call that one works on, with its cases by state."""

    call: Call
    phase: str
    total: int
    counts: list[tuple[str, str, int]]  # state, word, how many
    can_move: bool  # whether this person may give everyone more time now
    can_edit: bool  # whether they may work with what the call says
    meetings: list[Meeting]  # of its panel
    can_plan: bool  # whether they may plan one
    can_prepare: bool  # whether there are decisions for them to prepare
    can_decide: bool  # or to make

    @property
    def is_closed(self) -> bool:
        """Whether its closing time has passed."""
        return self.call.closes_at is not None and self.call.closes_at <= clock.now()


def calls_with_counts(person: Person) -> list[CallRow]:
    """The calls one works on, counted in one query, and what may be done with each."""
    calls = list(calls_of_staff(person))
    handled = set(access.office_grants(person, ["handle_call"]).values_list("content_object_id", flat=True))
    decides = set(access.office_grants(person, ["decide_call"]).values_list("content_object_id", flat=True))
    counted: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Application.objects.handled_by_office(person).filter(call__in=[c.pk for c in calls])
    for call, state, n in rows.values_list("call", "state").annotate(n=Count("pk")).order_by():
        counted[call][state] = n
    meetings: dict[int, list[Meeting]] = defaultdict(list)
    with_panel = [call.pk for call in calls if call.definition.stages.panel]
    for meeting in Meeting.objects.filter(call__in=with_panel) if with_panel else ():
        meetings[meeting.call_id].append(meeting)
    return [
        CallRow(
            call,
            str(call.phase().label),
            sum(counted[call.pk].values()),
            [(s.value, str(s.label), counted[call.pk][s.value]) for s in CaseState if s.value in counted[call.pk]],
            call.pk in handled and call.phase() == CallPhase.OPEN and call.closes_at is not None,
            call.pk in handled,
            meetings[call.pk],
            call.pk in handled and call.definition.stages.panel and bool(counted[call.pk].get(CaseState.ASSESSED)),
            call.pk in handled and any(counted[call.pk].get(state) for state in MOVES["propose"].sources),
            call.pk in decides and bool(counted[call.pk].get(CaseState.PROPOSED)),
        )
        for call in calls
    ]
