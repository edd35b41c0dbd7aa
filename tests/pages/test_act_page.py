"""The one page of every step: what it asks, what it does, and what it says when it is refused."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from tests.factories import World
from tests.pages.asking import act, get
from workflows.commands.calls import give_office
from workflows.simulation import life
from workflows.wording import HAPPENED

S = CaseState


SignIn = Callable[..., Client]


pytestmark = pytest.mark.django_db


class TestActPage:
    def test_what_a_link_or_the_clock_does_has_no_page(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.ACCEPTING)
        client = sign_in(world.sara)
        for name in ("dispatch", "accept", "lapse", "nonsense"):
            get(client, "act", name, case.acceptances.all()[0].pk, status=404)
            assert client.post(reverse("act", args=[name, 1])).status_code == 404

    def test_others_cases_do_not_exist(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.SUBMITTED)
        outsider, _body = world.other_applicant()
        get(sign_in(outsider), "act", "withdraw", case.pk, status=404)
        act(sign_in(outsider), "withdraw", case.pk, 404)
        assert life.fresh(case).state == S.SUBMITTED

    def test_submitting_from_the_page_twice_has_effect_once(self, world: World, sign_in: SignIn) -> None:
        case = world.draft()
        client = sign_in(world.karin)
        page = get(client, "act", "submit", case.pk)
        assert "Allt på listan är klart" in page
        key = re.search(r'name="key" value="([^"]+)"', page)
        assert key is not None
        for _click in range(2):
            response = act(client, "submit", case.pk, key=key[1], confirm="on")
            assert response["Location"] == reverse("case", args=[case.pk])
        assert case.submissions.count() == 1
        assert str(HAPPENED["submit"]) in get(client, "case", case.pk)

    def test_a_second_click_succeeds_although_the_form_no_longer_would(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.ASSESSING)
        client = sign_in(world.sara)
        due = f"{clock.now() + timedelta(days=9):%Y-%m-%d %H:%M}"
        for _click in range(2):
            act(client, "assign", case.pk, reviewers=[world.mira.pk, world.tove.pk], due=due)
        assert case.assignments.count() == 2

    def test_what_is_missing_is_a_checklist_with_links(self, world: World, sign_in: SignIn) -> None:
        case = world.draft()
        Application.objects.filter(pk=case.pk).update(title="")
        client = sign_in(world.karin)
        page = get(client, "act", "submit", case.pk)
        assert "Projektet saknar titel." in page
        assert "#title" in page
        assert act(client, "submit", case.pk, 409, confirm="on")
        assert life.fresh(case).state == S.DRAFT

    def test_a_fault_in_the_form_keeps_what_was_typed(self, world: World, sign_in: SignIn) -> None:
        case = world.closed(world.submitted())
        response = act(
            sign_in(world.sara), "ask_completion", case.pk, 422, request_text="Skicka intyget", due="i morgon"
        )
        page = response.content.decode()
        assert "Skicka intyget" in page
        assert "i morgon" in page
        assert "ds-error-summary" in page
        assert "<title>Fel:" in page

    def test_a_refusal_keeps_what_was_typed_and_says_why(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.SUBMITTED)
        due = f"{clock.now() + timedelta(days=200):%Y-%m-%d %H:%M}"
        response = act(sign_in(world.sara), "ask_completion", case.pk, 409, request_text="Skicka intyget", due=due)
        page = response.content.decode()
        assert "Skicka intyget" in page
        assert "call_open" in page
        assert life.fresh(case).state == S.SUBMITTED

    def test_somebody_was_first(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.PROPOSED)
        life.approve(case, world.eva)
        response = act(sign_in(world.per), "return_proposal", case.pk, 409, reason="Räkna om")
        page = response.content.decode()
        assert "Eva Norling" in page
        assert "Räkna om" in page

    def test_four_eyes(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.ASSESSED)
        give_office(case.call, world.sara, "decide_call")
        life.propose(case, world.sara)
        client = sign_in(world.sara)
        assert "four_eyes" in get(client, "act", "approve", case.pk)
        act(client, "approve", case.pk, 409, version=1, total=case.applied_ore)
        assert life.fresh(case).state == S.PROPOSED

    def test_the_decision_maker_signs_what_the_page_showed(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.PROPOSED)
        decision = case.decisions.get()
        client = sign_in(world.eva)
        page = get(client, "act", "approve", case.pk)
        assert "Det här undertecknar du" in page
        changed = act(client, "approve", case.pk, 409, version=decision.version, total=decision.total_ore - 1)
        assert "changed" in changed.content.decode()
        assert f'value="{decision.total_ore}"' in changed.content.decode()
        act(client, "approve", case.pk, version=decision.version, total=decision.total_ore)
        assert life.fresh(case).state == S.DECIDED

    def test_a_proposal_over_the_limit_comes_back_with_its_form(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.ASSESSED)
        client = sign_in(world.sara)
        page = get(client, "act", "propose", case.pk)
        assert "31–33 §§" in page
        data: dict[str, Any] = {"outcome": "grant", "reasons": "Goda skäl", "participants": "ingen annan"}
        data |= {"starts_on": case.starts_on, "ends_on": case.ends_on}
        basis = case.definition.decision.aid_bases[0].id
        for party in case.parties.all():
            data |= {f"amount_{party.pk}": "9 000 000", f"share_{party.pk}": "50", f"basis_{party.pk}": basis}
        response = act(client, "propose", case.pk, 422, **data)
        text = response.content.decode()
        assert "högst" in text
        assert "Goda skäl" in text
        assert "9 000 000" in text
        for party in case.parties.all():
            data[f"amount_{party.pk}"] = "1000"
        act(client, "propose", case.pk, key="another", **data)
        assert life.fresh(case).state == S.PROPOSED

    def test_the_declaration_shows_parties_but_nothing_of_the_application(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.ASSESSING)
        assignment = world.assigned(case)[0]
        client = sign_in(world.mira)
        page = get(client, "act", "declare", assignment.pk)
        assert case.title in page
        assert all(p.name in page for p in case.parties.all())
        answers = [a["value"] for a in case.submissions.get().content["answers"] if isinstance(a["value"], str)]
        assert not any(len(value) > 12 and value in page for value in answers)
        get(sign_in(world.tove), "act", "declare", assignment.pk, status=404)
        response = act(sign_in(world.mira), "declare", assignment.pk, answer="no")
        assert response["Location"] == reverse("review", args=[assignment.pk])

    def test_a_conflict_leads_back_to_the_queue_and_needs_a_reason(self, world: World, sign_in: SignIn) -> None:
        assignment = world.assigned(world.case(S.ASSESSING))[0]
        client = sign_in(world.mira)
        assert "Skriv vad kopplingen" in act(client, "declare", assignment.pk, 422, answer="yes").content.decode()
        response = act(client, "declare", assignment.pk, answer="yes", text="Min syster arbetar där.")
        assert response["Location"] == reverse("review_queue")

    def test_what_is_too_long_is_not_said_to_be_missing(self, world: World, sign_in: SignIn) -> None:
        assignment = world.assigned(world.case(S.ASSESSING))[0]
        page = act(sign_in(world.mira), "declare", assignment.pk, 422, answer="yes", text="å" * 2001).content.decode()
        assert "Skriv vad kopplingen" not in page

    def test_who_answers_yes_after_no_is_led_to_where_a_conflict_is_reported(
        self, world: World, sign_in: SignIn
    ) -> None:
        assignment = world.assigned(world.case(S.ASSESSING))[0]
        client = sign_in(world.mira)
        act(client, "declare", assignment.pk, answer="no")
        told = act(client, "declare", assignment.pk, 409, key="2", answer="yes", text="Min syster.").content.decode()
        assert f'href="{reverse("act", args=["report_conflict", assignment.pk])}"' in told
        assert "Min syster." in told

    def test_the_officer_rules_by_what_the_reviewer_wrote(self, world: World, sign_in: SignIn) -> None:
        assignment = world.assigned(world.case(S.ASSESSING))[0]
        act(sign_in(world.mira), "declare", assignment.pk, answer="unsure", text="Vi skrev en rapport ihop.")
        assert "Vi skrev en rapport ihop." in get(sign_in(world.sara), "act", "rule_conflict", assignment.pk)
        lacking = act(sign_in(world.sara), "rule_conflict", assignment.pk, 422, conflicted="no")
        assert "Skriv skälet." in lacking.content.decode()
        act(sign_in(world.sara), "rule_conflict", assignment.pk, conflicted="no", reason="Länge sedan.")
        assignment.refresh_from_db()
        assert assignment.state == "cleared"

    def test_next_leads_to_pages_of_ours_only(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.SUBMITTED)
        client = sign_in(world.sara)
        for n, (given, expected) in enumerate(
            [("/inkorg/", "/inkorg/"), ("https://evil.example/", None), ("//evil.example", None), ("/\\evil", None)]
        ):
            other = world.jonas if n % 2 else world.sara
            response = act(sign_in(other), "take_case", case.pk, next=given, key=f"k{n}")
            assert response["Location"] == (expected or reverse("case", args=[case.pk]))
        assert client

    def test_hostile_input_is_never_a_500(self, world: World, sign_in: SignIn) -> None:
        case = world.closed(world.submitted())
        client = sign_in(world.sara)
        for text in ("\x00", "\ud800".encode("utf-8", "surrogatepass"), "x" * 200_000, "<script>"):
            response = client.post(
                reverse("act", args=["ask_completion", case.pk]), {"request_text": text, "due": text, "key": text}
            )
            assert response.status_code in (400, 409, 422), response.status_code
        assert (
            client.post(reverse("act", args=["approve", case.pk]), {"version": "9" * 400, "total": "x"}).status_code
            == 409
        )

    def test_handing_over_and_deputies(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.SUBMITTED)
        act(sign_in(world.sara), "hand_over", case.pk, colleague=world.jonas.pk)
        assert life.fresh(case).handled_by == world.jonas
        data = {"deputy": world.jonas.pk, "since": "2023-07-01", "until": "2023-07-31"}
        response = act(sign_in(world.sara), "appoint_deputy", world.sara.pk, **data)
        assert response["Location"] == reverse("inbox")
        get(sign_in(world.sara), "act", "appoint_deputy", world.jonas.pk, status=404)

    def test_a_report_is_approved_and_returned_from_its_page(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.REPORTING)
        duty = case.duties.first()
        assert duty is not None
        for person in (world.karin, world.sara):
            get(sign_in(person), "act", "file_report", duty.pk)
            get(sign_in(person), "act", "approve_report", duty.pk)
