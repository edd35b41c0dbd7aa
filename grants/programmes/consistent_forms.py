"""The rules of forms: questions, their conditions and limits, tables, and checks across answers."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from grants.programmes.consistency import NO, VALUES, YES, Misfit, Path, twice

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
    later = {question.id for _path, question in questions}
    earlier: dict[str, Question] = {}
    for path, question in questions:
        name = f"{where}question {question.id}: "
        yield from _asked(question, path, name)
        if question.show_if is not None:
            yield from _condition(question, path, name, earlier, later)
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


def _condition(
    question: "Question", path: Path, name: str, earlier: "Mapping[str, Question]", all_ids: set[str]
) -> Iterator[Misfit]:
    show_if = question.show_if
    assert show_if is not None
    here = (*path, "show_if")
    other = earlier.get(show_if.question)
    if other is None:
        rule = "show-if-forward" if show_if.question in all_ids else "unknown-reference"
        yield Misfit(rule, (*here, "question"), f"{name}show_if refers to no earlier question")
        return
    answers = {o.id for o in other.options} or ({YES, NO} if other.kind == "yesno" else set())
    if not answers:
        words = f"{name}show_if: {other.id} is not answered by choosing, so no answer can be waited for"
        yield Misfit("show-if-never", (*here, "question"), words)
    elif not show_if.equals:
        words = f"{name}show_if: no answer is named, so the question would never be shown"
        yield Misfit("show-if-never", (*here, "equals"), words)
    elif other.per_party and not question.per_party:
        words = f"{name}show_if: each party answers {other.id} for itself, this question is answered once"
        yield Misfit("show-if-never", (*here, "question"), words)
    for place, value in enumerate(show_if.equals if answers else ()):
        if value not in answers:
            yield Misfit(
                "show-if-never", (*here, "equals", place), f"{name}show_if: {other.id} cannot be answered {value}"
            )


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
        low, high = left.get(check.left) or _span_of(definition, check.left)
        if check.relation in ("at_least", "after", "equal"):
            low = max(low, check.right)
        if check.relation in ("at_most", "before", "equal"):
            high = min(high, check.right)
        left[check.left] = low, high
        if low > high or (low == high == check.right and check.relation in ("before", "after")):
            words = f"check {check.id}: {check.left} can never be {check.relation.replace('_', ' ')} {check.right:g}"
            yield Misfit("limits-clash", ("checks", place, "right"), words)


def _span_of(definition: "CallDefinition", name: str) -> tuple[float, float]:
    """Between what a value that a check names lies by the rest of the definition."""
    match name:
        case "project.months":
            return 1, definition.project.max_months
        case "parties.count":
            partners = [rule for rule in definition.parties if rule.role.value == "participant"]
            return 1 + sum(rule.least for rule in partners), 1 + sum(rule.most for rule in partners)
        case "budget.applied":
            return definition.budget.min_grant, definition.budget.max_grant
    question = definition.question(name)
    low = question.least if question is not None else None
    high = question.most if question is not None else None
    return -math.inf if low is None else low, math.inf if high is None else high


def _kind_of(definition: "CallDefinition", name: str) -> str | None:
    """What a value is that a check names: a date, a number (amounts too), or nothing that can be compared."""
    if name in VALUES:
        return "number"
    question_id, _dot, column_id = name.partition(".")
    question = definition.question(question_id)
    if question is None or question.per_party:
        return None
    asked = question.column(column_id) if column_id else question
    if asked is None or (column_id and asked.kind == "date"):  # the days of a column have no sum
        return None
    return {"number": "number", "money": "number", "date": "date"}.get(asked.kind)
