"""`show_if`: what it means, in words and on the server. That the browser means the same: tests/browser/test_values.py."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from grants.applications.showing import Shown
from grants.programmes.changes import changes
from grants.programmes.conditions import in_words
from grants.programmes.definition import CallDefinition
from grants.programmes.questions import Question, ShowIf
from grants.programmes.reading import parse_call

from .files import ROOT

EXAMPLE = parse_call((ROOT / "docs" / "example-call.yaml").read_text("utf-8"))


def question(name: str, kind: str, **more: Any) -> Question:
    options = [{"id": o, "label": {"sv": o.upper()}} for o in more.pop("options", ())]
    return Question.model_validate({"id": name, "kind": kind, "label": {"sv": f"{name}?"}, "options": options, **more})


FORM = (
    question("form", "choice", options=["house", "bus", "boat"]),
    question("kinds", "choices", options=["a", "b", "c"]),
    question("people", "number", least=2, most=500),
    question("cost", "money"),
    question("start", "date"),
    question("sure", "yesno"),
    question("what", "short"),
    question("steps", "table", columns=[{"id": "step", "kind": "short", "label": {"sv": "Steg"}}]),
)


def holds(show_if: dict[str, Any], values: dict[str, Any], facts: dict[str, Decimal | None] | None = None) -> bool:
    last = question("last", "short", show_if=show_if)
    return Shown([*FORM, last], {(key, None): value for key, value in values.items()}, facts or {}).has(last)


@pytest.mark.parametrize(
    ("show_if", "name", "yes", "no"),
    [
        ({"equals": ["bus", "boat"]}, "form", ["bus", "boat"], ["house", None, "", "gone"]),
        ({"not_equals": ["bus", "boat"]}, "form", ["house"], ["bus", None, "gone"]),
        ({"equals": ["a", "b"]}, "kinds", [["a"], ["c", "b"]], [["c"], None, []]),
        ({"not_equals": ["a"]}, "kinds", [["b"], ["b", "c"]], [["a", "b"], None, ["gone"]]),
        ({"at_least": 10}, "people", ["10", "10,0", "5 00"], ["9,99", "501", "1", "många", None]),
        ({"at_most": 10.5}, "people", ["10,5", "2"], ["10,51", "1,9", "", None]),
        ({"at_least": 10, "at_most": 20}, "people", ["10", "20"], ["9", "21"]),
        ({"at_least": 12_000}, "cost", ["12 000", "12.000 kr", "12,000", "SEK 12000,00"], ["11 999,99", "12.00", "-1"]),
        ({"at_most": date(2024, 2, 29)}, "start", ["2024-02-29", "0001-01-01"], ["2024-03-01", "20240101", "2024-2-1"]),
        ({"equals": ["no"]}, "sure", ["no"], ["yes", "nej", None]),
        ({"answered": True}, "what", ["x", " x"], ["", None]),
        ({"answered": False}, "what", ["", None], ["x"]),
        ({"answered": True, "at_least": 3}, "people", ["3"], ["2", None]),
        ({"answered": True}, "people", ["många"], [None]),
        ({"answered": True}, "steps", [[{"step": "ett"}]], [None, []]),
    ],
)
def test_a_condition_on_an_answer(show_if: dict[str, Any], name: str, yes: Sequence[Any], no: Sequence[Any]) -> None:
    condition = {"question": name, **show_if}
    assert [value for value in yes if not holds(condition, {name: value})] == []
    assert [value for value in no if holds(condition, {name: value})] == []


def test_conditions_together() -> None:
    bus, many = {"question": "form", "equals": ["bus"]}, {"question": "people", "at_least": 50}
    both, either = {"all": [bus, many]}, {"any": [bus, many]}
    answered = [{}, {"form": "bus"}, {"people": "50"}, {"form": "bus", "people": "50"}]
    assert [holds(both, values) for values in answered] == [False, False, False, True]
    assert [holds(either, values) for values in answered] == [False, True, True, True]
    assert holds({"all": [either, {"any": [{"question": "sure", "answered": False}, both]}]}, {"form": "bus"})


def test_a_condition_on_a_figure() -> None:
    show_if = {"value": "parties.count", "at_least": 3}
    counts = [None, Decimal(2), Decimal(3)]
    assert [holds(show_if, {}, {"parties.count": n}) for n in counts] == [False, False, True]
    assert not holds(show_if, {})


class TestHiddenQuestions:
    CHAIN = (
        question("first", "yesno"),
        question("second", "yesno", show_if={"question": "first", "equals": ["yes"]}),
        question("third", "short", show_if={"question": "second", "equals": ["yes"]}),
        question("otherwise", "short", show_if={"question": "second", "answered": False}),
    )

    def shown(self, **values: str) -> list[str]:
        form = Shown(self.CHAIN, {(key, None): value for key, value in values.items()})
        return [q.id for q in self.CHAIN if form.has(q)]

    def test_a_hidden_question_has_no_answer(self) -> None:
        assert self.shown(first="yes", second="yes") == ["first", "second", "third"]
        assert self.shown(first="no", second="yes") == ["first", "otherwise"]  # what was answered once does not count
        assert self.shown(second="yes") == ["first", "otherwise"]

    def test_its_answer_is_kept(self) -> None:
        form = Shown(self.CHAIN, {("first", None): "no", ("second", None): "yes"})
        assert form.answer(self.CHAIN[1]) is None
        assert form.answer(self.CHAIN[0]) == "no"

    def test_only_what_comes_before_is_asked(self) -> None:
        turned = [self.CHAIN[2], self.CHAIN[1], self.CHAIN[0]]
        form = Shown(turned, {("first", None): "yes", ("second", None): "yes"})
        assert [form.has(q) for q in turned] == [False, False, True]

    def test_each_party_for_itself(self) -> None:
        common = question("common", "yesno")
        own = question("own", "yesno", per_party=True, show_if={"question": "common", "equals": ["yes"]})
        last = question("last", "short", per_party=True, show_if={"question": "own", "equals": ["yes"]})
        values = {("common", None): "yes", ("own", 1): "yes", ("own", 2): "no"}
        form = Shown([common, own, last], values)
        assert [form.has(last, party) for party in (1, 2, 3)] == [True, False, False]


class TestWords:
    QUESTIONS = {q.id: q for q in FORM}

    @pytest.mark.parametrize(
        ("show_if", "words"),
        [
            ({"question": "form", "equals": ["bus"]}, "svaret på ”form?” är ”BUS”"),
            (
                {"question": "form", "equals": ["house", "bus", "boat"]},
                "svaret på ”form?” är ”HOUSE”, ”BUS” eller ”BOAT”",
            ),
            ({"question": "sure", "not_equals": ["yes"]}, "svaret på ”sure?” är något annat än ”Ja”"),
            ({"question": "people", "at_least": 1.5}, "svaret på ”people?” är minst 1,5"),
            ({"question": "cost", "at_most": 12000}, "svaret på ”cost?” är högst 12\u00a0000\u00a0kr"),
            ({"question": "start", "at_least": date(2024, 1, 2)}, "svaret på ”start?” är tidigast 2024-01-02"),
            ({"question": "people", "at_least": 10, "at_most": 20}, "svaret på ”people?” är från 10 till 20"),
            ({"question": "what", "answered": False}, "”what?” inte är besvarad"),
            ({"value": "budget.applied", "at_least": 5}, "sökt bidrag är minst 5\u00a0kr"),
            (
                {"all": [{"question": "what", "answered": True}, {"value": "parties.count", "at_most": 2}]},
                "”what?” är besvarad och antalet parter är högst 2",
            ),
            (
                {
                    "any": [
                        {"question": "what", "answered": True},
                        {"all": [{"value": "parties.count", "at_most": 2}, {"question": "sure", "equals": ["no"]}]},
                    ]
                },
                "”what?” är besvarad eller (antalet parter är högst 2 och svaret på ”sure?” är ”Nej”)",
            ),
        ],
    )
    def test_a_condition_is_told(self, show_if: dict[str, Any], words: str) -> None:
        assert in_words(ShowIf.model_validate(show_if), self.QUESTIONS, lambda text: text.sv) == words

    def test_a_changed_condition_is_one_change(self) -> None:
        def version(show_if: dict[str, Any] | None) -> CallDefinition:
            condition = ShowIf.model_validate(show_if) if show_if else None
            sections = [
                s.model_copy(
                    update={
                        "questions": tuple(
                            q.model_copy(update={"show_if": condition}) if q.id == "protection" else q
                            for q in s.questions
                        )
                    }
                )
                for s in EXAMPLE.sections
            ]
            return EXAMPLE.model_copy(update={"sections": tuple(sections)})

        yes, no = {"question": "personal", "equals": ["yes"]}, {"question": "personal", "equals": ["no"]}
        told = [
            [change.text for change in changes(version(before), version(after))]
            for before, after in ((None, yes), (yes, None), (yes, no), (yes, yes))
        ]
        answer = "svaret på ”Finns personuppgifter?” är"
        assert told == [
            [f"Frågan ”Hur skyddas de?” visas nu bara om {answer} ”Ja”."],
            [f"Frågan ”Hur skyddas de?” visas nu alltid, tidigare om {answer} ”Ja”."],
            [f"Frågan ”Hur skyddas de?” visas nu om {answer} ”Nej”, tidigare om {answer} ”Ja”."],
            [],
        ]
