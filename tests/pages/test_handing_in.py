"""The last page before a sheet is lodged or a report is filed: what is handed in stands on it, or what is missing."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import CaseState
from grants.projects.models import Duty, DutyState, ReportDraft
from reviewers.models import Assignment, ScoreSheet
from tests.engine.test_every_state import signed_in
from tests.factories import World
from workflows import jobs, stepping
from workflows.commands import run
from workflows.simulation import life

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(world: World) -> Assignment:
    case = world.onwards(world.closed(world.submitted()), CaseState.ASSESSING)
    found = world.assigned(case, "mira")[0]
    run("declare", world.mira, found, answer="no", text="")
    return found


@pytest.fixture
def duty(world: World) -> Duty:
    """The first report of a project that states its costs, open."""
    case = world.case(CaseState.REPORTING)
    stated = [d for d in case.duties.order_by("due") if (r := case.definition.report(d.rule)) and r.cost_statement]
    stepping.walk(max(stated[0].opens_at + timedelta(days=1), clock.now()), clock.move, jobs.run_pending)
    found: Duty = case.duties.get(pk=stated[0].pk)
    assert found.state == DutyState.OPEN
    return found


def act_page(client: Client, command: str, subject: Any) -> str:
    return client.get(reverse("act", args=[command, subject.pk])).content.decode()


def test_a_sheet_is_read_once_more_before_it_is_lodged(world: World, assignment: Assignment) -> None:
    life.score(assignment, world.rng)
    ScoreSheet.objects.filter(assignment=assignment).update(strengths="Tydligt & väl känt behov.")
    page = act_page(signed_in(world.mira), "lodge", assignment)
    assert "Tydligt &amp; väl känt behov." in page
    assert page.index("Tydligt") < page.index('name="key"')
    for criterion in assignment.application.definition.review.criteria:
        assert criterion.title.sv in page


def test_what_a_sheet_lacks_is_listed_where_the_step_is_with_links_to_the_fields(
    world: World, assignment: Assignment
) -> None:
    client = signed_in(world.mira)
    page = act_page(client, "lodge", assignment)
    first = assignment.application.definition.review.criteria[0].id
    assert "saker kvar först" in page
    assert f'href="{reverse("review", args=[assignment.pk])}#value-{first}"' in page
    assert 'name="key"' not in page


def test_a_report_is_read_once_more_before_it_is_filed(world: World, duty: Duty) -> None:
    life.write_report(duty, world.karin, world.rng)
    page = act_page(signed_in(world.karin), "file_report", duty)
    definition = duty.application.definition
    rule = definition.report(duty.rule)
    assert rule is not None
    assert "Det här lämnar ni" in page
    assert rule.questions[0].label.sv in page
    for line in duty.decision.lines.all():
        assert line.party_name in page
    assert "över budgeten" not in page


def test_what_a_report_lacks_leads_to_its_fields(world: World, duty: Duty) -> None:
    page = act_page(signed_in(world.karin), "file_report", duty)
    assert f'href="{reverse("report", args=[duty.pk])}#cost-' in page


def test_costs_above_the_budget_are_told_but_not_refused(world: World, duty: Duty) -> None:
    life.write_report(duty, world.karin, world.rng)
    party = duty.decision.lines.first()
    assert party is not None
    budgets = duty.application.submissions.latest("n").content["budgets"]
    planned = sum(c["ore"] for b in budgets if b["party"] == party.party_id for c in b["costs"])
    draft = ReportDraft.objects.get(duty=duty)
    draft.costs[str(party.party_id)] = planned + 12_000_00
    draft.save()
    client = signed_in(world.karin)
    for page in (
        act_page(client, "file_report", duty),
        client.get(reverse("report", args=[duty.pk])).content.decode(),
    ):
        assert "12\u00a0000\u00a0kr över budgeten" in page
    run("file_report", world.karin, duty)
    assert (
        "12\u00a0000\u00a0kr över budgeten"
        in signed_in(world.sara).get(reverse("report", args=[duty.pk])).content.decode()
    )


def test_an_amount_that_cannot_be_read_is_an_error_at_its_field_and_is_kept(world: World, duty: Duty) -> None:
    client, line = signed_in(world.karin), duty.decision.lines.first()
    assert line is not None
    name, address = f"cost-{line.party_id}", reverse("save_report", args=[duty.pk])
    told = client.post(address, {"name": name, "value": "tolv tusen", "version": ""}).json()
    assert line.party_name in told["fault"]
    page = client.get(reverse("report", args=[duty.pk])).content.decode()
    assert 'value="tolv tusen"' in page
    assert f'aria-describedby="{name}-fault"' in page
    assert "En sak att rätta" in page
    told = client.post(address, {"name": name, "value": "12 000", "version": told["version"]}).json()
    assert told["fault"] is None
    assert told["note"] == ""
    told = client.post(address, {"name": name, "value": "900 000 000", "version": told["version"]}).json()
    assert "över budgeten" in told["note"]
