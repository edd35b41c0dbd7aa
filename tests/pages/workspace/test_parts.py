"""Parties, budget and files; reading it all through; and what it costs."""

import io
from http import HTTPStatus
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from grants.applications.answers import save_answer
from grants.applications.models import Application, Attachment, CaseMember, Party
from grants.applications.pages.room import own_application
from grants.budgets import sheets
from grants.organisations import numbers
from grants.organisations.models import Membership, Organisation, Person
from tests.factories import World
from tests.pages.workspace.drafts import (
    body,
    long_question,
    pdf,
    queries,
    step,
    step_of,
)
from workflows import rights

pytestmark = pytest.mark.django_db


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

    def test_not_to_others(self, page: Client, client: Client, sign_in: Any, draft: Application) -> None:
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


class TestCheck:
    def test_who_is_not_confirmed_is_told_before_trying(self, world: World, sign_in: Any, draft: Application) -> None:
        address = reverse("workspace_step", args=[draft.pk, "granska"])
        text = "är inte bekräftat än"
        assert text not in sign_in(world.karin).get(address).content.decode()
        Membership.objects.filter(person=world.karin).update(confirmed_at=None, confirmed_by=None)
        assert text in sign_in(world.karin).get(address).content.decode()
