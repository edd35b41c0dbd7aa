"""One application's whole life, by hand: every step is taken on a page, as its own person."""

import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.urls import resolve, reverse
from playwright.sync_api import FilePayload, Locator

from grants import clock
from grants.applications.models import Application, CaseState, Party
from grants.decisions.models import AcceptanceState
from grants.money import kronor
from grants.organisations.models import Membership, Person
from grants.programmes.definition import CallDefinition
from grants.programmes.models import Call
from grants.programmes.questions import Question
from grants.projects import filing
from grants.projects.models import Duty, DutyState
from reviewers.models import Assignment
from tests.browser.mailbox import mailed
from tests.browser.visitor import Visitor
from tests.factories import World
from workflows import jobs, stepping
from workflows.commands import run
from workflows.models import Invitation
from workflows.simulation import drafting, life, people

NAME, ADDRESS, PASSWORD = "Lena Cederlöv", "lena.cederlov@exempel.invalid", "björkarna susar i byn"
OWN_NUMBER = people.example_number(7001)
REVIEWERS = ("mira", "tove", "hugo")
Visit = Callable[..., Visitor]


class Walk:
    """The persons of one case, and what each of them does in turn."""

    def __init__(self, world: World, call: Call, visit: Visit, *, javascript: bool) -> None:
        self.world, self.call, self.rng = world, call, random.Random(7)
        self.definition: CallDefinition = call.definition
        self._visit, self._options = visit, {"javascript": javascript}
        self.applicant = self._visitor("applicant")
        self.officer = self._visitor("officer", world.sara)
        self.case = Application()

    def _visitor(self, role: str, person: Person | None = None) -> Visitor:
        return self._visit(role, person, **self._options)

    def renew(self) -> Application:
        """The case as it is now."""
        self.case = Application.objects.select_related("call", "version").get(pk=self.case.pk)
        return self.case

    def is_in(self, state: str) -> None:
        """The case has come this far."""
        assert self.renew().state == state

    # -- an account and a draft

    def sign_up(self) -> None:
        """An account of one's own: form, mail, confirmation, signing in."""
        somebody = self.applicant.go("/konto/signup/")
        for name, value in (("email", ADDRESS), ("name", NAME), ("password1", PASSWORD)):
            somebody.answer(name, value)
        somebody.send()
        somebody.go(mailed(r"/konto/confirm-email/\S+", ADDRESS)).send()
        if "/login/" not in somebody.page.url:
            somebody.go("/konto/login/")
        somebody.answer("login", ADDRESS)
        somebody.answer("password", PASSWORD)
        somebody.send()
        assert NAME in somebody.page.locator("header").inner_text()

    def begin(self) -> None:
        """From the first page to an empty draft, for an organisation that is new here."""
        somebody = self.applicant.go("/")
        somebody.click(somebody.page.locator(f'main a[href="/omgang/{self.call.slug}/"]').first)
        somebody.go(reverse("eligibility", args=[self.call.slug]))
        somebody.go(reverse("call_form", args=[self.call.slug]))
        somebody.go(reverse("call", args=[self.call.slug]))
        somebody.click(somebody.page.locator('main a[href$="/ansok/"]').first)
        somebody.answer("number", OWN_NUMBER)
        somebody.click("Börja ansökan", 422)
        somebody.answer("name", "Granfors kommun (exempel)")
        somebody.answer("kind", "municipality")
        somebody.click("Börja ansökan")
        self.case = Application.objects.get(pk=resolve(self.path(somebody)).kwargs["pk"])

    @staticmethod
    def path(visitor: Visitor) -> str:
        """Where somebody is, without the host."""
        return visitor.page.url.removeprefix(visitor.address).partition("#")[0].partition("?")[0]

    # -- writing

    def write(self) -> None:
        """Every step of the form in its order, then whatever the last step still asks for."""
        somebody = self.applicant
        somebody.go(reverse("workspace", args=[self.case.pk]))
        for section in self.definition.sections:
            assert self.path(somebody).endswith(f"/{section.id}/")
            self.fill_section(section.id)
        self.add_parties()
        self.fill_budget()
        self.attach()
        self.answer_for_parties()
        self.confirm_parts()

    def fill_section(self, section: str) -> None:
        """Answer everything that is asked on a step; what an answer leads to is asked after saving."""
        somebody = self.applicant
        if section == self.definition.sections[0].id:
            starts, ends = drafting.project_dates(self.definition, self.rng)
            somebody.answer("title", f"Försök i {self.call.title}")
            somebody.answer("starts_on", starts.isoformat())
            somebody.answer("ends_on", ends.isoformat())
        self.answer_shown(section)
        somebody.click("Spara")
        self.answer_shown(section)
        somebody.click(somebody.page.locator('main button[name="go"][value="next"]:visible').first)

    def answer_shown(self, section: str) -> None:
        """Answer every question that is shown and has no answer yet."""
        questions = next(s.questions for s in self.definition.sections if s.id == section)
        parties = list(self.case.parties.all())
        places = ((q, party) for q in questions for party in (parties if q.per_party else [None]))
        self.answer_all(self.applicant, ((q, party.pk if party else None) for q, party in places))

    def answer_all(self, visitor: Visitor, places: Iterable[tuple[Question, int | None]]) -> None:
        """Answer questions, each for the whole or for one party; all of them with yes where that is an answer."""
        for question, party in places:
            value = "yes" if question.kind == "yesno" else drafting.answer_to(question, self.rng)
            visitor.answer(filing.answer_key(question, party), value)

    def add_parties(self) -> None:
        """As many parties as the call wants: one that is known here, the others new."""
        somebody, rule = self.applicant, self.definition.rule_for("participant")
        assert rule is not None
        for i in range(max(rule.least, 1, self.definition.need_owners - 1)):
            if i == 0:
                people.organisation(7100, str(rule.kinds[0]))
            somebody.answer("number", people.example_number(7100 + i))
            somebody.click("Sök organisationen")
            if i:
                somebody.answer("name", f"Lindryds grannar {i} (exempel)")
                somebody.answer("kind", str(rule.kinds[0]))
            somebody.click(somebody.page.locator('main button[value="add"]:visible'))
        for i, party in enumerate(self.case.parties.order_by("position")):
            self.describe(party, i)
        somebody.click(somebody.page.locator('main .an-bar button[value="next"]:visible'))

    def unfolded(self, party: Party) -> Locator:
        """A party's card on the page, with what is in it in sight."""
        card = self.applicant.page.locator(f"#party-{party.pk}")
        if not card.locator(".an-party__b").is_visible():
            card.locator("summary").first.click()
        return card

    def describe(self, party: Party, i: int) -> None:
        """Who speaks for a party; need owners say so."""
        somebody, prefix = self.applicant, f"p{party.pk}-"
        card = self.unfolded(party)
        if i < self.definition.need_owners:
            card.locator(f'[name="{prefix}is_need_owner"]').check()
        for name in ("contact", "signatory"):
            somebody.answer(f"{prefix}{name}_name", f"{name.title()} Exempel {i}")
            somebody.answer(f"{prefix}{name}_email", self.address_of(party, name))
        somebody.click(card.locator('button[value="save"]'))

    def confirm_parts(self) -> None:
        """Each party answers for its part by a link, once the part is written: a part that changes is asked about anew. The
        first is asked and answers on the pages, the others by the same commands."""
        if not self.definition.stages.partner_confirmation:
            return
        first, *others = self.case.parties.filter(role="participant").order_by("position")
        somebody = self.applicant.go(reverse("workspace_step", args=[self.case.pk, "parter"]))
        somebody.click(self.unfolded(first).locator('a[href*="/act/invite_party/"]')).send()
        jobs.run_pending()
        self.answer_link(self.address_of(first))
        for party in others:
            run("invite_party", Person.objects.get(email=ADDRESS), party)
            link = Invitation.objects.get(purpose=Invitation.Purpose.CONFIRM, subject_id=party.pk, ended_at=None)
            run("confirm_part", None, party, link=link, name="Firmatecknare Exempel", confirm=True)

    @staticmethod
    def address_of(party: Party, name: str = "signatory") -> str:
        """Where a party is written to."""
        return f"{name}-{party.pk}@exempel.invalid"

    def answer_link(self, address: str) -> None:
        """Somebody without an account answers yes by the link in their newest mail."""
        somebody = self._visitor("signatory").go(mailed(r"/lank/\S+", address))
        yes = somebody.page.locator("main form.an-sheet--turn")
        yes.locator('[name="name"]').fill("Firmatecknare Exempel")
        yes.locator('[name="confirm"]').check()
        somebody.click(yes.locator("button"))
        assert "mottaget" in somebody.text
        somebody.leave()

    def fill_budget(self) -> None:
        """Costs by type and year, and what is asked for, within every rule of the call."""
        somebody, rules = self.applicant, self.definition.budget
        case = self.renew()
        assert case.starts_on is not None
        assert case.ends_on is not None
        years = list(range(case.starts_on.year, case.ends_on.year + 1))
        parties = list(case.parties.all())
        target = kronor(rules.max_grant * 8 // 10)
        for party in parties:
            applied = target // len(parties) // kronor(1000) * kronor(1000)
            costs = drafting.spread_costs(rules, -(-applied * 10_000 // max(rules.max_share_bp - 500, 1000)), years)
            sheet = somebody.page.locator(f"#party-{party.pk}")
            if not sheet.locator("table").is_visible():
                sheet.locator("summary").first.click()
            for (kind, year), ore in costs.items():
                somebody.answer(f"c-{party.pk}-{kind}-{year}", ore // 100)
            somebody.answer(f"a-{party.pk}", applied // 100)
        somebody.click("Räkna om och spara")
        assert not somebody.page.locator("main .an-note--bad").count()
        somebody.click(somebody.page.locator('main button[value="next"]:visible'))

    def attach(self) -> None:
        """The files that the call requires."""
        somebody = self.applicant
        for rule in self.definition.files:
            if rule.required:
                content = FilePayload(name="Bilaga å.pdf", mimeType="application/pdf", buffer=drafting.pdf_of(2))
                somebody.page.locator(f"#file-{rule.id}").set_input_files([content])
                somebody.click(somebody.page.locator(f'button[name="keep"][value="{rule.id}"]'))
                assert "Bilaga å.pdf" in somebody.text
        somebody.click(somebody.page.locator('main .an-bar button[value="next"]:visible'))

    def answer_for_parties(self) -> None:
        """The last step lists what came to be asked when parties were added; each line leads to its question."""
        somebody = self.applicant
        sections = " , ".join(
            f'main section[aria-labelledby^=left-] a[href*="/{s.id}/"]' for s in self.definition.sections
        )
        left = somebody.page.locator(sections)
        for _step in range(5):
            if not left.count():
                return
            somebody.click(left.first)
            section = self.path(somebody).rstrip("/").rpartition("/")[2]
            self.answer_shown(section)
            somebody.click("Spara")
            somebody.go(reverse("workspace_step", args=[self.case.pk, "granska"]))
        raise AssertionError(left.all_inner_texts())

    # -- submitting

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
