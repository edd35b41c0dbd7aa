"""Everything a case page shows, read once, for one person and what they are to the case."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grants.applications.models import Application, CaseState, Submission
from grants.decisions.models import BEING_MADE, Acceptance, AcceptanceState, Decision, DecisionState, Hearing, Outcome
from grants.letters.deliveries import Delivery, DeliveryStatus
from grants.letters.models import Document, DocumentKind
from grants.money import ratio_bp
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import EarlierAid, Person
from grants.projects.models import Duty, DutyState
from grants.refusal import NotVisible
from reviewers.models import Assignment, AssignmentState
from reviewers.scoring import Summary, summary
from workflows import rights
from workflows.aid_forms import stated_in
from workflows.events import broken
from workflows.matrix import Noun, Role
from workflows.models import Event
from workflows.queries import actions, formal, hearings, sides, story, whose_turn

_DECISION_STATES = (
    CaseState.PROPOSED,
    CaseState.DECIDED,
    CaseState.ACCEPTING,
    CaseState.REPORTING,
    CaseState.CLOSED,
    CaseState.DECLINED,
    CaseState.RESERVE,
    CaseState.WITHDRAWN,
)


@dataclass(frozen=True)
class PartyRow:
    """A party with what it applied for, in öre, and its share in basis points."""

    name: str
    number: str
    kind: str
    is_coordinator: bool
    is_need_owner: bool
    contact: str
    cost: int
    applied: int

    @property
    def share(self) -> int:
        """The part of the costs that is applied for."""
        return ratio_bp(self.applied, self.cost)


@dataclass(frozen=True)
class Row:
    """A noun of the case in a table, with what can be done with it."""

    noun: Any
    title: str
    state: str
    glyph: str
    actions: list[actions.Action]
    changes: list[tuple[str, int | None, int]] = field(default_factory=list)  # a decision's: party, before and now


@dataclass
class CasePage:
    """What the template reads. What a side may not see is not in it."""

    case: Application
    roles: frozenset[Role]
    staff: bool
    state: str
    turn: whose_turn.TurnSheet
    stations: list[story.Station]
    line: list[story.Moment]
    actions: actions.Actions
    parties: list[PartyRow]
    submissions: list[Submission]
    decision: Decision | None
    documents: list[Document]
    deliveries: list[Row] = field(default_factory=list)
    aid: list[EarlierAid] = field(default_factory=list)  # what the parties have received from others
    later: list[Row] = field(default_factory=list)  # other decisions: what has been replaced, and what stands beside
    requirements: list[formal.Requirement] = field(default_factory=list)
    assignments: list[Row] = field(default_factory=list)
    acceptances: list[Row] = field(default_factory=list)
    duties: list[Row] = field(default_factory=list)
    scores: Summary | None = None
    hearings: list[Hearing] = field(default_factory=list)
    events: int = 0
    chain_is_whole: bool = True

    @property
    def met(self) -> int:
        """How many of the formal requirements are met."""
        return sum(r.met for r in self.requirements)

    @property
    def standing(self) -> Submission | None:
        """The submission that stands."""
        return self.submissions[-1] if self.submissions else None

    @property
    def turn_leads_on(self) -> bool:
        """Whether one's own turn is taken on another page than those of the case's steps: a report, a draft."""
        return self.turn.mine and self.turn.url not in ("", *(action.url for action in self.actions.can))

    @property
    def is_final(self) -> bool:
        """Whether something was granted and has been sent."""
        return self.case.state in (CaseState.REPORTING, CaseState.CLOSED)


def find_case(person: Person, pk: int) -> tuple[Application, frozenset[Role]]:
    """The case and what this person is to it. NotVisible when it has no page for them."""
    rows = Application.objects.select_related("call__version", "version", "handled_by")
    try:
        case = rows.get(pk=pk)
    except (Application.DoesNotExist, OverflowError):
        raise NotVisible(pk) from None
    roles = rights.roles_on_case(person, case)
    if not sides.may_read_case(roles):
        raise NotVisible(case)
    return case, roles


_SHEETS = (
    Assignment.objects.select_related("reviewer", "sheet")
    .prefetch_related("sheet__scores")
    .order_by("assigned_at", "pk")
)


def read(person: Person, pk: int) -> CasePage:
    """The whole page."""
    case, roles = find_case(person, pk)
    staff, language = sides.is_staff(roles), (get_language() or "sv")[:2]
    events = list(Event.objects.filter(stream=f"case:{case.pk}").select_related("actor").order_by("seq"))
    submissions = list(case.submissions.select_related("submitted_by", "version"))
    decisions = _decisions(case, roles, events)
    decision = _current(decisions)
    duties = list(case.duties.all()) if case.state in (CaseState.REPORTING, CaseState.CLOSED) else []
    if staff:
        prefetch_related_objects([case], Prefetch("assignments", queryset=_SHEETS))  # guards and the turn read them too
    tasks = list(whose_turn.open_tasks().filter(case=case).select_related("owner"))
    acts = actions.case_actions(person, case, roles, events)
    turn = whose_turn.turn_of(case, roles, person, tasks, decision, duties)
    refused = {action.url: str(action.reasons[0].text) for action in acts.cannot if action.reasons}
    if turn.url in refused:  # a turn never leads to a page that only says no
        turn = replace(turn, url="", text=f"{turn.text} {refused[turn.url]}")
    heard = hearings.shown(case, roles)
    turn = whose_turn.sent_back(turn, decisions) if staff else hearings.awaited(turn, heard)
    seen = sides.visible_events(events, roles)
    acceptances = _acceptances(case, roles) if decision else []
    assignments, scores = _assignments(case, roles) if staff else ([], None)
    rows = [_duty(duty, case, language) for duty in duties]
    page = CasePage(
        case=case,
        roles=roles,
        staff=staff,
        state=sides.state_word(case, roles),
        turn=turn,
        stations=story.stations(case, roles, seen, decision, turn),
        line=story.line(case, roles, seen, turn, _names(acceptances, assignments, rows)),
        actions=acts,
        parties=_parties(submissions),
        submissions=submissions,
        decision=decision,
        later=[_later(d, roles) for d in decisions if d is not decision],
        documents=_documents(case, decisions),
        deliveries=_deliveries(decisions) if staff else [],
        aid=list(stated_in(case)) if staff and any(event.name == "state_aid" for event in events) else [],
        assignments=assignments,
        acceptances=acceptances,
        duties=rows,
        scores=scores,
        hearings=heard,
        events=len(events),
    )
    if staff:
        page.chain_is_whole = not any(broken(events))
        if page.standing is not None:
            definition = page.standing.version.definition
            page.requirements = formal.requirements(case.closes_at, page.standing, definition, language)
    return page


def _names(acceptances: list[Row], assignments: list[Row], duties: list[Row]) -> dict[tuple[str, int], str]:
    """What the rows of the page are called, for the events about them."""
    named = ((Noun.ACCEPTANCE, acceptances), (Noun.ASSIGNMENT, assignments), (Noun.DUTY, duties))
    return {(str(noun), row.noun.pk): row.title for noun, rows in named for row in rows}


def _decisions(case: Application, roles: frozenset[Role], events: list[Event]) -> list[Decision]:
    """The case's decisions that this side may know of, the latest first."""
    if case.state not in _DECISION_STATES and all(event.name != "return_proposal" for event in events):
        return []
    rows = Decision.objects.select_related("prepared_by", "decided_by").prefetch_related("lines")
    prefetch_related_objects([case], Prefetch("decisions", queryset=rows))  # guards and the turn read them too
    found = sorted(case.decisions.all(), key=lambda decision: -decision.version)
    seen = [d for d in found if d.state not in _GONE and sides.shown_decision(d, roles) is not None]
    by_key = {d.pk: d for d in seen}
    for decision in seen:  # what it replaces is there already, with its lines
        decision.replaces = by_key.get(decision.replaces_id or 0)
    return seen


def _current(decisions: list[Decision]) -> Decision | None:
    """What the page is about: what is being made in the case, otherwise what holds."""
    made = next((d for d in decisions if not d.later and d.state in BEING_MADE), None)
    sent = (d for d in decisions if d.state == DecisionState.DISPATCHED and d.outcome != Outcome.RECOVERY)
    return made or next(sent, None)


_GONE = (DecisionState.VOID,)
_DECISION_GLYPHS = {
    DecisionState.PROPOSED: "wait",
    DecisionState.RETURNED: "turn",
    DecisionState.DECIDED: "decision_plan",
    DecisionState.DISPATCHED: "decision",
    DecisionState.REPLACED: "empty",
}


def _later(decision: Decision, roles: frozenset[Role]) -> Row:
    steps = actions.row_actions(Noun.DECISION, decision.pk, str(decision.state), roles) if decision.later else []
    title = _("Version %(n)d: %(outcome)s") % {"n": decision.version, "outcome": decision.title}
    return Row(
        decision,
        title,
        str(decision.get_state_display()),
        _DECISION_GLYPHS[DecisionState(decision.state)],
        steps,
        decision.changes(),
    )


def _parties(submissions: Sequence[Submission]) -> list[PartyRow]:
    """The parties as submitted; a draft's own page shows its parties."""
    if not submissions:
        return []
    content = submissions[-1].content
    budgets = {b["party"]: b for b in content["budgets"]}
    rows = []
    for party in content["parties"]:
        budget = budgets.get(party["id"], {"costs": [], "applied_ore": 0})
        rows.append(
            PartyRow(
                party["name"],
                party["number"],
                str(OrganisationKind(party["kind"]).label),
                party["role"] == "coordinator",
                party["is_need_owner"],
                party["contact_name"],
                sum(c["ore"] for c in budget["costs"]),
                budget["applied_ore"],
            )
        )
    return rows


def _documents(case: Application, decisions: list[Decision]) -> list[Document]:
    """Receipts, and letters of the decisions that this side may know of."""
    rows = case.documents.filter(kind=DocumentKind.RECEIPT)
    if decisions:
        rows = rows | case.documents.filter(decision__in=decisions)
    return list(rows.select_related("decision", "submission").defer("data").order_by("made_at", "pk"))


_DELIVERY_GLYPHS = {
    DeliveryStatus.WAITING: "wait",
    DeliveryStatus.SENT: "done",
    DeliveryStatus.FAILED: "stop",
    DeliveryStatus.BOUNCED: "stop",
}


def _deliveries(decisions: list[Decision]) -> list[Row]:
    """To whom the letters were sent, and whether they arrived."""
    if not any(decision.dispatched_at for decision in decisions):
        return []
    rows = Delivery.objects.filter(decision__in=decisions).select_related("party__organisation", "decision")
    return [
        Row(row, row.party.name, str(row.get_status_display()), _DELIVERY_GLYPHS[DeliveryStatus(row.status)], [])
        for row in rows.order_by("-decision__version", "party__position", "pk")
    ]


_ASSIGNMENT_GLYPHS = {
    AssignmentState.OFFERED: "wait",
    AssignmentState.UNSURE: "turn",
    AssignmentState.CLEARED: "open",
    AssignmentState.LODGED: "done",
    AssignmentState.CONFLICTED: "stop",
}
_ACCEPTANCE_GLYPHS = {
    AcceptanceState.WAITING: "wait",
    AcceptanceState.OVERDUE: "stop",
    AcceptanceState.ACCEPTED: "done",
    AcceptanceState.DECLINED: "stop",
}
_DUTY_GLYPHS = {
    DutyState.PLANNED: "plan",
    DutyState.OPEN: "open",
    DutyState.FILED: "wait",
    DutyState.RETURNED: "stop",
    DutyState.APPROVED: "done",
}


def _assignments(case: Application, roles: frozenset[Role]) -> tuple[list[Row], Summary | None]:
    """The assignments and what the lodged sheets say together."""
    found = list(case.assignments.all())
    rows = [
        Row(
            a,
            a.reviewer.name,
            str(AssignmentState(a.state).label),
            _ASSIGNMENT_GLYPHS.get(AssignmentState(a.state), "empty"),
            actions.row_actions(Noun.ASSIGNMENT, a.pk, a.state, roles & {Role.OFFICER}),
        )
        for a in found
    ]
    return rows, _summary(found, case)


def _summary(assignments: list[Assignment], case: Application) -> Summary | None:
    sheets = [
        {score.criterion: score.value for score in a.sheet.scores.all()}
        for a in assignments
        if a.state == AssignmentState.LODGED and hasattr(a, "sheet")
    ]
    return summary(sheets, case.definition.the_review) if sheets else None


def scores_of(case: Application) -> Summary | None:
    """What the lodged sheets of a case say together; None when there are none."""
    return _summary(list(_SHEETS.filter(application=case)), case)


def _acceptances(case: Application, roles: frozenset[Role]) -> list[Row]:
    found: list[Acceptance] = list(
        case.acceptances.select_related("party__organisation").order_by("party__position", "pk")
    )
    return [
        Row(
            a,
            a.party.name,
            str(AcceptanceState(a.state).label),
            _ACCEPTANCE_GLYPHS[AcceptanceState(a.state)],
            actions.row_actions(Noun.ACCEPTANCE, a.pk, a.state, roles),
        )
        for a in found
    ]


def _duty(duty: Duty, case: Application, language: str) -> Row:
    rule = case.definition.report(duty.rule)
    title = rule.title.read(language) if rule else duty.rule
    return Row(duty, title, str(DutyState(duty.state).label), _DUTY_GLYPHS[DutyState(duty.state)], [])


def submission_of(person: Person, pk: int, n: int) -> tuple[Application, Submission]:
    """One submission of a case that this person may read. NotVisible otherwise."""
    case, _roles = find_case(person, pk)
    try:
        found = case.submissions.select_related("version", "submitted_by").get(n=n)
    except (Submission.DoesNotExist, OverflowError):
        raise NotVisible(n) from None
    return case, found


def document_of(person: Person, pk: int) -> Document:
    """A document with its bytes, when this person may read it now. NotVisible otherwise."""
    try:
        found = Document.objects.select_related("application", "decision", "submission", "file").get(pk=pk)
    except (Document.DoesNotExist, OverflowError):
        raise NotVisible(pk) from None
    roles = rights.roles_on_case(person, found.application)
    if not sides.may_read_case(roles):
        raise NotVisible(found)
    if found.kind == DocumentKind.DECISION and sides.shown_decision(found.decision, roles) is None:
        raise NotVisible(found)
    return found
