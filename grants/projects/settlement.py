"""What a party is finally granted: the lowest of its maximum amount and its aid intensity times its actual costs.

Pure. Source of the rule: the decision letter ("Det slutliga bidraget är det lägsta av Maxbelopp och Max stödnivå").
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from grants.money import share_of


class GrantedLine(Protocol):
    """What is read of a decision's line."""

    party_id: int
    party_name: str
    max_amount_ore: int
    intensity_bp: int


@dataclass(frozen=True)
class Settled:
    """One party's row: what was granted, what it has cost, and what that gives. Cost None: not reported."""

    party_id: int
    name: str
    max_ore: int
    intensity_bp: int
    cost_ore: int | None

    @property
    def earned_ore(self) -> int | None:
        """The aid intensity times the cost."""
        return None if self.cost_ore is None else share_of(self.cost_ore, self.intensity_bp)

    @property
    def final_ore(self) -> int | None:
        """The grant that these costs give."""
        return None if self.cost_ore is None else final_grant(self.max_ore, self.intensity_bp, self.cost_ore)

    @property
    def unused_ore(self) -> int | None:
        """What is left of the maximum amount."""
        return None if self.final_ore is None else self.max_ore - self.final_ore


@dataclass(frozen=True)
class Settlement:
    """All the parties' rows and their sums."""

    rows: tuple[Settled, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every party has reported its cost."""
        return all(row.cost_ore is not None for row in self.rows)

    @property
    def has_costs(self) -> bool:
        """Whether any party has reported its cost."""
        return any(row.cost_ore is not None for row in self.rows)

    @property
    def max_ore(self) -> int:
        """The whole grant of the decision."""
        return sum(row.max_ore for row in self.rows)

    @property
    def cost_ore(self) -> int:
        """The costs reported."""
        return sum(row.cost_ore or 0 for row in self.rows)

    @property
    def final_ore(self) -> int:
        """The grant that the reported costs give."""
        return sum(row.final_ore or 0 for row in self.rows)

    @property
    def unused_ore(self) -> int:
        """What is left of the parties' maximum amounts, of those that have reported."""
        return sum(row.unused_ore or 0 for row in self.rows)


def final_grant(max_ore: int, intensity_bp: int, cost_ore: int) -> int:
    """The lowest of the maximum amount and the aid intensity times the actual eligible cost, in öre."""
    return min(max_ore, share_of(cost_ore, intensity_bp))


def settle(lines: Iterable[GrantedLine], costs: Mapping[int, int | None]) -> Settlement:
    """The settlement of a decision's lines by the costs (party → öre since the start of the project)."""
    return Settlement(
        tuple(Settled(x.party_id, x.party_name, x.max_amount_ore, x.intensity_bp, costs.get(x.party_id)) for x in lines)
    )
