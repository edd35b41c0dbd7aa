"""The formal requirements of a call, checked over what was submitted and frozen."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grants.applications.agreements import months_between
from grants.applications.checklist import ROLE_WORDS
from grants.applications.models import Submission
from grants.budgets import rules
from grants.money import ratio_bp
from grants.organisations.kinds import OrganisationKind
from grants.programmes.definition import CallDefinition, PartyRole
from grants.templatetags.writing import day, kr, share, when


@dataclass(frozen=True)
class Requirement:
    """One requirement: what it asks, what it was judged by, and whether it is met."""

    what: str
    basis: str
    met: bool


def requirements(
    closes: datetime | None, submission: Submission, definition: CallDefinition, language: str
) -> list[Requirement]:
    """Every requirement that can be checked by rule, in the order an officer reads them. `closes`: the application's own
    closing time."""
    content = submission.content
    return [
        *_in_time(closes, submission),
        *_parties(content["parties"], definition),
        *_period(content, definition),
        *_budget(content, definition, language),
        *_files(content, definition, language),
        *_signatories(content["parties"]),
        *_confirmations(content["parties"], definition),
    ]


def _in_time(closes: datetime | None, submission: Submission) -> Iterator[Requirement]:
    if closes is None:
        return
    if submission.arrived_at < closes:
        basis = _("Kom in %(when)s, sista tid %(closes)s") % {
            "when": when(submission.arrived_at, "short"),
            "closes": when(closes, "short"),
        }
        yield Requirement(_("Inkom i tid"), basis, True)
    else:  # only an answer to a request for completion arrives after the call has closed
        basis = _("Komplettering %(when)s, på begäran") % {"when": when(submission.arrived_at, "short")}
        yield Requirement(_("Inkom i tid"), basis, True)


def _parties(parties: list[Mapping[str, Any]], definition: CallDefinition) -> Iterator[Requirement]:
    for rule in definition.parties:
        ours = [p for p in parties if p["role"] == rule.role]
        name = ROLE_WORDS[PartyRole(rule.role)]()
        wrong = [p for p in ours if p["kind"] not in rule.kinds]
        kinds = _list(str(kind.label) for kind in rule.kinds)
        if ours:
            basis = _list(f"{p['name']} ({OrganisationKind(p['kind']).label})" for p in wrong or ours)
            yield Requirement(
                _("%(role)s är %(kinds)s") % {"role": name.capitalize(), "kinds": kinds}, basis, not wrong
            )
        if rule.role != PartyRole.COORDINATOR or not ours:
            what = _("Antal %(role)s: %(least)d till %(most)d") % {"role": name, "least": rule.least, "most": rule.most}
            yield Requirement(what, str(len(ours)), rule.least <= len(ours) <= rule.most)
    if definition.need_owners > 1:
        owners = [p["name"] for p in parties if p["is_need_owner"]]
        what = ngettext("Minst %(n)d behovsägare", "Minst %(n)d behovsägare", definition.need_owners)
        yield Requirement(what % {"n": definition.need_owners}, _list(owners), len(owners) >= definition.need_owners)


def _period(content: Mapping[str, Any], definition: CallDefinition) -> Iterator[Requirement]:
    start, end = (date.fromisoformat(content[k]) if content[k] else None for k in ("starts_on", "ends_on"))
    if start is None or end is None:
        yield Requirement(_("Projekttiden är angiven"), _("saknas"), False)
        return
    project = definition.project
    basis = _("%(first)s till %(last)s") % {"first": day(start, "short"), "last": day(end, "short")}
    what = _("Projektet börjar mellan %(first)s och %(last)s") % {
        "first": day(project.earliest_start, "short"),
        "last": day(project.latest_start, "short"),
    }
    yield Requirement(what, basis, project.earliest_start <= start <= project.latest_start)
    months = months_between(start, end)
    what = _("Högst %(n)d månader, slut senast %(last)s") % {
        "n": project.max_months,
        "last": day(project.latest_end, "short"),
    }
    basis = ngettext("%(n)d månad", "%(n)d månader", months) % {"n": months}
    yield Requirement(what, basis, start < end <= project.latest_end and months <= project.max_months)


def _budget(content: Mapping[str, Any], definition: CallDefinition, language: str) -> Iterator[Requirement]:
    names = {p["id"]: p["name"] for p in content["parties"]}
    budgets = [
        rules.PartyBudget(
            b["party"],
            names.get(b["party"], ""),
            {(c["type"], c["year"]): c["ore"] for c in b["costs"]},
            b["applied_ore"],
        )
        for b in content["budgets"]
    ]
    found = rules.findings(definition.budget, budgets, language)
    cost, applied = rules.total_cost(budgets), rules.total_applied(budgets)
    limit = {"max_grant", "min_grant", "max_share"}
    what = _("Bidrag högst %(limit)s och %(share)s av kostnaderna") % {
        "limit": kr(definition.budget.max_grant_ore),
        "share": share(definition.budget.max_share_bp),
    }
    broken = [f.text for f in found if f.code in limit]
    basis = _("%(applied)s, %(share)s") % {"applied": kr(applied), "share": share(ratio_bp(applied, cost))}
    yield Requirement(what, " ".join(broken) or basis, not broken)
    others = [f.text for f in found if f.code not in limit]
    count = len(definition.budget.caps)
    basis = ngettext("%(n)d tak räknat av systemet", "%(n)d tak räknade av systemet", count) % {"n": count}
    yield Requirement(_("Budgetregler"), " ".join(others) or basis, not others)


def _files(content: Mapping[str, Any], definition: CallDefinition, language: str) -> Iterator[Requirement]:
    present = {a["rule"]: a for a in content["attachments"]}
    for rule in definition.files:
        if rule.required:
            found = present.get(rule.id)
            what = _("Bilaga: %(title)s") % {"title": rule.title.read(language)}
            yield Requirement(what, found["name"] if found else _("saknas"), found is not None)


def _signatories(parties: list[Mapping[str, Any]]) -> Iterator[Requirement]:
    """Who answers for each party, at which address: the applicant has typed them, and the links go there."""
    for party in parties:
        named = party["signatory_name"] and party["signatory_email"]
        basis = f"{party['signatory_name']}, {party['signatory_email']}" if named else _("saknas")
        yield Requirement(_("Firmatecknare för %(party)s") % {"party": party["name"]}, basis, bool(named))


def _confirmations(parties: list[Mapping[str, Any]], definition: CallDefinition) -> Iterator[Requirement]:
    if not definition.stages.partner_confirmation:
        return
    asked = [p for p in parties if p["role"] != PartyRole.COORDINATOR]
    missing = [p["name"] for p in asked if not p["confirmed_at"]]
    basis = _("Väntar på %(names)s") % {"names": _list(missing)} if missing else _("alla har bekräftat")
    yield Requirement(_("Parternas bekräftelser"), basis, not missing)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
