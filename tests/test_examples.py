"""Examples: every question of every call has answers that its form would take, and no two organisations share a name."""

from typing import Any

import pytest
import yaml

from grants.applications.answers import length
from tests.programmes.files import CALLS, ROOT
from workflows.simulation import people

EXAMPLES: dict[str, Any] = yaml.safe_load((ROOT / "workflows" / "simulation" / "examples.yaml").read_text("utf-8"))
LIMITS = {"short": 200, "long": 5000}


def questions(node: Any) -> list[dict[str, Any]]:
    """Everything in a call's file that asks for a text, in its form and in its reports."""
    if isinstance(node, list):
        return [q for child in node for q in questions(child)]
    if not isinstance(node, dict):
        return []
    if node.get("kind") in LIMITS and "label" in node:
        return [node]
    return questions(list(node.values()))


ASKED = [
    pytest.param(q, id=f"{path.stem}:{q['id']}")
    for path in CALLS
    for q in questions(yaml.safe_load(path.read_text("utf-8")))
]


def test_some_texts_are_asked_for():
    assert len(ASKED) > 40


@pytest.mark.parametrize("question", ASKED)
def test_a_question_has_three_answers_within_its_limit(question):
    answers = EXAMPLES["answers"][question["id"]]
    limit = question.get("limit", LIMITS[question["kind"]])
    assert len(set(answers)) == 3
    assert [a for a in answers if not 10 < length(a) <= limit] == []
    assert question["kind"] == "long" or not any("\n" in a for a in answers)


def test_no_answer_is_to_a_question_that_nobody_asks():
    assert set(EXAMPLES["answers"]) == {q.values[0]["id"] for q in ASKED}


@pytest.mark.parametrize(
    ("key", "least"),
    [
        ("titles", 24),
        ("fallback", 3),
        ("strengths", 6),
        ("weaknesses", 6),
        ("reasons", 6),
        ("grant_reasons", 4),
        ("rejection_reasons", 4),
    ],
)
def test_the_other_texts_are_many_and_all_differ(key, least):
    texts = EXAMPLES[key]
    assert len(texts) == len(set(texts)) >= least
    assert all(isinstance(text, str) and text == text.strip() for text in texts)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["municipality", "civil_society"])
def test_no_two_example_organisations_are_named_alike(kind: str) -> None:
    """Also when their numbers lead to the same place, and when there are more of them than places."""
    numbers = [1, 151, 301, *range(2000, 2200)]
    names = {people.organisation(n, kind).name for n in numbers}
    assert len(names) == len(numbers)
    assert people.organisation(151, kind).name in names
