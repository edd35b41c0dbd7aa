"""A report while it is being written: its fields, and saving them without overwriting what was not seen.

Every field is compared and set on its own, by a stamp of the value that the page was drawn with. What was typed is kept
as it is, also an amount that cannot be read: filing says what is wrong with it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from grants import clock, money
from grants.applications import answers
from grants.cleaning import clean_line
from grants.organisations.models import Person
from grants.programmes.definition import ReportRule
from grants.programmes.questions import Question
from grants.projects.filing import MOST_COST_ORE, answer_key, lines_of, places, rule_of
from grants.projects.models import Duty, DutyState, ReportDraft

WRITABLE = (DutyState.OPEN, DutyState.RETURNED)
COST = "cost-"
LONGEST_AMOUNT = 40  # characters of an amount that cannot be read


@dataclass(frozen=True)
class Saved:
    """What saving led to. Fields in `conflicts` hold something else than the page was drawn with and were left so."""

    values: dict[str, Any]
    draft: ReportDraft | None
    conflicts: tuple[str, ...] = ()
    is_open: bool = True  # False: the report cannot be written in (any longer), and nothing was saved


class Fields:
    """The fields of one report: its questions, and each party's cost."""

    def __init__(self, duty: Duty) -> None:
        self.rule: ReportRule = rule_of(duty, duty.application.definition)
        self.lines = lines_of(duty)
        self.questions: dict[str, Question] = {
            answer_key(question, line.party_id if line else None): question
            for question, line in places(self.rule, self.lines)
        }
        self.costs = {f"{COST}{line.party_id}": line for line in self.lines} if self.rule.cost_statement else {}

    def names(self) -> list[str]:
        """Every field, in the order of the form."""
        return [*self.questions, *self.costs]

    def read(self, draft: ReportDraft | None) -> dict[str, Any]:
        """What the draft holds by field; None where nothing has been written."""
        if draft is None:
            return dict.fromkeys(self.names())
        found = {name: draft.answers.get(name) for name in self.questions}
        return found | {name: draft.costs.get(name.removeprefix(COST)) for name in self.costs}

    def sent(self, name: str, data: QueryDict, key: str) -> Any:
        """What was sent for a field under `key`, as it is stored."""
        if name in self.costs:
            return _cost(data.get(key, ""))
        question = self.questions[name]
        return answers.tidy(question, data.getlist(key) if question.kind == "choices" else data.get(key, ""))


def _cost(raw: str) -> int | str | None:
    text = clean_line(raw)[:LONGEST_AMOUNT]
    try:
        ore = money.read(text) if text else None
    except ValueError:
        return text
    return text if ore is not None and not 0 <= ore <= MOST_COST_ORE else ore


def stamp(value: Any) -> str:
    """A short stand-in for a value, by which a page shows what it was drawn with."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:16]


def save(duty: Duty, fields: Fields, typed: Mapping[str, Any], seen: Mapping[str, str], person: Person) -> Saved:
    """Save these values by field, each only if it is still what was `seen` (stamps by field). The caller holds the
    lock on the duty, which filing takes too, and has checked that the person may write."""
    draft: ReportDraft | None = getattr(duty, "draft", None)
    values = fields.read(draft)
    if duty.state not in WRITABLE:
        return Saved(values, draft, is_open=False)
    differing = {name: value for name, value in typed.items() if value != values[name]}
    conflicts = tuple(n for n in differing if not _was_seen(values[n], seen.get(n, "")))
    changed = {name: value for name, value in differing.items() if name not in conflicts}
    if changed:
        values |= changed
        draft = _write(duty, draft, values, fields, person)
    return Saved(values, draft, conflicts)


def _was_seen(stored: Any, seen: str) -> bool:
    return seen == stamp(stored) if seen else stored is None


def _write(
    duty: Duty, draft: ReportDraft | None, values: Mapping[str, Any], fields: Fields, person: Person
) -> ReportDraft:
    written = {name: values[name] for name in fields.questions if values[name] is not None}
    costs = {name.removeprefix(COST): values[name] for name in fields.costs if values[name] is not None}
    if draft is None:
        return ReportDraft.objects.create(
            duty=duty, answers=written, costs=costs, saved_by=person, saved_at=clock.now()
        )
    draft.answers, draft.costs, draft.version = written, costs, draft.version + 1
    draft.saved_by, draft.saved_at = person, clock.now()
    draft.save(update_fields=["answers", "costs", "version", "saved_by", "saved_at"])
    return draft
