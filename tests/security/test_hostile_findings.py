"""What a hostile review found, each kept from coming back."""

import io
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from grants.applications import pdf
from grants.applications.access import is_own_case
from grants.applications.agreements import value_of
from grants.applications.answers import LONGEST_STORED
from grants.applications.checklist import contents
from grants.applications.models import Answer, AnswerHistory, Application, CaseState
from grants.organisations.models import Membership, Organisation, Person
from grants.refusal import NotVisible, Refused
from reviewers.models import Assignment
from tests.factories import World
from workflows import rights
from workflows.commands import run, why_not
from workflows.commands.calls import give_office
from workflows.commands.organisations import claim_organisation
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db


def test_nobody_answers_their_own_claim(world: World) -> None:
    """Refusing it would make them an officer of the organisation's cases again."""
    body = people.organisation(61, Organisation.Kind.COMPANY)
    claim_organisation(world.sara, body.number)
    membership = Membership.objects.get(person=world.sara, organisation=body)
    for command, data in (("confirm_membership", {}), ("refuse_membership", {"reason": "Nej."})):
        with pytest.raises(Refused) as told:
            run(command, world.sara, membership, **data)
        assert [r.code for r in told.value.refusals] == ["own_case"]
    run("refuse_membership", world.jonas, membership, reason="Nej.")


def test_whoever_reviewed_a_case_never_decides_it(world: World) -> None:
    case = world.case(CaseState.ASSESSED)  # the assessment is over, and what it gave the reviewers with it
    _neither_handles_nor_decides(case, case.assignments.filter(state="lodged").order_by("pk")[0].reviewer)


def test_whoever_declared_a_conflict_never_decides_the_case(world: World) -> None:
    case = world.case(CaseState.ASSESSING)
    (assignment,) = world.assigned(case, "mira")
    run("declare", world.mira, assignment, answer="yes", text="Min bror.")
    _neither_handles_nor_decides(case, world.mira)


def test_that_another_reviewer_declined_makes_nobody_free_of_their_own(world: World) -> None:
    case = world.case(CaseState.ASSESSING)
    mine, other = world.assigned(case, "mira", "tove")
    Assignment.objects.filter(pk=mine.pk).update(first_read_at=None)
    run("decline_assignment", world.tove, other, reason="Hinner inte.")
    _neither_handles_nor_decides(case, world.mira)


def _neither_handles_nor_decides(case: Application, person: Person) -> None:
    for office in ("handle_call", "decide_call"):
        give_office(case.call, person, office)
    assert Application.objects.filter(is_own_case(person.pk, case.pk), pk=case.pk).exists()
    assert not {str(role) for role in rights.roles_on_case(person, life.fresh(case))} & {"officer", "decider"}
    with pytest.raises((NotVisible, Refused)):
        run("end_assessment", person, case)


def test_a_named_officer_sets_no_review_aside(world: World) -> None:
    case = world.case(CaseState.ASSESSING)
    assignment: Assignment = world.assigned(case, "mira")[0]
    life.review(assignment, world.rng)
    party = case.parties.order_by("pk")[0]
    party.contact_email = world.sara.email.upper()
    party.save(update_fields=["contact_email"])
    fresh = Assignment.objects.get(pk=assignment.pk)
    codes = [r.code for r in why_not(world.sara, fresh, life.fresh(case))["report_conflict"]]
    assert "own_party" in codes
    assert "own_party" not in [r.code for r in why_not(world.mira, fresh, life.fresh(case))["report_conflict"]]


class TestDrafts:
    @pytest.fixture
    def draft(self, world: World) -> Application:
        return world.draft("gemensamma-2023")

    @pytest.fixture
    def page(self, world: World, sign_in: Any) -> Client:
        client: Client = sign_in(world.karin)
        return client

    def test_no_number_is_too_large_to_compare(self, page: Client, draft: Application) -> None:
        rows = [{"package": "A", "result": "B", "hours": "1e9999999", "cost": "1"}] * 2
        Answer.objects.filter(application=draft, question="work_packages").update(value=rows)
        assert value_of("work_packages.hours", contents(draft)) is None
        for step in ("plan", "granska"):
            assert page.get(reverse("workspace_step", args=[draft.pk, step])).status_code == 200

    def test_a_table_holds_no_more_than_an_answer(self, page: Client, draft: Application) -> None:
        answer = Answer.objects.get(application=draft, question="work_packages")
        data = {"name": "work_packages", "value": ["x" * LONGEST_STORED] * 48, "version": str(answer.version)}
        assert page.post(reverse("save_answer", args=[draft.pk]), data).status_code == 200
        answer.refresh_from_db()
        assert sum(len(text) for row in answer.value for text in row.values()) <= LONGEST_STORED
        assert AnswerHistory.objects.filter(answer=answer).count() == 1

    def test_files_that_are_not_asked_for_are_not_read(
        self, page: Client, draft: Application, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[int] = []
        monkeypatch.setattr(pdf, "pages_of", lambda content: read.append(len(content)) or 1)
        made = io.BytesIO()
        pikepdf.Pdf.new().save(made)
        rule = draft.definition.files[0]
        files = {name: SimpleUploadedFile("a.pdf", made.getvalue()) for name in ("other", f"file-{rule.id}")}
        large = SimpleUploadedFile("b.pdf", b"x" * (rule.max_megabytes * 1024 * 1024 + 1))
        address = reverse("workspace_step", args=[draft.pk, "bilagor"])
        assert page.post(address, files).status_code == 302
        assert len(read) == 1
        assert page.post(address, {f"file-{rule.id}": large}).status_code == 422
        assert len(read) == 1
