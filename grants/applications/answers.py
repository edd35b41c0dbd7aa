"""Answers: what is wrong with one, what it is when it is compared, and saving one with compare-and-set."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from grants import clock, money, numbers
from grants.applications.models import Answer, AnswerHistory, Application
from grants.cleaning import clean, clean_line
from grants.organisations.models import Person
from grants.programmes.questions import Asked, Question

Key = tuple[str, int | None]  # question, party
Value = Decimal | date  # what can be compared
EMPTY: tuple[Any, ...] = (None, "", [])  # what is stored where nothing is answered
LONGEST_STORED = 50_000  # characters; a draft may overrun its limit, but not without end


@dataclass(frozen=True)
class Saved:
    """What saving an answer led to. `conflict`: somebody else saved in between; nothing was written."""

    answer: Answer
    conflict: bool = False


def length(text: str) -> int:
    """Characters as people and browsers count them: after normalisation, a line break is one."""
    return len(unicodedata.normalize("NFC", text.replace("\r\n", "\n")))


def is_listed(question: Question) -> bool:
    """Whether the question's control sends several values: boxes, or the cells of a table, row by row."""
    return question.kind in ("choices", "table")


def tidy(question: Asked, raw: Any) -> Any:
    """What is stored of what was typed or chosen: cleaned, never refused; None when nothing was."""
    if question.kind == "choices":
        given = raw if isinstance(raw, (list, tuple)) else [raw]
        known = [o.id for o in question.options]
        return [x for x in known if x in given] or None
    if question.kind == "file":  # kept as an attachment
        return None
    if isinstance(question, Question) and question.kind == "table":
        return _tidy_rows(question, raw if isinstance(raw, (list, tuple)) else []) or None
    text = str(raw if raw is not None else "")[:LONGEST_STORED]
    text = clean(text) if question.kind == "long" else clean_line(text)
    return text or None


def _tidy_rows(question: Question, raw: Sequence[Any]) -> list[dict[str, str]]:
    """Rows by column, those that say something."""
    return [row for row in rows_as_sent(question, raw) if row]


def rows_as_sent(question: Question, raw: Sequence[Any]) -> list[dict[str, str]]:
    """Rows by column, also those that say nothing. `raw`: the cells in a row as a page sends them, or such rows."""
    width = len(question.columns)
    if not any(isinstance(row, Mapping) for row in raw):
        ids = [c.id for c in question.columns]
        raw = [dict(zip(ids, raw[i : i + width], strict=False)) for i in range(0, len(raw), width)]
    rows, room = [], LONGEST_STORED  # for the whole table, as for any other answer
    for row in raw[: question.most_rows]:
        tidied: dict[str, str] = {}
        for column in question.columns:
            if text := (tidy(column, row.get(column.id)) or "")[:room]:
                tidied[column.id], room = text, room - len(text)
        rows.append(tidied)
    return rows


def fault(question: Asked, value: Any) -> str | None:
    """What is wrong with an answer, in words; None when it can be submitted."""
    if question.kind == "file":  # the checklist asks for files by themselves
        return None
    if value in EMPTY:
        return _("Svar saknas.") if question.required else None
    checks = {"long": _too_long, "short": _too_long, "number": _number, "money": _money, "date": _date}
    if question.kind == "yesno":
        return None if value in ("yes", "no") else _("Välj ja eller nej.")
    if question.kind == "choice":
        return None if value in [o.id for o in question.options] else _("Välj ett av alternativen.")
    if isinstance(question, Question) and question.kind == "table":
        return _rows(question, value)
    check = checks.get(question.kind)
    return check(question, str(value)) if check else None


def _rows(question: Question, value: Sequence[Mapping[str, str]]) -> str | None:
    return next((wrong.text for wrong in table_faults(question, value, whole=True)), None)


@dataclass(frozen=True)
class TableFault:
    """One thing that is wrong in a table: in which row (from 1) and column, unless it is the table as a whole."""

    text: str
    row: int = 0
    column: str = ""

    def place(self, name: str) -> str:
        """The id of the cell in the table's field of this name; of the field itself when the table as a whole is wrong."""
        return f"{name}-{self.row}-{self.column}" if self.row else name


def table_faults(question: Question, value: Sequence[Mapping[str, str]], *, whole: bool) -> Iterator[TableFault]:
    """Everything that is wrong in a table. What is missing is wrong only when it should be `whole`."""
    language = (get_language() or "sv")[:2]
    for n, row in enumerate(value, 1):
        for column in question.columns if row else ():
            cell = row.get(column.id)
            if (cell or whole) and (wrong := fault(column, cell)):
                place = {"n": n, "column": column.label.read(language), "fault": wrong}
                yield TableFault(_("Rad %(n)d, %(column)s: %(fault)s") % place, n, column.id)
    if whole and len(value) < question.least_rows:
        told = ngettext("Fyll i minst %(n)d rad.", "Fyll i minst %(n)d rader.", question.least_rows)
        yield TableFault(told % {"n": question.least_rows})


def _too_long(question: Asked, value: str) -> str | None:
    over = length(value) - question.length_limit
    return (
        _("Svaret är %(n)d tecken för långt. Korta till högst %(limit)d.")
        % {
            "n": over,
            "limit": question.length_limit,
        }
        if over > 0
        else None
    )


def _number(question: Asked, value: str) -> str | None:
    try:
        number = numbers.number(value)
    except ValueError:
        return _("Skriv ett tal.")
    return _outside(question, number)


def _outside(question: Asked, number: Decimal) -> str | None:
    """Whether a number or an amount in kronor is below the least or above the most that the question allows."""
    if question.least is not None and number < exact(question.least):
        return _("Talet ska vara minst %(n)s.") % {"n": _in_full(question.least)}
    if question.most is not None and number > exact(question.most):
        return _("Talet får vara högst %(n)s.") % {"n": _in_full(question.most)}
    return None


def _in_full(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".").replace(".", ",")


def _money(question: Asked, value: str) -> str | None:
    try:
        ore = money.read(value)
    except ValueError:
        return _("Skriv ett belopp i kronor, till exempel 12 000.")
    return _outside(question, Decimal(ore) / 100) if ore >= 0 else _("Beloppet kan inte vara mindre än noll.")


def _date(question: Asked, value: str) -> str | None:
    try:
        numbers.day(value)
    except ValueError:
        return _("Skriv datumet som ÅÅÅÅ-MM-DD, till exempel 2023-12-01.")
    return None


def exact(number: float) -> Decimal:
    """The number that a call's definition wrote."""
    return Decimal(str(number))


def comparable(asked: Asked, value: Any) -> Value | None:
    """An answer as something that can be compared; None when it cannot, or is wrong in itself: that is told anyway, and
    keeps what is computed with within bounds. Money in kronor."""
    if asked.kind not in ("number", "money", "date") or value in (None, "") or fault(asked, value):
        return None
    match asked.kind:
        case "date":
            return numbers.day(str(value))
        case "money":
            return Decimal(money.read(str(value))) / 100
        case _:
            return numbers.number(str(value))


def values_of(application: Application) -> dict[Key, Any]:
    """Every answer of the application as it is now; one query."""
    rows = Answer.objects.filter(application=application).values_list("question", "party_id", "value")
    return {(question, party): value for question, party, value in rows}


def save_answer(
    application: Application, question: Question, party_id: int | None, raw: Any, person: Person, version: int | None
) -> Saved:
    """Save one answer if nobody else has since `version` (None: none existed when the form was drawn). The caller has
    checked that the person may write and that the application can be written in, and holds its lock."""
    value = tidy(question, raw)
    with transaction.atomic(savepoint=False):
        answer = (
            Answer.objects.select_for_update()
            .filter(application=application, question=question.id, party=party_id)
            .first()
        )
        if answer is None:
            answer = Answer.objects.create(
                application=application, question=question.id, party_id=party_id, value=value, saved_by=person
            )
            return Saved(answer)
        if answer.value == value:
            return Saved(answer)
        if (version is not None and version != answer.version) or (version is None and answer.saved_by_id != person.pk):
            return Saved(answer, conflict=True)
        AnswerHistory.objects.create(
            answer=answer,
            version=answer.version,
            value=answer.value,
            saved_by_id=answer.saved_by_id,
            saved_at=answer.saved_at,
        )
        answer.value, answer.version = value, answer.version + 1
        answer.saved_by, answer.saved_at = person, clock.now()
        answer.save(update_fields=["value", "version", "saved_by", "saved_at"])
        return Saved(answer)
