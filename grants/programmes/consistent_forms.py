"""The rules of forms: questions, their conditions and limits, tables, and checks across answers."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from grants.programmes.consistency import Misfit, Path, twice
from grants.programmes.consistent_conditions import Known
from grants.programmes.consistent_conditions import misfits as misfits_of_condition
from grants.programmes.questions import FACTS

if TYPE_CHECKING:
    from grants.programmes.definition import CallDefinition
    from grants.programmes.questions import Asked, Question

# Keys that say nothing of questions of other kinds: who writes them there expects something that does not come.
BELONGS: dict[str, tuple[str, ...]] = {
    "limit": ("short", "long"),
    "least": ("number", "money"),
    "most": ("number", "money"),
    "least_rows": ("table",),
    "most_rows": ("table",),
}
Placed = tuple[Path, "Question"]


def misfits(definition: "CallDefinition") -> Iterator[Misfit]:
    """What does not fit in the application form, in the reports' forms and in the checks."""
    yield from twice("section", [(("sections", n, "id"), s.id) for n, s in enumerate(definition.sections)])
    yield from twice(
        "question", [((*path, "id"), question.id) for path, question in _questions_of_the_form(definition)]
    )
    yield from _form(definition, "", _questions_of_the_form(definition))
    for r, report in enumerate(definition.reporting.reports):
        questions = [(("reporting", "reports", r, "questions", n), q) for n, q in enumerate(report.questions)]
        yield from twice(f"report {report.id}: question", [((*path, "id"), q.id) for path, q in questions])
        yield from _form(definition, f"report {report.id}: ", questions)
    yield from _checks(definition)


def _questions_of_the_form(definition: "CallDefinition") -> list[Placed]:
    return [
        (("sections", s, "questions", n), question)
        for s, section in enumerate(definition.sections)
        for n, question in enumerate(section.questions)
    ]


def _form(definition: "CallDefinition", where: str, questions: Sequence[Placed]) -> Iterator[Misfit]:
    criteria = {c.id for c in definition.criteria}
    every = {question.id for _path, question in questions}
    facts = {} if where else {name: span_of(definition, name) for name in FACTS}  # a report knows its answers only
    earlier: dict[str, Question] = {}
    for path, question in questions:
        name = f"{where}question {question.id}: "
        yield from _asked(question, path, name)
        if question.show_if is not None:
            yield from misfits_of_condition(question, path, name, Known(earlier, every, facts))
        if question.criterion and question.criterion not in criteria:
            yield Misfit("unknown-reference", (*path, "criterion"), f"{name}there is no criterion {question.criterion}")
        yield from twice(f"{name}column", [((*path, "columns", n, "id"), c.id) for n, c in enumerate(question.columns)])
        for n, column in enumerate(question.columns):
            yield from _asked(column, (*path, "columns", n), f"{name}column {column.id}: ")
        if question.columns and question.least_rows > question.most_rows:
            yield Misfit("limits-clash", (*path, "least_rows"), f"{name}least_rows is larger than most_rows")
        earlier.setdefault(question.id, question)


def _asked(asked: "Asked", path: Path, name: str) -> Iterator[Misfit]:
    yield from twice(f"{name}option", [((*path, "options", n, "id"), o.id) for n, o in enumerate(asked.options)])
    if asked.least is not None and asked.most is not None and asked.least > asked.most:
        yield Misfit("limits-clash", (*path, "least"), f"{name}least is larger than most")
    for key, kinds in BELONGS.items():
        field = type(asked).model_fields.get(key)
        if field is not None and getattr(asked, key) != field.default and asked.kind not in kinds:
            yield Misfit("does-not-fit", (*path, key), f"{name}{key} belongs to {' and '.join(kinds)}")


def _checks(definition: "CallDefinition") -> Iterator[Misfit]:
    yield from twice("check", [(("checks", n, "id"), check.id) for n, check in enumerate(definition.checks)])
    for place, check in enumerate(definition.checks):
        sides = {side: getattr(check, side) for side in ("left", "right")}
        kinds = {side: _kind_of(definition, v) if isinstance(v, str) else "number" for side, v in sides.items()}
        for side, kind in kinds.items():
            if kind is None:
                words = f"check {check.id}: {sides[side]} is no value that can be compared"
                yield Misfit("unknown-reference", ("checks", place, side), words)
        if None not in kinds.values() and kinds["left"] != kinds["right"]:
            words = f"check {check.id}: a date cannot be compared with a number"
            yield Misfit("check-kinds", ("checks", place, "right"), words)
    yield from _checks_that_never_hold(definition)


def _checks_that_never_hold(definition: "CallDefinition") -> Iterator[Misfit]:
    """Checks against a number that leave the value nothing between its own limits and those of the checks before."""
    left: dict[str, tuple[float, float]] = {}
    for place, check in enumerate(definition.checks):
        if isinstance(check.right, str):
            continue
        low, high = left.get(check.left) or span_of(definition, check.left)
        if check.relation in ("at_least", "after", "equal"):
            low = max(low, check.right)
        if check.relation in ("at_most", "before", "equal"):
            high = min(high, check.right)
        left[check.left] = low, high
        if low > high or (low == high == check.right and check.relation in ("before", "after")):
            words = f"check {check.id}: {check.left} can never be {check.relation.replace('_', ' ')} {check.right:g}"
            yield Misfit("limits-clash", ("checks", place, "right"), words)


def span_of(definition: "CallDefinition", name: str) -> tuple[float, float]:
    """Between what a value that a check names lies by the rest of the definition."""
    match name:
        case "project.months":
            return 1, definition.project.max_months
        case "parties.count":
            partners = [rule for rule in definition.parties if rule.role.value == "participant"]
            return 1 + sum(rule.least for rule in partners), 1 + sum(rule.most for rule in partners)
        case "budget.applied":
            return definition.budget.min_grant, definition.budget.max_grant
        case "budget.cost":
            return 0, math.inf
    question = definition.question(name)
    low = question.least if question is not None else None
    high = question.most if question is not None else None
    return -math.inf if low is None else low, math.inf if high is None else high


def _kind_of(definition: "CallDefinition", name: str) -> str | None:
    """What a value is that a check names: a date, a number (amounts too), or nothing that can be compared."""
    if name in FACTS:
        return "number"
    question_id, _dot, column_id = name.partition(".")
    question = definition.question(question_id)
    if question is None or question.per_party:
        return None
    asked = question.column(column_id) if column_id else question
    if asked is None or (column_id and asked.kind == "date"):  # the days of a column have no sum
        return None
    return {"number": "number", "money": "number", "date": "date"}.get(asked.kind)
