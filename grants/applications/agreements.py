"""Whether answers agree with each other: the `checks` of a call's definition, asked of an application."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from grants.applications.answers import Value, comparable, exact
from grants.applications.showing import Facts
from grants.budgets import rules
from grants.programmes.questions import FACTS, Check

if TYPE_CHECKING:
    from grants.applications.checklist import Contents

RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "at_most": lambda left, right: left <= right,
    "at_least": lambda left, right: left >= right,
    "equal": lambda left, right: left == right,
    "before": lambda left, right: left < right,
    "after": lambda left, right: left > right,
}


def disagreements(found: "Contents") -> Iterator[Check]:
    """The checks that fail. One whose values are not both there yet does not fail: that they are missing is told anyway."""
    for check in found.definition.checks:
        left, right = value_of(check.left, found), value_of(check.right, found)
        if left is not None and right is not None and not RELATIONS[check.relation](left, right):
            yield check


def value_of(name: str | float, found: "Contents") -> Value | None:
    """What a number or the name of a value stands for in this application; None when it is not there. Money in kronor."""
    if not isinstance(name, str):
        return exact(name)
    if name in FACTS:
        return found.facts[name]
    question_id, _dot, column_id = name.partition(".")
    question = found.definition.question(question_id)
    if question is None:
        return None
    value = found.shown.answer(question, None)  # nothing of what is not part of what is submitted
    if not column_id:
        return comparable(question, value)
    column = question.column(column_id)
    cells = [comparable(column, row.get(column_id)) for row in value or []] if column else []
    numbers = [cell for cell in cells if isinstance(cell, Decimal)]
    return sum(numbers, Decimal(0)) if numbers else None


def months_between(start: date, end: date) -> int:
    """Begun months from the first day to the last, both included: 1 December to 30 November is twelve."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months + (1 if end.day >= start.day else 0)


def facts(start: date | None, end: date | None, parties: int, budgets: Sequence[rules.PartyBudget]) -> Facts:
    """What checks and conditions can name beside answers. Money in kronor."""
    return {
        "project.months": Decimal(months_between(start, end)) if start and end else None,
        "parties.count": Decimal(parties),
        "budget.cost": Decimal(rules.total_cost(budgets)) / 100,
        "budget.applied": Decimal(rules.total_applied(budgets)) / 100,
    }
