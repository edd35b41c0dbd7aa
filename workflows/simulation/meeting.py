"""The demonstration's panel: a meeting that has begun, with one item agreed on and a member who has still to declare."""

from datetime import timedelta

from django.db import transaction

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.hearings import Recommendation
from grants.organisations.models import Person
from grants.programmes.models import Call
from reviewers import panel_texts
from reviewers.panels import Item, Meeting
from reviewers.sheets import fingerprint
from workflows.commands.base import run

FEWEST = 3  # items: with fewer there is nothing to weigh against each other
AGREED = "Nyttan är tydlig för flera kommuner, och planen för förvaltning efter projektet håller."


def tell(persons: dict[str, Person]) -> None:
    """A meeting for each call with a panel that has enough to weigh."""
    for call in Call.objects.select_related("version").filter(version__isnull=False):
        waits = Application.objects.filter(call=call, state=CaseState.ASSESSED, hearings=None)
        if call.definition.stages.panel and waits.count() >= FEWEST:
            _meet(call, persons)


def _meet(call: Call, persons: dict[str, Person]) -> None:
    sara, chair = persons["sara"], persons["hugo"]
    run("plan_meeting", sara, call, starts_at=clock.now() + timedelta(hours=1), place="Rum Granen", meeting_url="")
    meeting = Meeting.objects.filter(call=call).latest("pk")
    table = (chair, persons["ines"], persons["mira"])
    for person in table:
        run("add_panel_member", sara, meeting, person=person, is_chair=person == chair)
    items = list(Item.objects.filter(meeting=meeting).select_related("application").order_by("position"))
    for person in table:
        answers = {item.pk: "no" for item in items}
        run("declare_panel", person, meeting, answers=answers, texts={item.pk: "" for item in items})
    run("open_meeting", sara, meeting)
    first = items[0]
    run("take_up", chair, first)
    typed = {"recommendation": str(Recommendation.FUND), "text": AGREED}
    with transaction.atomic():
        seen = {field: fingerprint(text) for field, text in panel_texts.read(first).items()}
        panel_texts.save(first.pk, chair, typed, seen)
    run("close_item", chair, first)
    run("add_panel_member", sara, meeting, person=persons["tove"], is_chair=False)
