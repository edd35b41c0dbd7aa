"""What the page's script reads and concludes is what the server reads and concludes: the same table given to both."""

import random
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from grants import money, numbers
from grants.applications.agreements import RELATIONS, months_between, value_of
from grants.applications.answers import tidy
from grants.applications.pages import live
from grants.applications.showing import Shown
from grants.programmes.definition import CallDefinition
from grants.programmes.questions import Check, Question
from grants.programmes.reading import parse_call
from tests.programmes.files import ROOT

pytestmark = pytest.mark.browser
CASES = 3000
SCRIPT = ROOT / "static" / "anslag" / "values.js"
TYPED = [
    *(
        "",
        " ",
        "0",
        "-0",
        "1",
        "-1",
        "+5",
        "12",
        "12,5",
        "12.5",
        "12,50",
        ",5",
        "5,",
        ".",
        "-",
        "1,2,3",
        "1.2.3",
        "1e5",
        "1_0",
    ),
    *(
        "12 000",
        "12\u00a0000",
        "12\u202f000",
        "12\u2009000",
        "\t7\t",
        "12 000 kr",
        "12000KR",
        "kr 5",
        "5 kr kr",
        "SEK 5",
        "sek5kr",
    ),
    *(
        "12.000",
        "12,000",
        "1.234.567,5",
        "1,234,567.50",
        "1.0050",
        "0,005",
        "0,0049999999999999999999999999999999999999999",
    ),
    *(
        "0,995",
        "-0,005",
        "-200.000",
        "1000000000000",
        "1000000000001",
        "10000000000",
        "10000000000,01",
        "9" * 60,
        "²",
        "１２",
        "٣",
    ),
    *(
        "Infinity",
        "NaN",
        "0x10",
        "12\u200b3",
        "12-",
        "--1",
        "hundra",
        "2",
        "10",
        "10,0",
        "10,01",
        "499,999",
        "500",
        "501",
    ),
    *(
        "2024-02-29",
        "2023-02-29",
        "2024-2-1",
        "20240101",
        "2024-W01-1",
        "0000-01-01",
        "0001-01-01",
        "9999-12-31",
        "2024-13-01",
    ),
    *(
        "2024-00-10",
        "2024-01-00",
        "2024-04-31",
        "1900-02-29",
        "2000-02-29",
        " 2024-06-30 ",
        "2024-06-30T10:00",
        "2024-06-31",
    ),
]


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """An empty page with the script."""
    page = chromium.new_page()
    page.add_script_tag(path=SCRIPT)
    yield page
    page.close()


def question(name: str, kind: str, **more: Any) -> Question:
    options = [{"id": o, "label": {"sv": o}} for o in more.pop("options", ())]
    return Question.model_validate({"id": name, "kind": kind, "label": {"sv": name}, "options": options, **more})


FORM = (
    question("form", "choice", options=["house", "bus", "boat"]),
    question("kinds", "choices", options=["a", "b", "c"]),
    question("people", "number", least=-2.5, most=500.25),
    question("any_number", "number"),
    question("cost", "money", most=12_345_678.9),
    question("start", "date"),
    question("sure", "yesno"),
    question("what", "long"),
    question(
        "steps",
        "table",
        columns=[
            {"id": "step", "kind": "short", "label": {"sv": "Steg"}},
            {"id": "cost", "kind": "money", "label": {"sv": "Kostnad"}},
            {"id": "hours", "kind": "number", "most": 1000, "label": {"sv": "Timmar"}},
        ],
    ),
)
LAST = question("last", "short")


def call(**update: Any) -> CallDefinition:
    """A call with this form."""
    example = parse_call((ROOT / "docs" / "example-call.yaml").read_text("utf-8"))
    sections = (example.sections[0].model_copy(update={"questions": (*FORM, LAST)}),)
    return example.model_copy(update={"sections": sections, **update})


def read(text: str, how: Any) -> Any:
    try:
        return how(tidy(LAST, text) or "")
    except ValueError:
        return None


def test_both_read_the_same(page: Page) -> None:
    told = page.evaluate(
        """texts => texts.map(text => {
            const said = (x) => x === null ? null : [String(x.n), x.d];
            return [said(anslag.number(text)), String(anslag.ore(text)), said(anslag.day(text))];
        })""",
        TYPED,
    )
    for text, (number, ore, day) in zip(TYPED, told, strict=True):
        wanted = read(text, numbers.number)
        assert (None if number is None else Decimal(number[0]).scaleb(-number[1])) == wanted, text
        assert ore == ("null" if (found := read(text, money.read)) is None else str(found)), text
        assert (None if day is None else day[0]) == (
            f"{d:%Y%m%d}".lstrip("0") if (d := read(text, numbers.day)) else None
        ), text


def one_typed(rng: random.Random, asked: Question) -> list[str]:
    """What the controls of a question send."""
    match asked.kind:
        case "choice" | "choices" | "yesno":
            options = [*(o.id for o in asked.options), "yes", "no", "gone"]
            return rng.sample(options, rng.randrange(3) if asked.kind == "choices" else rng.randrange(2))
        case "table":
            return [rng.choice(TYPED) if rng.random() < 0.6 else "" for _n in range(3 * rng.randrange(4))]
        case _:
            return [rng.choice(TYPED)]


def one_condition(rng: random.Random, levels: int = 3) -> dict[str, Any]:
    if levels > 1 and rng.random() < 0.4:
        parts = [one_condition(rng, levels - 1) for _n in range(rng.randrange(1, 4))]
        return {rng.choice(["all", "any"]): parts}
    if rng.random() < 0.15:
        return {"value": "parties.count", rng.choice(["at_least", "at_most"]): rng.choice([1, 2, 2.5])}
    asked = rng.choice(FORM)
    condition: dict[str, Any] = {"question": asked.id}
    options = [o.id for o in asked.options] or ["yes", "no"]
    bounds = ["2024-02-29", "2000-02-29", "0001-01-01"] if asked.kind == "date" else [0, 10, -2.5, 12, 500.25, 12000.5]
    sayings = {
        "equals": rng.sample(options, rng.randrange(1, 3)),
        "not_equals": rng.sample(options, 1),
        "at_least": rng.choice(bounds),
        "at_most": rng.choice(bounds),
        "answered": rng.random() < 0.5,
    }
    return condition | {key: sayings[key] for key in rng.sample([*sayings], rng.randrange(1, 3))}


def stored(sent: dict[str, list[str]]) -> dict[tuple[str, int | None], Any]:
    """The answers as they would be saved."""
    listed = ("table", "choices")
    return {(q.id, None): tidy(q, sent[q.id] if q.kind in listed else "".join(sent[q.id][:1])) for q in FORM}


def test_both_show_the_same_questions(page: Page) -> None:
    rng, definition = random.Random(7), call()
    cases, wanted = [], []
    for _n in range(CASES):
        last = LAST.model_copy(update={"show_if": question("x", "short", show_if=one_condition(rng)).show_if})
        sent = {q.id: one_typed(rng, q) for q in FORM}
        parties = rng.choice([None, "1", "2"])
        facts = {"parties.count": None if parties is None else Decimal(parties)}
        wanted.append(Shown([*FORM, last], stored(sent), facts).has(last))
        assert last.show_if is not None
        cases.append([live.condition(last.show_if, last, None, definition), sent, parties])
    told = page.evaluate(
        """cases => cases.map(([condition, sent, parties]) => anslag.holds(condition, {
            texts: (name) => sent[name] ?? [],
            fact: (name) => name === "parties.count" && parties !== null ? anslag.decimal(parties) : null,
        }))""",
        cases,
    )
    wrong = [(case, ours) for case, ours, theirs in zip(cases, wanted, told, strict=True) if ours != theirs]
    assert wrong[:3] == []
    assert 0.2 < sum(wanted) / CASES < 0.8  # both happen often


def side(name: str | float, values: Any, definition: CallDefinition) -> Any:
    """The value that a check names, as grants.applications.agreements reads it."""
    found = SimpleNamespace(facts={"budget.cost": Decimal("3500.5")}, definition=definition, shown=Shown(FORM, values))
    return value_of(name, found)  # type: ignore[arg-type]  # all that it asks


def test_both_find_the_same_disagreements(page: Page) -> None:
    rng, definition = random.Random(8), call()
    names: list[str | float] = [
        "people",
        "any_number",
        "cost",
        "steps.cost",
        "steps.hours",
        "budget.cost",
        12,
        0.3,
        3500.5,
    ]
    cases, wanted = [], []
    for _n in range(CASES):
        sent = {q.id: one_typed(rng, q) for q in FORM}
        left = rng.choice(names[:6])
        right = rng.choice(names)
        if rng.random() < 0.1:
            left, right = "start", "start"
        text = {"sv": "x"}
        check = Check.model_validate(
            {"id": "x", "left": left, "right": right, "relation": rng.choice([*RELATIONS]), "text": text}
        )
        values = stored(sent)
        ours = side(check.left, values, definition), side(check.right, values, definition)
        wanted.append(None not in ours and not RELATIONS[check.relation](*ours))
        cases.append([live.check(check, definition), sent])
    told = page.evaluate(
        """cases => cases.map(([check, sent]) => anslag.disagrees(check, {
            texts: (name) => sent[name] ?? [],
            fact: () => anslag.decimal("3500.5"),
        }))""",
        cases,
    )
    wrong = [(case, ours) for case, ours, theirs in zip(cases, wanted, told, strict=True) if ours != theirs]
    assert wrong[:3] == []
    assert sum(wanted) > CASES / 20


def test_both_count_the_same_months(page: Page) -> None:
    rng = random.Random(9)
    days = [(date.fromordinal(n), date.fromordinal(n + rng.randrange(-400, 900))) for n in range(738_000, 739_000, 7)]
    told = page.evaluate(
        "pairs => pairs.map(([a, b]) => Number(anslag.months(a, b).n))", [[str(a), str(b)] for a, b in days]
    )
    assert told == [months_between(*pair) for pair in days]
