"""Moves, pen-holders and rights as tables: role × state × command, and state → whose turn it is.

Everything that asks "may this person do this now?" reads MOVES; everything that asks "whose turn is it?" reads TURNS. The
tests prove both complete and try every cell over HTTP; /rattigheter/ shows them to anyone.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from grants.applications.extensions import ExtensionState as E
from grants.applications.models import FINAL_STATES, NOT_SETTLED, RECALLABLE
from grants.applications.models import CaseState as C
from grants.decisions.models import AcceptanceState as K
from grants.decisions.models import DecisionState as B
from grants.programmes.definition import Stages
from grants.projects.models import DutyState as D
from reviewers.models import AssignmentState as A
from reviewers.panels import ItemState as I
from reviewers.panels import MeetingState as M


class Role(StrEnum):
    """What a person is to one noun. A person can be several things at once."""

    APPLICANT = "applicant"  # writes in the application, for an organisation that confirmed them
    PENDING = "pending"  # the same, but not confirmed yet
    PARTNER = "partner"  # acts for another party
    READER = "reader"  # was let in to read
    INVITED = "invited"  # was asked to work in it, and has not answered
    REVIEWER = "reviewer"  # the assignment is theirs
    PANEL = "panel"  # a member of the panel's meeting, and let into the item
    CHAIR = "chair"  # the same, and leads it
    OFFICER = "officer"
    DECIDER = "decider"
    AUDITOR = "auditor"
    HOLDER = "holder"  # holds a personal link
    SELF = "self"  # the noun is the person
    OUTSIDER = "outsider"  # signed in, nothing to do with it
    CLOCK = "clock"  # the sweeps and the jobs


ROLE_NAMES: dict[Role, Promise] = {
    Role.APPLICANT: _("sökande"),
    Role.PENDING: _("sökande, ännu inte bekräftad"),
    Role.PARTNER: _("projektpart"),
    Role.READER: _("läsare i ansökan"),
    Role.INVITED: _("inbjuden till ansökan"),
    Role.REVIEWER: _("bedömare"),
    Role.PANEL: _("ledamot i panelen"),
    Role.CHAIR: _("panelens ordförande"),
    Role.OFFICER: _("handläggare"),
    Role.DECIDER: _("beslutsfattare"),
    Role.AUDITOR: _("registrator eller granskare"),
    Role.HOLDER: _("den som har länken"),
    Role.SELF: _("personen själv"),
    Role.OUTSIDER: _("någon annan"),
    Role.CLOCK: _("klockan"),
}


STAFF = frozenset({Role.OFFICER, Role.DECIDER, Role.AUDITOR})  # who works at the authority


class Noun(StrEnum):
    """What commands act on."""

    CASE = "case"
    PARTY = "party"
    MEMBER = "member"
    ASSIGNMENT = "assignment"
    ACCEPTANCE = "acceptance"
    DECISION = "decision"
    DUTY = "duty"
    MEMBERSHIP = "membership"
    CALL = "call"
    EXTENSION = "extension"
    PERSON = "person"
    AUTHORITY = "authority"
    PLACE = "place"
    MEETING = "meeting"
    ITEM = "item"


NOUN_STATES: dict[Noun, dict[str, str | Promise]] = {
    Noun.CASE: dict(C.choices),
    Noun.PARTY: {"open": _("inte bekräftad"), "confirmed": _("bekräftad")},
    Noun.MEMBER: {"invited": _("inbjuden"), "joined": _("med i arbetet"), "ended": _("inte längre med")},
    Noun.ASSIGNMENT: dict(A.choices),
    Noun.ACCEPTANCE: dict(K.choices),
    Noun.DECISION: {**dict(B.choices), "in_case": _("avgörs i ärendet")},
    Noun.DUTY: dict(D.choices),
    Noun.MEMBERSHIP: {"pending": _("väntar"), "confirmed": _("bekräftat"), "ended": _("avslutat")},
    Noun.CALL: {"any": _("alla lägen")},
    Noun.EXTENSION: dict(E.choices),
    Noun.PERSON: {"any": _("alla lägen")},
    Noun.AUTHORITY: {"any": _("alla lägen")},
    Noun.PLACE: {"invited": _("inbjuden"), "joined": _("med i poolen"), "ended": _("avslutad")},
    Noun.MEETING: dict(M.choices),
    Noun.ITEM: dict(I.choices),
}


@dataclass(frozen=True)
class Move:
    """One row: who may carry out a command in which states, and where it leads. No target: the state stays. `stage`: the step
    is only there in calls that have this stage switched on, or with `instead` in those that have it switched off."""

    noun: Noun
    sources: frozenset[str]
    roles: frozenset[Role]
    targets: frozenset[str] = field(default=frozenset())
    stage: str = ""
    instead: bool = False

    def is_there(self, stages: Stages) -> bool:
        """Whether a call with these stages has the step."""
        return not self.stage or bool(getattr(stages, self.stage)) != self.instead


def _row(
    noun: Noun, sources: tuple[str, ...], roles: tuple[Role, ...], *targets: str, stage: str = "", instead: bool = False
) -> Move:
    return Move(noun, frozenset(sources), frozenset(roles), frozenset(targets), stage, instead)


R = Role
_CASE, _ASSIGNMENT, _DUTY = Noun.CASE, Noun.ASSIGNMENT, Noun.DUTY
_UNANSWERED = (K.WAITING, K.OVERDUE)
_GOING_ON = tuple(state for state in C if state not in FINAL_STATES)
_WRITERS = (R.APPLICANT, R.PENDING)
_AFTER_LETTER = (C.PROPOSED, C.DECIDED, C.RESERVE, C.ACCEPTING, C.REPORTING, C.CLOSED, C.DECLINED, C.WITHDRAWN)
_HEARD = (C.ASSESSING, C.ASSESSED)  # the assessment may open again while an interview is ahead
_AHEAD, _LEADS = (M.PLANNED, M.OPEN), (R.OFFICER, R.CHAIR)
MOVES: dict[str, Move] = {
    # the applicant's
    "submit": _row(_CASE, (C.DRAFT, C.SUBMITTED, C.COMPLETING), (R.APPLICANT,), C.SUBMITTED),
    "unlock": _row(_CASE, (C.SUBMITTED,), (R.APPLICANT,)),
    "drop_copy": _row(_CASE, (C.SUBMITTED,), (R.APPLICANT,)),
    "discard": _row(_CASE, (C.DRAFT,), (R.APPLICANT, R.PENDING), C.LAPSED),
    "withdraw": _row(_CASE, RECALLABLE, (R.APPLICANT,), C.WITHDRAWN),
    "decline_grant": _row(_CASE, (C.ACCEPTING,), (R.APPLICANT,), C.DECLINED),
    "ask_extension": _row(_CASE, (C.DRAFT,), (R.APPLICANT, R.PENDING)),
    "invite_party": _row(Noun.PARTY, ("open",), (R.APPLICANT, R.PENDING)),
    "confirm_part": _row(Noun.PARTY, ("open",), (R.HOLDER, R.PARTNER), "confirmed"),
    # who works in an application together
    "invite_member": _row(_CASE, _GOING_ON, _WRITERS),
    "invite_again": _row(Noun.MEMBER, ("invited",), _WRITERS),
    "change_member": _row(Noun.MEMBER, ("invited", "joined"), _WRITERS),
    "remove_member": _row(Noun.MEMBER, ("invited", "joined"), (*_WRITERS, R.SELF), "ended"),
    "join_case": _row(Noun.MEMBER, ("invited",), (R.INVITED,), "joined"),
    "refuse_invitation": _row(Noun.MEMBER, ("invited",), (R.INVITED,), "ended"),
    # the officer's
    "take_case": _row(_CASE, NOT_SETTLED, (R.OFFICER,)),
    "hand_over": _row(_CASE, (*NOT_SETTLED, C.DECIDED, C.ACCEPTING, C.REPORTING), (R.OFFICER,)),
    "pass_formal": _row(_CASE, (C.SUBMITTED,), (R.OFFICER,), C.ASSESSING, C.ASSESSED, stage="formal_check"),
    "ask_completion": _row(_CASE, (C.SUBMITTED,), (R.OFFICER,), C.COMPLETING, stage="formal_check"),
    "extend_completion": _row(_CASE, (C.COMPLETING,), (R.OFFICER,)),
    "recall_completion": _row(_CASE, (C.COMPLETING,), (R.OFFICER,), C.SUBMITTED),
    "propose_rejection": _row(_CASE, (C.SUBMITTED,), (R.OFFICER,), C.PROPOSED, stage="formal_check"),
    "assign": _row(_CASE, (C.ASSESSING,), (R.OFFICER,)),
    "end_assessment": _row(_CASE, (C.ASSESSING,), (R.OFFICER,), C.ASSESSED),
    "call_interview": _row(_CASE, (C.ASSESSED,), (R.OFFICER,), stage="interview"),
    "move_interview": _row(_CASE, _HEARD, (R.OFFICER,), stage="interview"),
    "cancel_interview": _row(_CASE, _HEARD, (R.OFFICER,), stage="interview"),
    "record_interview": _row(_CASE, _HEARD, (R.OFFICER,), stage="interview"),
    "record_panel": _row(_CASE, (C.ASSESSED,), (R.OFFICER,), stage="panel"),
    "propose": _row(_CASE, (C.ASSESSED, C.RESERVE), (R.OFFICER,), C.PROPOSED),
    "state_aid": _row(_CASE, NOT_SETTLED, (R.OFFICER,)),
    "drop_aid": _row(_CASE, NOT_SETTLED, (R.OFFICER,)),
    # decisions about a case that is past its own
    "propose_change": _row(_CASE, (C.REPORTING,), (R.OFFICER,)),
    "propose_withdrawal": _row(_CASE, (C.REPORTING,), (R.OFFICER,)),
    "propose_recovery": _row(_CASE, (C.REPORTING, C.CLOSED), (R.OFFICER,)),
    "write_off": _row(_CASE, (C.WITHDRAWN,), (R.OFFICER,)),
    "resend_letter": _row(_CASE, _AFTER_LETTER, (R.OFFICER,)),
    "drop_later": _row(Noun.DECISION, (B.PROPOSED, B.RETURNED), (R.OFFICER,), B.VOID),
    "rule_conflict": _row(_ASSIGNMENT, (A.UNSURE,), (R.OFFICER,), A.CLEARED, A.LODGED, A.CONFLICTED),
    "reopen_sheet": _row(_ASSIGNMENT, (A.LODGED,), (R.OFFICER,), A.CLEARED),
    "comment_sheet": _row(_CASE, _HEARD, (R.REVIEWER, R.OFFICER)),
    "remove_reviewer": _row(_ASSIGNMENT, (A.OFFERED, A.UNSURE, A.CLEARED), (R.OFFICER,), A.REMOVED),
    "replace_reviewer": _row(_ASSIGNMENT, (A.OFFERED, A.UNSURE, A.CLEARED), (R.OFFICER,), A.REMOVED),
    "prompt_reviewer": _row(_ASSIGNMENT, (A.OFFERED, A.CLEARED), (R.OFFICER,)),
    "extend_review": _row(_ASSIGNMENT, (A.OFFERED, A.UNSURE, A.CLEARED), (R.OFFICER,)),
    "extend_acceptance": _row(Noun.ACCEPTANCE, _UNANSWERED, (R.OFFICER,), K.WAITING),
    "return_report": _row(_DUTY, (D.FILED,), (R.OFFICER,), D.RETURNED),
    "approve_report": _row(_DUTY, (D.FILED,), (R.OFFICER,), D.APPROVED),
    "confirm_membership": _row(Noun.MEMBERSHIP, ("pending",), (R.OFFICER,), "confirmed"),
    "refuse_membership": _row(Noun.MEMBERSHIP, ("pending",), (R.OFFICER,), "ended"),
    "log_incident": _row(Noun.CALL, ("any",), (R.OFFICER,)),
    "publish_version": _row(Noun.CALL, ("any",), (R.OFFICER,)),
    "grant_extension": _row(Noun.EXTENSION, (E.ASKED,), (R.OFFICER,), E.GRANTED),
    "refuse_extension": _row(Noun.EXTENSION, (E.ASKED,), (R.OFFICER,), E.REFUSED),
    # the decision-maker's
    "approve": _row(_CASE, (C.PROPOSED,), (R.DECIDER,), C.DECIDED),
    "return_proposal": _row(_CASE, (C.PROPOSED,), (R.DECIDER,), C.ASSESSED, C.SUBMITTED, C.RESERVE),
    "approve_later": _row(Noun.DECISION, (B.PROPOSED,), (R.DECIDER,), B.DECIDED),
    "return_later": _row(Noun.DECISION, (B.PROPOSED,), (R.DECIDER,), B.RETURNED),
    # the reviewer's
    "declare": _row(_ASSIGNMENT, (A.OFFERED,), (R.REVIEWER,), A.CLEARED, A.UNSURE, A.CONFLICTED),
    "decline_assignment": _row(_ASSIGNMENT, (A.OFFERED, A.CLEARED), (R.REVIEWER,), A.DECLINED),
    "report_conflict": _row(_ASSIGNMENT, (A.CLEARED, A.LODGED), (R.REVIEWER, R.OFFICER), A.CONFLICTED),
    "lodge": _row(_ASSIGNMENT, (A.CLEARED,), (R.REVIEWER,), A.LODGED),
    # the parties' and the project's
    "accept": _row(Noun.ACCEPTANCE, _UNANSWERED, (R.HOLDER,), K.ACCEPTED),
    "decline_part": _row(Noun.ACCEPTANCE, _UNANSWERED, (R.HOLDER,), K.DECLINED),
    "file_report": _row(_DUTY, (D.OPEN, D.RETURNED), (R.APPLICANT,), D.FILED),
    # the pool of reviewers, and conflicts of interest
    "invite_reviewer": _row(Noun.AUTHORITY, ("any",), (R.OFFICER,)),
    "invite_reviewer_again": _row(Noun.PLACE, ("invited",), (R.OFFICER,)),
    "join_pool": _row(Noun.PLACE, ("invited",), (R.INVITED,), "joined"),
    "refuse_pool": _row(Noun.PLACE, ("invited",), (R.INVITED,), "ended"),
    "end_place": _row(Noun.PLACE, ("invited", "joined"), (R.OFFICER, R.SELF), "ended"),
    "change_profile": _row(Noun.PLACE, ("joined",), (R.SELF,)),
    "add_affiliation": _row(Noun.PLACE, ("joined",), (R.SELF,)),
    "end_affiliation": _row(Noun.PLACE, ("joined",), (R.SELF,)),
    "accept_terms": _row(Noun.CALL, ("any",), (R.REVIEWER,)),
    "declare_parties": _row(_ASSIGNMENT, (A.OFFERED,), (R.REVIEWER,), A.CLEARED, A.UNSURE, A.CONFLICTED),
    "rule_tie": _row(_CASE, (C.ASSESSING,), (R.OFFICER,)),
    "find_conflict": _row(_ASSIGNMENT, (A.CLEARED, A.LODGED), (R.CLOCK,), A.UNSURE),
    "follow_declaration": _row(_ASSIGNMENT, (A.OFFERED,), (R.CLOCK,), A.CLEARED, A.UNSURE, A.CONFLICTED),
    # a person's own
    "appoint_deputy": _row(Noun.PERSON, ("any",), (R.SELF,)),
    # the panel's
    "plan_meeting": _row(Noun.CALL, ("any",), (R.OFFICER,)),
    "move_meeting": _row(Noun.MEETING, (M.PLANNED,), (R.OFFICER,)),
    "add_panel_member": _row(Noun.MEETING, _AHEAD, (R.OFFICER,)),
    "remove_panel_member": _row(Noun.MEETING, _AHEAD, (R.OFFICER,)),
    "note_absence": _row(Noun.MEETING, _AHEAD, _LEADS),
    "make_agenda": _row(Noun.MEETING, _AHEAD, (R.OFFICER,)),
    "order_agenda": _row(Noun.MEETING, _AHEAD, _LEADS),
    "adopt_trial": _row(Noun.MEETING, _AHEAD, _LEADS),
    "declare_panel": _row(Noun.MEETING, _AHEAD, (R.PANEL, R.CHAIR)),
    "rule_panel_conflict": _row(Noun.MEETING, _AHEAD, _LEADS),
    "open_meeting": _row(Noun.MEETING, (M.PLANNED,), _LEADS, M.OPEN),
    "close_meeting": _row(Noun.MEETING, (M.OPEN,), _LEADS, M.CLOSED),
    "take_up": _row(Noun.ITEM, (I.WAITING, I.DONE), _LEADS, I.UP),
    "close_item": _row(Noun.ITEM, (I.UP,), _LEADS, I.DONE),
    "panel_conflict": _row(Noun.ITEM, (I.WAITING, I.UP, I.DONE), (R.CLOCK,)),
    # the clock's
    "nudge": _row(_CASE, (C.DRAFT, C.SUBMITTED), (R.CLOCK,)),
    "lapse": _row(_CASE, (C.DRAFT,), (R.CLOCK,), C.LAPSED),
    "end_copy": _row(_CASE, (C.SUBMITTED,), (R.CLOCK,)),
    "pass_unchecked": _row(
        _CASE, (C.SUBMITTED,), (R.CLOCK,), C.ASSESSING, C.ASSESSED, stage="formal_check", instead=True
    ),
    "end_completion": _row(_CASE, (C.COMPLETING,), (R.CLOCK,), C.SUBMITTED),
    "dispatch": _row(_CASE, (C.DECIDED,), (R.CLOCK,), C.ACCEPTING, C.REPORTING, C.CLOSED, C.RESERVE),
    "dispatch_later": _row(Noun.DECISION, (B.DECIDED,), (R.CLOCK,), B.DISPATCHED),
    "note_undelivered": _row(_CASE, _AFTER_LETTER, (R.CLOCK,)),
    "pass_date": _row(Noun.ACCEPTANCE, (K.WAITING,), (R.CLOCK,), K.OVERDUE),
    "open_duty": _row(_DUTY, (D.PLANNED,), (R.CLOCK,), D.OPEN),
    "remind": _row(_DUTY, (D.OPEN, D.RETURNED), (R.CLOCK,)),
    "remind_reviewer": _row(_ASSIGNMENT, (A.OFFERED, A.CLEARED), (R.CLOCK,)),
    "note_phase": _row(Noun.CALL, ("any",), (R.CLOCK,)),
}


@dataclass(frozen=True)
class Turn:
    """Whose turn it is in a state, and what they are to do."""

    kind: str
    role: Role
    title: Promise


TURNS: dict[tuple[Noun, str], Turn] = {
    (_CASE, C.SUBMITTED): Turn("check", R.OFFICER, _("Gör formell kontroll")),
    (_CASE, C.COMPLETING): Turn("complete", R.APPLICANT, _("Komplettera ansökan")),
    (_CASE, C.ASSESSING): Turn("assess", R.OFFICER, _("Utse bedömare")),
    (_CASE, C.ASSESSED): Turn("prepare", R.OFFICER, _("Förbered beslut")),
    (_CASE, C.PROPOSED): Turn("decide", R.DECIDER, _("Fatta beslut")),
    (_CASE, C.RESERVE): Turn("reserve", R.OFFICER, _("Ta upp reserven när det finns pengar")),
    (Noun.DECISION, B.PROPOSED): Turn("decide_later", R.DECIDER, _("Fatta ett nytt beslut")),
    (Noun.DECISION, B.RETURNED): Turn("redo_later", R.OFFICER, _("Gör om förslaget eller släpp det")),
    (_ASSIGNMENT, A.OFFERED): Turn("declare", R.REVIEWER, _("Pröva om du är jävig")),
    (_ASSIGNMENT, A.UNSURE): Turn("rule", R.OFFICER, _("Avgör om bedömaren är jävig")),
    (_ASSIGNMENT, A.CLEARED): Turn("review", R.REVIEWER, _("Bedöm ansökan")),
    (Noun.ACCEPTANCE, K.WAITING): Turn("accept", R.PARTNER, _("Godkänn villkoren")),
    (Noun.ACCEPTANCE, K.OVERDUE): Turn("chase", R.OFFICER, _("Hör av dig om villkoren")),
    (_DUTY, D.OPEN): Turn("report", R.APPLICANT, _("Lämna rapport")),
    (_DUTY, D.RETURNED): Turn("report", R.APPLICANT, _("Komplettera rapporten")),
    (_DUTY, D.FILED): Turn("examine", R.OFFICER, _("Granska rapporten")),
}
# What is to be done in an assessed case before its decision is prepared, where the call asks for it (workflows/turns.py).
HEARING_TURNS: dict[str, Turn] = {
    turn.kind: turn
    for turn in (
        Turn("call_in", R.OFFICER, _("Kalla till intervju")),
        Turn("interview", R.OFFICER, _("Håll intervjun och anteckna den")),
        Turn("panel", R.OFFICER, _("Anteckna panelens rekommendation")),
    )
}
# What is to be done in a case that was taken back, until it is written off (workflows/turns.py).
CLOSING_TURNS: dict[str, Turn] = {"write_off": Turn("write_off", R.OFFICER, _("Skriv av det återkallade ärendet"))}
# What is to be done in a case that is being assessed, once reviewers have been asked (workflows/turns.py).
ASSESSING_TURNS: dict[str, Turn] = {
    turn.kind: turn
    for turn in (
        Turn("replace", R.OFFICER, _("Ersätt bedömare efter jäv eller avböjt uppdrag")),
        Turn("follow", R.OFFICER, _("Följ upp bedömare som är sena")),
    )
}
FLOW_NOUNS = (_CASE, _ASSIGNMENT, Noun.DECISION, Noun.ACCEPTANCE, _DUTY)


def allowed(command: str, state: str, role: Role) -> bool:
    """One cell of the matrix. Guards may still refuse what the cell allows."""
    move = MOVES[command]
    return state in move.sources and role in move.roles


def turn_kinds(noun: Noun) -> dict[str, Turn]:
    """The tasks that a noun's flow knows, by kind."""
    kinds = {turn.kind: turn for (of, _state), turn in TURNS.items() if of == noun}
    return kinds | ASSESSING_TURNS | HEARING_TURNS | CLOSING_TURNS if noun == Noun.CASE else kinds
