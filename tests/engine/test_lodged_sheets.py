"""What is lodged stands: each lodging is a version with its hash, the database lets nobody change it, and it is opened again
only by an officer, with a reason, as a new version."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.freezing import sha256
from grants.applications.models import Application, CaseState, Submission
from reviewers import sheets
from reviewers.lodged import Piece, differences
from reviewers.models import Assignment, AssignmentState, LodgedSheet, Score, ScoreSheet, SheetComment
from tests.engine import herd
from tests.engine.asking import granted, happened, refused
from tests.factories import World
from workflows.commands import run
from workflows.integrity import check
from workflows.models import Event, Notice, Task
from workflows.notices.sending import message
from workflows.simulation import life

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world: World) -> Application:
    """Two have lodged, and the assessment is over."""
    case = herd.assessing(world, 1, "mira", "tove")[0]
    for assignment in case.assignments.select_related("reviewer"):
        life.review(assignment, world.rng)
    return life.fresh(case)


def of(case: Application, who: str) -> Assignment:
    return case.assignments.select_related("reviewer").get(reviewer__email__startswith=who)


def reopened(world: World, case: Application, who: str = "mira") -> Assignment:
    due = clock.now() + timedelta(days=5)
    run("reopen_sheet", world.sara, of(case, who), reason="Skälet gäller en annan ansökan.", due=due)
    return of(case, who)


def faults() -> set[str]:
    """What does not agree; the herd has forgotten the mail and the receipts of its way to here."""
    return {fault.code for fault in check()} - {"notice_missing", "receipt_missing"}


def write(assignment: Assignment, **typed: str) -> sheets.Saved:
    definition = life.fresh(assignment.application).definition
    now = sheets.read(assignment.sheet, sheets.scores_of(assignment.sheet), definition)
    return sheets.save(assignment, definition, typed, {name: sheets.fingerprint(now[name]) for name in typed})


class TestFrozen:
    def test_lodging_freezes_what_was_written_and_says_so_with_its_hash(self, world: World, case: Application) -> None:
        mine = of(case, "mira")
        version = mine.versions.get()
        fields = sheets.read(mine.sheet, sheets.scores_of(mine.sheet), case.definition)
        assert (version.n, version.submission, version.lodged_at) == (1, 1, mine.lodged_at)
        assert version.fields == fields
        assert version.sha256 == sha256({"submission": 1, "fields": fields})
        event = Event.objects.get(stream=f"case:{case.pk}", name="lodge", data__id=mine.pk)
        assert event.data == {"noun": "assignment", "id": mine.pk, "sheet": 1, "sha256": version.sha256}
        assert faults() == set()

    @pytest.mark.parametrize(
        "change",
        [
            lambda v: LodgedSheet.objects.filter(pk=v.pk).update(content={}),
            lambda v: LodgedSheet.objects.filter(pk=v.pk).update(sha256="0" * 64),
            lambda v: LodgedSheet.objects.filter(pk=v.pk).delete(),
            lambda v: ScoreSheet.objects.filter(assignment=v.assignment).update(strengths="Annat"),
            lambda v: ScoreSheet.objects.filter(assignment=v.assignment).delete(),
            lambda v: Score.objects.filter(sheet__assignment=v.assignment).update(value=1),
            lambda v: Score.objects.filter(sheet__assignment=v.assignment).delete(),
            lambda v: Score.objects.create(sheet=v.assignment.sheet, criterion="ny", value=1),
        ],
    )
    def test_the_database_lets_nobody_change_what_is_lodged(
        self, case: Application, change: Callable[[LodgedSheet], object]
    ) -> None:
        version = of(case, "mira").versions.get()
        with pytest.raises(DatabaseError), transaction.atomic():
            change(version)

    @pytest.mark.parametrize("state", [s for s in AssignmentState if s != AssignmentState.CLEARED])
    def test_a_sheet_changes_only_while_its_reviewer_is_at_work(
        self, world: World, case: Application, state: str
    ) -> None:
        mine = reopened(world, case)
        ScoreSheet.objects.filter(assignment=mine).update(strengths="Går")
        Assignment.objects.filter(pk=mine.pk).update(state=state)
        with pytest.raises(DatabaseError), transaction.atomic():
            ScoreSheet.objects.filter(assignment=mine).update(strengths="Går inte")

    def test_why_a_version_was_opened_again_is_written_once(self, world: World, case: Application) -> None:
        version = reopened(world, case).versions.get()
        with pytest.raises(DatabaseError), transaction.atomic():
            LodgedSheet.objects.filter(pk=version.pk).update(reopen_reason="Ett annat skäl")


class TestReopening:
    def test_the_reviewer_writes_again_and_the_assessment_goes_on(self, world: World, case: Application) -> None:
        assert case.state == CaseState.ASSESSED
        mine = reopened(world, case)
        assert mine.state == AssignmentState.CLEARED
        assert mine.lodged_at is None
        assert life.fresh(case).state == CaseState.ASSESSING
        assert (world.mira.pk, "review_case") in granted(case)
        task = Task.objects.get(subject_id=mine.pk, kind="review", finished=None)
        assert (task.owner, task.due) == (world.mira, mine.due)
        assert happened(case)[-2:] == ["reopen_sheet", "reopened_assessment"]
        assert faults() == set()

    def test_what_is_lodged_anew_is_the_next_version_and_the_first_is_kept(
        self, world: World, case: Application
    ) -> None:
        before = of(case, "mira").versions.get()
        mine = reopened(world, case)
        assert write(mine, strengths="Bättre underbyggt nu").is_open
        run("lodge", world.mira, mine)
        first, second = of(case, "mira").versions.all()
        assert (first.content, first.sha256) == (before.content, before.sha256)
        assert first.reopen_reason == "Skälet gäller en annan ansökan."
        assert first.reopened_by == world.sara
        assert (second.n, second.reopened_at) == (2, None)
        assert [d.field for d in differences(first.fields, second.fields)] == ["strengths"]
        assert life.fresh(case).state == CaseState.ASSESSED
        assert faults() == set()

    def test_it_can_be_opened_more_than_once(self, world: World, case: Application) -> None:
        for n in (2, 3):
            run("lodge", world.mira, reopened(world, case))
            assert of(case, "mira").versions.last().n == n
        assert faults() == set()

    def test_while_it_is_open_it_does_not_count(self, world: World, case: Application) -> None:
        reopened(world, case)
        refusal = refused("end_assessment", world.sara, case)
        assert refusal.code == "quorum"

    def test_the_reviewer_is_told_why_and_until_when(self, world: World, case: Application) -> None:
        reopened(world, case)
        notice = Notice.objects.get(kind="reopen_sheet")
        assert notice.person == world.mira
        body = message(notice).body
        assert "Skälet gäller en annan ansökan." in body
        assert "Lämna den på nytt senast" in body
        assert reverse("review", args=[of(case, "mira").pk]) in body

    def test_a_proposal_goes_back_first(self, world: World, case: Application) -> None:
        life.propose(case, world.sara)
        refusal = refused("reopen_sheet", world.sara, of(case, "mira"), reason="x", due=clock.now())
        assert refusal.code == "proposed"

    def test_nobody_opens_their_own_and_no_decider_does(self, world: World, case: Application) -> None:
        for who in (world.mira, world.eva):
            assert refused("reopen_sheet", who, of(case, "mira"), reason="x", due=clock.now()).code == "role"

    def test_a_conflict_found_afterwards_knows_that_there_was_a_sheet(self, world: World, case: Application) -> None:
        mine = reopened(world, case)
        run("report_conflict", world.mira, mine, reason="Min syster.")
        event = Event.objects.filter(stream=f"case:{case.pk}", name="report_conflict").get()
        assert event.data["had_lodged"] is True

    def test_others_sheets_and_comments_are_seen_again_only_when_ones_own_is_lodged_anew(
        self, world: World, case: Application, sign_in: Callable[..., Client]
    ) -> None:
        mine, client = reopened(world, case), sign_in(world.mira)
        run("comment_sheet", world.tove, case, text="EN KOMMENTAR")
        theirs = of(case, "tove").sheet.strengths
        page = client.get(reverse("review", args=[mine.pk])).content.decode()
        assert "Din bedömning är öppnad igen" in page
        assert "Skälet gäller en annan ansökan." in page
        assert theirs not in page or theirs == mine.sheet.strengths
        assert "EN KOMMENTAR" not in page
        write(mine, strengths="Helt nya ord")
        run("lodge", world.mira, mine)
        run_again(world, case)
        page = client.get(reverse("review", args=[mine.pk])).content.decode()
        assert "EN KOMMENTAR" in page
        assert "<ins>Helt nya ord</ins>" in page
        assert "Version 1, lämnad" in page


def run_again(world: World, case: Application) -> None:
    """Somebody else is still at work, so that the assessment goes on."""
    if life.fresh(case).state == CaseState.ASSESSED:
        reopened(world, case, "tove")


class TestLater:
    def test_a_sheet_about_an_earlier_submission_says_so(
        self, world: World, case: Application, sign_in: Callable[..., Client]
    ) -> None:
        first = case.submissions.get()
        page = sign_in(world.sara).get(reverse("case_sheets", args=[case.pk])).content.decode()
        assert "tidigare version av ansökan" not in page
        Submission.objects.create(
            application=case, n=2, version=first.version, content=first.content, sha256=first.sha256,
            arrived_at=clock.now(), submitted_by=first.submitted_by,
        )  # fmt: skip
        page = sign_in(world.sara).get(reverse("case_sheets", args=[case.pk])).content.decode()
        assert "tidigare version av ansökan, version 1" in page


class TestComments:
    def test_who_has_lodged_and_the_officer_speak_and_the_others_are_told_once_a_day(
        self, world: World, case: Application
    ) -> None:
        reopened(world, case, "tove")  # the assessment goes on
        Notice.objects.all().delete()
        run("comment_sheet", world.mira, case, text="Jag undrar över budgeten.")
        run("comment_sheet", world.mira, case, text="Och över tiden.")
        assert set(Notice.objects.values_list("person__name", flat=True)) == {
            world.sara.name
        }  # Tove has not lodged now
        run("comment_sheet", world.sara, case, text="Läs bilagan.")
        told = Notice.objects.filter(kind="comment_sheet").values_list("person__name", flat=True)
        assert sorted(told) == sorted([world.sara.name, world.mira.name])
        with clock.at(clock.now() + timedelta(days=1, seconds=1)):
            run("comment_sheet", world.mira, case, text="Tack.")
        assert Notice.objects.filter(kind="comment_sheet", person=world.sara).count() == 2

    def test_who_has_not_lodged_says_nothing_and_an_outsider_knows_of_nothing(
        self, world: World, case: Application, sign_in: Callable[..., Client]
    ) -> None:
        reopened(world, case)
        assert refused("comment_sheet", world.mira, case, text="x").code == "not_lodged"
        run("report_conflict", world.mira, of(case, "mira"), reason="Jäv.")
        for who in (world.mira, world.karin, world.hugo):
            address = reverse("act", args=["comment_sheet", case.pk])
            status = sign_in(who).post(address, {"text": "x"}).status_code
            assert status == (409 if who == world.karin else 404)
        assert not SheetComment.objects.exists()

    def test_before_anybody_has_lodged_there_is_nothing_to_speak_of(self, world: World) -> None:
        case = herd.assessing(world, 1, "mira")[0]
        assert refused("comment_sheet", world.sara, case, text="x").code == "nothing_lodged"

    def test_a_comment_stands(self, world: World, case: Application) -> None:
        run("comment_sheet", world.sara, case, text="Så här.")
        with pytest.raises(DatabaseError), transaction.atomic():
            SheetComment.objects.update(text="Inte så.")
        with pytest.raises(DatabaseError), transaction.atomic():
            SheetComment.objects.all().delete()

    def test_the_officers_page_has_every_sheet_and_the_whole_thread(
        self, world: World, case: Application, sign_in: Callable[..., Client], django_assert_max_num_queries: Any
    ) -> None:
        run("comment_sheet", world.sara, case, text="Läs <b>bilagan</b>.")
        mine = reopened(world, case)
        write(mine, strengths="ETT UTKAST")
        address = reverse("case_sheets", args=[case.pk])
        for who in (world.sara, world.eva, world.rolf):
            page = sign_in(who).get(address).content.decode()
            assert "Läs &lt;b&gt;bilagan" in page
            assert "Version 1, lämnad" in page
            assert of(case, "tove").sheet.strengths[:20] in page
            assert "ETT UTKAST" not in page  # what is not lodged is its reviewer's
        for who in (world.mira, world.tove, world.karin, world.hugo):
            assert sign_in(who).get(address).status_code == 404
        officer = sign_in(world.sara)
        with django_assert_max_num_queries(22):
            officer.get(address)


def test_words_are_compared_one_by_one() -> None:
    [found] = differences({"a": "Ett gott skäl", "b": "1"}, {"a": "Ett bättre skäl", "b": "1"})
    assert found.field == "a"
    assert found.pieces == (
        Piece("same", "Ett"), Piece("gone", " gott"), Piece("new", " bättre"), Piece("same", " skäl"),
    )  # fmt: skip
