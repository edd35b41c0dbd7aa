"""Costs above what a party planned for in the application.

They are not refused: a project may cost more than was thought, and the grant is bounded by the decision whatever is
stated. But a figure with a nought too many should not be filed unseen, so the pages say how far above it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grants.applications.models import Submission
from grants.decisions.models import DecisionLine
from grants.projects.models import Duty


@dataclass(frozen=True)
class Overrun:
    """One party that has stated more than it planned for, in öre."""

    party_id: int
    name: str
    budget_ore: int
    cost_ore: int

    @property
    def over_ore(self) -> int:
        """How far above the budget."""
        return self.cost_ore - self.budget_ore


def overruns(duty: Duty, lines: Sequence[DecisionLine], costs: Mapping[int, int | None]) -> list[Overrun]:
    """The parties of these costs (party → öre) that are above the budget of the latest submission; one query at most."""
    if not any(costs.values()):
        return []
    rows = Submission.objects.filter(application=duty.application_id).order_by("-n")
    budgets = rows.values_list("content__budgets", flat=True).first() or []
    planned = {b["party"]: sum(c["ore"] for c in b["costs"]) for b in budgets}
    return [
        Overrun(line.party_id, line.party_name, planned[line.party_id], cost)
        for line in lines
        if (cost := costs.get(line.party_id)) is not None and cost > planned.get(line.party_id, cost)
    ]
