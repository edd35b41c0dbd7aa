"""Whether answers agree with each other: the `checks` of a call's definition, asked of an application."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from grants import money
from grants.applications.answers import fault, is_shown
from grants.budgets import rules
from grants.programmes.questions import Asked, Check

if TYPE_CHECKING:
    from grants.applications.checklist import Contents

Value = Decimal | date

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
        return Decimal(str(name))
    if name in FACTS:
        return FACTS[name](found)
    question_id, _dot, column_id = name.partition(".")
    question = found.definition.question(question_id)
    if question is None:
        return None
    if not is_shown(question, found.values):  # it is not part of what is submitted
        return None
    value = found.values.get((question_id, None))
    if not column_id:
        return _read(question, value)
    column = question.column(column_id)
    cells = [_read(column, row.get(column_id)) for row in value or []] if column else []
    numbers = [cell for cell in cells if isinstance(cell, Decimal)]
    return sum(numbers, Decimal(0)) if numbers else None


def _read(asked: Asked, value: Any) -> Value | None:
    """An answer as something that can be compared; None when it cannot, or is wrong in itself: that is told anyway, and
    keeps what is computed with within bounds."""
    if fault(asked, value):
        return None
    try:
        match asked.kind:
            case "date":
                return date.fromisoformat(str(value))
            case "money":
                return Decimal(money.read(str(value or ""))) / 100
            case _:
                number = Decimal(str(value).replace(" ", "").replace(money.NBSP, "").replace(",", "."))
                return number if number.is_finite() else None
    except (ValueError, InvalidOperation):
        return None


def months_between(start: date, end: date) -> int:
    """Begun months from the first day to the last, both included: 1 December to 30 November is twelve."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months + (1 if end.day >= start.day else 0)


def _months(found: "Contents") -> Decimal | None:
    start, end = found.application.starts_on, found.application.ends_on
    return Decimal(months_between(start, end)) if start and end else None


FACTS: dict[str, Callable[["Contents"], Decimal | None]] = {
    "project.months": _months,
    "parties.count": lambda found: Decimal(len(found.parties)),
    "budget.cost": lambda found: Decimal(rules.total_cost(found.budgets)) / 100,
    "budget.applied": lambda found: Decimal(rules.total_applied(found.budgets)) / 100,
}
