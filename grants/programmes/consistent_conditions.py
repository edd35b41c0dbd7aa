"""The rules of `show_if`: what it refers to comes before, and it can hold.

That a condition can never hold is only said when it is certain: each alternative is weighed against everything that must
hold beside it, but not against the other alternatives.
"""

import math
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date

from grants.programmes.consistency import NO, YES, Misfit, Path
from grants.programmes.questions import Question, ShowIf, any_given

DEEPEST = 3  # levels
COMPARED = ("number", "money", "date")  # kinds of questions that have a least and a most
MOST_FOLLOWED = 20  # questions that lead to one another, so that weighing them takes no time
Span = tuple[float, float]
EVERYTHING: Span = (-math.inf, math.inf)


@dataclass(frozen=True)
class Known:
    """What a condition can refer to: the questions before it, and between what its figures lie. `every`: the ids of all
    questions of the form."""

    earlier: Mapping[str, Question]
    every: set[str]
    facts: Mapping[str, Span]


def options_of(question: Question) -> set[str]:
    """The answers to choose among; none when the question is not answered by choosing."""
    return {o.id for o in question.options} or ({YES, NO} if question.kind == "yesno" else set())


def misfits(question: Question, path: Path, name: str, known: Known) -> Iterator[Misfit]:
    """What does not fit in the question's condition."""
    assert question.show_if is not None
    yield from of_condition(question.show_if, (*path, "show_if"), name, known, per_party=question.per_party)


def of_condition(
    condition: ShowIf, here: Path, name: str, known: Known, *, per_party: bool = False
) -> Iterator[Misfit]:
    """What does not fit in a condition that stands here. `per_party`: it is asked for each party."""
    if condition.levels > DEEPEST:
        yield Misfit("show-if-deep", here, f"{name}show_if is more than {DEEPEST} levels deep")
        return
    found = [
        misfit for each, place in _single(condition, here) for misfit in _of_one(per_party, each, place, name, known)
    ]
    yield from found
    if not found and not _can([condition], {}, known):
        yield Misfit("show-if-never", here, f"{name}show_if: its conditions exclude each other, so it can never hold")


def _single(condition: ShowIf, path: Path) -> Iterator[tuple[ShowIf, Path]]:
    """The single conditions with their places."""
    for key in ("all", "any"):
        for n, part in enumerate(getattr(condition, key)):
            yield from _single(part, (*path, key, n))
    if not condition.parts:
        yield condition, path


def _of_one(per_party: bool, condition: ShowIf, here: Path, name: str, known: Known) -> Iterator[Misfit]:
    if condition.question is None:
        span = known.facts.get(condition.value or "")
        if span is None:
            words = f"{name}show_if: a report knows only its own answers, not {condition.value}"
            yield Misfit("unknown-reference", (*here, "value"), words)
        else:
            yield from _bounds(condition, here, f"{name}show_if: {condition.value}", "number", span)
        return
    other = known.earlier.get(condition.question)
    if other is None:
        rule = "show-if-forward" if condition.question in known.every else "unknown-reference"
        yield Misfit(rule, (*here, "question"), f"{name}show_if refers to no earlier question")
        return
    about = f"{name}show_if: {other.id}"
    if other.kind == "file":
        yield Misfit("show-if-never", (*here, "question"), f"{about} is a file, which is given on a step of its own")
    elif other.per_party and not per_party:
        words = f"{name}show_if: each party answers {other.id} for itself, this question is answered once"
        yield Misfit("show-if-never", (*here, "question"), words)
    else:
        yield from _answers(other, condition, here, name)
        kind = "date" if other.kind == "date" else "number" if other.kind in COMPARED else ""
        yield from _bounds(condition, here, about, kind, _span(other))
        if condition.answered is False and other.required and other.show_if is None:
            words = f"{about} must be answered, so nothing can wait for it not to be"
            yield Misfit("show-if-never", (*here, "answered"), words)


def _answers(other: Question, condition: ShowIf, here: Path, name: str) -> Iterator[Misfit]:
    options = options_of(other)
    if not options and (condition.equals is not None or condition.not_equals is not None):
        words = f"{name}show_if: {other.id} is not answered by choosing, so no answer can be waited for"
        yield Misfit("show-if-never", (*here, "question"), words)
        return
    if condition.equals is not None and not condition.equals:
        words = f"{name}show_if: no answer is named, so the question would never be shown"
        yield Misfit("show-if-never", (*here, "equals"), words)
    for key in ("equals", "not_equals"):
        for place, value in enumerate(getattr(condition, key) or ()):
            if value not in options:
                words = f"{name}show_if: {other.id} cannot be answered {value}"
                yield Misfit("show-if-never", (*here, key, place), words)
    if options and options <= set(condition.not_equals or ()):
        words = f"{name}show_if: {other.id} has no other answers than these"
        yield Misfit("show-if-never", (*here, "not_equals"), words)


def _bounds(condition: ShowIf, here: Path, about: str, kind: str, span: Span) -> Iterator[Misfit]:
    """What does not fit in `at_least` and `at_most`, for a value of this kind that lies between these bounds."""
    for key, bound in (("at_least", condition.at_least), ("at_most", condition.at_most)):
        if bound is None:
            continue
        if not kind:
            yield Misfit("show-if-never", (*here, key), f"{about} is no number, amount or date")
        elif isinstance(bound, date) != (kind == "date"):
            yield Misfit("check-kinds", (*here, key), f"{about}: a date cannot be compared with a number")
        elif _outside(key, _number(bound), span):
            yield Misfit("show-if-never", (*here, key), f"{about} can never be {key.replace('_', ' ')} {_said(bound)}")
            return
    low, high = condition.at_least, condition.at_most
    if low is None or high is None or isinstance(low, date) != isinstance(high, date) or not kind:
        return
    if _number(low) > _number(high):
        yield Misfit("show-if-never", (*here, "at_least"), f"{about}: at_least is larger than at_most")


def _outside(key: str, bound: float, span: Span) -> bool:
    return bound > span[1] if key == "at_least" else bound < span[0]


def _said(bound: float | date) -> str:
    return bound.isoformat() if isinstance(bound, date) else f"{bound:.15g}"


def _number(bound: float | date) -> float:
    return bound.toordinal() if isinstance(bound, date) else bound


def _span(question: Question) -> Span:
    """Between what a right answer lies."""
    low = 0 if question.kind == "money" else -math.inf
    return low if question.least is None else question.least, math.inf if question.most is None else question.most


@dataclass
class _Left:
    """What is left for one value when several conditions hold together."""

    low: float = -math.inf
    high: float = math.inf
    answered: bool | None = None
    wanted: list[set[str]] = field(default_factory=list)
    unwanted: set[str] = field(default_factory=set)


def _can(conditions: list[ShowIf], left: dict[str, _Left], known: Known) -> bool:
    """Whether these can hold together. `left` is narrowed by those of which there is only one way to hold."""
    waiting, alternatives = list(conditions), []
    while waiting:
        condition = waiting.pop()
        if condition.any:
            alternatives.append(condition.any)
        elif condition.all:
            waiting += condition.all
        elif not _narrow(condition, left, known, waiting):
            return False
    return all(any(_can([way], deepcopy(left), known) for way in ways) for ways in alternatives)


def _narrow(condition: ShowIf, left: dict[str, _Left], known: Known, waiting: list[ShowIf]) -> bool:
    """Take in one condition; whether anything is left. Who answers a question sees it: what that takes without any choice
    is added to what is waiting."""
    key = condition.question or condition.value or ""
    other = known.earlier.get(key)
    if key not in left:
        low, high = _span(other) if other else known.facts.get(key, EVERYTHING)
        left[key] = _Left(low, high)
    mine = left[key]
    answered = condition.answered is not False
    if mine.answered is not None and mine.answered != answered:
        return False
    if answered and mine.answered is None and other and other.show_if and len(left) < MOST_FOLLOWED:
        waiting += _without_choice(other.show_if)
    mine.answered = answered
    if condition.equals is not None:
        mine.wanted.append(set(condition.equals))
    mine.unwanted |= set(condition.not_equals or ())
    if condition.at_least is not None:
        mine.low = max(mine.low, _number(condition.at_least))
    if condition.at_most is not None:
        mine.high = min(mine.high, _number(condition.at_most))
    if not answered and any_given([condition.equals, condition.not_equals, condition.at_least, condition.at_most]):
        return False
    return mine.low <= mine.high and (other is None or not answered or _can_choose(other, mine))


def _without_choice(condition: ShowIf) -> list[ShowIf]:
    """The single conditions that must hold whatever the alternatives."""
    if condition.any:
        return []
    return [each for part in condition.all for each in _without_choice(part)] if condition.all else [condition]


def _can_choose(question: Question, left: _Left) -> bool:
    options = options_of(question)
    if not options:
        return True
    if question.kind == "choices":  # one of each may be chosen
        return all(wanted - left.unwanted for wanted in (*left.wanted, options))
    return bool(options.intersection(*left.wanted) - left.unwanted)
