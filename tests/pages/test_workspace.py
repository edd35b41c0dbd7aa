"""The applicant's workspace: what is written is kept, what is wrong is said, and nobody overwrites anybody."""

import io
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grants import clock
from grants.applications.answers import save_answer
from grants.applications.models import Answer, Application, Attachment, CaseMember, Party
from grants.applications.pages.room import Room, own_application
from grants.budgets import sheets
from grants.organisations import numbers
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Organisation, Person
from grants.programmes.models import Call
from grants.programmes.questions import Question
from tests.factories import World
from workflows import rights
from workflows.commands.applying import create_draft

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
TRANSACTION_CONTROL = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


@pytest.fixture
def call(world: World) -> Call:
    """A call that asks its parties to confirm, while it is open."""
    found = next(c for c in Call.objects.order_by("slug") if c.definition.stages.partner_confirmation)
    return world.open(found.slug)


def body(n: int, kind: str = OrganisationKind.MUNICIPALITY) -> Organisation:
    return Organisation.objects.create(number=f"000000-{n:04d}", name=f"Exempel {n}", kind=kind, is_example=True)


@pytest.fixture
def karin(world: World) -> Person:
    return world.karin


@pytest.fixture
def ali(db: None) -> Person:
    return Person.objects.create_user("en.annan@exempel.invalid", name="Ali Rezai")


@pytest.fixture
def draft(world: World, call: Call, karin: Person, ali: Person) -> Application:
    """Karin's draft, in which Ali writes too."""
    case = create_draft(karin, call, world.organisation, "Rätt ärende")
    CaseMember.objects.create(application=case, person=ali, right=CaseMember.Right.EDIT)
    rights.settle(case)
    return case


@pytest.fixture
def page(sign_in: SignIn, karin: Person) -> Client:
    return sign_in(karin)


def long_question(case: Application) -> Question:
    return next(q for q in case.definition.questions() if q.kind == "long" and not q.per_party and not q.show_if)


def step_of(case: Application, question: Question) -> str:
    section = next(s for s in case.definition.sections if question in s.questions)
    return reverse("workspace_step", args=[case.pk, section.id])


def step(case: Application, name: str) -> str:
    return reverse("workspace_step", args=[case.pk, name])


def submitted(case: Application) -> None:
    """Put the case where nobody writes in it, whatever is left to do."""
    Application.objects.filter(pk=case.pk).update(state="submitted")


def pdf(pages: int = 1, **trailer: Any) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page(page_size=(595, 842))
        for key, value in trailer.items():
            made.Root["/" + key] = value
        made.save(out)
    return out.getvalue()


def queries(client: Client, **request: Any) -> list[str]:
    """The statements of a request, but for those that open and close transactions."""
    with CaptureQueriesContext(connection) as captured:
        response = client.generic(**request)
    assert response.status_code == HTTPStatus.OK, response.content[:500]
    return [q["sql"] for q in captured if not q["sql"].startswith(TRANSACTION_CONTROL)]


class TestSteps:
    def test_every_step_is_a_page(self, page: Client, draft: Application) -> None:
        room = Room(draft, draft.created_by, "granska")
        for one in room.steps:
            answer = page.get(one.url)
            assert answer.status_code == HTTPStatus.OK
            assert answer.content.count(b"<h1") == 1
            assert 'aria-current="step"' in answer.content.decode()

    def test_the_way_in_leads_to_the_first_step_with_something_left(self, page: Client, draft: Application) -> None:
        answer = page.get(reverse("workspace", args=[draft.pk]))
        assert answer.url == step(draft, draft.definition.sections[0].id)

    def test_the_closing_time_stands_on_every_step(self, page: Client, draft: Application) -> None:
        text = page.get(step(draft, "parter")).content.decode()
        assert re.search(r"Stänger om \d+ dygn", text)

    def test_what_is_left_links_to_its_field(self, page: Client, draft: Application) -> None:
        text = page.get(step(draft, "granska")).content.decode()
        question = long_question(draft)
        assert f"{step_of(draft, question)}#{question.id}" in text
        assert reverse("act", args=["submit", draft.pk]) in text

    def test_a_step_that_is_not_there(self, page: Client, draft: Application) -> None:
        for name in ("finns-inte", "visa2"):
            assert page.get(step(draft, name)).status_code == HTTPStatus.NOT_FOUND
        assert page.post(step(draft, "granska")).status_code == HTTPStatus.NOT_FOUND

    def test_a_draft_of_a_closed_call_says_so(self, page: Client, draft: Application) -> None:
        assert draft.call.closes_at is not None
        clock.move(draft.call.closes_at)
        text = page.get(step(draft, "parter")).content.decode()
        assert "Omgången stängde" in text
        assert "inte skickas in" in text


class TestWhoComesIn:
    def test_nobody_else(self, client: Client, sign_in: SignIn, draft: Application) -> None:
        other = Person.objects.create_user("annan@exempel.invalid", name="Annan")
        sign_in(other)
        for name, args in (
            ("workspace", []),
            ("workspace_step", ["parter"]),
            ("preview", []),
            ("answer_history", [long_question(draft).id]),
        ):
            assert client.get(reverse(name, args=[draft.pk, *args])).status_code == HTTPStatus.NOT_FOUND
        assert client.post(reverse("save_answer", args=[draft.pk])).status_code == HTTPStatus.NOT_FOUND

    def test_not_without_signing_in(self, client: Client, draft: Application) -> None:
        assert client.get(step(draft, "parter")).status_code == HTTPStatus.FOUND

    def test_a_key_without_end(self, page: Client) -> None:
        for name in ("workspace", "preview", "attachment"):
            assert page.get(reverse(name, args=[10**30])).status_code == HTTPStatus.NOT_FOUND

    def test_a_partner_reads_but_does_not_write(self, client: Client, sign_in: SignIn, draft: Application) -> None:
        partner = Person.objects.create_user("part@exempel.invalid", name="Part")
        CaseMember.objects.create(
            application=draft, person=partner, party=draft.parties.get(), right=CaseMember.Right.PARTY
        )
        rights.settle(draft)
        sign_in(partner)
        text = client.get(step(draft, "parter")).content.decode()
        assert "Den som samordnar" in text
        assert client.post(step(draft, "parter"), {"do": "save"}).status_code == HTTPStatus.CONFLICT

    def test_after_submission_it_is_read_only_and_gives_back_what_was_typed(
        self, page: Client, draft: Application
    ) -> None:
        question = long_question(draft)
        submitted(draft)
        text = page.get(step_of(draft, question)).content.decode()
        assert reverse("case", args=[draft.pk]) in text
        answer = page.post(step_of(draft, question), {question.id: "Sent på natten"})
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "Sent på natten" in answer.content.decode()
        assert not Answer.objects.exists()
        saved = page.post(reverse("save_answer", args=[draft.pk]), {"name": question.id, "value": "x"})
        assert saved.status_code == HTTPStatus.FORBIDDEN


class TestSaving:
    def test_a_step_is_saved_and_leads_on(self, page: Client, draft: Application) -> None:
        question = long_question(draft)
        answer = page.post(step_of(draft, question), {question.id: "  Behov\r\nåäö ", "go": "next"})
        assert answer.status_code == HTTPStatus.FOUND
        assert answer.url != step_of(draft, question)
        assert Answer.objects.get().value == "Behov\nåäö"
        assert page.post(
            step_of(draft, question), {question.id: "Nytt", "v-" + question.id: "1", "go": "stay"}
        ).url == (step_of(draft, question))

    def test_title_and_dates(self, page: Client, draft: Application) -> None:
        first = step(draft, draft.definition.sections[0].id)
        sent = {"title": "Ny titel", "was-title": "Rätt ärende", "starts_on": "2024-09-01", "ends_on": "i morgon"}
        answer = page.post(first, sent)
        draft.refresh_from_db()
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "i morgon" in answer.content.decode()
        assert (draft.title, draft.ends_on) == ("Ny titel", None)
        assert draft.starts_on is not None
        clash = page.post(first, {"title": "Min titel", "was-title": "Rätt ärende"})
        assert clash.status_code == HTTPStatus.CONFLICT
        assert "Min titel" in clash.content.decode()
        draft.refresh_from_db()
        assert draft.title == "Ny titel"

    def test_too_long_is_kept_and_said(self, page: Client, draft: Application) -> None:
        question = long_question(draft)
        page.post(step_of(draft, question), {question.id: "å" * (question.length_limit + 79)})
        text = page.get(step_of(draft, question)).content.decode()
        assert "Svaret är 79 tecken för långt. Texten är sparad men kan inte skickas in så här." in text
        assert "å" * (question.length_limit + 79) in text
        assert "ds-error-summary" in text

    def test_boxes_can_be_ticked_and_cleared(self, page: Client, draft: Application) -> None:
        question = next(q for q in draft.definition.questions() if q.kind == "choices")
        first, second = question.options[0].id, question.options[1].id
        page.post(step_of(draft, question), {question.id: [second, first, "bogus"], "v-" + question.id: ""})
        assert Answer.objects.get(question=question.id).value == [first, second]
        page.post(step_of(draft, question), {"v-" + question.id: "1"})
        assert Answer.objects.get(question=question.id).value is None

    def test_a_question_appears_when_an_answer_calls_for_it(self, page: Client, draft: Application) -> None:
        question = next(q for q in draft.definition.questions() if q.show_if)
        assert question.show_if is not None
        hidden = re.compile(rf'<div[^>]*\shidden>\s*<input type="hidden" name="v-{question.id}"', re.DOTALL)
        assert hidden.search(page.get(step_of(draft, question)).content.decode())
        page.post(step_of(draft, question), {question.show_if.question: question.show_if.equals[0]})
        assert not hidden.search(page.get(step_of(draft, question)).content.decode())

    def test_each_party_answers_for_itself(self, page: Client, draft: Application) -> None:
        question = next(q for q in draft.definition.questions() if q.per_party)
        party = draft.parties.get()
        page.post(step_of(draft, question), {f"{question.id}-{party.pk}": "Vi leder"})
        assert Answer.objects.get(party=party).value == "Vi leder"

    @pytest.mark.parametrize("value", ["\x00", "\ud800", "<script>", "x" * 200_000, "‮", "😀" * 10])
    def test_whatever_is_typed(self, page: Client, draft: Application, value: str) -> None:
        for question in draft.definition.questions():
            sent = urlencode({question.id: value, "v-" + question.id: value[:5]}, errors="surrogatepass")
            answer = page.post(step_of(draft, question), sent, "application/x-www-form-urlencoded")
            assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
            assert page.get(step_of(draft, question)).status_code == HTTPStatus.OK


class TestConflicts:
    def test_two_writers(self, page: Client, draft: Application, ali: Person) -> None:
        question = long_question(draft)
        save_answer(draft, question, None, "Karins första", draft.created_by, None)
        save_answer(draft, question, None, "Alis andra", ali, 1)
        sent = {question.id: "Karins andra", "v-" + question.id: "1"}
        answer = page.post(step_of(draft, question), sent)
        text = answer.content.decode()
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "Alis andra" in text
        assert "Karins andra" in text
        assert "Ali Rezai" in text
        assert Answer.objects.get().value == "Alis andra"
        # sending again as before changes nothing; only the button beside the texts does
        assert page.post(step_of(draft, question), sent).status_code == HTTPStatus.CONFLICT
        page.post(step_of(draft, question), sent | {"mine": f"{question.id}:2"})
        assert Answer.objects.get().value == "Karins andra"
        assert list(Answer.objects.get().history.values_list("value", flat=True)) == ["Karins första", "Alis andra"]

    def test_the_other_answer_can_be_kept(self, page: Client, draft: Application, ali: Person) -> None:
        question = long_question(draft)
        save_answer(draft, question, None, "Alis", ali, None)
        answer = page.post(
            step_of(draft, question), {question.id: "Karins", "v-" + question.id: "", "theirs": question.id}
        )
        assert answer.status_code == HTTPStatus.FOUND
        assert Answer.objects.get().value == "Alis"

    def test_what_does_not_clash_is_saved(self, page: Client, draft: Application, ali: Person) -> None:
        section = next(s for s in draft.definition.sections if sum(q.kind == "long" for q in s.questions) > 1)
        one, two = [q for q in section.questions if q.kind == "long"][:2]
        save_answer(draft, one, None, "Alis", ali, None)
        page.post(step(draft, section.id), {one.id: "Karins", two.id: "Också Karins"})
        assert Answer.objects.get(question=two.id).value == "Också Karins"

    def test_earlier_versions_come_back(self, page: Client, draft: Application, karin: Person) -> None:
        question = long_question(draft)
        save_answer(draft, question, None, "Första", karin, None)
        save_answer(draft, question, None, "Andra", karin, 1)
        address = reverse("answer_history", args=[draft.pk, question.id])
        assert "Första" in page.get(address).content.decode()
        page.post(address, {"restore": "1", "version": "2"})
        assert Answer.objects.get().value == "Första"
        assert Answer.objects.get().version == 3
        stale = page.post(address, {"restore": "2", "version": "2"})
        assert stale.status_code == HTTPStatus.CONFLICT
        for wrong in ("x", "9", "-1", ""):
            assert page.post(address, {"restore": wrong, "version": "3"}).status_code == HTTPStatus.NOT_FOUND


class TestAutosave:
    def send(self, page: Client, case: Application, **data: Any) -> Any:
        return page.post(reverse("save_answer", args=[case.pk]), data)

    def test_it_says_when_and_which_version(self, page: Client, draft: Application) -> None:
        question = long_question(draft)
        first = self.send(page, draft, name=question.id, value="Ett", version="").json()
        assert (first["version"], first["count"], first["fault"]) == (1, 3, None)
        assert re.fullmatch(r"\d\d\.\d\d", first["saved_at"])
        second = self.send(
            page, draft, question=question.id, value="å" * (question.length_limit + 1), version="1"
        ).json()
        assert second["version"] == 2
        assert second["fault"].startswith("Svaret är 1 tecken för långt.")

    def test_a_clash_brings_both_texts(self, page: Client, draft: Application, ali: Person) -> None:
        question = long_question(draft)
        save_answer(draft, question, None, "Alis", ali, None)
        answer = self.send(page, draft, name=question.id, value="Karins", version="")
        assert answer.status_code == HTTPStatus.CONFLICT
        assert answer.json()["conflict"] is True
        assert "Alis" in answer.json()["html"]
        assert "Karins" in answer.json()["html"]

    def test_title_and_dates(self, page: Client, draft: Application) -> None:
        assert self.send(page, draft, name="title", value="Ny", version="Rätt ärende").json()["version"] == "Ny"
        assert (
            self.send(page, draft, name="title", value="Annan", version="Rätt ärende").status_code
            == HTTPStatus.CONFLICT
        )
        assert (
            self.send(page, draft, name="starts_on", value="2024", version="").status_code
            == HTTPStatus.UNPROCESSABLE_ENTITY
        )

    def test_questions_that_are_not_there(self, page: Client, draft: Application) -> None:
        per_party = next(q for q in draft.definition.questions() if q.per_party)
        for name in ("", "x", "\x00", f"{per_party.id}-999999", f"{per_party.id}-{'9' * 40}", per_party.id):
            assert self.send(page, draft, name=name, value="x").status_code == HTTPStatus.NOT_FOUND

    def test_for_one_party(self, page: Client, draft: Application) -> None:
        question = next(q for q in draft.definition.questions() if q.per_party)
        party = draft.parties.get()
        self.send(page, draft, question=question.id, party=str(party.pk), value="Vi")
        assert Answer.objects.get(party=party).value == "Vi"


class TestParties:
    def test_a_known_organisation_is_found_by_its_number(self, page: Client, draft: Application) -> None:
        other = body(7002)
        text = page.get(step(draft, "parter"), {"number": "000000 7002".replace(" ", "")}).content.decode()
        assert f"Lägg till {other.name}" in text
        page.post(step(draft, "parter"), {"do": "add", "number": "000000-7002"})
        assert draft.parties.get(organisation=other).role == "participant"
        again = page.post(step(draft, "parter"), {"do": "add", "number": "000000-7002"})
        assert again.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "redan med" in again.content.decode()

    def test_an_unknown_one_is_described(self, page: Client, draft: Application) -> None:
        assert "finns inte i registret" in page.get(step(draft, "parter"), {"number": "000000-7003"}).content.decode()
        sent = {"do": "add", "number": "000000-7003", "name": "Nya föreningen", "kind": "civil_society"}
        page.post(step(draft, "parter"), sent)
        assert Organisation.objects.get(number="000000-7003").is_example
        assert draft.parties.count() == 2

    @pytest.mark.parametrize("number", ["", "123", "212000-0143", "19121212-1212", "121212-1212", "\x00", "٢١٢٠٠٠٠١٤٢"])
    def test_numbers_that_nobody_has(self, page: Client, draft: Application, number: str) -> None:
        answer = page.post(step(draft, "parter"), {"do": "add", "number": number, "name": "X", "kind": "company"})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert page.get(step(draft, "parter"), {"number": number}).status_code == HTTPStatus.OK
        assert draft.parties.count() == 1

    def test_what_is_said_of_a_party(self, page: Client, draft: Application) -> None:
        party = draft.parties.get()
        sent = {f"p{party.pk}-signatory_name": "Ida Ek", f"p{party.pk}-signatory_email": "inte en adress"}
        answer = page.post(step(draft, "parter"), sent | {"do": "save"})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "inte en adress" in answer.content.decode()
        sent[f"p{party.pk}-signatory_email"] = "ida@exempel.invalid"
        page.post(step(draft, "parter"), sent | {"do": "save"})
        assert draft.parties.get().signatory_email == "ida@exempel.invalid"
        stale = page.post(step(draft, "parter"), {"do": "save", f"s-{party.pk}": "gammal"})
        assert stale.status_code == HTTPStatus.CONFLICT
        assert draft.parties.get().signatory_name == "Ida Ek"

    def test_removing_a_party_takes_its_persons_access_along(self, page: Client, draft: Application) -> None:
        page.post(step(draft, "parter"), {"do": "add", "number": body(7004).number})
        party = draft.parties.get(organisation__number="000000-7004")
        partner = Person.objects.create_user("part@exempel.invalid", name="Part")
        CaseMember.objects.create(application=draft, person=partner, party=party, right=CaseMember.Right.PARTY)
        rights.settle(draft)
        page.post(step(draft, "parter"), {"remove": party.pk})
        assert not Application.objects.visible_to(partner).exists()
        assert rights.expected([draft])[draft.pk] == rights.existing([draft.pk])[draft.pk]

    def test_the_coordinator_stays(self, page: Client, draft: Application) -> None:
        answer = page.post(step(draft, "parter"), {"remove": draft.parties.get().pk})
        assert answer.status_code == HTTPStatus.CONFLICT
        assert draft.parties.count() == 1

    def test_partners_are_asked_to_confirm(self, page: Client, draft: Application) -> None:
        page.post(step(draft, "parter"), {"do": "add", "number": body(7005).number})
        party = draft.parties.get(organisation__number="000000-7005")
        assert reverse("act", args=["invite_party", party.pk]) in page.get(step(draft, "parter")).content.decode()

    @pytest.mark.parametrize("party", ["", "x", "0", "-1", "9" * 30, "²"])
    def test_parties_that_are_not_there(self, page: Client, draft: Application, party: str) -> None:
        answer = page.post(step(draft, "parter"), {"remove": party})
        assert answer.status_code == HTTPStatus.NOT_FOUND


class TestBudget:
    def names(self, case: Application) -> tuple[Party, str, str]:
        party = case.parties.get()
        year = case.definition.project.earliest_start.year
        return party, f"c-{party.pk}-{case.definition.budget.cost_types[0].id}-{year}", f"a-{party.pk}"

    def test_amounts_are_saved_and_added_up(self, page: Client, draft: Application) -> None:
        party, cost, applied = self.names(draft)
        page.post(step(draft, "budget"), {cost: "60 000", applied: "12000,50 kr"})
        [budget] = sheets.read(draft.pk, [(party.pk, "")])
        assert (budget.total, budget.applied) == (6_000_000, 1_200_050)
        assert "60\u00a0000" in page.get(step(draft, "budget")).content.decode()

    def test_what_is_not_an_amount_is_kept_and_nothing_is_lost(self, page: Client, draft: Application) -> None:
        party, cost, applied = self.names(draft)
        page.post(step(draft, "budget"), {cost: "60 000", applied: "1000"})
        answer = page.post(step(draft, "budget"), {cost: "sextio", applied: "-5"})
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert "sextio" in answer.content.decode()
        assert sheets.read(draft.pk, [(party.pk, "")])[0].total == 6_000_000

    def test_rules_are_explained_beside(self, page: Client, draft: Application) -> None:
        _party, cost, applied = self.names(draft)
        page.post(step(draft, "budget"), {cost: "10 000 000", applied: "9 000 000"})
        text = page.get(step(draft, "budget")).content.decode()
        assert "Sänk med" in text

    def test_two_writers(self, page: Client, draft: Application) -> None:
        party, cost, applied = self.names(draft)
        page.post(step(draft, "budget"), {cost: "60 000", applied: "1000"})
        answer = page.post(step(draft, "budget"), {cost: "70 000", applied: "1000", f"s-{party.pk}": "gammal"})
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "Sparat: 60\u00a0000" in answer.content.decode()
        assert sheets.read(draft.pk, [(party.pk, "")])[0].total == 6_000_000

    def test_amounts_of_a_year_that_left_the_project_stay_in_sight(self, page: Client, draft: Application) -> None:
        party, _cost, _applied = self.names(draft)
        kind = draft.definition.budget.cost_types[0].id
        sheets.write(draft.pk, party.pk, {(kind, 2031): 500}, 0)
        assert f"c-{party.pk}-{kind}-2031" in page.get(step(draft, "budget")).content.decode()

    @pytest.mark.parametrize("value", ["\x00", "1e400", "9" * 400, "NaN", "−5", "Infinity"])
    def test_whatever_is_typed(self, page: Client, draft: Application, value: str) -> None:
        _party, cost, applied = self.names(draft)
        answer = page.post(step(draft, "budget"), {cost: value, applied: value})
        assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR


class TestFiles:
    def upload(self, page: Client, case: Application, content: bytes, name: str = "plan.pdf") -> Any:
        rule = case.definition.attachments[0].id
        return page.post(step(case, "bilagor"), {"keep": rule, f"file-{rule}": SimpleUploadedFile(name, content)})

    def test_a_pdf_is_kept_replaced_and_removed(self, page: Client, draft: Application) -> None:
        assert self.upload(page, draft, pdf(2), "C:\\mapp\\..\\pla\u202en.PDF").status_code == HTTPStatus.FOUND
        kept = Attachment.objects.get()
        assert (kept.name, kept.pages) == ("plan.pdf", 2)
        self.upload(page, draft, pdf(3), "ny.pdf")
        assert Attachment.objects.get().pages == 3
        page.post(step(draft, "bilagor"), {"remove": draft.definition.attachments[0].id})
        assert not Attachment.objects.exists()

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"PK\x03\x04 a document", "inte en PDF"),
            (b"", "inte en PDF"),
            (b"%PDF-1.7\ngarbage", "skadad"),
            (pdf(1, OpenAction=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")), "skript"),
            (pdf(1, AA=pikepdf.Dictionary(WC=pikepdf.Dictionary(S=pikepdf.Name.Launch))), "skript"),
            (pdf(13), "sidor"),
        ],
    )
    def test_what_is_refused(self, page: Client, draft: Application, content: bytes, says: str) -> None:
        self.upload(page, draft, pdf(2))
        answer = self.upload(page, draft, content)
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert says in answer.content.decode()
        assert Attachment.objects.get().pages == 2

    def test_a_locked_file(self, page: Client, draft: Application) -> None:
        for user in ("", "hemligt"):
            out = io.BytesIO()
            with pikepdf.new() as made:
                made.add_blank_page()
                made.save(out, encryption=pikepdf.Encryption(owner="o", user=user))
            assert "lösenord" in self.upload(page, draft, out.getvalue()).content.decode()

    def test_no_file_and_no_rule(self, page: Client, draft: Application) -> None:
        rule = draft.definition.attachments[0].id
        assert page.post(step(draft, "bilagor"), {"keep": rule}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert page.post(step(draft, "bilagor"), {"keep": "x"}).status_code == HTTPStatus.NOT_FOUND

    def test_larger_than_the_rule_allows(self, page: Client, draft: Application) -> None:
        megabytes = draft.definition.attachments[0].max_megabytes
        answer = self.upload(page, draft, b"%PDF-1.7" + bytes(megabytes * 1024 * 1024))
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert f"högst {megabytes} MB" in answer.content.decode()

    def test_larger_than_the_service_takes(self, page: Client, settings: Any, draft: Application) -> None:
        settings.UPLOAD_CEILING = 1000
        answer = self.upload(page, draft, bytes(200_000))
        assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert "för stort" in answer.content.decode()

    def test_it_is_handed_out_inert(self, page: Client, draft: Application) -> None:
        self.upload(page, draft, pdf(1), 'a"b;ö.pdf')
        answer = page.get(reverse("attachment", args=[Attachment.objects.get().pk]))
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer.content.startswith(b"%PDF-")

    def test_not_to_others(self, page: Client, client: Client, sign_in: SignIn, draft: Application) -> None:
        self.upload(page, draft, pdf(1))
        kept = Attachment.objects.get()
        sign_in(Person.objects.create_user("annan@exempel.invalid", name="Annan"))
        assert client.get(reverse("attachment", args=[kept.pk])).status_code == HTTPStatus.NOT_FOUND
        assert client.get(reverse("case_file", args=[draft.pk, kept.file_id])).status_code == HTTPStatus.NOT_FOUND


class TestReading:
    def test_the_preview_shows_what_was_written_and_escapes_it(self, page: Client, draft: Application) -> None:
        question = long_question(draft)
        save_answer(draft, question, None, "<script>alert(1)</script>", draft.created_by, None)
        text = page.get(reverse("preview", args=[draft.pk])).content.decode()
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text

    def test_addresses_are_not_shown_to_reviewers(self, page: Client, draft: Application) -> None:
        Party.objects.update(contact_email="hemlig@exempel.invalid", signatory_name="Firma Tecknare")
        text = page.get(reverse("preview", args=[draft.pk])).content.decode()
        assert "hemlig@" not in text
        assert "Firma Tecknare" not in text


class TestSpeed:
    def test_queries_do_not_grow(self, page: Client, draft: Application, ali: Person) -> None:
        per_party = next(q for q in draft.definition.questions() if q.per_party)
        for n in range(3):
            organisation = body(7100 + n)
            party = Party.objects.create(
                application=draft, organisation=organisation, role="participant", position=n + 1
            )
            save_answer(draft, per_party, party.pk, "Ja", ali, None)
        for name in (step_of(draft, per_party), step(draft, "parter"), step(draft, "budget")):
            page.get(name)
            few = queries(page, method="GET", path=name)
            assert len(few) <= 12, "\n".join(few)

    def test_autosave(self, page: Client, draft: Application) -> None:
        question = long_question(draft)
        page.post(reverse("save_answer", args=[draft.pk]), {"name": question.id, "value": "a", "version": ""})
        content = f"name={question.id}&value=b&version=1"
        sent = {"method": "POST", "path": reverse("save_answer", args=[draft.pk]), "data": content}
        made = queries(page, content_type="application/x-www-form-urlencoded", **sent)
        assert len(made) <= 8, "\n".join(made)


class TestNumbers:
    @pytest.mark.parametrize("text", ["2120000142", "212000-0142", " 16212000-0142 ", "212000 0142"])
    def test_one_way_of_writing(self, text: str) -> None:
        assert numbers.tidy(text) == "212000-0142"

    def test_made_up_ones_only_where_nothing_is_real(self, settings: Any) -> None:
        assert numbers.tidy("0000001234") == "000000-1234"
        settings.DEMO = settings.TESTING = False
        with pytest.raises(ValueError, match="0000001234"):
            numbers.tidy("0000001234")


def test_own_application_knows_who_may_edit(draft: Application, karin: Person) -> None:
    assert own_application(karin, draft.pk).may_edit  # type: ignore[attr-defined]
