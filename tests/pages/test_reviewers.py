"""Scores in figures, and the reviewer's pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from grants import clock
from grants.applications.models import Application, CaseState
from grants.organisations.models import Person
from grants.programmes.definition import CallDefinition
from grants.programmes.loading import Batch, store
from reviewers import scoring, sheets
from reviewers.models import Assignment, AssignmentState, Score, ScoreSheet, TermsAccepted
from tests.factories import World
from tests.pages import cases
from workflows import rights
from workflows.simulation import life

DEFINITION = CallDefinition.model_validate(yaml.safe_load(min(Path("fixtures/calls").glob("*.yaml")).read_text()))
REVIEW = DEFINITION.review
CRITERIA = [c.id for c in REVIEW.criteria]
WHOLE = st.fixed_dictionaries({c: st.integers(REVIEW.lowest, REVIEW.highest) for c in CRITERIA})


@dataclass
class Sheet:
    """A score sheet, as the rules read it."""

    strengths: str = "Tydligt behov."
    weaknesses: str = ""
    recommendation: str = "grant"


@dataclass
class Given:
    """A score, as the rules read it."""

    criterion: str
    value: int | None = 4
    reason: str = "Planen är konkret och data finns."


ON_A_BUSY_MACHINE = settings(deadline=None)


class TestScores:
    @ON_A_BUSY_MACHINE
    @given(WHOLE)
    def test_a_weighted_score_stays_on_the_scale(self, values: dict[str, int]) -> None:
        score = scoring.weighted(values, REVIEW)
        assert score is not None
        assert min(values.values()) <= score <= max(values.values())

    def test_weights_decide(self) -> None:
        weights = {c.id: Decimal(str(c.weight)) for c in REVIEW.criteria}
        values = dict(zip(CRITERIA, (4, 5, 4), strict=True))
        expected = sum(weights[c] * v for c, v in values.items()) / 100
        assert scoring.weighted(values, REVIEW) == scoring.two_decimals(Decimal(expected))

    def test_what_is_not_scored_yet_does_not_count(self) -> None:
        assert scoring.weighted({CRITERIA[0]: 3}, REVIEW) == 3
        assert scoring.weighted(dict.fromkeys(CRITERIA), REVIEW) is None

    def test_halves_are_rounded_away_from_zero(self) -> None:
        assert scoring.two_decimals(Decimal("2.345")) == Decimal("2.35")


class TestFaults:
    def test_a_whole_sheet_lacks_nothing(self) -> None:
        assert scoring.faults(Sheet(), [Given(c) for c in CRITERIA], DEFINITION) == []

    def test_an_empty_sheet_lacks_every_score_every_reason_and_the_recommendation(self) -> None:
        assert len(scoring.faults(None, [], DEFINITION)) == 2 * len(CRITERIA) + 1
        assert len(scoring.faults(Sheet(recommendation=""), [], DEFINITION)) == 2 * len(CRITERIA) + 1

    def test_each_fault_names_its_field(self) -> None:
        scores = [Given(CRITERIA[0], REVIEW.highest + 1), Given(CRITERIA[1], None), Given(CRITERIA[2], reason=" kort ")]
        fields = [fault.field for fault in scoring.faults(Sheet(recommendation=""), scores, DEFINITION)]
        assert fields == [f"value-{CRITERIA[0]}", f"value-{CRITERIA[1]}", f"reason-{CRITERIA[2]}", "recommendation"]

    def test_texts_have_a_longest_length(self) -> None:
        long = Given(CRITERIA[0], reason="x" * (scoring.LONGEST_REASON + 1))
        scores = [long, *(Given(c) for c in CRITERIA[1:])]
        fields = [f.field for f in scoring.faults(Sheet(strengths="x" * 5000), scores, DEFINITION)]
        assert fields == [f"reason-{CRITERIA[0]}", "strengths"]


class TestSummary:
    @ON_A_BUSY_MACHINE
    @given(st.lists(WHOLE, max_size=6))
    def test_means_lie_between_the_ends(self, sheets: list[dict[str, int]]) -> None:
        found = scoring.summary(sheets, REVIEW)
        assert found.sheets == len(sheets)
        assert (found.total is None) == (not sheets)
        for one in [*found.criteria.values(), *([found.total] if found.total else [])]:
            assert one.lowest <= one.mean <= one.highest

    def test_a_wide_spread_is_seen(self) -> None:
        low, high = dict.fromkeys(CRITERIA, REVIEW.lowest), dict.fromkeys(CRITERIA, REVIEW.highest)
        assert scoring.summary([low, high], REVIEW).is_wide
        assert not scoring.summary([high, high], REVIEW).is_wide


QUEUE_QUERIES, SCORE_QUERIES, AUTOSAVE_QUERIES = 8, 15, 8
CLOSED = ["conflicted", "declined", "removed", "ended"]
SECRET = "HEMLIGT"


@dataclass
class Desk:
    """A reviewer signed in, an application and the reviewer's assignment."""

    client: Client
    reviewer: Person
    applicant: Person
    application: Application
    assignment: Assignment

    def get(self, name: str = "review", *args: Any) -> Any:
        return self.client.get(reverse(name, args=args or ([self.assignment.pk] if name == "review" else [])))

    def post(self, **data: str) -> Any:
        return self.client.post(reverse("save_sheet", args=[self.assignment.pk]), data)

    def to(self, state: str) -> None:
        Assignment.objects.filter(pk=self.assignment.pk).update(
            state=state, lodged_at=cases.NOW if state == AssignmentState.LODGED else None
        )
        self.settle()

    def settle(self) -> None:
        rights.settle(Application.objects.get(pk=self.application.pk))


@pytest.fixture
def desk(db: None, client: Client, call_files: Batch) -> Iterator[Desk]:
    store(call_files)
    with clock.at(cases.NOW):
        reviewer, applicant = cases.person("Elin"), cases.person("Karin")
        application = cases.an_application(applicant)
        assignment = cases.assigned(application, reviewer, AssignmentState.CLEARED)
        client.force_login(reviewer, "django.contrib.auth.backends.ModelBackend")
        yield Desk(client, reviewer, applicant, application, assignment)


def whole(desk: Desk) -> dict[str, str]:
    """A sheet that lacks nothing, as it is sent."""
    fields = {"strengths": "Tydligt.", "weaknesses": "Kort tid.", "recommendation": "grant"}
    for criterion in desk.application.definition.review.criteria:
        fields |= {f"value-{criterion.id}": "4", f"reason-{criterion.id}": "Planen är konkret och data finns."}
    return fields


class TestGate:
    """Nothing of the application is seen before the declaration, and nothing after the access has ended."""

    def test_before_the_declaration_there_are_title_parties_and_persons_only(self, desk: Desk) -> None:
        desk.to(AssignmentState.OFFERED)
        call = desk.application.call
        assert reverse("act", args=["accept_terms", call.pk]) in desk.get().text
        TermsAccepted.objects.create(person=desk.reviewer, call=call, version=call.version)
        page = desk.get()
        assert page.status_code == 200
        for text in ("Rätt ärende 1", "Björkdala kommun", "Karin 0", "Karin", reverse("act", args=["declare", 1])[:12]):
            assert text in page.text
        assert SECRET not in page.text
        assert "Bedömningsblad" not in page.text

    @pytest.mark.parametrize("state", ["unsure", *CLOSED])
    def test_without_access_there_is_an_explanation_and_ones_own_sheet_only(self, desk: Desk, state: str) -> None:
        desk.post(**whole(desk))
        desk.to(state)
        page = desk.get()
        assert page.status_code == 200
        assert SECRET not in page.text
        assert "Kort tid." in page.text

    def test_a_cleared_assignment_without_the_grant_shows_nothing(self, desk: Desk) -> None:
        Application.objects.filter(pk=desk.application.pk).update(state=CaseState.ASSESSED)
        desk.settle()
        page = desk.get()
        assert page.status_code == 200
        assert SECRET not in page.text
        assert desk.post(strengths="Sent").status_code == 409

    @pytest.mark.parametrize("name", ["review", "save_sheet"])
    def test_nobody_elses_assignment_exists(self, desk: Desk, name: str) -> None:
        for who in (cases.person("Annan"), desk.applicant):
            desk.client.force_login(who, "django.contrib.auth.backends.ModelBackend")
            url = reverse(name, args=[desk.assignment.pk])
            assert (desk.client.post(url) if name == "save_sheet" else desk.client.get(url)).status_code == 404

    def test_reading_is_noted_once_and_only_when_there_is_something_to_read(self, desk: Desk) -> None:
        desk.to(AssignmentState.OFFERED)
        desk.get()
        desk.assignment.refresh_from_db()
        assert desk.assignment.first_read_at is None
        desk.to(AssignmentState.CLEARED)
        desk.get()
        desk.assignment.refresh_from_db()
        assert desk.assignment.first_read_at == cases.NOW

    def test_signing_in_is_asked_for(self, desk: Desk) -> None:
        desk.client.logout()
        assert desk.get().status_code == 302
        assert desk.get("review_queue").status_code == 302

    @pytest.mark.parametrize("pk", [0, 10**30])
    def test_numbers_that_are_no_assignment_are_not_found(self, desk: Desk, pk: int) -> None:
        assert desk.client.get(f"/bedomning/{pk}/").status_code == 404


class TestScorePage:
    def test_every_anchor_is_on_the_page_beside_the_escaped_application(self, desk: Desk) -> None:
        page = desk.get()
        for criterion in desk.application.definition.review.criteria:
            for anchor in criterion.anchors.values():
                assert anchor.sv.rpartition(". ")[2][:30] in page.text.replace("&#x27;", "'")
        assert "HEMLIGT &lt;b&gt;innehåll&lt;/b&gt;" in page.text

    def test_what_is_saved_comes_back_and_what_is_lacking_is_said(self, desk: Desk) -> None:
        assert desk.post(strengths=" Bra \x00data ").status_code == 302
        page = desk.get()
        assert "Bra data" in page.text
        assert "saker kvar innan du kan lämna" in page.text

    def test_a_reason_that_is_too_long_is_not_done(self, desk: Desk) -> None:
        [first, *rest] = desk.application.definition.review.criteria
        desk.post(**whole(desk) | {f"reason-{first.id}": "å" * (scoring.LONGEST_REASON + 1)})
        page = desk.get().text
        assert page.count("Skälet är för långt") == 1
        assert f'href="#kriterium-{first.id}" data-next' in page
        assert f"{len(rest)} av {len(rest) + 1} kriterier" in desk.get("review_queue").text

    def test_a_whole_sheet_can_go_on_to_lodging(self, desk: Desk) -> None:
        answer = desk.post(**whole(desk), do="lodge")
        assert answer.url == reverse("act", args=["lodge", desk.assignment.pk])
        sheet = ScoreSheet.objects.get()
        assert scoring.faults(sheet, sheet.scores.all(), desk.application.definition) == []
        assert "4,00 av 5" in desk.get().text

    def test_the_number_of_questions_to_the_database_is_bounded(self, desk: Desk) -> None:
        desk.post(**whole(desk))
        for n in range(5):
            cases.assigned(desk.application, cases.person(f"Bedömare{n}"), AssignmentState.LODGED)
        desk.get()
        with cases.at_most(SCORE_QUERIES):
            assert desk.get().status_code == 200


class TestSaving:
    def test_nothing_unseen_is_overwritten_and_nothing_typed_is_lost(self, desk: Desk) -> None:
        desk.post(strengths="Först")
        answer = desk.post(strengths="Sedan", weaknesses="Ny")
        assert answer.status_code == 409
        assert "Sedan" in answer.text
        assert "Först" in answer.text
        sheet = ScoreSheet.objects.get()
        assert (sheet.strengths, sheet.weaknesses) == ("Först", "Ny")
        assert desk.post(**{"strengths": "Sedan", "seen-strengths": sheets.fingerprint("Först")}).status_code == 302
        assert ScoreSheet.objects.get().strengths == "Sedan"

    def test_the_same_text_from_two_tabs_is_no_conflict(self, desk: Desk) -> None:
        desk.post(strengths="Lika")
        assert desk.post(strengths="Lika").status_code == 302
        assert ScoreSheet.objects.get().version == 1

    def test_one_field_is_saved_as_one_writes(self, desk: Desk) -> None:
        criterion = desk.application.definition.review.criteria[0].id
        first = desk.post(name=f"reason-{criterion}", value="Ett skäl", version="")
        assert first.json()["saved_at"] == "20.00"
        second = desk.post(name=f"reason-{criterion}", value="Ett skäl till", version=first.json()["version"])
        assert second.status_code == 200
        late = desk.post(name=f"reason-{criterion}", value="För sent", version=first.json()["version"])
        assert late.status_code == 409
        assert "Ett skäl till" in late.json()["html"]
        with cases.at_most(AUTOSAVE_QUERIES):
            desk.post(name=f"value-{criterion}", value="3", version=sheets.fingerprint(""))
        assert Score.objects.get().value == 3
        assert Score.objects.get().reason == "Ett skäl till"

    @pytest.mark.parametrize("value", ["9", "-1", "abc", "4" * 400, "٤"])
    def test_a_score_that_is_not_offered_is_not_saved_and_the_rest_is(self, desk: Desk, value: str) -> None:
        criterion = desk.application.definition.review.criteria[0].id
        answer = desk.post(**{f"value-{criterion}": value, "strengths": "Kvar"})
        assert answer.status_code == 400
        assert ScoreSheet.objects.get().strengths == "Kvar"
        assert desk.post(name=f"value-{criterion}", value=value).status_code == 400
        assert not Score.objects.filter(value__isnull=False).exists()

    def test_fields_that_do_not_exist_are_refused(self, desk: Desk) -> None:
        assert desk.post(name="reviewer", value="1").status_code == 400
        assert desk.post(name="value-\x00", value="1").status_code == 400
        assert desk.post().status_code == 302
        assert not ScoreSheet.objects.exists()

    @pytest.mark.parametrize("state", ["offered", "unsure", "lodged", *CLOSED])
    def test_a_closed_sheet_gives_back_what_was_typed(self, desk: Desk, state: str) -> None:
        desk.to(state)
        answer = desk.post(strengths="Min långa text")
        assert answer.status_code == 409
        assert "Min långa text" in answer.text
        assert desk.post(name="strengths", value="Min långa text").status_code == 409
        assert not ScoreSheet.objects.exists()


class TestLodged:
    def lodged_by(self, desk: Desk, name: str, text: str) -> Assignment:
        other = cases.assigned(desk.application, cases.person(name), AssignmentState.LODGED)
        sheet = ScoreSheet.objects.create(assignment=other, strengths=text, recommendation="reject")
        for criterion in desk.application.definition.review.criteria:
            Score.objects.create(sheet=sheet, criterion=criterion.id, value=1, reason="Otydligt")
        return other

    def test_others_sheets_are_seen_only_after_ones_own_is_lodged_and_while_the_case_is_assessed(
        self, desk: Desk
    ) -> None:
        desk.post(**whole(desk))
        self.lodged_by(desk, "Ali", "De andras text")
        assert "De andras text" not in desk.get().text
        desk.to(AssignmentState.LODGED)
        page = desk.get().text
        assert "De andras text" in page
        assert "Stor spridning" in page
        assert SECRET in page
        Application.objects.filter(pk=desk.application.pk).update(state=CaseState.ASSESSED)
        desk.settle()
        page = desk.get().text
        assert "De andras text" not in page
        assert "Kort tid." in page
        assert SECRET not in page

    def test_the_number_of_questions_to_the_database_does_not_grow(self, desk: Desk) -> None:
        desk.post(**whole(desk))
        desk.to(AssignmentState.LODGED)
        for n in range(6):
            self.lodged_by(desk, f"Bedömare{n}", "Text")
        desk.get()
        with cases.at_most(SCORE_QUERIES):
            desk.get()

    def test_what_the_real_commands_lodge_is_what_the_page_shows(self, world: World, sign_in: Any) -> None:
        case = world.case(CaseState.ASSESSING)
        first, second, _third = world.assigned(case)
        assert "Är du jävig?" in sign_in(first.reviewer).get(reverse("review", args=[first.pk])).text
        life.review(first, world.rng)
        life.review(second, world.rng)
        page = sign_in(first.reviewer).get(reverse("review", args=[first.pk])).text
        assert "Din bedömning" in page
        assert second.reviewer.name in page


class TestQueue:
    def test_an_empty_queue_says_so(self, desk: Desk) -> None:
        desk.assignment.delete()
        assert "Inget att bedöma just nu" in desk.get("review_queue").text

    def test_everything_is_under_what_there_is_to_do(self, desk: Desk) -> None:
        states = [s.value for s in AssignmentState if s != AssignmentState.CLEARED]
        for n, state in enumerate(states, 2):
            cases.assigned(cases.an_application(desk.applicant, n=n), desk.reviewer, state)
        cases.assigned(cases.an_application(desk.applicant, n=50), cases.person("Annan"), AssignmentState.CLEARED)
        page = desk.get("review_queue").text
        assert "1 av 4 lämnade" in page
        assert f'href="{reverse("review", args=[desk.assignment.pk])}">Ta nästa' in page
        assert "Rätt ärende 50" not in page
        assert [page.index(f'id="grupp-{g}"') for g in ("score", "declare", "wait", "lodged", "ended")] == sorted(
            page.index(f'id="grupp-{g}"') for g in ("score", "declare", "wait", "lodged", "ended")
        )

    def test_what_is_lodged_last_stands_first(self, desk: Desk) -> None:
        for n in (2, 3):
            row = cases.assigned(cases.an_application(desk.applicant, n=n), desk.reviewer, AssignmentState.LODGED)
            Assignment.objects.filter(pk=row.pk).update(lodged_at=cases.NOW + timedelta(hours=n))
        page = desk.get("review_queue").text
        assert page.index("Rätt ärende 3") < page.index("Rätt ärende 2")

    def test_what_is_late_is_said_on_the_sheet_too(self, desk: Desk) -> None:
        assert "den här lämnas senast" in desk.get().text
        with clock.at(cases.NOW.replace(month=12)):
            assert "den här är sen: den skulle ha lämnats" in desk.get().text

    def test_what_is_late_is_said(self, desk: Desk) -> None:
        with clock.at(cases.NOW.replace(month=12)):
            assert "Sen, skulle ha lämnats" in desk.get("review_queue").text

    def test_the_number_of_questions_to_the_database_does_not_grow(self, desk: Desk) -> None:
        desk.post(**whole(desk))
        for n in range(2, 60):
            cases.assigned(cases.an_application(desk.applicant, n=n), desk.reviewer, AssignmentState.CLEARED)
        desk.get("review_queue")
        with cases.at_most(QUEUE_QUERIES):
            page = desk.get("review_queue")
        assert "Sida 1 av 2" in page.text

    @pytest.mark.parametrize("page", ["0", "-1", "99999999999999999999", "x", "\x00", "%ff"])
    def test_pages_that_do_not_exist_are_the_first_or_the_last(self, desk: Desk, page: str) -> None:
        assert desk.client.get(reverse("review_queue"), {"page": page}).status_code == 200
