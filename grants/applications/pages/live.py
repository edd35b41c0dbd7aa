"""Conditions and checks as the page's script (static/anslag/values.js) evaluates them, and the values that it cannot see.

The server remains the judge. What is sent here is the definition's own condition, with the names of the page's fields and
exact numbers as text, and of what stands on other steps only what this step's conditions and checks ask about.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from grants.applications.answers import exact
from grants.applications.checklist import Contents
from grants.applications.models import Party
from grants.applications.showing import Shown, options_of
from grants.programmes.definition import CallDefinition
from grants.programmes.questions import FACTS, Asked, Check, Question, Section, ShowIf

Data = dict[str, Any]
NEVER: Data = {"any": []}
ALWAYS: Data = {"all": []}


def name_of(question: Question, party: Party | None) -> str:
    """The name of a question's field, and its anchor; the checklist says the same."""
    return question.id + (f"-{party.pk}" if party else "")


def condition(show_if: ShowIf, question: Question, party: Party | None, definition: CallDefinition) -> Data:
    """The condition under which a question is shown."""
    for key in ("all", "any"):
        if parts := getattr(show_if, key):
            return {key: [condition(part, question, party, definition) for part in parts]}
    bounds = {key: _written(bound) for key in ("at_least", "at_most") if (bound := getattr(show_if, key)) is not None}
    if show_if.question is None:
        return {"fact": show_if.value, **bounds}
    order = {q.id: n for n, q in enumerate(definition.questions())}
    other = definition.question(show_if.question)
    if other is None or order[other.id] >= order[question.id]:
        return ALWAYS if show_if.answered is False else NEVER
    said = {key: value for key in ("equals", "not_equals", "answered") if (value := getattr(show_if, key)) is not None}
    return {**_field(other, party if other.per_party else None), **said, **bounds}


def check(rule: Check, definition: CallDefinition) -> Data:
    """Two values that must agree."""
    return {"left": _side(rule.left, definition), "relation": rule.relation, "right": _side(rule.right, definition)}


def _side(name: str | float, definition: CallDefinition) -> Data:
    if not isinstance(name, str):
        return {"number": _written(name)}
    if name in FACTS:
        return {"fact": name}
    question_id, _dot, column_id = name.partition(".")
    question = definition.question(question_id)
    if question is None:
        return {}
    if not column_id:
        return _field(question, None)
    place = next((n for n, column in enumerate(question.columns) if column.id == column_id), 0)
    return {"field": question.id, "column": place, "width": len(question.columns), **_asked(question.columns[place])}


def _field(question: Question, party: Party | None) -> Data:
    options = options_of(question)
    return {"field": name_of(question, party), **_asked(question), **({"options": options} if options else {})}


def _asked(asked: Asked) -> Data:
    """What tells a right answer from a wrong one."""
    bounds = {key: _written(bound) for key in ("least", "most") if (bound := getattr(asked, key)) is not None}
    return {"kind": asked.kind, **bounds}


def _written(bound: float | date) -> str:
    return bound.isoformat() if isinstance(bound, date) else f"{exact(bound):f}"


def as_text(data: Data) -> str:
    """The JSON of an attribute."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def named_in(data: Data, key: str) -> Iterator[str]:
    """The fields or the figures that a condition or a check asks about. `key`: "field" or "fact"."""
    if key in data:
        yield data[key]
    for part in (
        *data.get("all", ()),
        *data.get("any", ()),
        *(data[side] for side in ("left", "right") if side in data),
    ):
        yield from named_in(part, key)


def known(found: Contents, shown: Shown, section: Section, asked: Iterable[Data]) -> Data:
    """What these conditions and checks ask about and the page of the section does not hold: answers of other steps as they
    are saved, and figures of the application."""
    asked = list(asked)
    names = {name for data in asked for name in named_in(data, "field")}
    facts = {name: found.facts[name] for data in asked for name in named_in(data, "fact")}
    here = {question.id for question in section.questions}
    places = (
        (name_of(question, party), question, party)
        for question in found.definition.questions()
        if question.id not in here
        for party in (found.parties if question.per_party else [None])
    )
    return {
        "texts": {name: shown.texts(q, party.pk if party else None) for name, q, party in places if name in names},
        "facts": {name: None if value is None else f"{value:f}" for name, value in facts.items()},
    }
