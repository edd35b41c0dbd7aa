"""Conditions in words: when a question is shown, for those who read the form before they write in it."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from grants.money import ORE_PER_KRONA, rounded, written
from grants.programmes.consistency import NO, YES
from grants.programmes.questions import Question, ShowIf, Text

Read = Callable[[Text], str]


def in_words(condition: ShowIf, questions: Mapping[str, Question], read: Read, language: str = "sv") -> str:
    """The condition as the end of a sentence that begins with "Visas om". `read` gives a label in the right language."""
    if condition.parts:
        said = [_as_part(part, in_words(part, questions, read, language)) for part in condition.parts]
        return _together(said, _("och") if condition.all else _("eller"))
    if condition.question is None:
        name = _facts()[condition.value or ""]
        return _("%(what)s är %(bounds)s") % {
            "what": name,
            "bounds": _bounds(condition, condition.value or "", language),
        }
    return _of_answer(condition, questions.get(condition.question), read, language)


def _as_part(condition: ShowIf, words: str) -> str:
    return f"({words})" if len(condition.parts) > 1 else words


def _together(said: list[str], word: str) -> str:
    """'a, b och c'."""
    return f" {word} ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _of_answer(condition: ShowIf, question: Question | None, read: Read, language: str) -> str:
    name = read(question.label) if question else condition.question or ""
    labels = {o.id: read(o.label) for o in question.options} if question else {}
    labels |= {YES: _("Ja"), NO: _("Nej")}
    said = []
    if condition.answered is not None:
        text = _("”%(question)s” är besvarad") if condition.answered else _("”%(question)s” inte är besvarad")
        said.append(text % {"question": name})
    for values, text in (
        (condition.equals, _("svaret på ”%(question)s” är %(answers)s")),
        (condition.not_equals, _("svaret på ”%(question)s” är något annat än %(answers)s")),
    ):
        if values is not None:
            answers = _together([f"”{labels.get(value, value)}”" for value in values] or ["–"], _("eller"))
            said.append(text % {"question": name, "answers": answers})
    if condition.at_least is not None or condition.at_most is not None:
        bounds = _bounds(condition, question.kind if question else "", language)
        said.append(_("svaret på ”%(question)s” är %(bounds)s") % {"question": name, "bounds": bounds})
    return _together(said, _("och"))


def _bounds(condition: ShowIf, kind: str, language: str) -> str:
    low, high = condition.at_least, condition.at_most
    least, most = _bound(low, kind, language), _bound(high, kind, language)
    if low is not None and high is not None:
        return _("från %(least)s till %(most)s") % {"least": least, "most": most}
    if isinstance(low, date) or isinstance(high, date):
        return _("tidigast %(day)s") % {"day": least} if low is not None else _("senast %(day)s") % {"day": most}
    return _("minst %(n)s") % {"n": least} if low is not None else _("högst %(n)s") % {"n": most}


def _bound(bound: float | date | None, kind: str, language: str) -> str:
    if bound is None:
        return ""
    if isinstance(bound, date):
        return bound.isoformat()
    if kind in ("money", "budget.cost", "budget.applied"):
        return written(rounded(Decimal(str(bound)) * ORE_PER_KRONA), language)
    text = f"{bound:.6f}".rstrip("0").rstrip(".")
    return text if language == "en" else text.replace(".", ",")


def _facts() -> dict[str, str]:
    return {
        "project.months": _("projekttiden i månader"),
        "parties.count": _("antalet parter"),
        "budget.cost": _("projektets kostnader"),
        "budget.applied": _("sökt bidrag"),
    }
