"""A call's budget rules, checked. Pure: from the rules and the parties' figures to findings in words.

Source of the kinds of rules: the calls' own texts (fixtures/calls), e.g. indirect costs at most 30 % of personnel.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from grants.money import ratio_bp, share_of, written, written_share
from grants.programmes.definition import BudgetRules, Cap


@dataclass(frozen=True)
class PartyBudget:
    """One party's figures, in öre."""

    party_id: int
    name: str
    costs: dict[tuple[str, int], int] = field(default_factory=dict)  # (cost type, year) → öre
    applied: int | None = None

    @property
    def total(self) -> int:
        """All the party's costs."""
        return sum(self.costs.values())

    def of_type(self, cost_type: str) -> int:
        """The party's costs of one type over all years; 'total' is all of them."""
        if cost_type == "total":
            return self.total
        return sum(ore for (kind, _year), ore in self.costs.items() if kind == cost_type)

    @property
    def own_financing(self) -> int:
        """What the party pays itself."""
        return self.total - (self.applied or 0)


@dataclass(frozen=True)
class Finding:
    """A rule that is broken: which one, how, and in whose budget (None: the project's)."""

    code: str
    text: str
    party_id: int | None = None


def total_cost(budgets: Iterable[PartyBudget]) -> int:
    """The project's eligible costs, in öre."""
    return sum(b.total for b in budgets)


def total_applied(budgets: Iterable[PartyBudget]) -> int:
    """The grant applied for, in öre."""
    return sum(b.applied or 0 for b in budgets)


def findings(rules: BudgetRules, budgets: Sequence[PartyBudget], language: str = "sv") -> list[Finding]:
    """Every rule that these budgets break."""
    found = [*_missing(budgets)]
    for budget in budgets:
        found += [f for cap in rules.caps if (f := _cap(rules, cap, budget, language))]
        if (budget.applied or 0) > budget.total:
            text = _("%(party)s söker %(applied)s men kostnaderna är %(total)s.") % {
                "party": budget.name,
                "applied": written(budget.applied or 0, language),
                "total": written(budget.total, language),
            }
            found.append(Finding("more_than_cost", text, budget.party_id))
        if rules.share_of == "party":
            found += _share(rules, budget.applied or 0, budget.total, language, budget)
    cost, applied = total_cost(budgets), total_applied(budgets)
    if applied > rules.max_grant_ore:
        text = _("Sökt bidrag är %(applied)s. Högst %(limit)s kan sökas. Sänk med %(over)s.") % {
            "applied": written(applied, language),
            "limit": written(rules.max_grant_ore, language),
            "over": written(applied - rules.max_grant_ore, language),
        }
        found.append(Finding("max_grant", text))
    if applied < rules.min_grant * 100:
        text = _("Sökt bidrag är %(applied)s. Minst %(limit)s kan sökas.") % {
            "applied": written(applied, language),
            "limit": written(rules.min_grant * 100, language),
        }
        found.append(Finding("min_grant", text))
    if rules.share_of == "project":
        found += _share(rules, applied, cost, language, None)
    return found


def _missing(budgets: Sequence[PartyBudget]) -> Iterable[Finding]:
    for budget in budgets:
        if budget.total == 0:
            yield Finding("no_costs", _("%(party)s har inga kostnader.") % {"party": budget.name}, budget.party_id)
        if budget.applied is None:
            text = _("Ange hur mycket bidrag %(party)s söker, 0 om inget.") % {"party": budget.name}
            yield Finding("no_applied", text, budget.party_id)
    if budgets and not total_applied(budgets):
        yield Finding("nothing_applied", _("Ingen part söker bidrag."))


def _cap(rules: BudgetRules, cap: Cap, budget: PartyBudget, language: str) -> Finding | None:
    part, whole = budget.of_type(cap.cost), budget.of_type(cap.of)
    limit_bp = round(cap.percent * 100)
    limit = share_of(whole, limit_bp)
    if part <= limit:
        return None
    labels = {c.id: c.label.read(language) for c in rules.cost_types}
    text = _(
        "%(party)s: %(cost)s är %(share)s av %(of)s. Taket är %(percent)s, alltså %(limit)s. Sänk med %(over)s."
    ) % {
        "party": budget.name,
        "cost": labels[cap.cost],
        "of": labels.get(cap.of, _("alla kostnader")).lower(),
        "share": written_share(ratio_bp(part, whole), language),
        "percent": written_share(limit_bp, language),
        "limit": written(limit, language),
        "over": written(part - limit, language),
    }
    return Finding("cap_" + cap.cost, text, budget.party_id)


def _share(rules: BudgetRules, applied: int, cost: int, language: str, budget: PartyBudget | None) -> Iterable[Finding]:
    limit = share_of(cost, rules.max_share_bp)
    if applied <= limit:
        return
    text = _("%(whose)s sökta bidrag är %(share)s av kostnaderna. Högst %(percent)s kan sökas, alltså %(limit)s.") % {
        "whose": budget.name if budget else _("Projektets"),
        "share": written_share(ratio_bp(applied, cost), language),
        "percent": written_share(rules.max_share_bp, language),
        "limit": written(limit, language),
    }
    yield Finding("max_share", text, budget.party_id if budget else None)
