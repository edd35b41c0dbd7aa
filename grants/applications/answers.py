"""Answers: which questions are shown, what is wrong with an answer, and saving one with compare-and-set."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from grants import clock, money
from grants.applications.models import Answer, AnswerHistory, Application
from grants.cleaning import clean, clean_line
from grants.organisations.models import Person
from grants.programmes.questions import Question

Key = tuple[str, int | None]  # question, party
LONGEST_STORED = 50_000  # characters; a draft may overrun its limit, but not without end


@dataclass(frozen=True)
class Saved:
    """What saving an answer led to. `conflict`: somebody else saved in between; nothing was written."""

    answer: Answer
    conflict: bool = False


def length(text: str) -> int:
    """Characters as people and browsers count them: after normalisation, a line break is one."""
    return len(unicodedata.normalize("NFC", text.replace("\r\n", "\n")))


def tidy(question: Question, raw: Any) -> Any:
    """What is stored of what was typed or chosen: cleaned, never refused; None when nothing was."""
    if question.kind == "choices":
        given = raw if isinstance(raw, (list, tuple)) else [raw]
        known = [o.id for o in question.options]
        return [x for x in known if x in given] or None
    text = str(raw if raw is not None else "")[:LONGEST_STORED]
    text = clean(text) if question.kind == "long" else clean_line(text)
    return text or None


def is_shown(question: Question, values: Mapping[Key, Any], party: int | None = None) -> bool:
    """Whether an earlier answer calls for this question."""
    if question.show_if is None:
        return True
    value = values.get((question.show_if.question, party), values.get((question.show_if.question, None)))
    given = value if isinstance(value, list) else [value]
    return any(x in question.show_if.equals for x in given)


def fault(question: Question, value: Any) -> str | None:
    """What is wrong with an answer, in words; None when it can be submitted."""
    if value in (None, "", []):
        return _("Svar saknas.") if question.required else None
    checks = {"long": _too_long, "short": _too_long, "number": _number, "money": _money, "date": _date}
    if question.kind == "yesno":
        return None if value in ("yes", "no") else _("Välj ja eller nej.")
    if question.kind == "choice":
        return None if value in [o.id for o in question.options] else _("Välj ett av alternativen.")
    check = checks.get(question.kind)
    return check(question, str(value)) if check else None


def _too_long(question: Question, value: str) -> str | None:
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


def _number(question: Question, value: str) -> str | None:
    try:
        number = float(value.replace(" ", "").replace(money.NBSP, "").replace(",", "."))
    except ValueError:
        return _("Skriv ett tal.")
    if number != number or abs(number) > 1e12:
        return _("Skriv ett tal.")
    if question.least is not None and number < question.least:
        return _("Talet ska vara minst %(n)g.") % {"n": question.least}
    if question.most is not None and number > question.most:
        return _("Talet får vara högst %(n)g.") % {"n": question.most}
    return None


def _money(question: Question, value: str) -> str | None:
    try:
        return None if money.read(value) >= 0 else _("Beloppet kan inte vara mindre än noll.")
    except ValueError:
        return _("Skriv ett belopp i kronor, till exempel 12 000.")


def _date(question: Question, value: str) -> str | None:
    try:
        date.fromisoformat(value)
    except ValueError:
        return _("Skriv datumet som ÅÅÅÅ-MM-DD, till exempel 2023-12-01.")
    return None


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
