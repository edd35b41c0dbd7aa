"""What is left before an application can be submitted: one list, used by the workspace and by the submit command."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from grants.applications import agreements, period
from grants.applications.agreements import disagreements
from grants.applications.answers import EMPTY, Key, fault, table_faults, values_of
from grants.applications.models import Application, Attachment, Party
from grants.applications.showing import Facts, Shown
from grants.budgets import rules, sheets
from grants.programmes.definition import CallDefinition, PartyRole
from grants.programmes.questions import Question

PARTIES, BUDGET, FILES = "parter", "budget", "bilagor"  # steps beside the definition's own sections


@dataclass(frozen=True)
class Lack:
    """One thing that is missing or wrong: on which step, at which field."""

    step: str
    code: str
    text: str
    field: str = ""
    party: int | None = None  # whose part it is about; None: the application's
    is_unanswered: bool = False  # a question to which nothing has been written yet


@dataclass(frozen=True)
class Contents:
    """Everything of an application that the checklist, the preview and the frozen submission read."""

    application: Application
    definition: CallDefinition
    parties: list[Party]
    values: dict[Key, Any]
    budgets: list[rules.PartyBudget]
    attachments: list[Attachment]

    @cached_property
    def facts(self) -> Facts:
        """What checks and conditions can name beside answers."""
        return agreements.facts(self.application.starts_on, self.application.ends_on, len(self.parties), self.budgets)

    @cached_property
    def shown(self) -> Shown:
        """Which questions the answers call for."""
        return Shown(self.definition.questions(), self.values, self.facts)


def contents(application: Application) -> Contents:
    """Read the application as it is now; five queries, whatever its size."""
    parties = list(application.parties.select_related("organisation"))
    for party in parties:
        party.application = application
    return Contents(
        application,
        application.definition,
        parties,
        values_of(application),
        sheets.read(application.pk, [(p.pk, p.name) for p in parties]),
        list(application.attachments.all()),
    )


def lacks(found: Contents) -> list[Lack]:
    """Everything that stands in the way of submitting, in the order of the steps."""
    return [*_basics(found), *_answers(found), *_checks(found), *_parties(found), *_budget(found), *_files(found)]


def _basics(found: Contents) -> Iterator[Lack]:
    application, project = found.application, found.definition.project
    step = found.definition.sections[0].id
    if not application.title.strip():
        yield Lack(step, "title", _("Projektet saknar titel."), "title")
    start, end = application.starts_on, application.ends_on
    if start is None or end is None:
        yield Lack(step, "dates", _("Ange när projektet börjar och slutar."), "starts_on")
        return
    for code, text, field in period.faults(project, start, end):
        yield Lack(step, code, text, field)


def _answers(found: Contents) -> Iterator[Lack]:
    language = (get_language() or "sv")[:2]
    for section in found.definition.sections:
        for question in section.questions:
            for party in found.parties if question.per_party else [None]:
                key = (question.id, party.pk if party else None)
                if not found.shown.has(question, key[1]):
                    continue
                label = question.label.read(language) + (f" ({party.name})" if party else "")
                field = question.id + (f"-{party.pk}" if party else "")
                for place, wrong in _faults(question, found.values.get(key), field):
                    empty = found.values.get(key) in EMPTY
                    yield Lack(section.id, "answer", f"{label} {wrong}", place, key[1], is_unanswered=empty)


def _faults(question: Question, value: Any, field: str) -> Iterator[tuple[str, str]]:
    """Where something is wrong in an answer, and what: of a table each cell."""
    if question.kind == "table" and value not in EMPTY:
        yield from ((wrong.place(field), wrong.text) for wrong in table_faults(question, value, whole=True))
    elif wrong := fault(question, value):
        yield field, wrong


def _checks(found: Contents) -> Iterator[Lack]:
    """What does not agree, told at the first value; at the budget when that is no question."""
    language = (get_language() or "sv")[:2]
    places = {q.id: s.id for s in found.definition.sections for q in s.questions}
    for check in disagreements(found):
        field = str(check.left).partition(".")[0]
        step = places.get(field)
        yield Lack(step or BUDGET, "check", check.text.read(language), field if step else "")


def _parties(found: Contents) -> Iterator[Lack]:
    definition, parties = found.definition, found.parties
    if not any(p.role == PartyRole.COORDINATOR for p in parties):
        yield Lack(PARTIES, "coordinator", _("Ansökan saknar koordinator."))
    if rule := definition.rule_for(PartyRole.PARTICIPANT):
        n = sum(p.role == rule.role for p in parties)
        if n < rule.least:
            text = ngettext(
                "Det behövs minst %(n)d part utöver koordinatorn.",
                "Det behövs minst %(n)d parter utöver koordinatorn.",
                rule.least,
            )
            yield Lack(PARTIES, "too_few", text % {"n": rule.least})
        if n > rule.most:
            text = ngettext(
                "Det får vara högst %(n)d part utöver koordinatorn.",
                "Det får vara högst %(n)d parter utöver koordinatorn.",
                rule.most,
            )
            yield Lack(PARTIES, "too_many", text % {"n": rule.most})
    for party in parties:
        yield from _party(definition, party)
    owners = sum(p.is_need_owner for p in parties)
    if owners < definition.need_owners:
        text = _("Minst %(n)d parter ska vara behovsägare. Nu är det %(now)d.") % {
            "n": definition.need_owners,
            "now": owners,
        }
        yield Lack(PARTIES, "need_owners", text)


def _party(definition: CallDefinition, party: Party) -> Iterable[Lack]:
    field = f"party-{party.pk}"
    if not definition.admits(PartyRole(party.role), party.kind):
        text = _("%(party)s är %(kind)s och kan inte ha den rollen i den här omgången.") % {
            "party": party.name,
            "kind": party.kind.label,
        }
        yield Lack(PARTIES, "kind", text, field, party.pk)
    if not (party.signatory_name and party.signatory_email):
        text = _("Firmatecknare och e-post saknas för %(party)s.") % {"party": party.name}
        yield Lack(PARTIES, "signatory", text, field, party.pk)
    if definition.stages.partner_confirmation and party.role != PartyRole.COORDINATOR and party.confirmed_at is None:
        text = _("%(party)s har inte bekräftat sin medverkan.") % {"party": party.name}
        yield Lack(PARTIES, "confirmation", text, field, party.pk)


def _coordinator() -> str:
    return _("koordinator")


def _participant() -> str:
    return _("part utöver koordinatorn")


ROLE_WORDS = {PartyRole.COORDINATOR: _coordinator, PartyRole.PARTICIPANT: _participant}


def _budget(found: Contents) -> Iterator[Lack]:
    language = (get_language() or "sv")[:2]
    for finding in rules.findings(found.definition.budget, found.budgets, language):
        field = f"party-{finding.party_id}" if finding.party_id else "budget"
        yield Lack(BUDGET, "budget_" + finding.code, finding.text, field, finding.party_id)


def _files(found: Contents) -> Iterator[Lack]:
    language = (get_language() or "sv")[:2]
    present = {a.rule for a in found.attachments}
    for rule in found.definition.files:
        if rule.required and rule.id not in present:
            text = _("Bilagan %(title)s saknas.") % {"title": rule.title.read(language)}
            yield Lack(FILES, "attachment", text, f"file-{rule.id}")
