"""What a new version of a call changes, in words: for officers before they publish, and for whoever reviews a file.

Items of a list are known by their `id` (rules for a role by `role`), so that an item that moves has not changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from pydantic import BaseModel

from grants.clock import SWEDEN
from grants.money import kronor, written, written_share
from grants.programmes.conditions import in_words
from grants.programmes.definition import CallDefinition
from grants.programmes.questions import Asked, Question, ShowIf, Text

# Values that people speak of by name. All others are told by their place in the file.
NAMES: dict[str, Promise] = {
    "call_budget": _l("Omgångens budget"),
    "budget.max_grant": _l("Maxbeloppet"),
    "budget.min_grant": _l("Minsta beloppet"),
    "budget.max_share": _l("Högsta andelen av kostnaderna"),
    "window.planned": _l("Tiden då omgången visas som planerad"),
    "window.announced": _l("Tiden då omgången utlyses"),
    "window.opens": _l("Öppningen"),
    "window.closes": _l("Stängningen"),
    "window.cutoffs": _l("En avstämning"),
    "stages.partner_confirmation": _l("Parternas bekräftelse före inskickning"),
    "stages.formal_check": _l("Den formella kontrollen"),
    "stages.review": _l("Bedömningen"),
    "stages.interview": _l("Intervjun"),
    "stages.panel": _l("Panelens rekommendation"),
    "stages.acceptance": _l("Parternas godkännande av villkoren"),
    "need_owners": _l("Minsta antalet behovsägare"),
    "project.earliest_start": _l("Tidigaste projektstart"),
    "project.latest_start": _l("Senaste projektstart"),
    "project.latest_end": _l("Senaste projektslut"),
    "project.max_months": _l("Längsta projekttid i månader"),
    "review.reviewers": _l("Antalet bedömare per ansökan"),
    "review.quorum": _l("Antalet bedömningar som räcker"),
    "review.blind": _l("Att bedömarna inte får veta vilka som söker"),
    "review.conflict_years": _l("Åren som en tidigare anställning räknas som jäv"),
    "review.most_each": _l("Högsta antalet uppdrag per bedömare"),
    "review.wide_spread": _l("Spridningen mellan bedömare som markeras"),
    "completion.days": _l("Dagarna för komplettering"),
    "acceptance.days": _l("Dagarna för att godkänna villkoren"),
}
MONEY = {"call_budget", "budget.max_grant", "budget.min_grant"}  # whole kronor
PERCENT = {"budget.max_share", "percent", "weight"}  # the whole path, or its last part


@dataclass(frozen=True)
class Change:
    """One thing that differs. `question` is the id of a question whose answers may be lost by it."""

    path: str
    text: str
    question: str = ""


def changes(old: CallDefinition, new: CallDefinition) -> list[Change]:
    """Everything that differs from one version to the next, in the order of the file; empty when nothing does."""
    before, after = dict(_leaves(old)), dict(_leaves(new))
    gone, come = _items(old), _items(new)
    lost = {question.id for question in old.questions() if _loses_answers(question, new.question(question.id))}
    found: list[Change] = []
    told: set[str] = set()
    for path in dict.fromkeys(chain(gone, come)):
        if (path in gone) != (path in come) and not _is_within(path, told):
            told.add(path)
            text = _("%(what)s tas bort.") if path in gone else _("%(what)s tillkommer.")
            what = gone.get(path) or come[path]
            found.append(Change(path, text % {"what": what}, _question_at(path, lost)))
    for path in dict.fromkeys(chain(before, after)):
        if before.get(path) != after.get(path) and not _is_within(path, told):
            owner = next((come[p] for p in _above(path) if p in come), "")
            if isinstance(before.get(path) or after.get(path), ShowIf):
                words = [
                    _condition(version, path, leaves.get(path)) for version, leaves in ((old, before), (new, after))
                ]
                text = _shown_otherwise(owner, *words)
            else:
                text = _difference(path, before.get(path), after.get(path), owner)
            found.append(Change(path, text, _question_at(path, lost)))
    return found


def _loses_answers(old: Question, new: Question | None) -> bool:
    """Whether an answer that was right may be no answer to the new question."""
    if new is None or new.per_party != old.per_party or _answered_otherwise(old, new):
        return True
    columns = {column.id: column for column in new.columns}
    return any(c.id not in columns or _answered_otherwise(c, columns[c.id]) for c in old.columns)


def _answered_otherwise(old: Asked, new: Asked) -> bool:
    """Whether the kind is another, or an option is gone."""
    return new.kind != old.kind or not {o.id for o in old.options} <= {o.id for o in new.options}


def _question_at(path: str, lost: set[str]) -> str:
    parts = path.split(".")
    if parts[0] == "sections" and len(parts) > 3 and parts[2] == "questions" and parts[3] in lost:
        return parts[3]
    return ""


def _above(path: str) -> Iterator[str]:
    while "." in path:
        path = path.rpartition(".")[0]
        yield path


def _is_within(path: str, told: set[str]) -> bool:
    return path in told or any(above in told for above in _above(path))


def _key(item: Any, place: int) -> str:
    return str(getattr(item, "id", None) or getattr(item, "role", None) or place)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value with its dotted path."""
    if isinstance(value, BaseModel) and not isinstance(value, Text | ShowIf):
        for name in type(value).model_fields:
            yield from _leaves(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}")
    elif isinstance(value, tuple):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{_key(inner, place)}")
    else:
        yield path, value


def _items(value: Any, path: str = "") -> dict[str, str]:
    """Every item of a list that has a name of its own, in words, by its path."""
    found: dict[str, str] = {}
    if isinstance(value, tuple):
        for place, item in enumerate(value):
            here = f"{path}.{_key(item, place)}"
            if isinstance(item, BaseModel) and not isinstance(item, Text):
                found[here] = _called(item, path.rpartition(".")[2])
            found |= _items(item, here)
    elif isinstance(value, BaseModel) and not isinstance(value, Text | ShowIf):
        for name in type(value).model_fields:
            found |= _items(getattr(value, name), f"{path}.{name}" if path else name)
    return found


_KINDS: dict[str, Promise] = {
    "sections": _l("Avsnittet ”%(name)s”"),
    "questions": _l("Frågan ”%(name)s”"),
    "options": _l("Svaret ”%(name)s”"),
    "columns": _l("Kolumnen ”%(name)s”"),
    "checks": _l("Kontrollen ”%(name)s”"),
    "attachments": _l("Bilagan ”%(name)s”"),
    "cost_types": _l("Kostnadsslaget ”%(name)s”"),
    "caps": _l("Taket för ”%(name)s”"),
    "criteria": _l("Kriteriet ”%(name)s”"),
    "competences": _l("Kompetensen ”%(name)s”"),
    "limits": _l("Panelens gräns ”%(name)s”"),
    "reports": _l("Rapporten ”%(name)s”"),
    "payments": _l("Utbetalningen ”%(name)s”"),
    "parties": _l("Regeln för rollen ”%(name)s”"),
    "eligibility": _l("Självtestets fråga ”%(name)s”"),
    "aid_bases": _l("Stödgrunden ”%(name)s”"),
}


def _called(item: BaseModel, kind: str) -> str:
    for name in ("label", "title", "question"):
        if isinstance(text := getattr(item, name, None), Text):
            return str(_KINDS[kind]) % {"name": text.sv}
    short = getattr(item, "role", None) or getattr(item, "cost", None) or getattr(item, "id", "")
    return str(_KINDS[kind]) % {"name": short}


def _difference(path: str, old: Any, new: Any, owner: str) -> str:
    what = _what(path, owner)
    said = {"what": what, "old": _said(path, old), "new": _said(path, new)}
    if old is None or old == "":
        return _("%(what)s sätts till %(new)s.") % said
    if new is None or new == "":
        return _("%(what)s (%(old)s) tas bort.") % said
    if isinstance(new, bool):
        return _("%(what)s slås på.") % said if new else _("%(what)s slås av.") % said
    numbers = isinstance(old, int | float) and isinstance(new, int | float) and not isinstance(old, bool)
    if numbers and new > old:
        return _("%(what)s höjs från %(old)s till %(new)s.") % said
    if numbers:
        return _("%(what)s sänks från %(old)s till %(new)s.") % said
    if isinstance(old, date) and isinstance(new, date):
        return _("%(what)s flyttas från %(old)s till %(new)s.") % said
    return _("%(what)s ändras från ”%(old)s” till ”%(new)s”.") % said


def _what(path: str, owner: str) -> str:
    """What people call it: by its own name, as one of a list that has a name, or by where it stands."""
    above, _dot, last = path.rpartition(".")
    if name := NAMES.get(path) or NAMES.get(above if last.isdecimal() else ""):
        return str(name)
    return f"{owner}, {last}" if owner else path


def _shown_otherwise(what: str, before: str, after: str) -> str:
    """When a question is shown, before and after; nothing when it is shown always."""
    if not before:
        return _("%(what)s visas nu bara om %(new)s.") % {"what": what, "new": after}
    if not after:
        return _("%(what)s visas nu alltid, tidigare om %(old)s.") % {"what": what, "old": before}
    return _("%(what)s visas nu om %(new)s, tidigare om %(old)s.") % {"what": what, "new": after, "old": before}


def _condition(definition: CallDefinition, path: str, condition: ShowIf | None) -> str:
    """In the words of the form that the condition belongs to."""
    report = definition.report(path.split(".")[2]) if path.startswith("reporting.") else None
    questions = report.questions if report else definition.questions()
    return in_words(condition, {q.id: q for q in questions}, lambda text: text.sv) if condition else ""


def _said(path: str, value: Any) -> str:
    """A value as people write it."""
    if path in MONEY and value is not None:
        return written(kronor(value))
    if (path in PERCENT or path.rpartition(".")[2] in PERCENT) and isinstance(value, int | float):
        return written_share(round(value * 100))
    if isinstance(value, datetime):
        return f"{value.astimezone(SWEDEN):%Y-%m-%d %H.%M}"
    if isinstance(value, bool):
        return _("ja") if value else _("nej")
    if isinstance(value, Text):
        return value.sv
    return "" if value is None else str(value)
