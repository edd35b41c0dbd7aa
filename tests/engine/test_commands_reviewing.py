"""Assessment: nothing is read before one has declared, nobody rules on their own conflict, and what no longer counts is
not counted."""

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from reviewers.models import Assignment, AssignmentState, ScoreSheet
from tests.engine import herd
from tests.engine.asking import granted, happened, refused
from tests.factories import World
from workflows import jobs
from workflows.commands import run
from workflows.models import Event, Notice, Task
from workflows.simulation import life

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world: World) -> Application:
    return herd.assessing(world, 1, "mira", "tove", "hugo")[0]


def of(case: Application, who: str) -> Assignment:
    return case.assignments.select_related("reviewer").get(reviewer__email__startswith=who)


def test_before_declaring_there_is_no_content(world: World, case: Application) -> None:
    assert not Application.objects.visible_to(world.mira).exists()
    assert (world.mira.pk, "declare_case") in granted(case)
    mine = of(case, "mira")
    run("declare", world.mira, mine, answer="no", text="")
    assert Application.objects.visible_to(world.mira).get() == case
    assert (world.mira.pk, "declare_case") not in granted(case)


def test_a_conflict_shows_nothing_ever(world: World, case: Application) -> None:
    run("declare", world.mira, of(case, "mira"), answer="yes", text="Min bror söker.")
    assert not Application.objects.visible_to(world.mira).exists()
    assert not {codename for person, codename in granted(case) if person == world.mira.pk}
    assert refused("lodge", world.mira, of(case, "mira")).code == "state"


def test_an_unsure_reviewer_waits_for_somebody_elses_ruling(world: World, case: Application) -> None:
    mine = of(case, "mira")
    run("declare", world.mira, mine, answer="unsure", text="Kusin.")
    assert not Application.objects.visible_to(world.mira).exists()
    assert Task.objects.get(subject_id=mine.pk, kind="rule", finished=None).owner == world.sara
    assert refused("rule_conflict", world.mira, mine, conflicted="no").code == "role"
    run("rule_conflict", world.sara, mine, conflicted="no", reason="För långt bort.")
    assert Application.objects.visible_to(world.mira).exists()
    assert of(case, "mira").ruled_by == world.sara
    assert Notice.objects.get(case=case, kind="rule_conflict").person == world.mira


def test_an_officer_who_reviews_does_not_rule_on_oneself(world: World, case: Application) -> None:
    Assignment.objects.filter(pk=of(case, "mira").pk).update(reviewer=world.sara)
    mine = Assignment.objects.get(application=case, reviewer=world.sara)
    run("accept_terms", world.sara, case.call, confirm=True)
    run("declare", world.sara, mine, answer="unsure", text="Kusin.")
    refusal = refused("rule_conflict", world.sara, mine, conflicted="no")
    assert refusal.code == "role"  # in a case that one reviews an office gives nothing
    run("rule_conflict", world.jonas, mine, conflicted="yes", reason="Släkt.")


def test_a_conflict_found_later_ends_access_at_once_and_the_sheet_does_not_count(
    world: World, case: Application
) -> None:
    mine = of(case, "mira")
    life.review(mine, world.rng)
    life.review(of(case, "tove"), world.rng)
    run("report_conflict", world.mira, mine, reason="Min syster arbetar där.")
    assert not Application.objects.visible_to(world.mira).exists()
    refusal = refused("end_assessment", world.sara, case)
    assert refusal.code == "quorum"
    assert "1" in refusal.text
    event = mine_event(case, "report_conflict")
    assert event.data["had_lodged"] is True
    assert "syster" not in str(event.data)
    assert (
        Notice.objects.filter(case=case, kind="report_conflict").values_list("person", flat=True).get() == world.sara.pk
    )


def mine_event(case: Application, name: str):

    return Event.objects.filter(stream=f"case:{case.pk}", name=name).latest("seq")


def test_when_too_few_are_left_the_assessment_opens_again(world: World, case: Application) -> None:
    for who in ("mira", "tove"):
        life.review(of(case, who), world.rng)
    run("decline_assignment", world.hugo, of(case, "hugo"), reason="Hinner inte.")
    assert life.fresh(case).state == CaseState.ASSESSED
    run("report_conflict", world.sara, of(case, "mira"), reason="Det visade sig.")
    assert life.fresh(case).state == CaseState.ASSESSING
    assert happened(case)[-2:] == ["report_conflict", "reopened_assessment"]
    assert Task.objects.get(case=case, kind="replace", finished=None)
    assert granted(case) == {(world.karin.pk, "edit_case"), (world.tove.pk, "review_case")}
    world.assigned(case, "ines")
    life.review(of(case, "ines"), world.rng)
    assert life.fresh(case).state == CaseState.ASSESSED


def test_with_enough_left_the_assessment_stays_ended(world: World, case: Application) -> None:
    for who in ("mira", "tove", "hugo"):
        life.review(of(case, who), world.rng)
    run("report_conflict", world.hugo, of(case, "hugo"), reason="Det visade sig.")
    assert life.fresh(case).state == CaseState.ASSESSED


def test_a_proposal_has_to_come_back_before_a_conflict_is_reported(world: World, case: Application) -> None:
    for who in ("mira", "tove", "hugo"):
        life.review(of(case, who), world.rng)
    life.propose(case, world.sara)
    refusal = refused("report_conflict", world.mira, of(case, "mira"), reason="Nu.")
    assert (refusal.code, refusal.helper) == ("proposed", "beslutsfattaren")
    life.approve(case, world.eva)
    assert refused("report_conflict", world.mira, of(case, "mira"), reason="Nu.").code == "assessment_over"


def test_the_last_one_who_leaves_ends_an_assessment_that_has_its_quorum(world: World, case: Application) -> None:
    for who in ("mira", "tove"):
        life.review(of(case, who), world.rng)
    run("declare", world.hugo, of(case, "hugo"), answer="yes", text="Min bror.")
    assert life.fresh(case).state == CaseState.ASSESSED


def test_a_sheet_with_holes_is_not_lodged(world: World, case: Application) -> None:
    mine = of(case, "mira")
    run("declare", world.mira, mine, answer="no", text="")
    life.score(mine, world.rng)
    ScoreSheet.objects.get(assignment=mine).scores.filter(criterion=case.definition.review.criteria[0].id).update(
        reason=""
    )
    assert refused("lodge", world.mira, mine).code == "sheet"


def test_a_lodged_sheet_is_lodged(world: World, case: Application) -> None:
    mine = of(case, "mira")
    life.review(mine, world.rng)
    refusal = refused("lodge", world.mira, mine)
    assert refusal.code == "state"
    assert "En bedömning lämnades" in refusal.text
    assert world.mira.name not in refusal.text  # who moved it may be an applicant, whom a blind call does not name
    assert refused("decline_assignment", world.mira, mine, reason="x").code == "state"


def test_others_sheets_are_read_after_ones_own_is_lodged(world: World, case: Application, sign_in) -> None:
    theirs = of(case, "mira")
    run("declare", world.mira, theirs, answer="no", text="")
    life.score(theirs, world.rng)
    ScoreSheet.objects.filter(assignment=theirs).update(strengths="ETT SÄRSKILT ORD")
    run("lodge", world.mira, theirs)
    mine = of(case, "tove")
    run("declare", world.tove, mine, answer="no", text="")
    page = reverse("review", args=[mine.pk])
    client: Client = sign_in(world.tove)
    assert "ETT SÄRSKILT ORD" not in client.get(page).content.decode()
    life.score(mine, world.rng)
    assert "ETT SÄRSKILT ORD" not in client.get(page).content.decode()
    run("lodge", world.tove, mine)
    assert "ETT SÄRSKILT ORD" in client.get(page).content.decode()
    assert client.get(reverse("review", args=[of(case, "mira").pk])).status_code == 404


def test_an_assignment_is_taken_back_and_access_with_it(world: World, case: Application) -> None:
    mine = of(case, "mira")
    run("declare", world.mira, mine, answer="no", text="")
    run("remove_reviewer", world.sara, mine, reason="Fel person.")
    assert not Application.objects.visible_to(world.mira).exists()
    assert not Task.objects.filter(subject_id=mine.pk, kind="review", finished=None).exists()


def test_who_has_been_asked_is_not_asked_again(world: World, case: Application) -> None:
    refusal = refused("assign", world.jonas, case, reviewers=[world.mira], due=clock.now())
    assert refusal.code == "taken"
    assert world.mira.name in refusal.text
    assert world.sara.name in refusal.text
    world.assigned(case, "ines")
    assert refused("assign", world.sara, case, reviewers=[], due=clock.now()).code == "empty_pool"


def test_ending_early_needs_the_quorum_and_ends_the_rest(world: World, case: Application) -> None:
    life.review(of(case, "mira"), world.rng)
    assert refused("end_assessment", world.sara, case).code == "quorum"
    life.review(of(case, "tove"), world.rng)
    run("end_assessment", world.sara, case)
    assert of(case, "hugo").state == AssignmentState.ENDED
    assert granted(case) == {(world.karin.pk, "edit_case")}
    jobs.run_pending()
