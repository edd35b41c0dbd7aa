"""The funding line: applications in an order, what each costs, and how far the money reaches. With it what follows from the
line: who was passed over, and what the funded projects are like together.

Pure. Amounts are whole öre.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from grants.decisions.hearings import Recommendation
from grants.programmes.judging import PortfolioLimit

COUNTED = ("", Recommendation.FUND)  # what nobody has said anything else of stands where the scores put it


@dataclass(frozen=True)
class Entry:
    """One application as the line sees it. `place` is its place in the ranking; None without scores."""

    key: int
    place: int | None
    amount_ore: int
    stance: str = ""  # what the panel recommends
    county: str = ""
    kind: str = ""
    has_reason: bool = False  # why the ranking is departed from has been written down

    @property
    def counts(self) -> bool:
        """Whether it takes part of the money as things stand."""
        return self.stance in COUNTED


@dataclass(frozen=True)
class Drawn:
    """One application with its side of the line. `accumulated_ore` is None for what takes no part of the money."""

    entry: Entry
    accumulated_ore: int | None
    is_above: bool


@dataclass(frozen=True)
class Line:
    """All of them in order, and where the money ends. `left_ore` is None in a call without a budget of its own."""

    rows: tuple[Drawn, ...]
    left_ore: int | None

    @property
    def above(self) -> list[Entry]:
        """What the money is enough for."""
        return [row.entry for row in self.rows if row.is_above]

    @property
    def above_ore(self) -> int:
        """What that costs."""
        return sum(entry.amount_ore for entry in self.above)

    @property
    def wanted_ore(self) -> int:
        """What all that is to be funded would cost, whether or not the money is enough."""
        return sum(row.entry.amount_ore for row in self.rows if row.entry.counts)

    @property
    def remains_ore(self) -> int | None:
        """What is left of the money below the line."""
        return None if self.left_ore is None else self.left_ore - self.above_ore


@dataclass(frozen=True)
class Departure:
    """That an application is passed over by others with a lower place. It is explained by a reason on either side."""

    passed: Entry
    by: tuple[Entry, ...]

    @property
    def is_explained(self) -> bool:
        """Whether somebody has written why."""
        return self.passed.has_reason or all(entry.has_reason for entry in self.by)


@dataclass(frozen=True)
class Trial:
    """What somebody tries, to see where the line would fall: other amounts, and applications lifted above the line."""

    amounts: Mapping[int, int] = field(default_factory=dict)
    lifted: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.amounts or self.lifted)


def draw(entries: Iterable[Entry], left_ore: int | None) -> Line:
    """Draw the line above the first that the money is not enough for; everything after it is below."""
    rows: list[Drawn] = []
    spent, crossed = 0, False
    for entry in entries:
        if not entry.counts:
            rows.append(Drawn(entry, None, False))
            continue
        spent += entry.amount_ore
        crossed = crossed or (left_ore is not None and spent > left_ore)
        rows.append(Drawn(entry, spent, not crossed))
    return Line(tuple(rows), left_ore)


def tried(entries: Sequence[Entry], trial: Trial, left_ore: int | None) -> list[Entry]:
    """The order and the amounts as they would be. What is lifted goes as far up as it must for the money to be enough."""
    order = [replace(e, amount_ore=trial.amounts.get(e.key, e.amount_ore)) for e in entries]
    for key in trial.lifted:
        _lift(order, key, left_ore)
    return order


def _lift(order: list[Entry], key: int, left_ore: int | None) -> None:
    rows = draw(order, left_ore).rows
    at = next((n for n, row in enumerate(rows) if row.entry.key == key), None)
    if at is None or left_ore is None or rows[at].is_above or not rows[at].entry.counts:
        return
    entry, before = order.pop(at), 0
    place = 0
    for n, other in enumerate(order):
        before += other.amount_ore if other.counts else 0
        if before + entry.amount_ore > left_ore:
            break
        place = n + 1
    order.insert(min(place, at), entry)


def departures(line: Line) -> list[Departure]:
    """Whoever is not funded although somebody with a lower place is, in the order of the ranking."""
    funded = line.above
    found = []
    for row in line.rows:
        place = row.entry.place
        if row.is_above or place is None:
            continue
        if by := tuple(e for e in funded if e.place is None or e.place > place):
            found.append(Departure(row.entry, by))
    return sorted(found, key=lambda departure: departure.passed.place or 0)


@dataclass(frozen=True)
class Weighed:
    """One limit of the call against what is above the line, for one county or kind of organisation."""

    limit: PortfolioLimit
    value: str
    projects: int
    ore: int
    of_ore: int

    @property
    def percent(self) -> float:
        """The share of the money."""
        return 100 * self.ore / self.of_ore if self.of_ore else 0.0

    @property
    def is_met(self) -> bool:
        """Whether the limit holds as things stand."""
        limit = self.limit
        return (
            (limit.least_projects is None or self.projects >= limit.least_projects)
            and (limit.most_projects is None or self.projects <= limit.most_projects)
            # whole öre on both sides: a share that is exactly the limit is within it
            and (limit.most_percent is None or 100 * self.ore <= limit.most_percent * self.of_ore)
        )


def weigh(limits: Iterable[PortfolioLimit], line: Line) -> list[Weighed]:
    """Each limit for its own county or kind; one that names none for each there is above the line, the largest first."""
    funded, total, found = line.above, line.above_ore, []
    for limit in limits:
        groups: dict[str, list[Entry]] = {limit.value: []} if limit.value else {}
        for entry in funded:
            value = entry.county if limit.by == "county" else entry.kind
            if value and limit.value in (None, value):
                groups.setdefault(value, []).append(entry)
        weighed = [
            Weighed(limit, value, len(group), sum(e.amount_ore for e in group), total)
            for value, group in groups.items()
        ]
        found += sorted(weighed, key=lambda one: (-one.ore, one.value))
    return found
