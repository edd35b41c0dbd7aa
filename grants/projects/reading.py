"""A report that is only read: before it is filed by the project, afterwards by the officer too."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grants import money
from grants.programmes.questions import Question
from grants.projects.drafts import Fields
from grants.projects.forms import YES_OR_NO
from grants.projects.models import Duty
from grants.projects.overruns import Overrun, overruns
from grants.projects.settlement import Settled, Settlement


@dataclass(frozen=True)
class Answered:
    """One answer."""

    label: str
    spoken: str
    text: str


@dataclass(frozen=True)
class ReadReport:
    """A report's content as it is read."""

    answers: list[Answered]
    settlement: Settlement | None
    overruns: list[Overrun]


def read_content(duty: Duty, content: Mapping[str, Any], fields: Fields, tongue: str) -> ReadReport:
    """What filing.freeze_report has made of a report."""
    names = {line.party_id: line.party_name for line in fields.lines}
    answers = []
    for item in content["answers"]:
        question = next(q for q in fields.rule.questions if q.id == item["question"])
        party = names.get(item["party"], "")
        label = question.label.read(tongue) + (f" ({party})" if party else "")
        answers.append(Answered(label, question.label.spoken(tongue), in_words(question, item["value"], tongue)))
    rows = tuple(
        Settled(c["party"], c["name"], c["max_ore"], c["intensity_bp"], c["cost_ore"]) for c in content["costs"]
    )
    stated = {row.party_id: row.cost_ore for row in rows}
    return ReadReport(answers, Settlement(rows) if rows else None, overruns(duty, fields.lines, stated))


def in_words(question: Question, value: Any, tongue: str) -> str:
    """An answer as it is read."""
    labels = {o.id: o.label.read(tongue) for o in question.options} | (
        {value: str(label) for value, label in YES_OR_NO} if question.kind == "yesno" else {}
    )
    if isinstance(value, list):
        return ", ".join(labels.get(x, str(x)) for x in value)
    if question.kind == "money":
        try:
            return money.written(money.read(str(value)), tongue)
        except ValueError:
            return str(value)  # filed reports hold amounts only; a draft may hold anything
    return "" if value is None else labels.get(str(value), str(value))
