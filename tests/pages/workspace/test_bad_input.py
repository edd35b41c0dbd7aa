"""What is sent and was never asked for: nothing is kept where it does not belong, nothing is lost, and all is told."""

from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from grants.applications.answers import save_answer
from grants.applications.models import Answer, Application
from grants.organisations.models import Person
from grants.programmes.models import Call
from tests.factories import World
from tests.forms import publish, question, with_form
from tests.pages.workspace.drafts import long_question, step, step_of
from workflows.commands.applying import create_draft

pytestmark = pytest.mark.django_db

TABLE = question("rows", "table", columns=[question("what", "short"), question("hours", "number")])
OLD = (
    [
        question("kept", "short"),
        question("gone", "long"),
        question("turned", "choice", options=["a", "b"]),
        question("fewer", "choice", options=["a", "b"]),
        question("some", "choices", options=["a", "b", "c"]),
        question("moved", "short"),
        TABLE,
    ],
    [question("own", "short", per_party=True)],
)
NEW = (
    [
        question("kept", "short"),
        question("turned", "number"),
        question("fewer", "choice", options=["b", "c"]),
        question("some", "choices", options=["b"]),
        TABLE | {"columns": [question("hours", "number"), question("what", "short")]},
        question("own", "short"),
    ],
    [question("moved", "short")],
)
SENT: dict[str, Any] = {
    "kept": "Samma fråga",
    "gone": "Lång text som inte får försvinna",
    "turned": "b",
    "fewer": "a",
    "some": ["a", "b"],
    "moved": "Flyttad fråga",
    "rows": ["Gräva", "12", "", ""],
}


@pytest.fixture
def form(world: World) -> Call:
    """An open call with the old form."""
    call = world.open("starta-2023")
    publish(call, with_form(call.definition, *OLD))
    return world.call("starta-2023")


@pytest.fixture
def case(world: World, form: Call) -> Application:
    """A draft in it."""
    return create_draft(world.karin, form, world.organisation, "Rätt ärende")


def drawn(page: Client, address: str) -> dict[str, str]:
    """What the page's own hidden field says of the version."""
    text = page.get(address).content.decode()
    return {"drawn": text.partition('name="drawn" value="')[2].partition('"')[0]}


class TestAVersionPublishedMeanwhile:
    def test_what_fits_is_saved_and_the_rest_given_back(self, page: Client, case: Application, form: Call) -> None:
        address = step(case, "part-1")
        sent = SENT | drawn(page, address)
        publish(form, with_form(form.definition, *NEW))
        answer = page.post(address, sent | {"go": "next"})
        text = answer.content.decode()
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "ny version medan sidan var öppen" in text
        saved = dict(Answer.objects.filter(application=case).values_list("question", "value"))
        assert saved == {"kept": "Samma fråga", "moved": "Flyttad fråga", "some": ["b"], "fewer": "a"}
        given = text.partition('id="typed"')[2].partition("</section>")[0]
        for lost in ("Lång text som inte får försvinna", ">\nB</textarea>", ">\nA</textarea>", "Gräva · 12"):
            assert lost in given, lost
        assert "Samma fråga" not in given
        assert "Flyttad fråga" not in given

    def test_a_part_that_is_gone(self, page: Client, case: Application, form: Call) -> None:
        address = step(case, "part-2")
        party = case.parties.get()
        sent = {f"own-{party.pk}": "Vi leder"} | drawn(page, address)
        publish(form, with_form(form.definition, NEW[0]))
        answer = page.post(address, sent)
        text = answer.content.decode()
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "Formuläret har ändrats" in text
        assert "Vi leder" in text
        assert party.name in text
        assert reverse("workspace", args=[case.pk]) in text
        assert not Answer.objects.filter(application=case).exists()
        assert page.post(address, {"own": "x"}).status_code == HTTPStatus.NOT_FOUND

    def test_while_it_saves_by_itself(self, page: Client, case: Application, form: Call) -> None:
        version = drawn(page, step(case, "part-1"))
        publish(form, with_form(form.definition, *NEW))

        def save(name: str, value: str) -> Any:
            data = {"name": name, "value": value, "version": ""} | version
            return page.post(reverse("save_answer", args=[case.pk]), data)

        for name in ("gone", "turned", "rows"):
            answer = save(name, "b")
            assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
            assert "Frågan har ändrats" in answer.json()["fault"]
        assert save("kept", "Samma").status_code == HTTPStatus.OK
        assert list(Answer.objects.filter(application=case).values_list("question", flat=True)) == ["kept"]

    @pytest.mark.parametrize("number", ["", "x", "-1", "0", "999", "9" * 40, "²"])
    def test_a_version_that_never_was(self, page: Client, case: Application, number: str) -> None:
        answer = page.post(step(case, "part-1"), {"kept": "Text", "drawn": number})
        assert answer.status_code == HTTPStatus.FOUND
        assert Answer.objects.get(application=case).value == "Text"


def test_amounts_for_what_is_gone_are_given_back(page: Client, case: Application) -> None:
    party, kind = case.parties.get(), case.definition.budget.cost_types[0].id
    year = case.definition.project.earliest_start.year
    sent = {f"c-{party.pk}-{kind}-{year}": "10 000", f"a-{party.pk}": "5 000"}
    gone = {f"c-{party.pk}-gone-{year}": "1 234", "a-999999": "4 321", f"c-{'9' * 40}-x-y": "777", "c-": "888"}
    answer = page.post(step(case, "budget"), sent | gone)
    text = answer.content.decode()
    assert answer.status_code == HTTPStatus.CONFLICT
    given = text.partition('id="typed"')[2].partition("</section>")[0]
    assert all(amount in given for amount in gone.values())
    assert f"{party.name} gone {year}" in given
    assert "10 000" not in given
    assert page.post(step(case, "budget"), sent).status_code == HTTPStatus.FOUND


class TestWhatWasNeverAskedFor:
    def test_unknown_questions_are_given_back(self, page: Client, draft: Application) -> None:
        asked = long_question(draft)
        answer = page.post(step_of(draft, asked), {asked.id: "Svar", "finns-inte": "Text till ingen", "tom": " "})
        text = answer.content.decode()
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "Text till ingen" in text
        assert "Allt du skickade kunde inte sparas" in text
        assert [a.value for a in Answer.objects.filter(application=draft)] == ["Svar"]

    def test_another_applications_party(self, page: Client, draft: Application, world: World) -> None:
        asked = next(q for q in draft.definition.questions() if q.per_party)
        person, body = world.other_applicant()
        other = create_draft(person, draft.call, body, "En annans")
        theirs = other.parties.get()
        answer = page.post(step_of(draft, asked), {f"{asked.id}-{theirs.pk}": "Inte min part"})
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "Inte min part" in answer.content.decode()
        assert body.name not in answer.content.decode()
        assert not Answer.objects.exists()

    def test_an_answer_to_a_hidden_question_is_kept_and_not_submitted(self, page: Client, draft: Application) -> None:
        asked = next(q for q in draft.definition.questions() if q.show_if)
        answer = page.post(step_of(draft, asked), {asked.id: "Skrivet medan frågan syntes", "go": "stay"})
        assert answer.status_code == HTTPStatus.FOUND
        assert Answer.objects.get(question=asked.id).value == "Skrivet medan frågan syntes"
        preview = page.get(reverse("preview", args=[draft.pk])).content.decode()
        assert "Skrivet medan frågan syntes" not in preview

    def test_rows_beyond_the_last_are_given_back(self, page: Client, case: Application) -> None:
        rows = [cell for n in range(25) for cell in (f"Rad nummer {n}", "1")]
        answer = page.post(step(case, "part-1"), {"rows": rows})
        given = answer.content.decode().partition('id="typed"')[2].partition("</section>")[0]
        assert answer.status_code == HTTPStatus.CONFLICT
        assert len(Answer.objects.get().value) == 20
        assert "Rad nummer 24" in given
        assert "Rad nummer 19" not in given


@pytest.mark.parametrize("fields", [settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1, 20_000])
def test_more_fields_than_any_form_has(page: Client, draft: Application, karin: Person, fields: int) -> None:
    asked = long_question(draft)
    save_answer(draft, asked, None, "Det som var sparat", karin, None)
    answer = page.post(step_of(draft, asked), {f"field-{n}": "x" for n in range(fields)})
    text = answer.content.decode()
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "fler fält än något formulär" in text
    assert step_of(draft, asked) in text
    assert Answer.objects.get().value == "Det som var sparat"
