"""A case reaches every state by the commands, and every invariant holds there."""

from datetime import timedelta

import pytest

from grants import clock
from grants.applications.models import CaseState
from tests.factories import World
from workflows import events
from workflows.models import Event, Task


@pytest.mark.django_db
@pytest.mark.parametrize("state", CaseState.values)
def test_every_state_can_be_reached(world: World, state: str) -> None:
    case = world.case(state)
    assert case.state == state
    assert not list(events.broken(Event.objects.order_by("stream", "seq")))
    open_kinds = set(Task.objects.filter(case=case, finished=None).values_list("kind", flat=True))
    expected = {
        "submitted": {"check"},
        "completing": {"complete"},
        "assessing": {"assess"},
        "assessed": {"prepare"},
        "proposed": {"decide"},
        "accepting": {"accept"},
    }
    assert open_kinds == expected.get(state, set())


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["starta-2022", "uppskalning-2023", "starta-2023", "gemensamma-2023"])
def test_each_call_goes_from_draft_to_closed(world: World, slug: str) -> None:
    opens = world.call(slug).opens_at
    assert opens is not None
    with clock.at(opens + timedelta(days=1)):
        assert world.case(CaseState.CLOSED, slug).state == CaseState.CLOSED
