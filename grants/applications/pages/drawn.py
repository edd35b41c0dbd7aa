"""The form as it was drawn, when the call has a new version by the time it is sent: drafts follow the call at once.

What still fits its question is saved, also when the question has moved to another step. What does not fit any more, and
whatever the form never asked for, is given back to who sent it: nothing is kept in a place where it does not belong, and
nothing is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from grants.applications import answers
from grants.applications.pages import basics
from grants.applications.pages.room import Room, page_language
from grants.applications.preview import written
from grants.programmes.consistency import NO, YES
from grants.programmes.definition import CallDefinition
from grants.programmes.questions import Question, Section

DRAWN = "drawn"  # the hidden field that says with which version of the call a form was drawn
LONGEST_NUMBER = 9  # digits
MOST_GIVEN_BACK = 200
_OWN = {"csrfmiddlewaretoken", "mine", "theirs", "go", "more", DRAWN, *basics.BASICS}
_OWN_PREFIXES = ("v-", *(basics.WAS + name for name in basics.BASICS))


@dataclass
class Sent:
    """What a form sent, with the definition that it was drawn with, and what of it found no place."""

    data: QueryDict
    definition: CallDefinition
    is_older: bool
    given_back: list[tuple[str, str]] = field(default_factory=list)

    def hand_back(self, label: str, text: str) -> None:
        """Keep for whoever sent it."""
        if text.strip() and len(self.given_back) < MOST_GIVEN_BACK:
            self.given_back.append((label, text))

    def fits(self, question: Question) -> bool:
        """Whether what was sent for the question was asked for as it is asked for now."""
        was = self.definition.question(question.id)
        return was is None or _shape(was) == _shape(question)

    def hand_back_what_is_no_answer(self, question: Question, raw: Any) -> None:
        """Of what was sent: options that are gone, and rows beyond those that there may be."""
        known = [o.id for o in question.options] or ([YES, NO] if question.kind == "yesno" else [])
        if known:
            gone = [value for value in (raw if isinstance(raw, list) else [raw]) if value and value not in known]
            was = self.definition.question(question.id)
            self.hand_back(question.label.read(page_language()), in_words(was or question, gone))
        elif question.kind == "table":
            beyond = raw[question.most_rows * len(question.columns) :]
            self.hand_back(question.label.read(page_language()), in_words(question, beyond))


def sent(room: Room, data: QueryDict) -> Sent:
    """What was sent, read with the version of the call that the form was drawn with; one query when it is an older one."""
    version = room.application.version
    number = data.get(DRAWN, "")
    is_number = number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER
    if is_number and int(number) != version.number:
        older = version.call.versions.filter(number=int(number)).first()
        if older is not None:
            return Sent(data, older.definition, is_older=True)
    return Sent(data, room.definition, is_older=False)


def section_of(room: Room, step: str, form: Sent) -> Section | None:
    """The questions that the form may have asked: those of the step, and those that stood on it then and stand elsewhere
    now."""
    now = _section(room.definition, step)
    before = _section(form.definition, step) if form.is_older else None
    here = {question.id for question in now.questions} if now else set()
    moved = [room.definition.question(q.id) for q in before.questions if q.id not in here] if before else []
    model = now or before
    questions = (*(now.questions if now else ()), *(question for question in moved if question is not None))
    return model.model_copy(update={"questions": questions}) if model else None


def hand_back_the_rest(room: Room, form: Sent, taken: set[str]) -> None:
    """Whatever was sent beside the fields that were taken and the form's own."""
    for name in form.data:
        values = form.data.getlist(name)
        if name in taken or name in _OWN or name.startswith(_OWN_PREFIXES):
            continue
        question, party = _asked(form.definition, name)
        if question is None or question.kind == "file":
            form.hand_back(name, "\n".join(values))
            continue
        whose = next((f" ({each.name})" for each in room.parties if each.pk == party), "")
        raw = values if answers.is_listed(question) else values[-1]
        form.hand_back(question.label.read(page_language()) + whose, in_words(question, raw))


def in_words(question: Question, raw: Any) -> str:
    """What was sent for a question, to be read."""
    language = page_language()
    if question.kind == "table":
        rows = answers.rows_as_sent(question.model_copy(update={"most_rows": len(raw) + 1}), raw)
        return "\n".join(" · ".join(written(question, row, language)) for row in rows if row)
    labels = {o.id: o.label.read(language) for o in question.options} | {YES: _("Ja"), NO: _("Nej")}
    if question.options or question.kind == "yesno":
        return ", ".join(labels.get(str(value), str(value)) for value in (raw if isinstance(raw, list) else [raw]))
    return str(raw)


def _section(definition: CallDefinition, step: str) -> Section | None:
    return next((section for section in definition.sections if section.id == step), None)


def _asked(definition: CallDefinition, name: str) -> tuple[Question | None, int | None]:
    if question := definition.question(name):
        return question, None
    before, _dash, party = name.rpartition("-")
    is_key = party.isascii() and party.isdecimal() and len(party) <= len(str(2**63))
    return (definition.question(before), int(party)) if is_key else (None, None)


def _shape(question: Question) -> Sequence[Any]:
    """What decides how an answer is sent and kept."""
    return question.kind, question.per_party, [(column.id, column.kind) for column in question.columns]
