"""The page of a case: who reads what, and what nobody outside reads before the decision is sent."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from grants.letters.models import Document
from tests.factories import World
from tests.pages.asking import get
from workflows import jobs, stepping
from workflows.commands import run
from workflows.queries import sides
from workflows.simulation import life
from workflows.wording import HAPPENED

S = CaseState


SignIn = Callable[..., Client]


pytestmark = pytest.mark.django_db


class TestCasePage:
    def test_a_reviewer_an_outsider_and_nobody_get_no_page(self, world: World, sign_in: SignIn, client: Client) -> None:
        case = world.onwards(world.closed(world.submitted()), S.ASSESSING)
        assignment = world.assigned(case)[0]
        run("declare", world.mira, assignment, answer="no", text="")
        outsider, _body = world.other_applicant()
        for person in (world.mira, world.tove, outsider):
            get(sign_in(person), "case", case.pk, status=404)
            get(sign_in(person), "case_submission", case.pk, 1, status=404)
        client.logout()
        assert client.get(reverse("case", args=[case.pk])).status_code == 302

    def test_what_does_not_exist_is_not_found(self, world: World, sign_in: SignIn) -> None:
        client = sign_in(world.sara)
        case = world.case(S.SUBMITTED)
        for name, args in [
            ("case", [999_999]),
            ("case", [10**30]),
            ("case_submission", [case.pk, 99]),
            ("document", [10**25]),
        ]:
            get(client, name, *args, status=404)

    def test_a_submission_is_read_as_it_arrived(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.SUBMITTED)
        Application.objects.filter(pk=case.pk).update(title="Ändrad i arbetskopian")
        for person in (world.karin, world.sara):
            assert case.title in get(sign_in(person), "case_submission", case.pk, 1)

    def test_the_officer_sees_formal_requirements_and_reviewers_but_the_applicant_does_not(
        self, world: World, sign_in: SignIn
    ) -> None:
        case = world.case(S.ASSESSED)
        officer, applicant = (get(sign_in(p), "case", case.pk) for p in (world.sara, world.karin))
        for hidden in ("Mira Dahl", "Formell kontroll</h2>", "Vägt", "Kedjan hel"):
            assert hidden in officer
            assert hidden not in applicant

    def test_a_completion_is_asked_for_in_the_officers_words(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.COMPLETING)
        page = get(sign_in(world.karin), "case", case.pk)
        assert "Er tur" in page
        assert "Intyg saknas." in page
        assert "Väntar på sökande" in get(sign_in(world.sara), "case", case.pk)


class TestNothingLeaksBeforeDispatch:
    @pytest.mark.parametrize("state", [S.ASSESSED, S.PROPOSED, S.DECIDED])
    def test_the_applicant_is_told_the_same_while_a_case_is_prepared(
        self, world: World, sign_in: SignIn, state: str
    ) -> None:
        case = world.case(state)
        client = sign_in(world.karin)
        page, listed = get(client, "case", case.pk), get(client, "my_cases")
        refused = get(client, "act", "unlock", case.pk)
        for text in (page, listed, refused):
            body = text.split('<main id="main"')[1]
            assert not re.search(
                r"förslag till beslut|Förslag|bifall|beslutad\b|Beslut fattades|Eva Norling|expedier", body
            )
        assert "bereds" in page
        assert "bereds" in listed

    def test_the_page_is_the_same_whatever_is_going_to_be_decided(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.PROPOSED)
        client = sign_in(world.karin)
        before = get(client, "case", case.pk)
        life.approve(case, world.eva)
        after = get(client, "case", case.pk)
        steps = r'<section class="an-sheet an-stack an-stack--s" aria-labelledby="actions">.*?</section>'
        plain = [re.sub(r'value="[^"]{60,}"|' + steps, "", page, flags=re.DOTALL) for page in (before, after)]
        assert plain[0] == plain[1]

    def test_a_letter_is_read_by_the_applicant_after_dispatch_only(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.PROPOSED)
        decision = case.decisions.get()
        decision.hold_until = clock.now() + timedelta(days=3)
        decision.save(update_fields=["hold_until"])
        life.approve(case, world.eva)
        jobs.run_pending()
        letter = Document.objects.get(decision=decision, language="sv")
        assert life.fresh(case).state == S.DECIDED
        get(sign_in(world.karin), "document", letter.pk, status=404)
        assert reverse("document", args=[letter.pk]) not in get(sign_in(world.karin), "case", case.pk)
        assert sign_in(world.sara).get(reverse("document", args=[letter.pk])).status_code == 200
        stepping.walk(clock.now() + timedelta(days=4), clock.move, jobs.run_pending)
        response = sign_in(world.karin).get(reverse("document", args=[letter.pk]))
        assert response.content.startswith(b"%PDF")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]
        assert response["Content-Disposition"].startswith("inline; filename=")
        assert reverse("document", args=[letter.pk]) in get(sign_in(world.karin), "case", case.pk)
        for person in (world.mira, world.other_applicant()[0]):
            get(sign_in(person), "document", letter.pk, status=404)

    def test_a_preview_is_for_the_authority(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.PROPOSED)
        for person, status in ((world.eva, 200), (world.sara, 200), (world.karin, 404), (world.mira, 404)):
            assert sign_in(person).get(reverse("letter_preview", args=[case.pk, "sv"])).status_code == status
        get(sign_in(world.eva), "letter_preview", case.pk, "xx", status=404)

    def test_who_lodged_last_is_not_named_to_the_applicant(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.ASSESSED)
        client = sign_in(world.karin)
        page = get(client, "case", case.pk)
        assert str(HAPPENED["end_assessment"]) in page
        for text in (page, *(get(client, "act", name, case.pk) for name in ("submit", "unlock", "decline_grant"))):
            assert not any(name in text for name in ("Mira Dahl", "Tove Lund", "Hugo Frisk"))

    def test_who_reopened_the_assessment_is_not_named_either(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.ASSESSED)
        for assignment in case.assignments.all()[:2]:
            run("report_conflict", assignment.reviewer, assignment, reason="Min syster arbetar där.")
        page = get(sign_in(world.karin), "case", case.pk)
        assert not any(name in page for name in ("Mira Dahl", "Tove Lund", "Hugo Frisk"))

    def test_every_event_is_for_one_side_or_both_on_purpose(self) -> None:
        assert set(sides.APPLICANT_SEES) <= set(HAPPENED)


def test_what_was_asked_for_stands_on_the_case(world: World, sign_in: SignIn) -> None:
    case = world.case(S.COMPLETING)
    assert case.completion_request
    assert case.completion_request in get(sign_in(world.sara), "case", case.pk)
