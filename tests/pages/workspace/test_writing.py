"""Steps, who comes in, and saving: whole steps, single answers, and two who write at once."""

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.answers import save_answer
from grants.applications.models import Answer, Application, CaseMember
from grants.applications.pages.room import Room
from grants.organisations.models import Person
from tests.pages.workspace.drafts import (
    SignIn,
    long_question,
    step,
    step_of,
    submitted,
)
from workflows import rights

pytestmark = pytest.mark.django_db


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

    def test_a_reader_reads_but_does_not_write(self, client: Client, sign_in: SignIn, draft: Application) -> None:
        partner = Person.objects.create_user("part@exempel.invalid", name="Part")
        CaseMember.objects.create(application=draft, person=partner, right=CaseMember.Right.READ)
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
