"""What each side sees of a case's life. The applicant's side learns of a decision when it is dispatched, not before; who
reviews and what is said inside the authority stays there."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from grants.applications.blind import is_blind
from grants.applications.models import PHASE_OF, Application, CasePhase, CaseState
from grants.decisions.models import Decision
from grants.refusal import Refusal
from workflows import rights
from workflows.matrix import STAFF, Role
from workflows.models import Event
from workflows.wording import HAPPENED

APPLICANT_SIDE = rights.WORKERS
BEING_PREPARED = (CaseState.ASSESSED, CaseState.PROPOSED, CaseState.DECIDED)  # one and the same to the applicant

# Events that the applicant's side sees. False: without the actor, who may be a reviewer or whose name says nothing to them.
APPLICANT_SEES: dict[str, bool] = {
    "create_draft": True,
    "submit": True,
    "unlock": True,
    "drop_copy": True,
    "end_copy": False,
    "discard": True,
    "nudge": False,
    "lapse": False,
    "withdraw": True,
    "decline_grant": True,
    "invite_party": True,
    "confirm_part": True,
    "invite_member": True,
    "invite_again": True,
    "change_member": True,
    "remove_member": True,
    "join_case": True,
    "refuse_invitation": True,
    "ask_extension": True,
    "grant_extension": True,
    "refuse_extension": True,
    "take_case": True,
    "hand_over": True,
    "pass_formal": True,
    "ask_completion": True,
    "extend_completion": True,
    "recall_completion": True,
    "end_completion": False,
    "pass_unchecked": False,
    "end_assessment": False,
    "call_interview": True,
    "move_interview": True,
    "cancel_interview": True,
    "approve": True,  # only of a dispatched decision, see `visible_events`
    "dispatch": False,
    "approve_later": True,  # the same
    "dispatch_later": False,
    "asked_acceptance": False,
    "accept": True,
    "decline_part": True,
    "pass_date": False,
    "extend_acceptance": True,
    "started_reporting": False,
    "open_duty": False,
    "remind": False,
    "file_report": True,
    "return_report": True,
    "approve_report": True,
    "closed_case": False,
}
# Who works together is not the authority's business (workflows/rights.py: WORKERS).
ONLY_APPLICANTS_SEE = frozenset(
    {
        "invite_member",
        "asked_member",
        "invite_again",
        "change_member",
        "remove_member",
        "join_case",
        "refuse_invitation",
    }
)
# What only the authority sees, on purpose; a test proves that every event is in one of the two.
ONLY_STAFF_SEES = frozenset(HAPPENED) - frozenset(APPLICANT_SEES) - ONLY_APPLICANTS_SEE


def is_staff(roles: Iterable[Role]) -> bool:
    """Whether one of these roles is the authority's."""
    return not STAFF.isdisjoint(roles)


def may_read_case(roles: Iterable[Role]) -> bool:
    """Whether the case page exists for these roles; a reviewer has a page of their own."""
    return not (STAFF | APPLICANT_SIDE).isdisjoint(roles)


def state_word(case: Application, roles: Iterable[Role]) -> str:
    """The state in the words of this side."""
    if not is_staff(roles) and case.state in BEING_PREPARED:
        return _("bereds")
    return str(CaseState(case.state).label)


def title_for(case: Application | None, roles: Iterable[Role]) -> str:
    """What the case is called; nothing to who is to judge it without knowing who applies."""
    if case is None or (set(roles) == {Role.REVIEWER} and is_blind(case.definition)):
        return ""
    return case.title


def phase_of(case: Application, roles: Iterable[Role]) -> CasePhase:
    """The station that this side sees the case at."""
    if not is_staff(roles) and case.state in BEING_PREPARED:
        return CasePhase.DECIDED
    return PHASE_OF[case.state]


def shown_decision(decision: Decision | None, roles: Iterable[Role]) -> Decision | None:
    """The decision, if this side may know of it."""
    if decision is None or is_staff(roles) or decision.dispatched_at is not None:
        return decision
    return None


def visible_events(events: Iterable[Event], roles: Iterable[Role]) -> list[Event]:
    """The events that this side sees, in order. A decision is seen only when it has been dispatched."""
    roles, events = frozenset(roles), list(events)
    if is_staff(roles):
        return [event for event in events if event.name not in ONLY_APPLICANTS_SEE]
    sent = {event.data.get("decision") for event in events if event.name in ("dispatch", "dispatch_later")}
    return [
        event
        for event in events
        if event.name in APPLICANT_SEES
        and (event.name not in ("approve", "approve_later") or event.data.get("decision") in sent)
    ]


def shows_actor(event: Event, roles: Iterable[Role]) -> bool:
    """Whether this side may know who did it."""
    return is_staff(roles) or APPLICANT_SEES.get(event.name, False)


def discreet(
    refusals: Iterable[Refusal],
    case: Application | None,
    roles: Iterable[Role],
    events: Sequence[Event] | None = None,
) -> list[Refusal]:
    """The refusals of a case's command in the words of this side. One for the state says who moved the case and where to:
    to the applicant's side it says so only of what that side sees happen. `events`: the case's history, when it is read."""
    found = list(refusals)
    if case is None or is_staff(roles) or all(r.code != "state" for r in found):
        return found
    if case.state in BEING_PREPARED:
        text = _("Det går inte medan ärendet bereds.")
    elif (moved := _last_move(case, events)) is not None and shows_actor(moved, roles):
        return found
    else:
        text = _("Det går inte i det här läget: %(state)s.") % {"state": state_word(case, roles)}
    return [replace(r, text=text) if r.code == "state" else r for r in found]


def _last_move(case: Application, events: Sequence[Event] | None) -> Event | None:
    """What brought the case into its state."""
    if events is not None:
        own = [e for e in events if e.target and e.data.get("noun") == "case"]
        return own[-1] if own else None
    moves = Event.objects.filter(stream=f"case:{case.pk}", data__noun="case", data__id=case.pk).exclude(target="")
    return moves.order_by("-seq").first()
