"""Each rule of the schema refuses the file that breaks it, and says so in words."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from grants.programmes import loading, reading, strict_yaml
from grants.programmes.definition import CallDefinition

from .files import ROOT, raw

Break = Callable[[Any], object]

TEXT = {"sv": "Ny", "en": "New"}
QUESTION = {"id": "extra", "kind": "short", "label": TEXT}


def put(*path: str | int, value: object) -> Break:
    """A fault: this value at this place."""

    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        data[path[-1]] = value

    return change


def drop(*path: str | int) -> Break:
    """A fault: nothing at this place."""

    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        del data[path[-1]]

    return change


def add(*path: str | int, value: object) -> Break:
    """A fault: one more item in this list."""

    def change(data: Any) -> None:
        for part in path:
            data = data[part]
        data.append(value)

    return change


def copy_first(*path: str | int) -> Break:
    """A fault: the first item of this list occurs twice."""

    def change(data: Any) -> None:
        for part in path:
            data = data[part]
        data.append(copy.deepcopy(data[0]))

    return change


def both(*changes: Break) -> Break:
    """Several changes that make one fault."""

    def change(data: Any) -> None:
        for each in changes:
            each(data)

    return change


FAULTS: dict[str, tuple[Break, str]] = {
    "unknown format": (put("format", value=2), "Input should be 1"),
    "misspelt key": (put("titel", value=TEXT), "Extra inputs"),
    "no title": (drop("title"), "Field required"),
    "no Swedish": (drop("title", "sv"), "Field required"),
    "empty Swedish": (put("title", "sv", value="  "), "at least 1 character"),
    "bad slug": (put("slug", value="Starta 2022"), "match pattern"),
    "opens after it closes": (put("window", "opens", value="2022-10-01 09:00"), "must come in that order"),
    "planned after announced": (put("window", "planned", value="2022-05-01 09:00"), "must come in that order"),
    "cutoff after the end": (put("window", "cutoffs", value=["2022-12-01 09:00"]), "must come in that order"),
    "date without a clock time": (put("window", "closes", value="2022-09-14"), "timezone info"),
    "impossible date": (put("window", "opens", value="2022-13-02 09:00"), "month must be"),
    "hour that does not exist": (put("window", "opens", value="2022-03-27 02:30"), "does not exist"),
    "unknown zone": (put("window", "zone", value="Europe/Stokholm"), "zone is not"),
    "zone out of bounds": (put("window", "zone", value="../../etc/passwd"), "zone is not"),
    "zone that is no text": (put("window", "zone", value=7), "zone is not"),
    "budget of nothing": (put("call_budget", value=0), "greater than 0"),
    "budget less than one grant": (put("call_budget", value=599_999), "call_budget is smaller"),
    "unknown kind": (put("parties", 0, "kinds", value=["county"]), "Input should be"),
    "no kinds": (put("parties", 0, "kinds", value=[]), "at least 1 item"),
    "no coordinator": (drop("parties", 0), "nobody may coordinate"),
    "two rules for a role": (copy_first("parties"), "rule for the role coordinator occurs twice"),
    "least over most": (put("parties", 1, "least", value=9), "least number larger"),
    "more need owners than parties": (put("need_owners", value=10), "need_owners is larger"),
    "project dates out of order": (put("project", "latest_start", value="2024-01-01"), "must come in that order"),
    "no months": (put("project", "max_months", value=0), "greater than or equal to 1"),
    "no sections": (put("sections", value=[]), "at least 1 item"),
    "section twice": (copy_first("sections"), "section brief occurs twice"),
    "question twice": (copy_first("sections", 1, "questions"), "question need occurs twice"),
    "unknown kind of question": (put("sections", 0, "questions", 1, "kind", value="essay"), "Input should be"),
    "choice without options": (drop("sections", 0, "questions", 0, "options"), "options belong to"),
    "options on a text": (
        put("sections", 0, "questions", 1, "options", value=[{"id": "a", "label": TEXT}]),
        "options belong",
    ),
    "option twice": (copy_first("sections", 0, "questions", 0, "options"), "option care occurs twice"),
    "limit of nothing": (put("sections", 0, "questions", 1, "limit", value=0), "greater than or equal to 1"),
    "least over most in a question": (
        add("sections", 0, "questions", value={**QUESTION, "kind": "number", "least": 2, "most": 1}),
        "least is larger than most",
    ),
    "shown by nothing": (
        add("sections", 0, "questions", value={**QUESTION, "show_if": {"question": "nothing", "equals": ["yes"]}}),
        "no earlier question",
    ),
    "shown by a later question": (
        add(
            "sections", 0, "questions", value={**QUESTION, "show_if": {"question": "personal_data", "equals": ["yes"]}}
        ),
        "no earlier question",
    ),
    "shown by an impossible answer": (
        add("sections", 1, "questions", value={**QUESTION, "show_if": {"question": "personal_data", "equals": ["ja"]}}),
        "cannot be answered ja",
    ),
    "shown by an answer in words": (
        add("sections", 1, "questions", value={**QUESTION, "show_if": {"question": "need", "equals": ["yes"]}}),
        "not answered by choosing",
    ),
    "shown by no answer": (
        add("sections", 1, "questions", value={**QUESTION, "show_if": {"question": "area", "equals": []}}),
        "would never be shown",
    ),
    "partners confirm where there are none": (
        both(put("stages", value={"partner_confirmation": True}), put("need_owners", value=1), drop("parties", 1)),
        "no role for a partner",
    ),
    "report after the longest project": (
        put("reporting", "reports", 0, "months_after_start", value=120),
        "the longest project has",
    ),
    "no final report": (put("reporting", "reports", 1, "kind", value="progress"), "no final report"),
    "unknown criterion": (put("sections", 0, "questions", 1, "criterion", value="luck"), "no criterion luck"),
    "attachment twice": (copy_first("attachments"), "attachment description occurs twice"),
    "file type": (put("attachments", 0, "media", value=["docx"]), "Input should be 'pdf'"),
    "cost type twice": (copy_first("budget", "cost_types"), "cost type personnel occurs twice"),
    "cap on nothing": (put("budget", "caps", 0, "cost", value="travel"), "unknown cost type"),
    "cap of nothing": (put("budget", "caps", 0, "of", value="travel"), "unknown cost type"),
    "share over 100": (put("budget", "max_share", value=101), "less than or equal to 100"),
    "smallest over largest grant": (put("budget", "min_grant", value=700_000), "min_grant is larger"),
    "quorum over reviewers": (put("review", "quorum", value=4), "quorum is larger"),
    "weights": (put("review", "criteria", 0, "weight", value=41), "must sum to 100"),
    "anchor missing": (drop("review", "criteria", 0, "anchors", 3), "one anchor text for each score"),
    "anchor too many": (put("review", "criteria", 0, "anchors", 6, value=TEXT), "one anchor text for each score"),
    "criterion twice": (
        both(
            copy_first("review", "criteria"),
            put("review", "criteria", 0, "weight", value=20),
            put("review", "criteria", 3, "weight", value=20),
        ),
        "criterion potential occurs twice",
    ),
    "decision before the end": (put("decision", "decision_due", value="2022-09-01"), "before the call closes"),
    "no legal ground": (drop("decision", "legal_ground"), "Field required"),
    "no appeal": (drop("decision", "appeal"), "Field required"),
    "no aid basis": (put("decision", "aid_bases", value=[]), "at least 1 item"),
    "aid basis twice": (copy_first("decision", "aid_bases"), "aid basis not_aid occurs twice"),
    "unknown default basis": (put("decision", "default_aid_basis", "company", value="gift"), "company refers to no"),
    "unknown kind in intensity": (put("decision", "default_intensity", "county", value=50), "Input should be"),
    "intensity over the share of a party": (
        both(put("budget", "share_of", value="party"), put("budget", "max_share", value=70)),
        "more than max_share",
    ),
    "report twice": (copy_first("reporting", "reports"), "report progress occurs twice"),
    "report without a date": (drop("reporting", "reports", 0, "months_after_start"), "exactly one of"),
    "report with two dates": (put("reporting", "reports", 0, "every_months", value=6), "exactly one of"),
    "question twice in a report": (
        copy_first("reporting", "reports", 0, "questions"),
        "report progress: question done occurs twice",
    ),
    "payments": (put("reporting", "payments", 0, "percent", value=50), "must sum to 100"),
    "payment after nothing": (put("reporting", "payments", 1, "after", value="dinner"), "there is no such report"),
    "eligibility twice": (copy_first("eligibility"), "eligibility question coordinator occurs twice"),
    "demo path to nothing": (add("demo", value="budget.price"), "there is no budget.price"),
    "demo path through a text": (add("demo", value="slug.x"), "there is no slug.x"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_rule_is_refused(name: str) -> None:
    data = raw("starta-2022")
    CallDefinition.model_validate(data)
    change, message = FAULTS[name]
    change(data)
    with pytest.raises(ValidationError) as refused:
        CallDefinition.model_validate(data)
    assert message in str(refused.value)


START = (ROOT / "fixtures" / "calls" / "starta-2022.yaml").read_text("utf-8")


def said(text: str) -> str:
    """What the reader of a broken file is told."""
    with pytest.raises(loading.LoadingError) as refused:
        loading.parse_call(text, "call.yaml")
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1\n", "call.yaml, line 1, column 4: anchors (&) and aliases (*)"),
        ("a: 1\nb: *a\n", "call.yaml, line 2, column 4: anchors (&) and aliases (*)"),
        ("a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n", "line 1, column 4: anchors"),
        ("a: 1\nb: 2\na: 3\n", "call.yaml, line 3, column 1: the key a occurs twice"),
        ("a: {b: 1, b: 2}\n", "line 1, column 11: the key b occurs twice"),
        ("a: [1, 2\nb: 3\n", "line 2"),
        ("a:\n\t- 1\n", "line 2, column 1"),
        ("a: !!python/object/apply:os.system [ls]\n", "tags (!) are not accepted"),
        ("a: !!binary aGVq\n", "tags (!) are not accepted"),
        ("? [a]\n: 1\n", "a key must be a word or a number"),
        ("[" * 200_000, "more than 30 levels"),
        ("a: 1\n---\nb: 2\n", "line 2"),
        ("a: \x01\n", "line 1, column 4: a character that may not be in a text file"),
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("- 1\n", "should be a group of keys"),
        ("x" * (reading.LARGEST + 1), "larger than 1024 kB"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_place(text: str, message: str) -> None:
    assert message in said(text)


def test_a_fault_is_named_by_file_line_and_path() -> None:
    line = START.split("\n").index("  max_share: 80") + 1
    assert said(START.replace("  max_share: 80", "  max_share: 180")) == (
        f"call.yaml, line {line}, column 14: budget.max_share: should be less than or equal to 100 [wrong-value]"
    )


def test_all_faults_are_named_at_once() -> None:
    text = START.replace("  max_share: 80", "  max_shares: 80").replace("    - cost: indirect", "    - cost: nothing")
    text = text.replace("slug: starta-2022", "slug: Starta")
    message = said(text)
    assert "budget.max_shares: there is no such key" in message
    assert "slug: 'Starta' is not written as" in message
    assert "budget.caps.0.cost: budget cap on nothing: unknown cost type" not in message  # until the slug is right
    assert message.count("\n") == 1


def test_several_faults_between_values_are_named_at_once() -> None:
    text = START.replace("    - cost: indirect", "    - cost: nothing").replace("after: progress", "after: dinner")
    message = said(text)
    assert "budget cap on nothing: unknown cost type [unknown-reference]\n" in message
    assert "payment after dinner: there is no such report [unknown-reference]" in message


def test_a_moment_needs_a_clock_time() -> None:
    message = said(START.replace("closes: 2022-09-14 14:00", "closes: 2022-09-14"))
    assert "window.closes: should be a date and a clock time" in message


def test_words_stay_words() -> None:
    document = strict_yaml.read(
        "a: no\nb: 12:30\nc: 0114\nd: 1_000\ne: 2022-05-02\nf: 1e3\ng: true\nh: -7\ni: 2.50\nj: ~\nk:"
    )
    assert list(document.data.values()) == [
        "no",
        "12:30",
        "0114",
        "1_000",
        "2022-05-02",
        "1e3",
        True,
        -7,
        2.5,
        None,
        None,
    ]


def test_invisible_characters_are_not_let_in() -> None:
    assert strict_yaml.read('a: "x\\0y\u202ez\u200b"').data == {"a": "xyz"}


def test_a_long_number_is_only_text() -> None:
    assert strict_yaml.read("a: " + "9" * 100_000).data == {"a": "9" * 100_000}
