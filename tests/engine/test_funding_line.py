"""The funding line in figures: where it falls, what lifting does, who is passed over, and the limits for the whole."""

import pytest

from grants.programmes.judging import PortfolioLimit
from reviewers import trials
from reviewers.funding import Entry, Trial, departures, draw, tried, weigh


def entry(key: int, ore: int = 100, place: int | None = None, **more: object) -> Entry:
    return Entry(key, place if place is not None else key, ore, **more)  # type: ignore[arg-type]


def above(entries: list[Entry], left: int | None) -> list[int]:
    return [e.key for e in draw(entries, left).above]


class TestLine:
    def test_everything_after_the_first_that_does_not_fit_is_below(self) -> None:
        assert above([entry(1), entry(2, 250), entry(3)], 300) == [1]

    def test_what_costs_exactly_what_is_left_is_above(self) -> None:
        line = draw([entry(1), entry(2, 200)], 300)
        assert (len(line.above), line.remains_ore) == (2, 0)

    def test_what_is_not_to_be_funded_takes_nothing(self) -> None:
        line = draw([entry(1, stance="reject"), entry(2), entry(3, stance="reserve"), entry(4, stance="fund")], 200)
        assert [e.key for e in line.above] == [2, 4]
        assert [row.accumulated_ore for row in line.rows] == [None, 100, None, 200]

    def test_without_a_budget_there_is_no_line(self) -> None:
        assert above([entry(n, 10**15) for n in range(3)], None) == [0, 1, 2]


class TestTrials:
    def test_what_is_lifted_goes_just_as_far_up_as_it_must(self) -> None:
        order = [entry(1), entry(2), entry(3), entry(4, 150)]
        moved = tried(order, Trial(lifted=(4,)), 300)
        assert [e.key for e in moved] == [1, 4, 2, 3]
        assert above(moved, 300) == [1, 4]

    def test_what_is_above_already_or_not_there_stays(self) -> None:
        order = [entry(1), entry(2)]
        assert tried(order, Trial(lifted=(1, 99)), 100) == order

    def test_what_costs_more_than_all_there_is_cannot_be_lifted_above(self) -> None:
        assert above(tried([entry(1), entry(2, 900)], Trial(lifted=(2,)), 100), 100) == []

    def test_a_lower_amount_makes_room(self) -> None:
        order = [entry(1, 200), entry(2, 150)]
        assert above(tried(order, Trial({1: 150}), 300), 300) == [1, 2]

    @pytest.mark.parametrize("trial", [Trial(), Trial(lifted=(3, 1)), Trial({7: 40_000_00}, (3,))])
    def test_a_trial_is_written_as_it_is_read(self, trial: Trial) -> None:
        assert trials.parse(trials.written(trial)) == trial


class TestDepartures:
    def test_whoever_is_passed_over_is_told_of_with_those_who_pass(self) -> None:
        line = draw([entry(1, stance="reject"), entry(2), entry(3)], 200)
        [one] = departures(line)
        assert (one.passed.key, [e.key for e in one.by], one.is_explained) == (1, [2, 3], False)

    def test_the_same_place_is_no_departure(self) -> None:
        assert departures(draw([entry(1, place=1), entry(2, place=1, stance="reject")], 100)) == []

    def test_a_reason_on_either_side_explains_it(self) -> None:
        passed = entry(1, stance="reject", has_reason=True)
        assert all(d.is_explained for d in departures(draw([passed, entry(2)], 100)))
        line = draw([entry(1, stance="reject"), entry(2, has_reason=True)], 100)
        assert all(d.is_explained for d in departures(line))

    def test_who_has_no_scores_passes_over_those_who_have(self) -> None:
        unscored = Entry(2, None, 100)
        assert [d.passed.key for d in departures(draw([unscored, entry(1)], 100))] == [1]


class TestLimits:
    def limit(self, **rule: object) -> PortfolioLimit:
        return PortfolioLimit.model_validate({"id": "x", "label": {"sv": "x", "en": "x"}, "by": "county", **rule})

    def test_a_share_that_is_exactly_the_limit_is_within_it(self) -> None:
        line = draw([entry(1, 50, county="A"), entry(2, 50, county="B")], 100)
        assert [w.is_met for w in weigh([self.limit(most_percent=50)], line)] == [True, True]
        line = draw([entry(1, 51, county="A"), entry(2, 49, county="B")], 100)
        assert [(w.value, w.is_met) for w in weigh([self.limit(most_percent=50)], line)] == [("A", False), ("B", True)]

    def test_only_what_is_above_the_line_counts(self) -> None:
        line = draw([entry(1, county="A"), entry(2, county="B")], 100)
        [one] = weigh([self.limit(value="B", least_projects=1)], line)
        assert (one.projects, one.is_met) == (0, False)

    def test_too_many_projects(self) -> None:
        line = draw([entry(n, county="A") for n in range(3)], 300)
        assert [w.is_met for w in weigh([self.limit(most_projects=2)], line)] == [False]
