"""Giving one answer of a draft a certain value, with all that has to follow from it."""

import random
from collections.abc import Container, Sequence
from typing import Any

from grants.applications.answers import Key, save_answer, values_of
from grants.applications.checklist import contents
from grants.applications.models import Answer, Application
from grants.applications.showing import options_of
from grants.programmes.definition import CallDefinition
from grants.programmes.questions import Question, ShowIf
from workflows.simulation.drafting import answer_to, confirm_partners


def give(case: Application, question: Question, value: Any) -> None:
    """Answer the question so, for one party if each answers for itself; see to it that it is shown, and complete the rest."""
    party = case.parties.all()[0].pk
    for each, given in (*called_for_by(question, case.definition), (question, value)):
        _save(case, each, party if each.per_party else None, given)
    complete(case, besides={(question.id, party if question.per_party else None)})


def called_for_by(question: Question, definition: CallDefinition) -> list[tuple[Question, Any]]:
    """Answers to earlier questions, in their order, that make this one shown. Figures of the application stay what they are."""
    waiting, wanted = [question], dict[str, list[ShowIf]]()
    while waiting:
        condition = waiting.pop().show_if
        for each in _one_way(condition) if condition else ():
            if each.question is not None and (other := definition.question(each.question)) is not None:
                wanted.setdefault(other.id, []).append(each)
                waiting += [other] if each.answered is not False else []
    return [(q, _answer_for(q, wanted[q.id])) for q in definition.questions() if q.id in wanted]


def _one_way(condition: ShowIf) -> list[ShowIf]:
    """Single conditions that are enough together; rather of answers, which can be given, than of figures."""
    if condition.any:
        return min((_one_way(part) for part in condition.any), key=lambda way: sum(c.value is not None for c in way))
    return [each for part in condition.all for each in _one_way(part)] if condition.all else [condition]


def _answer_for(question: Question, wanted: Sequence[ShowIf]) -> Any:
    """An answer to the question as which all of these hold."""
    if any(condition.answered is False for condition in wanted):
        return None
    if options := options_of(question):
        sets = [condition.equals for condition in wanted if condition.equals is not None]
        unwanted = {value for condition in wanted for value in condition.not_equals or ()}
        fit = [o for o in options if o not in unwanted]
        if question.kind == "choices":
            return [next((o for o in fit if o in each), None) for each in sets] or fit[:1]
        return next((o for o in fit if all(o in each for each in sets)), None)
    low = [condition.at_least for condition in wanted if condition.at_least is not None]
    high = [condition.at_most for condition in wanted if condition.at_most is not None]
    if low or high:
        return str(max(low) if low else min(high))
    return answer_to(question, random.Random(question.id))


def complete(case: Application, besides: Container[Key] = ()) -> None:
    """Answer what is shown and not answered yet, and let partners confirm if the call asks them to."""
    for question, party in shown(case):
        key = (question.id, party)
        if key not in besides and question.kind != "file" and values_of(case).get(key) is None:
            _save(case, question, party, answer_to(question, random.Random(question.id)))
    if case.definition.stages.partner_confirmation:
        confirm_partners(case, case.created_by)


def shown(case: Application) -> list[tuple[Question, int | None]]:
    """Every question that the answers so far call for, once a party where each answers for itself."""
    found = contents(case)
    return [
        (question, party)
        for question in case.definition.questions()
        for party in ([each.pk for each in found.parties] if question.per_party else [None])
        if found.shown.has(question, party)
    ]


def rows_of(question: Question, count: int) -> list[dict[str, Any]]:
    """So many rows of a table."""
    rng = random.Random(question.id)
    return [{column.id: answer_to(column, rng) for column in question.columns} for _ in range(count)]


def _save(case: Application, question: Question, party: int | None, value: Any) -> None:
    row = Answer.objects.filter(application=case, question=question.id, party=party).first()
    raw = f"{value:f}" if isinstance(value, float) else value
    save_answer(case, question, party, raw, case.created_by, row.version if row else None)
