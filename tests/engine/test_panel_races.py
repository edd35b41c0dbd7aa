"""Several at a panel's table at the same moment, with real threads and connections: nothing is lost and nothing is done twice."""

from collections import Counter

import pytest
from django.db import transaction

from grants.decisions.hearings import Hearing
from grants.refusal import Refused
from reviewers import panel_texts
from reviewers.panels import Item, Meeting
from reviewers.sheets import fingerprint
from tests.engine.panels import Panel, panel_of
from tests.engine.racing import racers
from tests.factories import World
from workflows.commands import run
from workflows.integrity.access import check_cases
from workflows.models import Event

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def panel(world: World) -> Panel:
    return panel_of(world, [5, 4]).open()


def test_at_the_table_at_once(panel: Panel) -> None:
    """One panel for all of it: making it is most of the work."""
    both_write(panel)
    one_writes_while_the_item_is_done(panel)
    one_declares_while_another_takes_up(panel)
    two_close(panel)
    assert list(check_cases()) == []


def both_write(panel: Panel) -> None:
    """One of two texts is saved; the other is told of it."""
    item = panel.items[0]
    run("take_up", panel.world.sara, item)
    empty = {"text": fingerprint("")}

    def write(person: object, text: str) -> panel_texts.Saved:
        with transaction.atomic():
            return panel_texts.save(item.pk, person, {"text": text}, empty)  # type: ignore[arg-type]

    with racers() as race:
        answers = race.together(lambda: write(panel.petra, "Petras."), lambda: write(panel.pål, "Påls."))  # type: ignore[arg-type, return-value]
    stored = Item.objects.get(pk=item.pk).text
    assert Counter(answer.conflicts for answer in answers) == Counter({(): 1, ("text",): 1})  # type: ignore[union-attr]
    assert all(answer.values["text"] == stored for answer in answers)  # type: ignore[union-attr]


def one_writes_while_the_item_is_done(panel: Panel) -> None:
    """What is saved is saved before the item is done, or not at all."""
    item = panel.items[0]
    stands = Item.objects.get(pk=item.pk).text
    with transaction.atomic():
        panel_texts.save(item.pk, panel.petra, {"recommendation": "fund"}, {"recommendation": fingerprint("")})

    def write() -> panel_texts.Saved:
        with transaction.atomic():
            return panel_texts.save(item.pk, panel.pål, {"text": "Sent."}, {"text": fingerprint(stands)})

    with racers() as race:
        saved, done = race.together(write, lambda: run("close_item", panel.chair, item))  # type: ignore[arg-type]
    assert isinstance(done, Event)
    now = Item.objects.get(pk=item.pk)
    assert now.done_at is not None
    assert (now.text, saved.shut) in (("Sent.", ()), (stands, ("text",)))  # type: ignore[union-attr]


def one_declares_while_another_takes_up(panel: Panel) -> None:
    """Neither waits for ever for the other, and who is out is out."""
    item = panel.items[1]
    declare = {"answers": {item.pk: "yes"}, "texts": {item.pk: "Min bror."}}
    with racers() as race:
        answers = race.together(
            lambda: run("declare_panel", panel.pål, panel.meeting, **declare),
            lambda: run("take_up", panel.world.sara, item),
        )
    assert not any(isinstance(answer, Refused) for answer in answers)
    assert list(check_cases()) == []


def two_close(panel: Panel) -> None:
    """One meeting, one set of minutes, one record for each case."""
    item = panel.items[1]
    with transaction.atomic():
        typed = {"recommendation": "fund", "text": "Nytta."}
        panel_texts.save(item.pk, panel.petra, typed, {field: fingerprint("") for field in typed})
    run("close_item", panel.chair, item)
    with racers() as race:
        answers = race.together(
            lambda: run("close_meeting", panel.world.sara, panel.meeting),
            lambda: run("close_meeting", panel.world.jonas, panel.meeting),
        )
    assert Counter(type(answer) for answer in answers) == Counter({Event: 1, Refused: 1})
    assert Meeting.objects.get(pk=panel.meeting.pk).minutes_id
    assert Hearing.objects.count() == 2
    assert Event.objects.filter(name="panel_result").count() == 2
