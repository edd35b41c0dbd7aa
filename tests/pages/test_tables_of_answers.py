"""Questions that are answered in a table, and answers that must agree with each other."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from grants.applications import checklist
from grants.applications.agreements import value_of
from grants.applications.answers import fault, tidy
from grants.applications.freezing import freeze
from grants.applications.models import Answer, AnswerHistory, Application
from grants.applications.preview import reading
from grants.programmes.questions import Question
from tests.factories import World

DAY = {"from": "2023-12-01"}
TABLE = Question.model_validate(
    {
        "id": "packages",
        "kind": "table",
        "label": {"sv": "Arbetspaket"},
        "least_rows": 1,
        "most_rows": 3,
        "columns": [
            {"id": "name", "kind": "short", "limit": 10, "label": {"sv": "Namn"}},
            {"id": "hours", "kind": "number", "least": 1, "most": 5, "label": {"sv": "Timmar"}},
            {"id": "from", "kind": "date", "required": False, "label": {"sv": "Från"}},
        ],
    }
)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (["A", "1", "", "B", "2", "2023-12-01"], [{"name": "A", "hours": "1"}, {"name": "B", "hours": "2"} | DAY]),
        (["", " ", "", "B", "2", ""], [{"name": "B", "hours": "2"}]),  # an emptied row goes
        (["A", "1"], [{"name": "A", "hours": "1"}]),
        (["", "", ""], None),
        ("text", None),
        (["A\x00", "1\u202e", ""] * 5, [{"name": "A", "hours": "1"}] * 3),  # never more rows than there may be
        ([{"name": "A", "gone": "x"}], [{"name": "A"}]),  # a row that was kept, with a column that is no more
    ],
)  # fmt: skip
def test_rows_are_what_the_cells_say(sent: Any, kept: Any) -> None:
    assert tidy(TABLE, sent) == kept


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ([{"name": "A", "hours": "1"}], None),
        ([{"name": "A", "hours": "9"}], "Rad 1, Timmar: Talet får vara högst 5."),
        ([{"name": "A", "hours": "1"}, {"hours": "2"}], "Rad 2, Namn: Svar saknas."),
        ([{"name": "A" * 11, "hours": "1"}], "Rad 1, Namn: Svaret är 1 tecken för långt. Korta till högst 10."),
        ([], "Svar saknas."),
    ],
)
def test_the_first_fault_is_told_with_its_place(rows: Any, wrong: str | None) -> None:
    assert fault(TABLE, rows) == wrong


@pytest.fixture
def draft(world: World) -> Application:
    return world.draft("gemensamma-2023")


@pytest.fixture
def page(world: World, draft: Application, sign_in: Any) -> Client:
    client: Client = sign_in(world.karin)
    return client


def packages(case: Application, *costs: str) -> None:
    rows = [{"package": f"AP{n}", "result": "Data", "hours": "10", "cost": cost} for n, cost in enumerate(costs, 1)]
    Answer.objects.filter(application=case, question="work_packages").update(value=rows)


@pytest.mark.django_db
class TestInAnApplication:
    def test_rows_are_saved_and_more_are_offered(self, page: Client, draft: Application) -> None:
        address = reverse("workspace_step", args=[draft.pk, "plan"])
        answer = Answer.objects.get(application=draft, question="work_packages")
        cells = ["AP1", "Data", "10", "1 000", "AP2", "Verktyg", "20", "2 000", "AP3", "Skola", "5", "500"]
        data = {"work_packages": cells, "v-work_packages": str(answer.version), "more": "work_packages"}
        response = page.post(address, data)
        assert response.status_code == 302
        assert response["Location"].endswith("/plan/#work_packages")
        answer.refresh_from_db()
        assert [row["package"] for row in answer.value] == ["AP1", "AP2", "AP3"]
        html = page.get(address).content.decode()
        assert html.count('name="work_packages"') == 4 * (3 + 2)
        assert 'aria-label="Timmar, rad 2"' in html

    def test_a_cell_is_saved_while_it_is_written_and_can_be_taken_back(self, page: Client, draft: Application) -> None:
        answer = Answer.objects.get(application=draft, question="risks")
        before = answer.value
        data = {"name": "risks", "value": ["Regn", "7", "1", "Paraply"], "version": str(answer.version)}
        said = page.post(reverse("save_answer", args=[draft.pk]), data).json()
        assert said["fault"] == "Rad 1, Sannolikhet 1–5: Talet får vara högst 5."  # kept all the same
        assert AnswerHistory.objects.get(answer=answer).value == before
        history = reverse("answer_history", args=[draft.pk, "risks"])
        assert "Regn · 7 · 1 · Paraply" in page.get(history).content.decode()
        page.post(history, {"restore": str(answer.version), "version": str(said["version"])})
        answer.refresh_from_db()
        assert answer.value == before

    def test_the_reader_sees_a_table_with_amounts(self, draft: Application) -> None:
        packages(draft, "1000", "2500")
        found = reading(freeze(checklist.contents(draft)), draft.definition, "sv")
        (entry,) = (e for part in found.parts for e in part.entries if e.id == "work_packages")
        assert entry.heads == ("Arbetspaket", "Aktivitet och resultat", "Timmar", "Kostnad, kr")
        assert entry.said[0].rows[1][3] == ("Kostnad, kr", "2\u00a0500\u00a0kr")

    def test_what_does_not_agree_cannot_be_submitted(self, draft: Application) -> None:
        def told() -> list[checklist.Lack]:
            return [lack for lack in checklist.lacks(checklist.contents(draft)) if lack.code == "check"]

        packages(draft, "1000", "2 500,50")
        found = checklist.contents(draft)
        assert value_of("work_packages.cost", found) == Decimal("3500.50")
        assert told() == []
        budget = value_of("budget.cost", found)
        packages(draft, str(budget), "1")
        (lack,) = told()
        assert (lack.step, lack.field) == ("plan", "work_packages")
        assert "mer än budgeten" in lack.text
        packages(draft, "hundra", "ett")  # nothing to compare: the cells themselves are complained about
        assert told() == []
