"""One application's whole life, by hand: every step is taken on a page, as its own person."""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from grants import clock
from grants.applications.models import CaseState
from grants.decisions.models import AcceptanceState
from grants.organisations.models import Membership
from grants.projects import filing
from grants.projects.models import Duty, DutyState
from reviewers.models import Assignment
from tests.browser.visitor import Visitor
from tests.browser.writing import ADDRESS, Writing
from workflows import jobs, stepping
from workflows.simulation import drafting, life

REVIEWERS = ("mira", "tove", "hugo")


class Walk(Writing):
    """The persons of one case, and what each of them does in turn, from submitting on."""

    def refused_until_confirmed(self) -> None:
        """Who has only said that they speak for an organisation may not submit; the page says why, and who can help."""
        somebody = self.applicant.go(reverse("workspace_step", args=[self.case.pk, "granska"]))
        somebody.begin("submit")
        assert not somebody.page.locator('main [name="confirm"]').count()
        membership = Membership.objects.get(person__email=ADDRESS)
        self.officer.go("/inkorg/").go("/medlemskap/").begin("confirm_membership").send()
        membership.refresh_from_db()
        assert membership.is_confirmed

    def submit(self) -> None:
        """Two steps, a number and a receipt."""
        somebody = self.applicant.go(reverse("preview", args=[self.case.pk]))
        somebody.go(reverse("workspace_step", args=[self.case.pk, "granska"])).begin("submit")
        somebody.page.locator('main [name="confirm"]').check()
        somebody.send()
        self.is_in(CaseState.SUBMITTED)
        assert self.case.number
        assert self.case.number in somebody.text
        jobs.run_pending()
        somebody.go(reverse("case", args=[self.case.pk]))
        self.reads_pdf(somebody)
        somebody.go("/mina-arenden/").go("/meddelanden/")

    def reads_pdf(self, visitor: Visitor) -> None:
        """The first document of the page can be opened."""
        address = visitor.page.locator('main a[href^="/handling/"]').first.get_attribute("href")
        answer = visitor.context.request.get(visitor.address + str(address))
        assert answer.ok
        assert answer.body().startswith(b"%PDF")

    def close_call(self) -> None:
        """Past the closing of the call."""
        closes = self.call.closes_at
        assert closes is not None
        self.wait_until(closes + timedelta(hours=1))

    @staticmethod
    def wait_until(moment: Any) -> None:
        """Let time pass, with everything that becomes due on the way."""
        stepping.walk(max(moment, clock.now()), clock.move, jobs.run_pending)

    # -- assessing and deciding

    def examine(self) -> None:
        """The officer reads the case, passes it formally and asks reviewers."""
        sara = self.officer.go("/inkorg/").go("/arenden/").go("/omgangar/")
        sara.go(reverse("case_submission", args=[self.case.pk, 1]))
        sara.go(reverse("case", args=[self.case.pk])).begin("pass_formal").send()
        self.is_in(CaseState.ASSESSING)
        sara.go(reverse("case", args=[self.case.pk])).begin("assign")
        for key in REVIEWERS:
            sara.page.get_by_label(self.world.people[key].name).check()
        sara.send()
        jobs.run_pending()

    def assess(self) -> None:
        """Each reviewer declares that there is no conflict, scores every criterion and lodges; the first on the pages, the
        others by the same commands."""
        for key in REVIEWERS:
            person = self.world.people[key]
            assignment = Assignment.objects.get(application=self.case, reviewer=person)
            if key != REVIEWERS[0]:
                life.review(assignment, self.rng)
                continue
            reviewer = self._visitor("reviewer", person).go("/bedomningar/")
            reviewer.click(reviewer.page.locator(f'main a[href="/bedomning/{assignment.pk}/"]').last)
            assert "Jag har ett" not in reviewer.text
            reviewer.begin("accept_terms")
            reviewer.page.get_by_label("Jag har läst villkoren").check()
            reviewer.send()
            reviewer.begin("declare")
            reviewer.answer("answer", "no")
            reviewer.send()
            self.score(reviewer)
            reviewer.go(reverse("review", args=[assignment.pk]))
            reviewer.leave()
        self.is_in(CaseState.ASSESSED)

    def score(self, reviewer: Visitor) -> None:
        """A whole score sheet."""
        texts = drafting.examples()
        for criterion in self.definition.review.criteria:
            reviewer.answer(f"value-{criterion.id}", str(self.definition.review.highest - 1))
            reviewer.answer(f"reason-{criterion.id}", self.rng.choice(texts["reasons"]))
        reviewer.answer("strengths", self.rng.choice(texts["strengths"]))
        reviewer.answer("weaknesses", self.rng.choice(texts["weaknesses"]))
        reviewer.answer("recommendation", "grant")
        reviewer.click(reviewer.page.locator('main button[value="lodge"]')).send()

    def decide(self) -> None:
        """An officer prepares, somebody else decides, and the applicant knows nothing before the letter is sent."""
        sara = self.officer.go(reverse("case", args=[self.case.pk]))
        if self.case.definition.stages.panel:
            sara.begin("record_panel")
            sara.answer("starts_at", f"{clock.now().astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}")
            sara.answer("participants", "Panelens fyra ledamöter")
            sara.answer("recommendation", "fund")
            sara.answer("text", "Stor nytta i förhållande till kostnaden.")
            sara.send()
        sara.go(reverse("case", args=[self.case.pk])).begin("propose")
        sara.answer("outcome", "grant")
        sara.answer("reasons", drafting.examples()["grant_reasons"][0])
        sara.send()
        self.is_in(CaseState.PROPOSED)
        eva = self._visitor("decider", self.world.eva).go("/inkorg/").go(reverse("case", args=[self.case.pk]))
        eva.begin("approve").click(eva.page.locator("main form .an-full").first)
        self.is_in(CaseState.DECIDED)
        somebody = self.applicant.go(reverse("case", args=[self.case.pk]))
        assert not somebody.page.locator("#decision").count()
        assert "Beviljas" not in somebody.text
        jobs.run_pending()
        self.is_in(CaseState.ACCEPTING)
        somebody.go(reverse("case", args=[self.case.pk]))
        assert somebody.page.locator("#decision").is_visible()
        self.reads_pdf(somebody)
        eva.leave()

    def accept(self) -> None:
        """The first party accepts the conditions by its link on the page, the others by the command behind it."""
        self.answer_link(self.address_of(self.case.acceptances.select_related("party").order_by("pk")[0].party))
        life.accept_all(self.case)
        assert not self.case.acceptances.exclude(state=AcceptanceState.ACCEPTED).exists()
        self.is_in(CaseState.REPORTING)

    # -- reporting

    def report(self) -> None:
        """File every report at its time, until the case is closed."""
        while self.renew().state == CaseState.REPORTING:
            duty = self.case.duties.exclude(state=DutyState.APPROVED).order_by("due").first()
            assert duty is not None
            self.wait_until(duty.due - timedelta(days=1))
            duty.refresh_from_db()
            assert duty.state == DutyState.OPEN
            self.file(duty)
            self.officer.go(reverse("project", args=[self.case.pk])).go(reverse("report", args=[duty.pk]))
            self.officer.begin("approve_report").send()
            jobs.run_pending()
        self.is_in(CaseState.CLOSED)
        self.applicant.go(reverse("project", args=[self.case.pk])).go(reverse("case", args=[self.case.pk]))
        self.officer.go(reverse("case", args=[self.case.pk])).go(reverse("machine", args=[self.call.slug]))

    def file(self, duty: Duty) -> None:
        """Write a report, read it through, and file it."""
        somebody = self.applicant.go(reverse("project", args=[self.case.pk]))
        somebody.click(somebody.page.locator(f'main a[href="/rapport/{duty.pk}/"]').first)
        rule, lines = filing.rule_of(duty, self.definition), filing.lines_of(duty)
        places = [(question, line.party_id if line else None) for question, line in filing.places(rule, lines)]
        self.answer_all(somebody, places)
        if rule.cost_statement:
            for line in lines:
                somebody.answer(f"cost-{line.party_id}", line.max_amount_ore // 100)
        somebody.click(somebody.page.locator('main button[value="file"]')).send()
        duty.refresh_from_db()
        assert duty.state == DutyState.FILED
