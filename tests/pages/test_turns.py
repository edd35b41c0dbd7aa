"""The case page says whose turn it is, and what can be done now includes what the turn is about."""

from datetime import timedelta

import pytest
from django.urls import reverse

from grants import clock
from grants.applications.models import CaseState
from grants.projects.models import DutyState
from tests.engine.test_every_state import signed_in
from tests.factories import World
from workflows import jobs, stepping

pytestmark = pytest.mark.django_db


def test_a_report_to_write_is_among_what_one_can_do(world: World) -> None:
    case = world.case(CaseState.REPORTING)
    duty = case.duties.order_by("due")[0]
    stepping.walk(max(duty.opens_at + timedelta(days=1), clock.now()), clock.move, jobs.run_pending)
    assert case.duties.get(pk=duty.pk).state == DutyState.OPEN
    page = signed_in(world.karin).get(reverse("case", args=[case.pk])).content.decode()
    steps = page.partition('id="actions"')[2]
    assert "Inget steg är ditt just nu" not in page
    assert f'href="{reverse("report", args=[duty.pk])}"' in steps.partition("</section>")[0]


def test_a_step_of_the_case_is_not_listed_twice(world: World) -> None:
    case = world.case(CaseState.ASSESSED)
    page = signed_in(world.sara).get(reverse("case", args=[case.pk])).content.decode()
    steps = page.partition('id="actions"')[2].partition("</section>")[0]
    assert steps.count(reverse("act", args=["propose", case.pk])) == 1
