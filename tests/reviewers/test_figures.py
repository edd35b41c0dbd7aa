"""What sheets say together, against calculations made another way."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.programmes.judging import ReviewRules
from reviewers import figures
from reviewers.figures import Pair
from reviewers.ranking import Judged
from reviewers.scoring import two_decimals

TEXT = {"sv": "x"}
REVIEW = ReviewRules.model_validate(
    {
        "reviewers": 3,
        "quorum": 2,
        "days": 20,
        "criteria": [
            {"id": "a", "title": TEXT, "description": TEXT, "weight": 60, "anchors": {n: TEXT for n in range(1, 6)}},
            {"id": "b", "title": TEXT, "description": TEXT, "weight": 40, "anchors": {n: TEXT for n in range(1, 6)}},
        ],
    }
)


def test_nothing_has_no_sign() -> None:
    assert f"{two_decimals(Decimal('-0.004'))}" == "0.00"


def sheet(n: int, a: int, b: int) -> Judged:
    return Judged(n, n, f"R{n}", {"a": a, "b": b})


def reference(totals: dict[Pair, Decimal]) -> tuple[dict[int, Fraction], dict[int, Fraction]]:
    """The same fit in exact fractions by its normal equations, with Gauss-Jordan elimination; one island only."""
    cases, reviewers = sorted({c for c, _r in totals}), sorted({r for _c, r in totals})
    columns = [("c", c) for c in cases] + [("r", r) for r in reviewers]
    size = len(columns)
    rows = [[Fraction(0)] * (size + 1) for _ in range(size)]
    for (case, reviewer), total in totals.items():
        at = [columns.index(("c", case)), columns.index(("r", reviewer))]
        for i in at:
            for j in at:
                rows[i][j] += 1
            rows[i][size] += Fraction(total)
    # the effects weighted by the number of sheets sum to zero: this replaces one of the equations, which is not free
    rows[-1] = [Fraction(0)] * (size + 1)
    for _case, reviewer in totals:
        rows[-1][columns.index(("r", reviewer))] += 1
    for i in range(size):
        pivot = next(k for k in range(i, size) if rows[k][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for k in range(size):
            if k != i and rows[k][i] != 0:
                rows[k] = [x - rows[k][i] * y for x, y in zip(rows[k], rows[i], strict=True)]
    found = {column: rows[n][size] for n, column in enumerate(columns)}
    return {c: found["c", c] for c in cases}, {r: found["r", r] for r in reviewers}


def near(number: Decimal, exact: Fraction) -> bool:
    return abs(Fraction(number) - exact) <= Fraction(1, 200) + Fraction(1, 10**6)


@st.composite
def tied(draw: st.DrawFn) -> dict[Pair, Decimal]:
    """Totals of applications that are all tied together: each one shares a reviewer with the one before."""
    cases = draw(st.integers(1, 7))
    totals: dict[Pair, Decimal] = {}
    last = 100
    for case in range(cases):
        others = draw(st.sets(st.integers(100, 104), min_size=1, max_size=3))
        for reviewer in {last, *others}:
            totals[case, reviewer] = Decimal(draw(st.integers(100, 500))) / 100
        last = max(others)
    return totals


@settings(max_examples=200, deadline=None)
@given(tied())
def test_adjusted_means_are_those_of_the_reference(totals: dict[Pair, Decimal]) -> None:
    found = figures.adjusted(totals)
    means, effects = reference(totals)
    assert found.groups == 1
    assert all(near(found.means[case], exact) for case, exact in means.items())
    assert all(near(found.effects[reviewer], exact) for reviewer, exact in effects.items())


def test_a_reviewer_who_is_stricter_by_one_point_is_taken_off_by_one_point() -> None:
    quality = {1: Decimal(3), 2: Decimal(4), 3: Decimal("2.5")}
    effect = {10: Decimal(-1), 11: Decimal("0.5"), 12: Decimal("0.5")}
    pairs = [(1, 10), (1, 11), (2, 11), (2, 12), (3, 12), (3, 10)]
    found = figures.adjusted({(c, r): quality[c] + effect[r] for c, r in pairs})
    assert found.means == quality
    assert found.effects == effect


def test_applications_without_common_reviewers_are_adjusted_among_themselves() -> None:
    one = {(1, 10): Decimal(2), (2, 10): Decimal(4)}
    other = {(3, 20): Decimal(5), (4, 20): Decimal(5)}
    found = figures.adjusted(one | other)
    assert found.groups == 2
    assert found.means == {1: Decimal(2), 2: Decimal(4), 3: Decimal(5), 4: Decimal(5)}
    assert set(found.effects.values()) == {Decimal(0)}


def test_nothing_lodged_is_nothing_adjusted() -> None:
    assert figures.adjusted({}).means == {}


def test_the_total_without_each_sheet() -> None:
    found = figures.left_out([sheet(1, 5, 5), sheet(2, 3, 3), sheet(3, 1, 1)], REVIEW)
    assert [(one.own, one.without, one.change) for one in found] == [
        (Decimal(5), Decimal(2), Decimal(-1)),
        (Decimal(3), Decimal(3), Decimal(0)),
        (Decimal(1), Decimal(4), Decimal(1)),
    ]


def test_a_single_sheet_has_nothing_beside_it() -> None:
    assert [one.without for one in figures.left_out([sheet(1, 4, 4)], REVIEW)] == [None]


@pytest.mark.parametrize(
    ("wide", "scores", "marked"), [(1.5, (5, 4), False), (1.5, (5, 3), True), (2.0, (5, 3), False)]
)
def test_the_spread_that_is_marked_is_the_calls(wide: float, scores: tuple[int, int], marked: bool) -> None:
    from reviewers.scoring import summary

    review = REVIEW.model_copy(update={"wide_spread": wide})
    assert summary([{"a": n, "b": n} for n in scores], review).is_wide is marked
