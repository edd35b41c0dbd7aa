"""The questions of a section as fields on a page: what is in them, what is wrong, who wrote it and when."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grants.applications import answers
from grants.applications.agreements import disagreements
from grants.applications.checklist import Contents
from grants.applications.models import Answer, Party
from grants.applications.pages import live
from grants.applications.pages.room import Room, page_language
from grants.applications.preview import written
from grants.programmes.conditions import in_words
from grants.programmes.definition import CallDefinition
from grants.programmes.questions import Column, Question, Section

VERSION = "v-"  # prefix of the hidden field that says which version of an answer the form was drawn with
LONGEST_VERSION = 9  # digits
EMPTY_ROWS = 2  # after the last one of a table that says something


@dataclass(frozen=True)
class Choice:
    """One of the answers to choose among."""

    id: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Cell:
    """One control of a table. All of a table's controls have the name of its question: they are sent row by row."""

    column: Column
    id: str
    head: str
    label: str  # column and row
    spoken: str
    text: str
    choices: tuple[Choice, ...]
    is_wrong: bool


@dataclass(frozen=True)
class Conflict:
    """Somebody saved another answer since the form was drawn."""

    name: str
    who: str
    at: datetime
    version: int
    shown: str
    mine: str


@dataclass(frozen=True)
class Told:
    """A check that names the question: what is told beside it while its two values do not agree."""

    id: str
    data: live.Data
    text: str
    spoken: str
    fails: bool
    is_live: bool  # read aloud when it changes: at one of the two places where it stands

    @property
    def written(self) -> str:
        """The check for the page's script."""
        return live.as_text(self.data)


@dataclass(frozen=True)
class Field:
    """One question on the page, for the application or for one of its parties."""

    question: Question
    party: Party | None
    name: str  # of the control, its id, and the anchor that the checklist links to
    number: str
    label: str
    spoken: str
    help: str
    help_spoken: str
    criterion: str
    value: Any
    version: int | None
    fault: str
    is_shown: bool
    condition: live.Data | None  # under which it is shown
    condition_said: str
    checks: tuple["Told", ...]
    choices: tuple[Choice, ...]
    saved_by: str
    saved_at: datetime | None
    conflict: Conflict | None = None

    @property
    def kind(self) -> str:
        """How the question is asked for."""
        return self.question.kind

    @property
    def is_group(self) -> bool:
        """Whether there is more than one control."""
        return self.kind in ("yesno", "choice", "choices", "table")

    @property
    def heads(self) -> list[tuple[str, str, bool]]:
        """The columns of a table: what they are called, in which language, and whether they may be left empty."""
        language = page_language()
        return [(c.label.read(language), c.label.spoken(language), not c.required) for c in self.question.columns]

    @property
    def cells(self) -> list[list[Cell]]:
        """The rows of a table, and some empty ones to go on in."""
        filled = self.value if isinstance(self.value, list) else []
        count = min(self.question.most_rows, max(len(filled) + EMPTY_ROWS, self.question.least_rows))
        rows = [*filled, *([{}] * (count - len(filled)))]
        wrong = {place for place, _text in self.cell_faults}
        columns = self.question.columns
        return [[_cell(self.name, n, column, row, wrong) for column in columns] for n, row in enumerate(rows, 1)]

    @property
    def cell_faults(self) -> list[tuple[str, str]]:
        """What is wrong in a table while it is being written: the id of the cell, and what."""
        return faults_of_cells(self.question, self.name, self.value or []) if self.kind == "table" else []

    @property
    def can_grow(self) -> bool:
        """Whether there may be more rows than the page shows."""
        return len(self.cells) < self.question.most_rows

    @property
    def text(self) -> str:
        """The answer as it stands in a text control."""
        return "" if self.value is None else str(self.value)

    @property
    def limit(self) -> int:
        """The most characters that can be submitted."""
        return self.question.length_limit

    @property
    def rows(self) -> int:
        """The height of a text area before it grows."""
        return min(12, max(3, self.limit // 120))

    @property
    def earlier(self) -> int:
        """How many earlier versions there are."""
        return (self.version or 1) - 1

    @property
    def version_name(self) -> str:
        """The name of the hidden field that carries the version."""
        return VERSION + self.name

    @property
    def described_by(self) -> str:
        """The ids of what describes the control, for aria-describedby."""
        ids = [f"{self.name}-help"] if self.help or self.criterion or self.condition_said else []
        ids += [f"{self.name}-fault"] if self.fault else []
        return " ".join([*ids, *(told.id for told in self.checks if told.fails)])

    @property
    def shown_if(self) -> str:
        """The condition for the page's script."""
        return live.as_text(self.condition) if self.condition is not None else ""


def faults_of_cells(question: Question, name: str, rows: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    """Which cells of a table are wrong, by their ids, and why. What is not there yet is not wrong."""
    return [(wrong.place(name), wrong.text) for wrong in answers.table_faults(question, rows, whole=False)]


def _cell(name: str, row: int, column: Column, values: Mapping[str, str], wrong: Collection[str]) -> Cell:
    language, text = page_language(), values.get(column.id, "")
    head = column.label.read(language)
    label = _("%(column)s, rad %(row)d") % {"column": head, "row": row}
    choices = tuple(Choice(o.id, o.label.read(language), o.id == text) for o in column.options)
    place = f"{name}-{row}-{column.id}"
    return Cell(column, place, head, label, column.label.spoken(language), text, choices, place in wrong)


def draft_fault(question: Question, value: Any) -> str:
    """What is wrong with an answer while it is being written; nothing is wrong with one that is not there yet."""
    if value in (None, "", []):
        return ""
    if question.kind in ("long", "short") and (over := answers.length(str(value)) - question.length_limit) > 0:
        return ngettext(
            "Svaret är %(n)d tecken för långt. Texten är sparad men kan inte skickas in så här.",
            "Svaret är %(n)d tecken för långt. Texten är sparad men kan inte skickas in så här.",
            over,
        ) % {"n": over}
    if question.kind == "table":
        return "\n".join(wrong.text for wrong in answers.table_faults(question, value, whole=False))
    return answers.fault(question, value) or ""


def fields(room: Room, section: Section, typed: Mapping[str, Any] | None = None) -> list[Field]:
    """The fields of a section. `typed` holds what was sent and could not be saved, by field name."""
    found = _with_typed(room, typed or {})
    told = _told(found, section)
    part = next((n for n, s in enumerate(room.definition.sections, 1) if s.id == section.id), 0)
    made = []
    for n, question in enumerate(section.questions, 1):
        for party in room.asked(question):
            answer = room.answers.get((question.id, party.pk if party else None))
            field = _field(room.definition, question, party, answer, found.values, f"{part}.{n}")
            is_shown = found.shown.has(question, party.pk if party else None)
            made.append(replace(field, is_shown=is_shown, checks=tuple(told.get(field.name, ()))))
    return made


def known(room: Room, section: Section, drawn: Sequence[Field]) -> live.Data:
    """What the page's script cannot see on the page and needs for its conditions and checks."""
    asked = [field.condition for field in drawn if field.condition is not None]
    asked += [told.data for field in drawn for told in field.checks]
    return live.known(room.found, room.found.shown, section, asked)


def _with_typed(room: Room, typed: Mapping[str, Any]) -> Contents:
    values = {room.split(name): value for name, value in typed.items()}
    return replace(room.found, values={**room.found.values, **values}) if values else room.found


def _told(found: Contents, section: Section) -> dict[str, list[Told]]:
    """By field, the checks that name a question of this section; each stands at every field that it names."""
    language, here = page_language(), {question.id for question in section.questions}
    failing = {check.id for check in disagreements(found)}
    told: dict[str, list[Told]] = {}
    for check in found.definition.checks:
        sides = [side.partition(".")[0] for side in (check.left, check.right) if isinstance(side, str)]
        data = live.check(check, found.definition)
        for n, name in enumerate(dict.fromkeys(side for side in sides if side in here)):
            text = check.text.read(language), check.text.spoken(language)
            told.setdefault(name, []).append(
                Told(f"{name}-check-{check.id}", data, *text, fails=check.id in failing, is_live=n == 0)
            )
    return told


def alone(room: Room, question: Question, party: Party | None, answer: Answer) -> Field:
    """A field by itself, without reading the rest of the application."""
    return _field(room.definition, question, party, answer, {(question.id, answer.party_id): answer.value}, "")


def _field(
    definition: CallDefinition,
    question: Question,
    party: Party | None,
    answer: Answer | None,
    values: Mapping[answers.Key, Any],
    number: str,
) -> Field:
    language = page_language()
    value = values.get((question.id, party.pk if party else None))
    criterion = definition.criterion(question.criterion or "")
    return Field(
        question=question,
        party=party,
        name=live.name_of(question, party),
        number=number,
        label=question.label.read(language),
        spoken=question.label.spoken(language),
        help=question.help.read(language) if question.help else "",
        help_spoken=question.help.spoken(language) if question.help else "",
        criterion=criterion.title.read(language) if criterion else "",
        value=value,
        version=answer.version if answer else None,
        fault=draft_fault(question, value),
        is_shown=True,
        condition=live.condition(question.show_if, question, party, definition) if question.show_if else None,
        condition_said=_condition_said(definition, question, language),
        checks=(),
        choices=tuple(_choices(question, value, language)),
        saved_by=answer.saved_by.name if answer else "",
        saved_at=answer.saved_at if answer else None,
    )


def _condition_said(definition: CallDefinition, question: Question, language: str) -> str:
    if question.show_if is None:
        return ""
    questions = {each.id: each for each in definition.questions()}
    return in_words(question.show_if, questions, lambda text: text.read(language), language)


def _choices(question: Question, value: Any, language: str) -> Iterator[Choice]:
    chosen = value if isinstance(value, list) else [value]
    options = [(o.id, o.label.read(language)) for o in question.options]
    if question.kind == "yesno":
        options = [("yes", _("Ja")), ("no", _("Nej"))]
    for pk, label in options:
        yield Choice(pk, label, pk in chosen)


def read_version(text: str | None) -> int | None:
    """The version that a form was drawn with; None when there was no answer then."""
    text = text or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_VERSION else None


def sent(field: Field, data: QueryDict) -> Any:
    """What was sent for a field."""
    return data.getlist(field.name) if answers.is_listed(field.question) else data.get(field.name, "")


def shown(field: Field, value: Any) -> str:
    """An answer in words, to lay beside another."""
    if field.kind == "table":
        return "\n".join(" · ".join(written(field.question, row, page_language())) for row in value or [])
    if field.is_group:
        labels = {c.id: c.label for c in field.choices}
        items = value if isinstance(value, list) else [value]
        return ", ".join(labels.get(str(x), str(x)) for x in items if x)
    return "" if value is None else str(value)


def with_conflict(field: Field, answer: Answer, mine: Any) -> Field:
    """The field with what somebody else saved beside what was sent."""
    conflict = Conflict(
        field.name,
        answer.saved_by.name,
        answer.saved_at,
        answer.version,
        shown(field, answer.value),
        shown(field, mine),
    )
    return replace(field, conflict=conflict)
