"""A panel's meeting is closed: when every item is done, the money is enough and every departure from the ranking is explained.
What it led to becomes a record of each case, so that the case goes on, and the minutes."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from grants import clock
from grants.applications.freezing import sha256
from grants.applications.models import Application
from grants.decisions.hearings import Hearing, HearingKind
from grants.letters.minutes import render_minutes
from grants.models import StoredFile
from grants.money import written
from grants.refusal import Refusal, Refused
from reviewers.meeting import Agenda, Point, read_agenda, seen_by
from reviewers.panels import Item, ItemState
from workflows import flows, panel_minutes, rights
from workflows.commands.base import Act, command
from workflows.commands.panel import lock_cases
from workflows.commands.panel_guards import has_no_part_in_the_call

MOST_NAMED = 5  # applications in one reason; the meeting's page shows them all


def _agenda(act: Act) -> Agenda:
    """The agenda, read once an act."""
    if "agenda" not in act.memory:
        act.memory["agenda"] = read_agenda(act.subject.pk)
    found: Agenda = act.memory["agenda"]
    return found


def _sees_everything(act: Act) -> bool:
    """Whether the actor may see every item that the panel weighs. Whoever may not is told what stands in the way without a
    number or a sum: either would tell of what is hidden."""
    if "sees" not in act.memory:
        items: Any = seen_by(Item.objects.filter(meeting=act.subject), act.actor)
        hidden = {item.pk for item in items if act.actor is not None and not item.may_see}
        act.memory["sees"] = hidden.isdisjoint(point.item.pk for point in _agenda(act).points)
    return bool(act.memory["sees"])


def _every_item_is_done(act: Act) -> Refusal | None:
    """The panel has agreed on everything that is still for it to weigh."""
    left = [point for point in _agenda(act).points if point.item.state != ItemState.DONE]
    if not left:
        return None
    if not _sees_everything(act):
        text = ngettext("%(n)d punkt är inte klar.", "%(n)d punkter är inte klara.", len(left)) % {"n": len(left)}
    else:
        text = _("De här punkterna är inte klara: %(which)s.") % {"which": _numbers(left)}
    link = reverse("panel_item", args=[left[0].item.pk]) if _sees_everything(act) else ""
    return Refusal("items_left", text, link=link)


def _the_money_is_enough(act: Act) -> Refusal | None:
    """What is recommended to be funded costs no more than what is left of the call's budget."""
    line = _agenda(act).line
    if line.left_ore is None or line.wanted_ore <= line.left_ore:
        return None
    if not _sees_everything(act):
        return Refusal("call_budget", _("Panelen vill bevilja mer än vad som är kvar av omgångens budget."))
    text = _("Det som panelen vill bevilja är %(wanted)s men av omgångens budget återstår %(left)s.")
    return Refusal("call_budget", text % {"wanted": written(line.wanted_ore), "left": written(line.left_ore)})


def _departures_are_explained(act: Act) -> list[Refusal]:
    """Whoever is passed over by somebody with a lower place has a reason written down, or those who passed have."""
    agenda = _agenda(act)
    unexplained = [departure for departure in agenda.departures if not departure.is_explained]
    if unexplained and not _sees_everything(act):
        text = _("Ett avsteg från rangordningen saknar skäl. Någon som ser alla punkter behöver se över skälen.")
        return [Refusal("departure", text, helper=_("de andra ledamöterna"))]
    found = []
    for departure in unexplained:
        passed, by = agenda.the_point(departure.passed.key), [agenda.the_point(entry.key) for entry in departure.by]
        text = _("%(number)s går inte vidare fast %(others)s med lägre plats gör det. Skriv varför.")
        told = text % {"number": passed.case.number, "others": _numbers(by)}
        link = reverse("panel_item", args=[passed.item.pk]) + "#departure"
        found.append(Refusal("departure", told, link=link))
    return found


def _numbers(points: Iterable[Point]) -> str:
    numbers = [point.case.number or "" for point in points]
    rest = len(numbers) - MOST_NAMED
    return ", ".join(numbers[:MOST_NAMED]) + (_(" och %(n)d till") % {"n": rest} if rest > 0 else "")


def the_panel_is_done(act: Act) -> list[Refusal]:
    """Everything is agreed on, paid for and explained. The money is counted when nothing is left to discuss: what nobody has
    spoken of yet would count as if it were to be funded."""
    if left := _every_item_is_done(act):
        return [left]
    money = _the_money_is_enough(act)
    return [*([money] if money else []), *_departures_are_explained(act)]


def may_be_closed(act: Act) -> list[Refusal]:
    """Nothing stands in the way. Whoever has a part in the call is told that, and not how far the panel has come."""
    refusal = has_no_part_in_the_call(act)
    return [refusal] if refusal else the_panel_is_done(act)


@command(
    "close_meeting",
    _l("Avsluta mötet"),
    guards=(may_be_closed,),
    explain=_l(
        "Protokollet görs och kan inte ändras. Rekommendationerna följer med ärendena, och ledamöterna mister åtkomsten."
    ),
    button=_l("Avsluta mötet"),
    primary=True,
)
def close_meeting(act: Act) -> None:
    """Close the meeting. Everything on the agenda is held, and what may stand in the way is asked once more: somebody may have
    written until this moment."""
    meeting = act.subject
    cases = lock_cases(meeting)
    list(Item.objects.filter(meeting=meeting).select_for_update(of=("self",)).order_by("pk"))
    act.memory.clear()
    if found := the_panel_is_done(act):
        raise Refused(found)
    agenda = _agenda(act)
    meeting.closed_by, meeting.closed_at = act.person, clock.now()
    minutes = panel_minutes.minutes_of(agenda, by=meeting.closed_by, at=meeting.closed_at)
    pdf = render_minutes(minutes, "sv")
    _freeze_amounts(agenda)
    for point in agenda.points:
        _give_back(act, agenda, point)
    meeting.record = minutes.model_dump(mode="json")
    meeting.minutes = StoredFile.keep(pdf.content, "application/pdf")
    meeting.save(update_fields=["closed_by", "closed_at", "record", "minutes"])
    rights.settle_all(cases)
    act.note = {"sha256": sha256(meeting.record), "minutes": pdf.sha256, "items": len(agenda.points)}


def _freeze_amounts(agenda: Agenda) -> None:
    """What an item without an amount of its own recommends is what was applied for, and from now on it says so."""
    rows = [point.item for point in agenda.points if point.item.amount_ore is None]
    for point in agenda.points:
        if point.item.amount_ore is None:
            point.item.amount_ore = point.ranked.applied_ore
    Item.objects.bulk_update(rows, ["amount_ore"])


def _give_back(act: Act, agenda: Agenda, point: Point) -> None:
    """The item's result becomes the case's record of what its panel recommends, and the case goes on."""
    meeting, item = agenda.meeting, point.item
    out = {member.pk for member in (*point.out, *point.undeclared)}  # who never declared was never let in
    there = [m.person.name for m in agenda.members if not m.is_absent and m.pk not in out]
    hearing = Hearing.objects.create(
        application=point.case,
        kind=HearingKind.PANEL,
        starts_at=meeting.opened_at or clock.now(),
        place=meeting.place,
        participants=", ".join(there) or "–",
        recommendation=item.recommendation,
        text=item.text,
        recorded_by=act.person,
        recorded_at=clock.now(),
    )
    told: dict[str, Any] = {"hearing": hearing.pk, "recommendation": hearing.recommendation}
    act.also("panel_result", item, **told, sha256=sha256(hearing.content()))
    case = Application.objects.select_related("call", "version").get(pk=point.case.pk)
    flows.follow(case, case.pk)
