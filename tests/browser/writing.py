"""An application written by hand in a browser: from an account of one's own to a form with nothing left to answer."""

import random
from collections.abc import Callable, Iterable

from django.urls import resolve, reverse
from playwright.sync_api import FilePayload, Locator

from grants.applications.models import Application, Party
from grants.money import kronor
from grants.organisations.models import Person
from grants.programmes.definition import CallDefinition
from grants.programmes.models import Call
from grants.programmes.questions import Question
from grants.projects import filing
from tests.browser.mailbox import mailed
from tests.browser.visitor import Visitor
from tests.factories import World
from workflows import jobs
from workflows.commands import run
from workflows.models import Invitation
from workflows.simulation import drafting, people

NAME, ADDRESS, PASSWORD = "Lena Cederlöv", "lena.cederlov@exempel.invalid", "björkarna susar i byn"
OWN_NUMBER = people.example_number(7001)
Visit = Callable[..., Visitor]


class Writing:
    """The applicant of one case and its officer, and what the applicant does until there is something to submit."""

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
