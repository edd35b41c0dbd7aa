"""What whoever holds a personal link sees: the project, who coordinates it, and the party's own lines."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language

from grants.applications.models import Application, Party, Submission
from grants.budgets import sheets
from grants.decisions.models import Acceptance, DecisionLine
from grants.programmes.definition import PartyRole
from grants.programmes.questions import Text
from workflows.links import holder_of
from workflows.models import Invitation

COMMANDS_OF: dict[str, tuple[str, ...]] = {
    Invitation.Purpose.CONFIRM: ("confirm_part",),
    Invitation.Purpose.ACCEPT: ("accept", "decline_part"),
}


@dataclass(frozen=True)
class Personal:
    """What a link is about."""

    invitation: Invitation
    case: Application
    party: Party
    coordinator: str
    accepts: bool  # the conditions of a grant; otherwise its part in an application
    commands: tuple[str, ...]
    ended: bool
    answered_at: datetime | None = None
    answered_name: str = ""
    answer: str = ""
    due: datetime | None = None
    cost: int = 0
    applied: int = 0
    line: DecisionLine | None = None
    basis: str = ""
    conditions: tuple[str, ...] = ()
    special: tuple[str, ...] = ()
    schedule: tuple[tuple[date, str], ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None


def find(token: str) -> Personal:
    """What the link is about. NotVisible when it is not a link of ours."""
    invitation = holder_of(token)
    case = Application.objects.select_related("call__version", "version").get(pk=invitation.application_id)
    party = Party.objects.select_related("organisation").get(pk=invitation.party_id)
    party.application = case
    coordinator = case.parties.select_related("organisation").filter(role=PartyRole.COORDINATOR).first()
    accepts = invitation.purpose == Invitation.Purpose.ACCEPT
    return Personal(
        invitation,
        case,
        party,
        coordinator.name if coordinator else "",
        accepts,
        COMMANDS_OF[invitation.purpose],
        invitation.ended_at is not None,
        **(_acceptance(invitation, case) if accepts else _confirmation(case, party)),
    )


def _language() -> str:
    return (get_language() or "sv")[:2]


def _confirmation(case: Application, party: Party) -> dict[str, Any]:
    budget = sheets.read(case.pk, [(party.pk, party.name)])[0]
    return {
        "answered_at": party.confirmed_at,
        "answered_name": party.confirmed_name,
        "due": case.due,
        "cost": budget.total,
        "applied": budget.applied or 0,
        "starts_on": case.starts_on,
        "ends_on": case.ends_on,
    }


def _acceptance(invitation: Invitation, case: Application) -> dict[str, Any]:
    acceptance = Acceptance.objects.select_related("decision").get(pk=invitation.subject_id)
    decision, definition, language = acceptance.decision, case.definition, _language()
    line = decision.lines.filter(party=invitation.party_id).first()
    basis = definition.aid_basis(line.aid_basis) if line else None
    budget = _submitted(case, invitation.party_id)
    return {
        "answered_at": acceptance.answered_at,
        "answered_name": acceptance.answered_name,
        "answer": acceptance.state,
        "due": acceptance.due,
        "cost": sum(c["ore"] for c in budget.get("costs", ())),
        "applied": budget.get("applied_ore", 0),
        "line": line,
        "basis": basis.label.read(language) if basis else "",
        "conditions": _texts(definition.decision.general_conditions, language),
        "special": (
            *(c for c in decision.special_conditions.split("\n") if c.strip()),
            *_texts(definition.decision.special_conditions, language),
        ),
        "schedule": tuple(
            (
                date.fromisoformat(row["due"]),
                rule.title.read(language) if (rule := definition.report(row["rule"])) else "",
            )
            for row in decision.schedule
        ),
        "starts_on": decision.starts_on,
        "ends_on": decision.ends_on,
    }


def _submitted(case: Application, party_id: int) -> dict[str, Any]:
    last: Submission | None = case.submissions.order_by("-n").first()
    return next((b for b in last.content["budgets"] if b["party"] == party_id), {}) if last else {}


def _texts(texts: tuple[Text, ...], language: str) -> tuple[str, ...]:
    return tuple(text.read(language) for text in texts)
