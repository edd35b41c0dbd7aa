"""The budgets of an application, read and written."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from grants.budgets.models import AppliedGrant, CostLine
from grants.budgets.rules import PartyBudget


def read(application_id: int, parties: Sequence[tuple[int, str]]) -> list[PartyBudget]:
    """The budget of each of these parties (key, name), in their order; two queries."""
    costs: dict[int, dict[tuple[str, int], int]] = defaultdict(dict)
    for party, kind, year, ore in CostLine.objects.filter(application_id=application_id).values_list(
        "party_id", "cost_type", "year", "amount_ore"
    ):
        costs[party][(kind, year)] = ore
    applied = dict(AppliedGrant.objects.filter(application_id=application_id).values_list("party_id", "amount_ore"))
    return [PartyBudget(pk, name, costs[pk], applied.get(pk)) for pk, name in parties]


def write(application_id: int, party_id: int, costs: Mapping[tuple[str, int], int], applied: int | None) -> None:
    """Replace one party's budget. The caller has checked that the person may and holds the lock on the application."""
    CostLine.objects.filter(party_id=party_id).delete()
    CostLine.objects.bulk_create(
        CostLine(application_id=application_id, party_id=party_id, cost_type=kind, year=year, amount_ore=ore)
        for (kind, year), ore in sorted(costs.items())
        if ore
    )
    if applied is None:
        AppliedGrant.objects.filter(party_id=party_id).delete()
    else:
        AppliedGrant.objects.update_or_create(
            party_id=party_id, defaults={"application_id": application_id, "amount_ore": applied}
        )
