"""Giving one answer of a draft a certain value, with all that has to follow from it."""

import random
from collections.abc import Container
from typing import Any

from grants.applications.answers import Key, is_shown, save_answer, values_of
from grants.applications.models import Answer, Application
from grants.programmes.questions import Question
from workflows.simulation.drafting import answer_to, confirm_partners


def give(case: Application, question: Question, value: Any) -> None:
    """Answer the question so, for one party if each answers for itself; see to it that it is shown, and complete the rest."""
    wanted: list[tuple[Question, Any]] = [(question, value)]
    while (condition := wanted[-1][0].show_if) is not None:
        other = case.definition.question(condition.question)
        assert other is not None
        answer = condition.equals[0]
        wanted.append((other, [answer] if other.kind == "choices" else answer))
    party = case.parties.all()[0].pk
    for each, given in reversed(wanted):
        _save(case, each, party if each.per_party else None, given)
    complete(case, besides={(question.id, party if question.per_party else None)})


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
    values, parties = values_of(case), [party.pk for party in case.parties.all()]
    return [
        (question, party)
        for question in case.definition.questions()
        for party in (parties if question.per_party else [None])
        if is_shown(question, values, party)
    ]


def rows_of(question: Question, count: int) -> list[dict[str, Any]]:
    """So many rows of a table."""
    rng = random.Random(question.id)
    return [{column.id: answer_to(column, rng) for column in question.columns} for _ in range(count)]


def _save(case: Application, question: Question, party: int | None, value: Any) -> None:
    row = Answer.objects.filter(application=case, question=question.id, party=party).first()
    raw = f"{value:f}" if isinstance(value, float) else value
    save_answer(case, question, party, raw, case.created_by, row.version if row else None)
