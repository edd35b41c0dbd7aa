"""What the pages of a proposal and of a decision say of de minimis aid."""

from contextlib import suppress
from typing import Any

from django import forms

from grants.applications.models import Application
from grants.decisions.de_minimis import Statement, statements
from grants.decisions.models import Decision, Outcome


def decided_aid(decision: Decision) -> list[Statement]:
    """Of a decision that is proposed or made."""
    if decision.outcome != Outcome.GRANT:
        return []
    rows = decision.lines.select_related("party")
    lines = [(r.party.organisation_id, r.party_name, r.max_amount_ore, r.aid_basis) for r in rows]
    return statements(decision.application.definition, decision.application_id, lines, decision.decided_at)


def proposed_aid(case: Application, form: Any) -> list[Statement]:
    """Of what stands in the form of a proposal; what is no amount counts as nothing."""
    lines = []
    for party in form.parties:
        amount, basis = f"amount_{party.pk}", form[f"basis_{party.pk}"].value()
        ore = 0
        with suppress(forms.ValidationError):
            ore = form.fields[amount].to_python(form[amount].value()) or 0
        lines.append((party.organisation_id, party.name, ore, str(basis or "")))
    return statements(case.definition, case.pk, lines)
