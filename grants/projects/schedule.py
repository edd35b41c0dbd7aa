"""When a funded project has to report and when it is paid: from a call's rules and a project's dates to a plan.

Pure. A decision keeps the plan as JSON rows, which decide from then on: a later version of the call changes nothing.

- A report is due on its date, until the last second of that day in Sweden.
- A repeated report falls every so many months from the start of the project, as long as that is before its end.
- A report during the project whose date would be on the last day or later is left out when the call has a report after
  the end, which covers the same time; otherwise it is due on the last day.
- What is paid after a report that was left out is paid with the next part.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypedDict

from grants.clock import SWEDEN
from grants.money import rounded
from grants.programmes.definition import CallDefinition, Payment, ReportRule
from grants.programmes.questions import Text

ACCEPTED = "accepted"  # releases a payment when every party has accepted the conditions


@dataclass(frozen=True)
class PlannedDuty:
    """One report of the plan. `n` counts the project's reports from 1, in the order they are due."""

    rule: str
    n: int
    kind: str
    title: Text
    opens_at: datetime
    due: datetime


class DutyRow(TypedDict):
    """A planned duty as a decision keeps it."""

    rule: str
    n: int
    kind: str
    due: str  # date
    opens: str  # moment


class PaymentRow(TypedDict):
    """A part of the grant as a decision keeps it."""

    label_sv: str
    label_en: str
    after: str
    amount_ore: int


def end_of_day(day: date) -> datetime:
    """The last second of a day in Sweden: until then a report is in time."""
    return datetime.combine(day, time(23, 59, 59), SWEDEN)


def add_months(start: date, months: int) -> date:
    """The same day so many months later, or the last of the month when it has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def duties_for(definition: CallDefinition, starts_on: date, ends_on: date) -> list[PlannedDuty]:
    """The reports of a project between these days, in the order they are due."""
    rules = definition.reporting.reports
    planned = [(due, rule) for rule in rules for due in _dates(rule, rules, starts_on, ends_on)]
    if not planned:  # a project always has a last report
        planned = [(ends_on, rules[-1])]
    planned.sort(key=lambda item: item[0])
    return [
        PlannedDuty(rule.id, n, rule.kind, rule.title, _opens(rule, due, starts_on), end_of_day(due))
        for n, (due, rule) in enumerate(planned, 1)
    ]


def _dates(rule: ReportRule, rules: Sequence[ReportRule], starts_on: date, ends_on: date) -> Iterator[date]:
    if rule.days_after_end is not None:
        yield ends_on + timedelta(days=rule.days_after_end)
    elif rule.months_after_start is not None:
        due = add_months(starts_on, rule.months_after_start)
        if due < ends_on:
            yield due
        elif all(r.days_after_end is None for r in rules):
            yield ends_on
    elif rule.every_months is not None:
        n = 1
        while (due := add_months(starts_on, n * rule.every_months)) < ends_on:
            yield due
            n += 1


def _opens(rule: ReportRule, due: date, starts_on: date) -> datetime:
    first = max(due - timedelta(days=rule.opens_days_before), min(starts_on, due))
    return datetime.combine(first, time(), SWEDEN)


def as_rows(duties: Iterable[PlannedDuty]) -> list[DutyRow]:
    """The plan as Decision.schedule keeps it."""
    return [
        {
            "rule": duty.rule,
            "n": duty.n,
            "kind": duty.kind,
            "due": duty.due.astimezone(SWEDEN).date().isoformat(),
            "opens": duty.opens_at.isoformat(),
        }
        for duty in duties
    ]


def from_rows(rows: Iterable[Mapping[str, Any]], definition: CallDefinition) -> list[PlannedDuty]:
    """The plan that a decision keeps; the titles come from the version of the call that the case follows."""
    duties = []
    for row in rows:
        rule = definition.report(row["rule"])
        if rule is None:
            raise LookupError(f"the call has no report {row['rule']}")
        opens, due = (datetime.fromisoformat(row["opens"]), end_of_day(date.fromisoformat(row["due"])))
        duties.append(PlannedDuty(rule.id, row["n"], row["kind"], rule.title, opens, due))
    return duties


def payments_for(
    definition: CallDefinition, total_ore: int, duties: Iterable[PlannedDuty] | None = None
) -> list[PaymentRow]:
    """The parts in which a grant is paid; they sum to it exactly, and the last part takes what rounding leaves.

    With the project's `duties`, a part that waits for a report that this project does not have joins the next part.
    """
    parts = list(definition.reporting.payments)
    if duties is not None:
        parts = _joined(parts, {duty.rule for duty in duties} | {ACCEPTED})
    rows: list[PaymentRow] = []
    paid, percent = 0, Decimal()
    for place, part in enumerate(parts, 1):
        percent += Decimal(str(part.percent))
        reached = total_ore if place == len(parts) else min(total_ore, rounded(Decimal(total_ore) * percent / 100))
        rows.append(
            {"label_sv": part.label.sv, "label_en": part.label.en, "after": part.after, "amount_ore": reached - paid}
        )
        paid = reached
    return rows


def _joined(parts: Iterable[Payment], released_by: set[str]) -> list[Payment]:
    """The payments whose condition comes about, with the shares of those whose condition does not."""
    kept: list[Payment] = []
    waiting = 0.0
    for part in parts:
        if part.after in released_by:
            kept.append(part.model_copy(update={"percent": part.percent + waiting}))
            waiting = 0.0
        else:
            waiting += part.percent
    if waiting and kept:
        kept[-1] = kept[-1].model_copy(update={"percent": kept[-1].percent + waiting})
    return kept
