"""A call that gathers by cut-offs and asks for an interview and a panel: what each person meets, looked at closely."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from grants import clock
from grants.applications.models import CaseState
from tests.browser.visitor import Visitor
from tests.engine.calls import SLUG, make_call
from tests.factories import World
from workflows.simulation import life

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CUTOFF = datetime(2023, 7, 10, 14, tzinfo=clock.SWEDEN)


def test_an_interview_and_a_panel_from_both_sides(visit: Callable[..., Visitor], world: World) -> None:
    make_call(world, cutoffs=[CUTOFF], stages={"interview": True, "panel": True})
    world.open(SLUG)
    visit("public").go(reverse("call", args=[SLUG]))
    case = world.submitted(SLUG)
    place = reverse("case", args=[case.pk])
    karin, sara = visit("applicant", world.karin), visit("officer", world.sara)
    karin.go(place)
    assert "efter avstämningen" in karin.text
    case = world.onwards(world.closed(case), CaseState.ASSESSED)
    sara.go(reverse("cases") + f"?omgang={SLUG}")
    assert "Kom in till avstämningen" in sara.text
    sara.go(place).begin("call_interview")
    at = clock.now() + timedelta(days=5)
    sara.answer("starts_at", f"{at.astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}")
    sara.answer("meeting_url", "https://mote.exempel.invalid/intervju/4711")
    sara.answer("participants", "Sara Lindqvist och Jonas Ek")
    sara.send()
    karin.go(place)
    assert "Ni är kallade till intervju" in karin.text
    clock.move(at)
    sara.go(place).begin("record_interview")
    sara.answer("text", "Sökanden beskrev bemanningen.\n\nData finns och får användas.")
    sara.send()
    sara.begin("propose")
    assert "Bidrag kan inte föreslås än" in sara.text
    sara.go(place).begin("record_panel")
    sara.answer("starts_at", f"{clock.now().astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}")
    sara.answer("participants", "Panelens fyra ledamöter")
    sara.answer("recommendation", "fund")
    sara.answer("text", "Stor nytta i förhållande till kostnaden.")
    sara.send()
    sara.begin("propose")
    assert "Panelen rekommenderar bifall." in sara.text
    life.propose(case, world.sara)
    eva = visit("decider", world.eva)
    eva.go(reverse("act", args=["approve", case.pk]))
    assert "Data finns och får användas." in eva.text
