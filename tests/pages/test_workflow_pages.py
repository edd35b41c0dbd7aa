"""The pages of cases, turns and steps: who sees what, what is refused and why, and how many queries each costs."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from grants.letters.models import Document
from grants.models import DemoClock
from grants.organisations.models import Deputy, Membership
from tests.factories import World
from workflows import jobs, links, stepping
from workflows.commands import COMMANDS, run
from workflows.commands.calls import give_office
from workflows.commands.organisations import claim_organisation
from workflows.models import Event, Invitation, Notice
from workflows.queries import sides
from workflows.queries.whose_turn import KINDS, address_of
from workflows.simulation import life, people
from workflows.wording import HAPPENED

S = CaseState
SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db


def get(client: Client, name: str, *args: Any, status: int = 200, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == status, (name, args, response.status_code)
    return response.content.decode()


def act(client: Client, command: str, pk: int, status: int = 302, **data: Any) -> Any:
    response = client.post(reverse("act", args=[command, pk]), {"key": f"key-{command}-{pk}", **data})
    assert response.status_code == status, (command, response.status_code, response.content.decode()[:3000])
    return response


def queries(client: Client, name: str, *args: Any, **query: str) -> int:
    get(client, name, *args, **query)  # what a process reads once is not counted
    with CaptureQueriesContext(connection) as captured:
        get(client, name, *args, **query)
    return len(captured)


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


class TestActPage:
    def test_what_a_link_or_the_clock_does_has_no_page(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.ACCEPTING)
        client = sign_in(world.sara)
        for name in ("dispatch", "accept", "confirm_part", "lapse", "nonsense"):
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
        response = act(client, "propose", case.pk, 409, **data)
        text = response.content.decode()
        assert "max_grant" in text
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

    def test_the_officer_rules_by_what_the_reviewer_wrote(self, world: World, sign_in: SignIn) -> None:
        assignment = world.assigned(world.case(S.ASSESSING))[0]
        act(sign_in(world.mira), "declare", assignment.pk, answer="unsure", text="Vi skrev en rapport ihop.")
        assert "Vi skrev en rapport ihop." in get(sign_in(world.sara), "act", "rule_conflict", assignment.pk)
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


class TestInbox:
    def test_each_sees_their_own_turns(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.PROPOSED)
        assert case.title in get(sign_in(world.eva), "inbox")
        assert "Inget väntar på dig." in get(sign_in(world.sara), "inbox")

    def test_the_applicants_turn_is_the_applicants(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.COMPLETING)
        assert case.title in get(sign_in(world.karin), "inbox")
        assert "väntar på sökanden" in get(sign_in(world.sara), "inbox")
        assert case.title not in get(sign_in(world.other_applicant()[0]), "inbox")

    def test_a_deputy_sees_the_absent_ones_turns(self, world: World, sign_in: SignIn) -> None:
        case = world.case(S.ASSESSED)
        assert case.title not in get(sign_in(world.jonas), "inbox")
        now = clock.now()
        Deputy.objects.create(
            person=world.sara, deputy=world.jonas, since=now - timedelta(days=1), until=now + timedelta(days=1)
        )
        page = get(sign_in(world.jonas), "inbox")
        assert case.title in page
        assert "I stället för Sara Lindqvist" in page

    def test_it_costs_as_many_queries_for_many_as_for_few(self, world: World, sign_in: SignIn) -> None:
        world.case(S.SUBMITTED)
        client = sign_in(world.sara)
        few = queries(client, "inbox")
        for n in range(8, 11):
            person, body = world.other_applicant(n)
            world.case(S.SUBMITTED, person=person, organisation=body)
        assert few <= 8
        assert queries(sign_in(world.sara), "inbox") == few


class TestLists:
    def test_the_authoritys_list(self, world: World, sign_in: SignIn) -> None:
        case, draft = world.case(S.SUBMITTED), world.draft()
        assert case.number is not None
        client = sign_in(world.sara)
        page = get(client, "cases")
        assert case.title in page
        assert f'href="{reverse("case", args=[draft.pk])}"' not in page
        assert case.number in get(client, "cases", sok=case.number)
        assert case.number in get(client, "cases", sok="björkdala")
        assert case.number not in get(client, "cases", sok="finns inte")
        assert case.number not in get(client, "cases", lage="closed")
        assert case.number in get(client, "cases", omgang="starta-2023", lage="submitted", ordning="titel")
        assert case.number not in get(client, "cases", mina="1")
        get(sign_in(world.karin), "cases", status=404)
        get(sign_in(world.mira), "cases", status=404)

    def test_any_query_string_will_do(self, world: World, sign_in: SignIn) -> None:
        world.case(S.SUBMITTED)
        client = sign_in(world.sara)
        for value in ("\x00", "9" * 500, "-1", "åäö", "' OR 1=1", "%"):
            for name in ("sok", "omgang", "lage", "mina", "ordning", "page"):
                get(client, "cases", **{name: value})

    def test_lists_cost_as_many_queries_for_many_as_for_few(self, world: World, sign_in: SignIn) -> None:
        world.case(S.SUBMITTED)
        few = {name: queries(sign_in(world.sara), name) for name in ("cases", "calls_work")}
        own = queries(sign_in(world.karin), "my_cases")
        for _n in range(3):
            world.case(S.SUBMITTED)
        assert {name: queries(sign_in(world.sara), name) for name in few} == few
        assert queries(sign_in(world.karin), "my_cases") == own
        assert max(*few.values(), own) <= 10

    def test_an_applicant_sees_what_is_to_be_done(self, world: World, sign_in: SignIn) -> None:
        draft, case = world.draft(), world.submitted()
        page = get(sign_in(world.karin), "my_cases")
        assert reverse("workspace", args=[draft.pk]) in page
        assert case.title in page
        world.onwards(world.closed(case), S.COMPLETING)
        page = get(sign_in(world.karin), "my_cases")
        assert "Komplettera ansökan" in page
        assert "Raderat utkast" in page
        assert "Du har inga ärenden än" in get(sign_in(world.other_applicant()[0]), "my_cases")

    def test_calls_and_the_machine_are_for_those_who_work_there(self, world: World, sign_in: SignIn) -> None:
        world.case(S.SUBMITTED)
        client = sign_in(world.sara)
        assert "Starta er AI-resa 2023" in get(client, "calls_work")
        page = get(client, "machine", "starta-2023")
        assert "<svg" in page
        assert "Återkalla ansökan" in page
        get(client, "machine", "no-such-call", status=404)
        for person in (world.karin, world.mira):
            get(sign_in(person), "calls_work", status=404)
            get(sign_in(person), "machine", "starta-2023", status=404)
        assert queries(sign_in(world.sara), "machine", "starta-2023") <= 10


class TestPersonalLinks:
    def link(self, case: Application) -> Invitation:
        return Invitation.objects.filter(application=case, purpose="accept", ended_at=None)[0]

    def test_a_party_accepts_once(self, world: World, client: Client) -> None:
        case = world.case(S.ACCEPTING)
        invitation = self.link(case)
        url = reverse("personal_link", args=[links.token(invitation)])
        response = client.get(url)
        page = response.content.decode()
        assert case.title in page
        assert response["X-Robots-Tag"].startswith("noindex")
        assert "no-store" in response["Cache-Control"]
        assert client.post(url, {"command": "accept", "key": "a", "name": ""}).status_code == 422
        assert client.post(url, {"command": "approve", "key": "a"}).status_code == 422
        data = {"command": "accept", "key": "a", "name": "Amina Yusuf", "confirm": "on"}
        assert "mottaget" in client.post(url, data).content.decode()
        again = client.post(url, data)
        assert again.status_code == 410
        assert "Amina Yusuf" in again.content.decode()
        assert client.get(url).status_code == 410
        assert Event.objects.filter(name="accept", data__link=invitation.pk).count() == 1

    def test_a_party_declines(self, world: World, client: Client) -> None:
        case = world.case(S.ACCEPTING)
        url = reverse("personal_link", args=[links.token(self.link(case))])
        answer = client.post(
            url, {"command": "decline_part", "key": "b", "name": "Amina Yusuf", "reason": "Vi hinner inte"}
        )
        assert answer.status_code == 200
        assert case.acceptances.filter(state="declined").count() == 1

    def test_a_party_confirms_its_part(self, world: World, client: Client, sign_in: SignIn) -> None:
        case = world.draft("gemensamma-2023")
        party = case.parties.exclude(role="coordinator").first()
        assert party is not None
        type(party).objects.filter(pk=party.pk).update(
            confirmed_at=None, confirmed_name="", signatory_email="firma@exempel.invalid", signatory_name="Firma"
        )
        response = act(sign_in(world.karin), "invite_party", party.pk)
        assert response["Location"] == reverse("workspace_step", args=[case.pk, "parter"])
        client.logout()
        invitation = Invitation.objects.get(purpose="confirm", subject_id=party.pk, ended_at=None)
        url = reverse("personal_link", args=[links.token(invitation)])
        assert party.name in client.get(url).content.decode()
        assert client.post(url, {"command": "confirm_part", "name": "Firma", "confirm": "on"}).status_code == 200
        party.refresh_from_db()
        assert party.confirmed_name == "Firma"

    def test_a_wrong_link_is_not_found(self, world: World, client: Client) -> None:
        invitation = self.link(world.case(S.ACCEPTING))
        good = links.token(invitation)
        for token in (good[:-1], good + "x", "x", "å", "%00", good.swapcase()):
            assert client.get(f"/lank/{token}/").status_code == 404
            assert client.post(f"/lank/{token}/", {}).status_code == 404


class TestStarting:
    def test_somebody_new_claims_an_organisation_and_drafts(self, world: World, sign_in: SignIn) -> None:
        call = world.open()
        person = people.make_person("ny", "Ny Person")
        client = sign_in(person)
        url = reverse("start_application", args=[call.slug])
        assert "Organisationsnummer" in client.get(url).content.decode()
        assert client.post(url, {"number": "12"}).status_code == 422
        unknown = client.post(url, {"number": "000000-0999"})
        assert unknown.status_code == 422
        assert "ny för oss" in unknown.content.decode()
        data = {"number": "000000-0999", "name": "Nya föreningen (exempel)", "kind": "civil_society"}
        for _click in range(2):
            made = client.post(url, data)
            assert made.status_code == 302
        case = Application.objects.get(created_by=person)
        assert made["Location"] == reverse("workspace", args=[case.pk])
        membership = Membership.objects.get(person=person)
        assert not membership.is_confirmed
        assert "membership" in get(client, "act", "submit", case.pk)

    def test_one_of_ones_own_organisations(self, world: World, sign_in: SignIn) -> None:
        call = world.open()
        client = sign_in(world.karin)
        url = reverse("start_application", args=[call.slug])
        assert world.organisation.name in client.get(url).content.decode()
        for wrong in ("999999", "x", "9" * 40, "-1"):
            assert client.post(url, {"organisation": wrong}).status_code == 422
        assert client.post(url, {"organisation": world.organisation.pk}).status_code == 302

    def test_a_closed_call_says_so_and_a_hidden_one_is_not_there(self, world: World, sign_in: SignIn) -> None:
        client = sign_in(world.karin)
        page = client.get(reverse("start_application", args=["starta-2022"])).content.decode()
        assert "closed" in page
        data = {"organisation": world.organisation.pk}
        assert client.post(reverse("start_application", args=["starta-2022"]), data).status_code == 409
        assert client.get(reverse("start_application", args=["no-such"])).status_code == 404

    def test_an_officer_confirms_a_membership(self, world: World, sign_in: SignIn) -> None:
        world.open()
        person = people.make_person("ny", "Ny Person")
        claim_organisation(person, world.organisation.number)
        membership = Membership.objects.get(person=person)
        assert "Väntar på handläggaren" in get(sign_in(person), "memberships")
        get(sign_in(person), "act", "confirm_membership", membership.pk, status=404)
        assert "Ny Person" in get(sign_in(world.sara), "memberships")
        response = act(sign_in(world.sara), "confirm_membership", membership.pk)
        assert response["Location"] == reverse("memberships")
        membership.refresh_from_db()
        assert membership.is_confirmed


class TestPublicAndDemo:
    def test_the_matrix_is_open_to_anyone(self, world: World, client: Client) -> None:
        page = get(client, "matrix")
        assert all(name in page for name in COMMANDS)
        assert queries(client, "matrix") == 0

    def test_notices_are_ones_own(self, world: World, sign_in: SignIn, client: Client) -> None:
        case = world.case(S.ACCEPTING)
        page = get(sign_in(world.karin), "notices")
        assert str(HAPPENED["submit"]) in page
        assert "/lank/" not in page
        sign_in(world.karin).post(reverse("notices"))
        assert not Notice.objects.filter(person=world.karin, read_at=None).exists()
        assert case.title not in get(sign_in(world.other_applicant()[0]), "notices")
        client.logout()
        assert client.get(reverse("notices")).status_code == 302

    def test_outside_a_demonstration_there_is_no_demonstration(self, world: World, client: Client) -> None:
        assert client.post(reverse("demo_role"), {"persona": "sara"}).status_code == 404
        assert client.post(reverse("demo_clock"), {"step": "day"}).status_code == 404
        assert client.get(reverse("demo_tour")).status_code == 404

    def test_roles_are_taken_and_links_shown_in_a_demonstration(
        self, world: World, client: Client, settings: Any
    ) -> None:
        world.case(S.ACCEPTING)
        settings.DEMO = True
        assert client.post(reverse("demo_role"), {"persona": "nobody"}).status_code == 404
        response = client.post(reverse("demo_role"), {"persona": "sara", "next": "/inkorg/"})
        assert response["Location"] == "/inkorg/"
        assert "Sara Lindqvist" in get(client, "inbox")
        assert "/lank/" in get(client, "notices")
        assert "Rundtur" in get(client, "demo_tour")
        client.logout()
        assert "/lank/" in get(client, "notices")

    def test_the_clock_is_moved_forward_only(self, world: World, client: Client, settings: Any) -> None:
        settings.DEMO = True
        DemoClock.objects.create(pk=1, stands_at=clock.now())
        for data in ({"step": "to", "to": "2001-01-01 10:00"}, {"step": "to", "to": "x"}, {"step": "no"}, {}):
            assert client.post(reverse("demo_clock"), data).status_code == 302
        assert DemoClock.objects.get().stands_at == clock.now()


def test_every_turn_has_an_address() -> None:
    assert all(address_of(kind, 1, 1).startswith("/") for kind in KINDS)
