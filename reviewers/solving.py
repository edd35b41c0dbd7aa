"""Who should judge what: numbers in, an assignment out. It knows neither tables nor rules of calls.

First of all as many as are wanted are asked, then those who know most of what an application is about, then evenly, and
last so that an application is judged from all its sides and the same two do not always meet.

Asking at most so many for each application and of each reviewer is a transport problem: its linear programme has a whole
solution at every corner, and the simplex method ends in a corner. What goes before something else weighs more than all of
the other can along any chain of exchanges, which passes each reviewer once: so the order is kept strictly. How often two
meet, and which sides a group knows together, are not linear: they are mended afterwards, by letting two reviewers change
places wherever that makes nothing worse that goes before. The order of the rows makes no difference: they are sorted first.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

LEVELS = 10  # steps of how well one fits
FULL = 100  # assignments from which one more makes no difference to how even the load is
UNSEEN = 1_000  # a side of an application that nobody knows is worse than any number of meetings that are usual
PASSES = 4  # over everybody's places, when they are exchanged; each finds less than the one before
TRIED = 60  # exchanges that are weighed for one place in one pass
Pair = tuple[int, int]  # application, reviewer


class UnsolvedError(Exception):
    """The programme had no answer, which numbers that make sense cannot lead to."""


@dataclass(frozen=True)
class Wanted:
    """An application: how many more are wanted, what it is about, and who has it already."""

    key: int
    places: int
    about: frozenset[str] = frozenset()
    has: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Judge:
    """A reviewer: what they know, how many they have, and how many more they can be asked about."""

    key: int
    room: int
    load: int = 0
    knows: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shortage:
    """An application that lacks reviewers, with why those who do not have it cannot: a conflict, or no room left."""

    key: int
    lacks: int
    barred: int
    full: int


@dataclass(frozen=True)
class Plan:
    """The answer: whom to ask about what, and what could not be filled."""

    pairs: tuple[Pair, ...]
    short: tuple[Shortage, ...]


def fit(wanted: Wanted, judge: Judge) -> int:
    """How much of what the application is about the reviewer knows, in steps. What is about nothing fits all alike."""
    if not wanted.about:
        return 0
    return round(LEVELS * len(wanted.about & judge.knows) / len(wanted.about))


def solve(
    wanted: Iterable[Wanted],
    judges: Iterable[Judge],
    barred: Collection[Pair] = frozenset(),
    note: Callable[[int], None] = lambda percent: None,
) -> Plan:
    """The best assignment, the same every time. `barred` are pairs that must not be; `note` is told how far it has come."""
    problem = _Problem(sorted(wanted, key=lambda w: w.key), sorted(judges, key=lambda j: j.key), frozenset(barred))
    places = _Places(problem, problem.optimum())
    for n in range(PASSES):
        note(20 + 80 * n // PASSES)
        if not places.exchange():
            break
    note(100)
    pairs = sorted((problem.wanted[i].key, problem.judges[j].key) for i, j in places.all())
    return Plan(tuple(pairs), tuple(problem.shortages(frozenset(pairs))))


@dataclass(frozen=True)
class _Problem:
    """The rows, and which pairs may be. Applications and reviewers are known by their places in the rows."""

    wanted: Sequence[Wanted]
    judges: Sequence[Judge]
    barred: frozenset[Pair]

    def may(self, one: Wanted, judge: Judge) -> bool:
        """Whether the reviewer can be asked about the application, as far as the two of them go."""
        return judge.key not in one.has and (one.key, judge.key) not in self.barred

    def optimum(self) -> list[tuple[int, int]]:
        """As many as can be, those who fit best, evenly."""
        edges = [
            (i, j)
            for i, one in enumerate(self.wanted)
            for j, judge in enumerate(self.judges)
            if one.places > 0 and judge.room > 0 and self.may(one, judge)
        ]
        if not edges:
            return []
        slots = [(j, s) for j, judge in enumerate(self.judges) for s in range(min(judge.room, len(self.wanted)))]
        better = FULL + 1  # a step of fitting outweighs how even the load is
        more = (len(self.judges) + 1) * better * (LEVELS + 1)  # and one more reviewer outweighs all fitting
        worth = [float(more + better * fit(self.wanted[i], self.judges[j])) for i, j in edges]
        worth += [-float(min(self.judges[j].load + s, FULL)) for j, s in slots]
        most = [float(one.places) for one in self.wanted] + [0.0] * len(self.judges)
        limits = self._limits(edges, slots)
        found = linprog(-np.array(worth), A_ub=limits, b_ub=most, bounds=(0, 1), method="highs-ds")
        if not found.success:
            raise UnsolvedError(found.message)
        return [edge for n, edge in enumerate(edges) if found.x[n] > 0.5]

    def _limits(self, edges: Sequence[tuple[int, int]], slots: Sequence[tuple[int, int]]) -> Any:
        """A row for each application, so many at most; and one for each reviewer: what they get lies in their places."""
        n, m = len(self.wanted), len(edges)
        rows = [i for i, _j in edges] + [n + j for _i, j in edges] + [n + j for j, _s in slots]
        columns = [*range(m), *range(m), *(m + k for k in range(len(slots)))]
        values = [1.0] * (2 * m) + [-1.0] * len(slots)
        return coo_array((values, (rows, columns)), shape=(n + len(self.judges), m + len(slots))).tocsr()

    def shortages(self, pairs: frozenset[Pair]) -> Iterator[Shortage]:
        """What could not be filled, and why each of the others cannot be asked."""
        given, taken = Counter(case for case, _judge in pairs), Counter(judge for _case, judge in pairs)
        for one in self.wanted:
            if (lacks := one.places - given[one.key]) > 0:
                others = [j for j in self.judges if j.key not in one.has and (one.key, j.key) not in pairs]
                barred = sum((one.key, judge.key) in self.barred for judge in others)
                full = sum(self.may(one, judge) and judge.room <= taken[judge.key] for judge in others)
                yield Shortage(one.key, lacks, barred, full)


class _Places:
    """Who judges what, while reviewers change places: nobody gets more or fewer, and together they fit as well as before."""

    def __init__(self, problem: _Problem, edges: Iterable[tuple[int, int]]) -> None:
        self._problem = problem
        at = {judge.key: j for j, judge in enumerate(problem.judges)}
        self._chosen: list[set[int]] = [set() for _ in problem.wanted]
        # who has an application already may be nobody of those who can be asked: such have a place below zero
        self._fixed = [{at.get(key, -1 - key) for key in one.has} for one in problem.wanted]
        for i, j in edges:
            self._chosen[i].add(j)
        groups = [self._group(i) for i in range(len(problem.wanted))]
        self._met = Counter(two for group in groups for two in combinations(sorted(group), 2))
        shape = (len(problem.wanted), len(problem.judges))
        self._fits = np.array([[fit(w, j) for j in problem.judges] for w in problem.wanted], int).reshape(shape)
        self._may = np.array([[problem.may(w, j) for j in problem.judges] for w in problem.wanted], bool).reshape(shape)
        for i, j in edges:
            self._may[i, j] = False  # not twice

    def all(self) -> list[tuple[int, int]]:
        """Every pair."""
        return [(i, j) for i, group in enumerate(self._chosen) for j in sorted(group)]

    def exchange(self) -> int:
        """Go over all places once, and change those where something gets better. Returns how many exchanges there were."""
        done = 0
        for i, j in self.all():
            if j in self._chosen[i] and self._is_unhappy(i, j) and (other := self._better(i, j)):
                self._swap(i, j, *other)
                done += 1
        return done

    def _group(self, i: int) -> set[int]:
        return self._chosen[i] | self._fixed[i]

    def _is_unhappy(self, i: int, j: int) -> bool:
        """Whether the reviewer meets somebody here that they meet elsewhere too, or the group does not know every side."""
        met = any(self._met[min(j, k), max(j, k)] > 1 for k in self._group(i) if k != j)
        return met or self._unseen(i, self._group(i)) > 0

    def _unseen(self, i: int, group: Iterable[int]) -> int:
        knows = (self._problem.judges[j].knows for j in group if j >= 0)
        return len(self._problem.wanted[i].about.difference(*knows))

    def _better(self, i: int, j: int) -> tuple[int, int] | None:
        """The first place to change with that makes things better without anyone fitting worse."""
        pairs = np.array(self.all())
        cases, judges = pairs[:, 0], pairs[:, 1]
        able = self._may[i, judges] & self._may[cases, j]
        able &= self._fits[i, judges] + self._fits[cases, j] >= self._fits[i, j] + self._fits[cases, judges]
        for n in np.flatnonzero(able)[:TRIED]:
            other = int(cases[n]), int(judges[n])
            if self._gain(i, j, *other) > 0:
                return other
        return None

    def _gain(self, i: int, j: int, case: int, judge: int) -> int:
        """How much better it gets when the two change places."""
        here, there = self._group(i) - {j}, self._group(case) - {judge}
        gain = self._unseen(i, here | {j}) - self._unseen(i, here | {judge})
        gain += self._unseen(case, there | {judge}) - self._unseen(case, there | {j})
        return UNSEEN * gain - sum(
            count * (2 * self._met[two] + count - 1) // 2 for two, count in _changed(j, here, judge, there).items()
        )

    def _swap(self, i: int, j: int, case: int, judge: int) -> None:
        for two, count in _changed(j, self._group(i) - {j}, judge, self._group(case) - {judge}).items():
            self._met[two] += count
        for at, leaves, comes in ((i, j, judge), (case, judge, j)):
            self._chosen[at] = (self._chosen[at] - {leaves}) | {comes}
            self._may[at, leaves], self._may[at, comes] = True, False


def _changed(one: int, here: Iterable[int], other: int, there: Iterable[int]) -> Counter[Pair]:
    """How many more times each two meet when `one` leaves those who are here for those who are there, and `other` comes."""
    changed = Counter[Pair]()
    for judge, group, by in ((one, here, -1), (other, here, 1), (other, there, -1), (one, there, 1)):
        for k in group:
            changed[min(judge, k), max(judge, k)] += by
    return changed
