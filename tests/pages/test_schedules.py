"""When reports are due, when money is paid, and how a project is settled."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.clock import SWEDEN
from grants.programmes.definition import CallDefinition, Reporting
from grants.projects import schedule
from grants.projects.settlement import final_grant, settle

CALLS = sorted(Path("fixtures/calls").glob("*.yaml"))


QUESTIONS = [{"id": "done", "kind": "long", "label": {"sv": "Vad?"}}]


ORE = st.integers(0, 10**12)


_read_calls: dict[Path, CallDefinition] = {}


def _read(path: Path) -> CallDefinition:
    if path not in _read_calls:
        _read_calls[path] = CallDefinition.model_validate(yaml.safe_load(path.read_text()))
    return _read_calls[path]


def definition_with(reports: list[dict[str, Any]], percents: list[tuple[float, str]]) -> CallDefinition:
    """A call like a real one, but with these reports and payments."""
    reporting = {
        "reports": [{"kind": "progress", "title": {"sv": r["id"]}, "questions": QUESTIONS, **r} for r in reports],
        "payments": [{"percent": p, "after": after, "label": {"sv": after}} for p, after in percents],
    }
    return _read(CALLS[0]).model_copy(update={"reporting": Reporting.model_validate(reporting)})


YEARLY_AND_FINAL = definition_with(
    [{"id": "yearly", "every_months": 12}, {"id": "final", "days_after_end": 30}],
    [(50, "accepted"), (30, "yearly"), (20, "final")],
)


def dates_of(definition: CallDefinition, start: date, end: date) -> list[tuple[str, date]]:
    return [(d.rule, d.due.astimezone(SWEDEN).date()) for d in schedule.duties_for(definition, start, end)]


ON_A_BUSY_MACHINE = settings(deadline=None)


class TestDuties:
    def test_a_repeated_report_falls_before_the_end_and_the_last_one_after_it(self) -> None:
        assert dates_of(YEARLY_AND_FINAL, date(2024, 9, 1), date(2026, 8, 31)) == [
            ("yearly", date(2025, 9, 1)),
            ("final", date(2026, 9, 30)),
        ]

    def test_a_project_that_ends_before_the_first_repeated_report_has_only_the_last(self) -> None:
        assert [rule for rule, _due in dates_of(YEARLY_AND_FINAL, date(2024, 9, 1), date(2025, 8, 31))] == ["final"]

    def test_a_report_after_so_many_months_is_left_out_when_the_final_report_covers_it(self) -> None:
        definition = definition_with(
            [{"id": "half", "months_after_start": 6}, {"id": "final", "days_after_end": 30}], [(100, "final")]
        )
        assert dates_of(definition, date(2024, 1, 1), date(2024, 5, 31)) == [("final", date(2024, 6, 30))]
        assert dates_of(definition, date(2024, 1, 1), date(2024, 12, 31))[0] == ("half", date(2024, 7, 1))

    def test_without_a_report_after_the_end_the_one_during_the_project_is_due_on_its_last_day(self) -> None:
        definition = definition_with([{"id": "half", "months_after_start": 6}], [(100, "half")])
        assert dates_of(definition, date(2024, 1, 1), date(2024, 5, 31)) == [("half", date(2024, 5, 31))]

    def test_a_project_too_short_for_every_report_still_has_one(self) -> None:
        definition = definition_with([{"id": "yearly", "every_months": 12}], [(100, "yearly")])
        assert dates_of(definition, date(2024, 1, 1), date(2024, 5, 31)) == [("yearly", date(2024, 5, 31))]

    def test_a_report_is_in_time_until_the_last_second_of_its_day_in_summer_and_winter(self) -> None:
        last = schedule.duties_for(YEARLY_AND_FINAL, date(2024, 9, 1), date(2025, 8, 31))[0]
        assert last.due == datetime(2025, 9, 30, 21, 59, 59, tzinfo=last.due.tzinfo).replace(hour=23)
        assert last.due.utcoffset() == timedelta(hours=2)
        assert schedule.end_of_day(date(2024, 12, 31)).utcoffset() == timedelta(hours=1)

    def test_months_end_where_the_month_ends(self) -> None:
        assert schedule.add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
        assert schedule.add_months(date(2023, 11, 30), 15) == date(2025, 2, 28)
        assert schedule.add_months(date(2023, 12, 1), 12) == date(2024, 12, 1)

    def test_a_report_opens_before_it_is_due_but_not_before_the_project_starts(self) -> None:
        definition = definition_with([{"id": "first", "months_after_start": 1, "opens_days_before": 60}], [])
        duty = schedule.duties_for(definition, date(2024, 1, 1), date(2024, 12, 31))[0]
        assert duty.opens_at == datetime(2024, 1, 1, tzinfo=SWEDEN)

    @pytest.mark.parametrize("path", CALLS, ids=lambda p: p.stem)
    @ON_A_BUSY_MACHINE
    @given(start=st.dates(date(2020, 1, 1), date(2030, 12, 31)), days=st.integers(1, 2000))
    def test_every_call_gives_every_project_an_ordered_plan_that_survives_json(
        self, path: Path, start: date, days: int
    ) -> None:
        definition = _read(path)
        duties = schedule.duties_for(definition, start, start + timedelta(days=days))
        assert duties
        assert [d.n for d in duties] == list(range(1, len(duties) + 1))
        assert [d.due for d in duties] == sorted(d.due for d in duties)
        assert all(d.opens_at < d.due for d in duties)
        assert schedule.from_rows(schedule.as_rows(duties), definition) == duties


class TestPayments:
    @pytest.mark.parametrize("path", CALLS, ids=lambda p: p.stem)
    @ON_A_BUSY_MACHINE
    @given(total=ORE)
    def test_the_parts_sum_to_the_grant(self, path: Path, total: int) -> None:
        rows = schedule.payments_for(_read(path), total)
        assert sum(row["amount_ore"] for row in rows) == total
        assert all(row["amount_ore"] >= 0 for row in rows)

    @ON_A_BUSY_MACHINE
    @given(total=st.integers(0, 50), n=st.integers(1, 8))
    def test_rounding_never_makes_a_part_negative(self, total: int, n: int) -> None:
        definition = definition_with([{"id": "final", "days_after_end": 30}], [(100 / n, "final")] * n)
        parts = [row["amount_ore"] for row in schedule.payments_for(definition, total)]
        assert sum(parts) == total
        assert min(parts) >= 0

    def test_what_waits_for_a_report_that_is_left_out_joins_the_next_part(self) -> None:
        duties = schedule.duties_for(YEARLY_AND_FINAL, date(2024, 9, 1), date(2025, 8, 31))
        rows = schedule.payments_for(YEARLY_AND_FINAL, 100_000, duties)
        assert [(row["after"], row["amount_ore"]) for row in rows] == [("accepted", 50_000), ("final", 50_000)]

    def test_a_call_without_payments_has_no_plan(self) -> None:
        assert schedule.payments_for(definition_with([{"id": "final", "days_after_end": 30}], []), 100) == []


@dataclass
class Line:
    """A decision's line, as the settlement reads it."""

    party_id: int
    party_name: str
    max_amount_ore: int
    intensity_bp: int


class TestSettlement:
    @ON_A_BUSY_MACHINE
    @given(maximum=ORE, share=st.integers(0, 10_000), cost=ORE)
    def test_the_final_grant_is_the_lowest_of_the_two(self, maximum: int, share: int, cost: int) -> None:
        grant = final_grant(maximum, share, cost)
        assert 0 <= grant <= maximum
        assert abs(grant * 10_000 - min(maximum * 10_000, cost * share)) <= 5_000

    @ON_A_BUSY_MACHINE
    @given(maximum=ORE, share=st.integers(0, 10_000), cost=ORE, more=ORE)
    def test_more_cost_never_gives_less(self, maximum: int, share: int, cost: int, more: int) -> None:
        assert final_grant(maximum, share, cost + more) >= final_grant(maximum, share, cost)

    @ON_A_BUSY_MACHINE
    @given(st.lists(st.tuples(ORE, st.integers(0, 10_000), st.none() | ORE), max_size=12))
    def test_the_sums_are_the_sums_of_the_rows(self, parties: list[tuple[int, int, int | None]]) -> None:
        lines = [Line(n, f"Part {n}", maximum, share) for n, (maximum, share, _cost) in enumerate(parties)]
        found = settle(lines, {n: cost for n, (_max, _share, cost) in enumerate(parties)})
        reported = [row for row in found.rows if row.cost_ore is not None]
        assert found.is_complete == (len(reported) == len(lines))
        assert found.final_ore + found.unused_ore == sum(row.max_ore for row in reported)
        assert found.max_ore == sum(line.max_amount_ore for line in lines)

    def test_the_example_of_the_decision_letter(self) -> None:
        found = settle([Line(1, "A", 400_000_00, 7_800), Line(2, "B", 90_000_00, 9_000)], {1: 560_000_00, 2: 80_000_00})
        assert [row.final_ore for row in found.rows] == [400_000_00, 72_000_00]
        assert found.unused_ore == 18_000_00
