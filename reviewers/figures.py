"""What lodged sheets say together: how far reviewers agree, how much one sheet weighs, and how strict each reviewer is.

Pure. Nothing here decides anything: the raw mean is the score, and what is computed beside it is shown beside it.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from grants.programmes.judging import ReviewRules
from reviewers.ranking import Judged, Ranked
from reviewers.scoring import Spread, spread, two_decimals, weighted

Pair = tuple[int, int]  # application, reviewer


@dataclass(frozen=True)
class LeftOut:
    """An application's total without one of its sheets; None when there is no other."""

    sheet: Judged
    own: Decimal | None
    without: Decimal | None
    change: Decimal | None


@dataclass(frozen=True)
class Places:
    """Between which places an application would stand if any one of its sheets were left out, all others as they are."""

    best: int
    worst: int


@dataclass(frozen=True)
class Strictness:
    """How one reviewer's totals lie beside the others'. `effect` is what the adjustment takes off: below zero is strict."""

    reviewer: int
    name: str
    sheets: int
    totals: Spread
    beside: Decimal | None  # mean difference from colleagues on the same applications; None when there are none
    compared: int  # how many applications that rests on
    effect: Decimal | None


@dataclass(frozen=True)
class Adjustment:
    """Means with the reviewers' strictness taken off, and that strictness. Applications whose reviewers are tied to the rest
    by no common application are adjusted among themselves only: `groups` says how many such islands there are."""

    means: dict[int, Decimal]
    effects: dict[int, Decimal]
    groups: int


def totals_of(rows: Iterable[Ranked]) -> dict[Pair, Decimal]:
    """Each lodged sheet's weighted score, by application and reviewer."""
    return {
        (row.case.pk, sheet.reviewer): total
        for row in rows
        for sheet in row.sheets
        if (total := weighted(sheet.values, row.case.definition.the_review)) is not None
    }


def left_out(sheets: Sequence[Judged], review: ReviewRules) -> list[LeftOut]:
    """The total without each of the sheets in turn."""
    totals = [weighted(sheet.values, review) for sheet in sheets]
    whole = spread([total for total in totals if total is not None])
    found = []
    for n, sheet in enumerate(sheets):
        rest = spread([total for m, total in enumerate(totals) if m != n and total is not None])
        without = rest.mean if rest else None
        change = without - whole.mean if whole and without is not None else None
        found.append(LeftOut(sheet, totals[n], without, change))
    return found


def places(rows: Sequence[Ranked]) -> dict[int, Places]:
    """Between which places each application stands when one of its sheets is left out. No entry without sheets."""
    means = sorted(row.total for row in rows if row.total is not None)
    found = {}
    for row in rows:
        if row.total is None:
            continue
        others = list(means)
        others.pop(bisect_left(others, row.total))
        tried = [row.total, *(one.without for one in left_out(row.sheets, row.case.definition.the_review))]
        stands = [1 + len(others) - bisect_right(others, total) for total in tried if total is not None]
        found[row.case.pk] = Places(min(stands), max(stands))
    return found


def adjusted(totals: Mapping[Pair, Decimal]) -> Adjustment:
    """Means by the least-squares fit of total = application + reviewer. Within each island the reviewers' effects, weighted by
    their number of sheets, sum to zero, so that taking them off moves no points in or out."""
    means: dict[int, Decimal] = {}
    effects: dict[int, Decimal] = {}
    islands = _islands(totals)
    for pairs in islands:
        _fit(pairs, totals, means, effects)
    return Adjustment(means, effects, len(islands))


def _islands(totals: Mapping[Pair, Decimal]) -> list[list[Pair]]:
    """The sheets in groups that are tied by common applications and reviewers, in the order in which they are met."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        while parent.setdefault(node, node) != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for case, reviewer in totals:
        parent[root(("reviewer", reviewer))] = root(("case", case))
    groups: dict[tuple[str, int], list[Pair]] = defaultdict(list)
    for pair in totals:
        groups[root(("case", pair[0]))].append(pair)
    return list(groups.values())


def _fit(
    pairs: Sequence[Pair], totals: Mapping[Pair, Decimal], means: dict[int, Decimal], effects: dict[int, Decimal]
) -> None:
    cases = list(dict.fromkeys(case for case, _reviewer in pairs))
    reviewers = list(dict.fromkeys(reviewer for _case, reviewer in pairs))
    place = {case: n for n, case in enumerate(cases)} | {-r - 1: len(cases) + n for n, r in enumerate(reviewers)}
    matrix = np.zeros((len(pairs) + 1, len(cases) + len(reviewers)))
    given = np.zeros(len(pairs) + 1)
    for n, (case, reviewer) in enumerate(pairs):
        matrix[n, place[case]] = matrix[n, place[-reviewer - 1]] = 1
        matrix[-1, place[-reviewer - 1]] += 1  # the last row: the weighted effects sum to zero
        given[n] = float(totals[case, reviewer])
    found = np.linalg.lstsq(matrix, given, rcond=None)[0]
    for case in cases:
        means[case] = _decimal(found[place[case]])
    for reviewer in reviewers:
        effects[reviewer] = _decimal(found[place[-reviewer - 1]])


def _decimal(number: float) -> Decimal:
    # nine decimals first: what the fit leaves of 3.125 must round as 3.125 does
    return two_decimals(Decimal(f"{number:.9f}")) + 0


def strictness(rows: Sequence[Ranked], adjustment: Adjustment) -> list[Strictness]:
    """Every reviewer who has lodged a sheet, the strictest first."""
    totals = totals_of(rows)
    of_case: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for (case, reviewer), total in totals.items():
        of_case[case][reviewer] = total
    names = {sheet.reviewer: sheet.name for row in rows for sheet in row.sheets}
    found = []
    for reviewer, name in names.items():
        own = [total for (_case, who), total in totals.items() if who == reviewer]
        beside = [
            given[reviewer] - sum(others, Decimal()) / len(others)
            for given in of_case.values()
            if reviewer in given and (others := [t for who, t in given.items() if who != reviewer])
        ]
        if (lies := spread(own)) is not None:
            mean = two_decimals(sum(beside, Decimal()) / len(beside)) if beside else None
            found.append(
                Strictness(reviewer, name, len(own), lies, mean, len(beside), adjustment.effects.get(reviewer))
            )
    return sorted(found, key=lambda one: (one.effect or Decimal(), one.name, one.reviewer))


def distribution(rows: Iterable[Ranked], review: ReviewRules) -> dict[str, dict[int, int]]:
    """How many sheets gave each score, by criterion; every step of the scale is there."""
    counted: dict[str, Counter[int]] = defaultdict(Counter)
    for row in rows:
        for sheet in row.sheets:
            for criterion, value in sheet.values.items():
                if value is not None:
                    counted[criterion][value] += 1
    steps = range(review.lowest, review.highest + 1)
    return {criterion.id: {step: counted[criterion.id][step] for step in steps} for criterion in review.criteria}
