"""What the act page of a panel's meeting shows beside the form: whom each application is about, and what would be adopted."""

from dataclasses import dataclass
from typing import Any

from grants.applications.models import Party
from reviewers.meeting import Point, read_agenda
from reviewers.panels import seats
from workflows.commands.base import Act
from workflows.commands.panel import ties_of


@dataclass(frozen=True)
class Question:
    """One application that a member declares about: title, parties and persons only."""

    number: str
    title: str
    parties: tuple[str, ...]
    tie: str  # what the house knows of already
    answer: Any
    text: Any


def declare(act: Act, form: Any) -> dict[str, Any]:
    """The applications one by one, with their parties and the persons who speak for them."""
    cases = [item.application_id for item in form.items]
    parties: dict[int, list[str]] = {}
    for party in Party.objects.filter(application__in=cases).select_related("organisation").order_by("position", "pk"):
        people = ", ".join(dict.fromkeys(n for n in (party.contact_name, party.signatory_name) if n))
        parties.setdefault(party.application_id, []).append(f"{party.name} ({people})" if people else party.name)
    ties = ties_of(cases, seats(act.subject).get(person=act.actor))
    return {
        "questions": [
            Question(
                item.application.number or "",
                item.application.title,
                tuple(parties.get(item.application_id, ())),
                ties.get(item.application_id, ""),
                form[f"svar-{item.pk}"],
                form[f"text-{item.pk}"],
            )
            for item in form.items
        ]
    }


def adopt(act: Act, form: Any) -> dict[str, Any]:
    """What changes: each application that the actor sees, with the amount and the side of the line that it would have. Nothing
    does for whoever is out of an item: they try nothing."""
    pk, viewer = act.subject.pk, act.person
    before = {point.item.pk: point.drawn for point in read_agenda(pk, viewer=viewer).points}
    shown = [point for point in read_agenda(pk, form.trial(), viewer).points if point.item.may_see]  # type: ignore[attr-defined]  # annotated
    return {"changed": [point for point in shown if _differs(point, before)]}


def _differs(point: Point, before: dict[int, Any]) -> bool:
    old = before[point.item.pk]
    return (old.entry.amount_ore, old.is_above) != (point.drawn.entry.amount_ore, point.drawn.is_above)
