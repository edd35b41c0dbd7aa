"""What the pages of proposing and making decisions show beside the form: amounts, limits, what the law asks, what was said."""

from datetime import date
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _l

from grants.applications.models import Application
from grants.decisions.models import GIVES_MONEY, Decision, DecisionLine, DecisionState, Outcome
from grants.money import kronor
from reviewers.models import Assignment, AssignmentState
from reviewers.reading import read_sheet
from workflows import forms, later_forms, particulars
from workflows.commands.base import Act
from workflows.commands.deciding import decision_of, money_left
from workflows.commands.hearing import not_heard
from workflows.queries import actions, hearings
from workflows.queries.aid import decided_aid, proposed_aid
from workflows.queries.case_page import scores_of
from workflows.queries.decision_diff import returned


def propose(act: Act, form: Any) -> dict[str, Any]:
    """The parties' figures, the limits, and what the law asks of a decision."""
    case, content = act.the_case, form.submission_content()
    budgets = {b["party"]: b for b in content["budgets"]}
    rows = []
    for row in form.rows():
        budget = budgets.get(row["party"].pk, {"costs": [], "applied_ore": 0})
        rows.append(row | {"cost": sum(c["ore"] for c in budget["costs"]), "applied": budget["applied_ore"]})
    left = money_left(case.call, case)
    return {
        "rows": rows,
        "cost": sum(r["cost"] for r in rows),
        "applied": sum(r["applied"] for r in rows),
        "limit": case.definition.budget.max_grant_ore,
        "max_share": case.definition.budget.max_share_bp,
        "left": left,
        "has_budget": left is not None,
        "must_haves": must_haves(act, None),
        "scores": scores_of(case),
        **_written(case),
        "aid": proposed_aid(case, form),
        "not_heard": actions.with_addresses(not_heard(act), act.command, case.pk, case),
    }


def _written(case: Application) -> dict[str, Any]:
    """What was held and what the reviewers wrote, for whoever prepares or makes the decision."""
    return {
        "hearings": hearings.of_case(case),
        "sheets": [read for a in _lodged(case) if (read := read_sheet(a, case.definition))],
        "highest": case.definition.review and case.definition.review.highest,
    }


def _lodged(case: Application) -> QuerySet[Assignment]:
    """The reviews that count, with what their reviewers wrote."""
    rows: QuerySet[Assignment] = case.assignments.filter(state=AssignmentState.LODGED)
    return rows.select_related("reviewer", "sheet").prefetch_related("sheet__scores").order_by("lodged_at", "pk")


def must_haves(act: Act, decision: Decision | None) -> list[particulars.Found]:
    """FL 31–33 §§ for a proposal that is being written (no decision yet) or one that waits."""
    preparer = decision.prepared_by if decision else act.person
    return particulars.found_in(particulars.Draft(act.the_case, preparer, decision, forms.language()))


_AMOUNTS = {Outcome.WITHDRAWAL: _l("Får behållas, kr"), Outcome.RECOVERY: _l("Ska betalas tillbaka, kr")}


def _applied(case: Application) -> dict[int, int]:
    """What each party applied for, in öre."""
    last = case.submissions.order_by("-n").first()
    return {budget["party"]: budget["applied_ore"] for budget in last.content["budgets"]} if last else {}


def approve(act: Act, form: Any) -> dict[str, Any]:
    """Exactly what is signed, and its total against the call's budget."""
    case = act.the_case
    try:
        decision = decision_of(act)
    except Decision.DoesNotExist:
        return {}
    language, left = (get_language() or "sv")[:2], money_left(case.call, case)
    applied = _applied(case) if decision.outcome == Outcome.GRANT and not decision.later else {}
    lines = [
        {
            "line": line,
            "applied": applied.get(line.party_id),
            "basis": basis.label.read(language)
            if (basis := case.definition.aid_basis(line.aid_basis))
            else line.aid_basis,
        }
        for line in decision.lines.all()
    ]
    budget = kronor(case.definition.call_budget) if case.definition.call_budget else None
    total = decision.total_ore
    others = DecisionLine.objects.filter(
        decision__application__call=case.call, decision__state=DecisionState.PROPOSED, decision__outcome__in=GIVES_MONEY
    ).exclude(decision=decision)
    waiting = others.aggregate(n=Count("decision", distinct=True), ore=Sum("max_amount_ore"))
    return {
        **_written(case),
        "decision": decision,
        "returned": returned(decision, case.definition),
        "aid": decided_aid(decision),
        "back": reverse("act", args=["return_later", decision.pk] if decision.later else ["return_proposal", case.pk]),
        "changes": decision.changes(),
        "gives": decision.outcome in GIVES_MONEY,
        "outcome": decision.title,
        "amount_label": _AMOUNTS.get(Outcome(decision.outcome), _l("Maxbelopp, kr")),
        "keeps": decision.outcome == Outcome.WITHDRAWAL,
        "with_applied": bool(applied),
        "with_share": decision.outcome == Outcome.GRANT,
        "lines": lines,
        "total": total,
        "budget": budget,
        "granted": budget - left if budget is not None and left is not None else None,
        "after": left - total if left is not None else None,
        "spent_after": budget - left + total if budget is not None and left is not None else None,
        "others": waiting,
        "must_haves": must_haves(act, decision),
        "reports": [
            (
                date.fromisoformat(r["due"]),
                rule.title.read(language) if (rule := case.definition.report(r["rule"])) else r["rule"],
            )
            for r in decision.schedule
        ],
        "payments": [
            (p["label_en"] if language == "en" and p["label_en"] else p["label_sv"], p["amount_ore"])
            for p in decision.payments
        ],
        "conditions": [c for c in decision.special_conditions.split("\n") if c.strip()],
        "lodged": case.assignments.filter(state=AssignmentState.LODGED).count(),
        "ruled": case.assignments.filter(state=AssignmentState.CONFLICTED).count(),
    }


def propose_later(act: Act, form: Any) -> dict[str, Any]:
    """The parties with what they have now, and what the law asks of a decision."""
    rows = form.rows() if isinstance(form, later_forms.AmountsForm) else []
    return {
        "rows": rows,
        "with_share": any(row["share"] for row in rows),
        "now": sum(row["line"].max_amount_ore for row in rows),
        "must_haves": must_haves(act, None),
    }
