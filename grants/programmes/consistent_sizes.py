"""The rule that a form can be sent: without JavaScript a whole step goes in one request, which may not be without end."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings

from grants.programmes.consistency import Misfit

if TYPE_CHECKING:
    from grants.programmes.definition import CallDefinition
    from grants.programmes.questions import Question, Section

AROUND = 20  # fields of a step beside its questions: title and dates with what they were, the form's token, the button
OF_A_PARTY = 2  # fields of a budget beside its costs: the grant asked for, and a mark of what the budget was
FIELDS = 2_000  # of one step: what somebody can overlook, and well within what the server takes
BYTES = 3  # a character takes on the way, letters with rings and dots among them


def misfits(definition: "CallDefinition") -> Iterator[Misfit]:
    """Steps that hold more fields or more text than a request may."""
    most_fields, most_bytes = FIELDS, settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    parties = most_parties(definition)
    for n, section in enumerate(definition.sections):
        if (count := fields_of(section, parties)) > most_fields:
            words = f"section {section.id}: {count} fields with {parties} parties; {most_fields} can be sent at once"
            yield Misfit("too-large", ("sections", n, "questions"), words)
        if (length := characters_of(section, parties)) * BYTES > most_bytes:
            room = most_bytes // BYTES
            words = f"section {section.id}: {length} characters with {parties} parties; {room} can be sent at once"
            yield Misfit("too-large", ("sections", n, "questions"), words)
    if (count := fields_of_budget(definition)) > most_fields:
        words = f"budget: {count} fields with {parties} parties; {most_fields} can be sent at once"
        yield Misfit("too-large", ("budget", "cost_types"), words)


def most_parties(definition: "CallDefinition") -> int:
    """The coordinator and as many others as there may be."""
    return 1 + sum(rule.most for rule in definition.parties if rule.role.value != "coordinator")


def fields_of(section: "Section", parties: int) -> int:
    """The fields of a step of the form at its largest; each question has a hidden one with its version."""
    questions = ((1 + _controls(q)) * (parties if q.per_party else 1) for q in section.questions if q.kind != "file")
    return AROUND + sum(questions)


def characters_of(section: "Section", parties: int) -> int:
    """The longest that all answers of a step may be together."""
    return sum(_length(q) * (parties if q.per_party else 1) for q in section.questions)


def fields_of_budget(definition: "CallDefinition") -> int:
    """The fields of the step of money: party by cost type by year."""
    project = definition.project
    years = project.latest_end.year - project.earliest_start.year + 1
    return AROUND + most_parties(definition) * (len(definition.budget.cost_types) * years + OF_A_PARTY)


def _controls(question: "Question") -> int:
    if question.kind == "table":
        return question.most_rows * len(question.columns)
    return len(question.options) if question.kind == "choices" else 1


def _length(question: "Question") -> int:
    if question.kind == "table":
        return question.most_rows * sum(column.length_limit for column in question.columns)
    return question.length_limit
