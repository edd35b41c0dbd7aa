"""The plan of a funded project, what its costs give, and its pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from grants.clock import SWEDEN
from grants.decisions.models import Decision, DecisionState
from grants.organisations.models import Person
from grants.programmes.loading import Batch, store
from grants.projects import drafts, filing
from grants.projects.models import Duty, DutyState, Report, ReportDraft
from tests.factories import World
from tests.pages import cases
from workflows.simulation import life

PROJECT_QUERIES, REPORT_QUERIES, AUTOSAVE_QUERIES = 20, 15, 8
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass
class Office:
    """A funded project, whoever runs it signed in, and its first report open."""

    client: Client
    applicant: Person
    application: Application
    decision: Decision
    duty: Duty

    def get(self, name: str = "report") -> Any:
        return self.client.get(reverse(name, args=[self.application.pk if name == "project" else self.duty.pk]))

    def post(self, **data: Any) -> Any:
        return self.client.post(reverse("save_report", args=[self.duty.pk]), data)

    @property
    def questions(self) -> list[str]:
        rule = filing.rule_of(self.duty, self.application.definition)
        return [q.id for q in rule.questions if q.kind == "long" and not q.show_if]

    def write(self, *texts: str) -> Any:
        return self.post(**dict(zip(self.questions, texts, strict=False)))

    def to(self, state: str) -> None:
        Duty.objects.filter(pk=self.duty.pk).update(state=state)

    def sign_in(self, who: Person) -> None:
        self.client.force_login(who, BACKEND)

    @property
    def costs(self) -> list[str]:
        return [f"cost-{line.party_id}" for line in self.decision.lines.all()]


@pytest.fixture
def office(db: None, client: Client, call_files: Batch) -> Iterator[Office]:
    store(call_files)
    with clock.at(datetime(2024, 5, 10, 10, 0, tzinfo=SWEDEN)):
        applicant = cases.person("Karin")
        application = cases.an_application(applicant, CaseState.REPORTING)
        decision = cases.granted(application, cases.person("Sara"), cases.person("Eva"))
        duty = Duty.objects.order_by("n")[0]
        Duty.objects.filter(pk=duty.pk).update(state=DutyState.OPEN)
        client.force_login(applicant, BACKEND)
        yield Office(client, applicant, application, decision, Duty.objects.get(pk=duty.pk))


def an_officer(office: Office) -> Person:
    officer = cases.person("Handläggare")
    cases.serve(officer, office.application.call, "handle_call")
    return officer


def whole(office: Office) -> dict[str, Any]:
    """A report that lacks nothing, as it is sent."""
    rule = filing.rule_of(office.duty, office.application.definition)
    answers: dict[str, Any] = {}
    for question in rule.questions:
        kind = {"yesno": "no", "choice": question.options[0].id if question.options else "", "number": "3"}.get(
            question.kind
        )
        answers[question.id] = kind or "Vi har tränat två modeller."
    return answers | dict.fromkeys(office.costs, "100 000")


def filed(office: Office) -> Report:
    """The first report, filed as the command files it."""
    assert office.post(**whole(office)).status_code == 302
    duty = Duty.objects.get(pk=office.duty.pk)
    content = filing.freeze_report(duty, ReportDraft.objects.get(duty=duty))
    report = Report.objects.create(duty=duty, n=1, content=content, sha256="0" * 64, filed_by=office.applicant)
    office.to(DutyState.FILED)
    return report


class TestProjectPage:
    def test_it_says_whose_turn_it_is_what_is_due_and_what_is_paid(self, office: Office) -> None:
        page = office.get("project")
        assert page.status_code == 200
        for text in ("Er tur", "Börja på rapporten", "Betalplan", "villkoret är uppfyllt", "Projektet slutar", "80"):
            assert text in page.text
        assert reverse("report", args=[office.duty.pk]) in page.text

    def test_a_partner_and_the_officer_see_it_as_somebody_elses_turn(self, office: Office) -> None:
        office.sign_in(an_officer(office))
        assert "Väntar på projektet" in office.get("project").text
        office.to(DutyState.FILED)
        assert "Din tur" in office.get("project").text

    def test_what_is_late_is_said(self, office: Office) -> None:
        with clock.at(datetime(2024, 6, 20, tzinfo=SWEDEN)):
            assert "försenad" in office.get("project").text

    def test_outsiders_find_nothing(self, office: Office) -> None:
        office.sign_in(cases.person("Annan"))
        assert office.get("project").status_code == 404
        assert office.get().status_code == 404
        assert office.write("x").status_code == 404
        assert office.client.get(f"/projekt/{10**30}/").status_code == 404

    def test_a_decision_that_has_not_been_sent_is_not_shown(self, office: Office) -> None:
        Decision.objects.update(state=DecisionState.DECIDED)
        answer = office.get("project")
        assert answer.status_code == 302
        assert answer.url == reverse("case", args=[office.application.pk])

    def test_it_settles_by_the_latest_filed_report(self, office: Office) -> None:
        filed(office)
        page = office.get("project").text.replace("\u00a0", " ")
        assert page.count("80 000") >= 2  # 80 % of 100 000 for each party
        assert "160 000" in page

    def test_the_number_of_questions_to_the_database_is_bounded(self, office: Office) -> None:
        filed(office)
        office.get("project")
        with cases.at_most(PROJECT_QUERIES):
            office.get("project")

    def test_a_project_made_by_the_real_commands_opens_for_everyone_in_it(self, world: World, sign_in: Any) -> None:
        case = world.case(CaseState.ACCEPTING)
        assert "har inte godkänt villkoren" in sign_in(world.karin).get(reverse("project", args=[case.pk])).text
        life.accept_all(case)
        assert "Nästa är" in sign_in(world.karin).get(reverse("project", args=[case.pk])).text
        world.report_all(case)
        page = sign_in(world.karin).get(reverse("project", args=[case.pk])).text
        assert "Projektet är avslutat" in page
        for duty in case.duties.all():
            page = sign_in(world.karin).get(reverse("report", args=[duty.pk])).text
            assert "Lämnad" in page
            assert "<textarea" not in page


class TestReportPage:
    def test_a_planned_report_shows_what_it_will_ask_and_takes_nothing(self, office: Office) -> None:
        office.to(DutyState.PLANNED)
        rule = filing.rule_of(office.duty, office.application.definition)
        page = office.get().text
        assert rule.questions[0].label.sv in page
        assert "<textarea" not in page
        assert office.write("Text").status_code == 409

    def test_what_is_lacking_is_said_with_links(self, office: Office) -> None:
        page = office.get().text
        assert "saker kvar innan ni kan lämna" in page
        assert f'href="#{office.costs[0]}"' in page

    def test_a_whole_report_can_go_on_to_filing_and_freezes(self, office: Office) -> None:
        answer = office.post(**whole(office), do="file")
        assert answer.url == reverse("act", args=["file_report", office.duty.pk])
        draft, definition = ReportDraft.objects.get(), office.application.definition
        assert filing.report_faults(office.duty, draft, definition) == []
        content = filing.freeze_report(office.duty, draft)
        shown = {a["question"] for a in content["answers"]}
        hidden = {q.id for q in filing.rule_of(office.duty, definition).questions if q.show_if}
        assert not shown & hidden
        assert [c["grant_ore"] for c in content["costs"]] == [80_000_00, 80_000_00]
        assert "Allt är ifyllt" in office.get().text

    def test_a_filed_report_is_read_by_all_and_examined_by_the_officer(self, office: Office) -> None:
        filed(office)
        page = office.get().text
        assert "Vi har tränat två modeller." in page
        assert reverse("act", args=["approve_report", office.duty.pk]) not in page
        office.sign_in(an_officer(office))
        page = office.get().text
        assert reverse("act", args=["approve_report", office.duty.pk]) in page
        assert reverse("act", args=["return_report", office.duty.pk]) in page
        assert "160" in page

    def test_a_returned_report_says_why_and_can_be_written_in(self, office: Office) -> None:
        filed(office)
        Duty.objects.update(return_reason="Skriv mer om <data>.")
        office.to(DutyState.RETURNED)
        page = office.get().text
        assert "Skriv mer om &lt;data&gt;." in page
        assert "<textarea" in page
        assert "Version 1" in page

    def test_drafts_are_the_projects_own(self, office: Office) -> None:
        office.write("Halvfärdigt")
        office.sign_in(an_officer(office))
        assert "Halvfärdigt" not in office.get().text
        assert office.write("Någon annans").status_code == 409

    def test_the_number_of_questions_to_the_database_is_bounded(self, office: Office) -> None:
        office.post(**whole(office))
        office.get()
        with cases.at_most(REPORT_QUERIES):
            office.get()


class TestSaving:
    def test_an_amount_that_cannot_be_read_is_kept_and_pointed_out(self, office: Office) -> None:
        office.post(**{office.costs[0]: "tolv tusen", office.costs[1]: "-5"})
        page = office.get().text
        assert "tolv tusen" in page
        assert "Skriv kostnaden för" in page
        assert ReportDraft.objects.get().costs == {
            k[5:]: v for k, v in zip(office.costs, ("tolv tusen", "-5"), strict=True)
        }

    def test_nothing_unseen_is_overwritten_and_nothing_typed_is_lost(self, office: Office) -> None:
        office.write("Först")
        answer = office.write("Sedan", "Nytt")
        assert answer.status_code == 409
        assert "Först" in answer.text
        assert "Sedan" in answer.text
        assert ReportDraft.objects.get().answers == dict(zip(office.questions, ("Först", "Nytt"), strict=False))
        assert (
            office.post(
                **{office.questions[0]: "Sedan", f"seen-{office.questions[0]}": drafts.stamp("Först")}
            ).status_code
            == 302
        )
        assert ReportDraft.objects.get().answers[office.questions[0]] == "Sedan"

    def test_one_field_is_saved_as_one_writes(self, office: Office) -> None:
        first = office.post(name=office.questions[0], value="Ett", version="")
        assert first.json()["saved_at"] == "10.00"
        cost = office.costs[0]
        with cases.at_most(AUTOSAVE_QUERIES):
            second = office.post(name=cost, value="12 000", version=drafts.stamp(None))
        assert second.status_code == 200
        late = office.post(name=office.questions[0], value="Två", version="gammal")
        assert late.status_code == 409
        assert "Ett" in late.json()["html"]
        assert office.post(name="nothing", value="x").status_code == 400
        assert office.post(name="\x00", value="x").status_code == 400

    def test_the_page_itself_takes_the_form(self, office: Office) -> None:
        answer = office.client.post(reverse("report", args=[office.duty.pk]), {office.questions[0]: "Utan skript"})
        assert answer.status_code == 302
        assert "Utan skript" in office.get().text

    def test_whoever_may_not_write_gets_the_text_back(self, office: Office) -> None:
        filed(office)
        answer = office.write("För sent skrivet")
        assert answer.status_code == 409
        assert "För sent skrivet" in answer.text
        assert ReportDraft.objects.get().answers[office.questions[0]] != "För sent skrivet"
