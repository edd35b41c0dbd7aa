"""The assignment of reviewers: whatever the numbers, caps and conflicts hold, and no other answer is better."""

from collections import Counter
from itertools import combinations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from reviewers.solving import Judge, Pair, Plan, Wanted, fit, solve

SIDES = ("data", "juridik", "vård")
sides = st.frozensets(st.sampled_from(SIDES))


@st.composite
def problems(draw: st.DrawFn, most: int = 7) -> tuple[list[Wanted], list[Judge], set[Pair]]:
    """Applications, reviewers and conflicts, also such as cannot all be met."""
    judges = [
        Judge(100 + j, draw(st.integers(-1, 4)), draw(st.integers(0, 5)), draw(sides))
        for j in range(draw(st.integers(0, most)))
    ]
    keys = [judge.key for judge in judges]
    wanted = []
    for i in range(draw(st.integers(0, most))):
        has = draw(st.frozensets(st.sampled_from(keys), max_size=2)) if keys else frozenset[int]()
        wanted.append(Wanted(i, draw(st.integers(0, 3)), draw(sides), has))
    all_pairs = [(w.key, key) for w in wanted for key in keys]
    barred = draw(st.sets(st.sampled_from(all_pairs), max_size=len(all_pairs))) if all_pairs else set[Pair]()
    return wanted, judges, barred


def worth(plan: Plan, wanted: list[Wanted], judges: list[Judge]) -> tuple[int, int]:
    """How many are asked, and how well they fit."""
    by_key = {j.key: j for j in judges}
    cases = {w.key: w for w in wanted}
    return len(plan.pairs), sum(fit(cases[case], by_key[judge]) for case, judge in plan.pairs)


def greedy(wanted: list[Wanted], judges: list[Judge], barred: set[Pair]) -> Plan:
    """What one would do by hand: take the best pair that is left, until there is none."""
    places, room = {w.key: w.places for w in wanted}, {j.key: j.room for j in judges}
    edges = [
        (-fit(w, j), w.key, j.key)
        for w in wanted
        for j in judges
        if j.key not in w.has and (w.key, j.key) not in barred
    ]
    pairs = []
    for _fit, case, judge in sorted(edges):
        if places[case] > 0 and room[judge] > 0:
            pairs.append((case, judge))
            places[case], room[judge] = places[case] - 1, room[judge] - 1
    return Plan(tuple(pairs), ())


def best_of_all(wanted: list[Wanted], judges: list[Judge], barred: set[Pair]) -> tuple[int, int]:
    """The worth of the best answer, by trying every one."""

    def after(rows: list[Wanted], room: dict[int, int]) -> tuple[int, int]:
        if not rows:
            return 0, 0
        one, rest = rows[0], rows[1:]
        may = [j for j in judges if j.key not in one.has and (one.key, j.key) not in barred and room[j.key] > 0]
        found = []
        for size in range(min(one.places, len(may)) + 1):
            for chosen in combinations(may, size):
                left = {key: n - (key in {j.key for j in chosen}) for key, n in room.items()}
                asked, fits = after(rest, left)
                found.append((asked + size, fits + sum(fit(one, j) for j in chosen)))
        return max(found)

    return after(wanted, {j.key: j.room for j in judges})


@given(problems())
@settings(max_examples=150, deadline=None)
def test_caps_places_and_conflicts_hold_and_what_lacks_is_said(
    problem: tuple[list[Wanted], list[Judge], set[Pair]],
) -> None:
    wanted, judges, barred = problem
    plan = solve(wanted, judges, barred)
    assert len(set(plan.pairs)) == len(plan.pairs)
    assert not set(plan.pairs) & barred
    taken, given_to = Counter(j for _c, j in plan.pairs), Counter(c for c, _j in plan.pairs)
    assert all(taken[j.key] <= max(0, j.room) for j in judges)
    assert all(given_to[w.key] <= w.places for w in wanted)
    assert not [pair for pair in plan.pairs if pair[1] in next(w for w in wanted if w.key == pair[0]).has]
    lacking = {s.key: s for s in plan.short}
    for one in wanted:
        lacks = one.places - given_to[one.key]
        assert (one.key in lacking) == (lacks > 0)
        if lacks > 0:  # everybody else has a reason
            others = [j for j in judges if j.key not in one.has and (one.key, j.key) not in plan.pairs]
            assert lacking[one.key].lacks == lacks
            assert lacking[one.key].barred + lacking[one.key].full == len(others)


@given(problems())
@settings(max_examples=150, deadline=None)
def test_it_is_no_worse_than_what_one_would_do_by_hand(problem: tuple[list[Wanted], list[Judge], set[Pair]]) -> None:
    wanted, judges, barred = problem
    assert worth(solve(wanted, judges, barred), wanted, judges) >= worth(greedy(*problem), wanted, judges)


@given(problems(most=4))
@settings(max_examples=100, deadline=None)
def test_no_answer_at_all_is_better(problem: tuple[list[Wanted], list[Judge], set[Pair]]) -> None:
    wanted, judges, barred = problem
    assert worth(solve(wanted, judges, barred), wanted, judges) == best_of_all(wanted, judges, barred)


@given(problems(), st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_rows_makes_no_difference(
    problem: tuple[list[Wanted], list[Judge], set[Pair]], seed: int
) -> None:
    wanted, judges, barred = problem
    before = solve(wanted, judges, barred)
    Random(seed).shuffle(wanted)
    Random(seed).shuffle(judges)
    assert solve(wanted, judges, barred) == before


def test_where_all_fit_alike_the_load_is_even() -> None:
    judges = [Judge(j, 50, load=4 if j == 0 else 0) for j in range(6)]
    plan = solve([Wanted(i, 2) for i in range(16)], judges)
    loads = Counter(j for _c, j in plan.pairs)
    assert [loads[j] + (4 if j == 0 else 0) for j in range(6)] == [6] * 6


def test_the_same_two_do_not_always_meet() -> None:
    plan = solve([Wanted(i, 2) for i in range(15)], [Judge(j, 5) for j in range(6)])
    groups: dict[int, list[int]] = {}
    for case, judge in plan.pairs:
        groups.setdefault(case, []).append(judge)
    met = Counter(tuple(sorted(group)) for group in groups.values())
    assert max(met.values()) <= 2  # there are fifteen pairs for fifteen applications


def test_an_application_is_judged_from_all_its_sides() -> None:
    both = frozenset({"data", "juridik"})
    judges = [Judge(j, 4, knows=frozenset({"data" if j < 4 else "juridik"})) for j in range(8)]
    plan = solve([Wanted(i, 2, both) for i in range(8)], judges)
    for case in range(8):
        assert {("data" if j < 4 else "juridik") for c, j in plan.pairs if c == case} == {"data", "juridik"}


def test_progress_is_told_and_ends_at_the_end() -> None:
    told: list[int] = []
    solve([Wanted(1, 1)], [Judge(1, 1)], note=told.append)
    assert told == sorted(told)
    assert told[-1] == 100
