"""Which questions of a form its answers call for: `show_if`, evaluated.

A question that is not shown has no answer for the conditions of later ones, whatever was written while it was. An option
that the call no longer has is no answer either. static/anslag/values.js evaluates the same conditions in the browser; a
test holds them together.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from grants.applications.answers import Key, Value, comparable, exact
from grants.programmes.consistency import NO, YES
from grants.programmes.questions import Question, ShowIf

Facts = Mapping[str, Decimal | None]  # what conditions can name beside answers
NO_FACTS: Facts = {}


class Shown:
    """The questions of a form with the answers as they are: which of them are shown."""

    def __init__(self, questions: Iterable[Question], values: Mapping[Key, Any], facts: Facts = NO_FACTS) -> None:
        self._questions = {question.id: question for question in questions}
        self._place = {question: n for n, question in enumerate(self._questions)}
        self._values = values
        self._facts = facts
        self._known: dict[Key, bool] = {}
        self._settled: set[int | None] = set()

    def has(self, question: Question, party: int | None = None) -> bool:
        """Whether the answers to earlier questions call for this one."""
        if question.show_if is None:
            return True
        for one in dict.fromkeys((None, party)):
            if one not in self._settled:
                self._settle(one)
        return self._known[(question.id, party)]

    def _settle(self, party: int | None) -> None:
        """Weigh the conditions in the order of the form, so that each finds those that it asks about weighed already,
        however long the chain is."""
        self._settled.add(party)
        for question in self._questions.values():
            if question.show_if is not None:
                self._known[(question.id, party)] = self._holds(question.show_if, self._place[question.id], party)

    def answer(self, question: Question, party: int | None = None) -> Any:
        """The answer, if the question is shown."""
        return self._values.get((question.id, party)) if self.has(question, party) else None

    def texts(self, question: Question, party: int | None = None) -> list[str]:
        """What conditions see of the answer: chosen options, the cells of a table row by row, or the text."""
        value = self.answer(question, party)
        if question.kind == "table":
            return [row.get(column.id, "") for row in value or [] for column in question.columns]
        given = value if isinstance(value, list) else [] if value in (None, "") else [str(value)]
        options = options_of(question)
        return [each for each in given if each in options] if options else given

    def meets(self, condition: ShowIf) -> bool:
        """Whether all that has been answered meets a condition that stands outside the form."""
        return self._holds(condition, len(self._place), None)

    def _holds(self, condition: ShowIf, place: int, party: int | None) -> bool:
        if condition.all:
            return all(self._holds(part, place, party) for part in condition.all)
        if condition.any:
            return any(self._holds(part, place, party) for part in condition.any)
        if condition.question is None:
            return within(condition, self._facts.get(condition.value or ""))
        other = self._questions.get(condition.question)
        # a published form may hold what is refused today: only what comes before can be asked
        if other is None or self._place[other.id] >= place:
            return condition.answered is False
        texts = [text for text in self.texts(other, party if other.per_party else None) if text]
        return answers(condition, texts) and within(condition, comparable(other, texts[0]) if texts else None)


def options_of(question: Question) -> tuple[str, ...]:
    """The answers to choose among; none when the question is not answered by choosing."""
    return (YES, NO) if question.kind == "yesno" else tuple(option.id for option in question.options)


def answers(condition: ShowIf, texts: list[str]) -> bool:
    """Whether what was answered fits what the condition says of answers."""
    if condition.answered is not None and condition.answered != bool(texts):
        return False
    if condition.equals is not None and not any(text in condition.equals for text in texts):
        return False
    return condition.not_equals is None or (bool(texts) and not any(text in condition.not_equals for text in texts))


def within(condition: ShowIf, value: Value | None) -> bool:
    """Whether a value lies between the condition's bounds, if it has any."""
    low, high = _bound(condition.at_least), _bound(condition.at_most)
    return (low is None or _in_order(low, value)) and (high is None or _in_order(value, high))


def _in_order(first: Value | None, then: Value | None) -> bool:
    if isinstance(first, date) and isinstance(then, date):
        return first <= then
    return isinstance(first, Decimal) and isinstance(then, Decimal) and first <= then


def _bound(bound: float | date | None) -> Value | None:
    return exact(bound) if isinstance(bound, int | float) else bound
