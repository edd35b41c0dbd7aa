"""Scores in figures, and the reviewer's pages."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from grants.programmes.definition import CallDefinition
from reviewers import scoring

DEFINITION = CallDefinition.model_validate(yaml.safe_load(sorted(Path("fixtures/calls").glob("*.yaml"))[0].read_text()))
REVIEW = DEFINITION.review
CRITERIA = [c.id for c in REVIEW.criteria]
WHOLE = st.fixed_dictionaries({c: st.integers(REVIEW.lowest, REVIEW.highest) for c in CRITERIA})


@dataclass
class Sheet:
    """A score sheet, as the rules read it."""

    strengths: str = "Tydligt behov."
    weaknesses: str = ""
    recommendation: str = "grant"


@dataclass
class Given:
    """A score, as the rules read it."""

    criterion: str
    value: int | None = 4
    reason: str = "Planen är konkret och data finns."


class TestScores:
    @given(WHOLE)
    def test_a_weighted_score_stays_on_the_scale(self, values: dict[str, int]) -> None:
        score = scoring.weighted(values, REVIEW)
        assert score is not None
        assert min(values.values()) <= score <= max(values.values())

    def test_weights_decide(self) -> None:
        weights = {c.id: Decimal(str(c.weight)) for c in REVIEW.criteria}
        values = dict(zip(CRITERIA, (4, 5, 4), strict=True))
        expected = sum(weights[c] * v for c, v in values.items()) / 100
        assert scoring.weighted(values, REVIEW) == scoring.two_decimals(Decimal(expected))

    def test_what_is_not_scored_yet_does_not_count(self) -> None:
        assert scoring.weighted({CRITERIA[0]: 3}, REVIEW) == 3
        assert scoring.weighted(dict.fromkeys(CRITERIA), REVIEW) is None

    def test_halves_are_rounded_away_from_zero(self) -> None:
        assert scoring.two_decimals(Decimal("2.345")) == Decimal("2.35")


class TestFaults:
    def test_a_whole_sheet_lacks_nothing(self) -> None:
        assert scoring.sheet_faults(Sheet(), [Given(c) for c in CRITERIA], DEFINITION) == []

    def test_an_empty_sheet_lacks_every_score_every_reason_and_the_recommendation(self) -> None:
        assert len(scoring.sheet_faults(None, [], DEFINITION)) == 2 * len(CRITERIA) + 1
        assert len(scoring.sheet_faults(Sheet(recommendation=""), [], DEFINITION)) == 2 * len(CRITERIA) + 1

    def test_each_fault_names_its_field(self) -> None:
        scores = [Given(CRITERIA[0], REVIEW.highest + 1), Given(CRITERIA[1], None), Given(CRITERIA[2], reason=" kort ")]
        fields = [fault.field for fault in scoring.faults(Sheet(recommendation=""), scores, DEFINITION)]
        assert fields == [f"value-{CRITERIA[0]}", f"value-{CRITERIA[1]}", f"reason-{CRITERIA[2]}", "recommendation"]

    def test_texts_have_a_longest_length(self) -> None:
        long = Given(CRITERIA[0], reason="x" * (scoring.LONGEST_REASON + 1))
        scores = [long, *(Given(c) for c in CRITERIA[1:])]
        fields = [f.field for f in scoring.faults(Sheet(strengths="x" * 5000), scores, DEFINITION)]
        assert fields == [f"reason-{CRITERIA[0]}", "strengths"]


class TestSummary:
    @given(st.lists(WHOLE, max_size=6))
    def test_means_lie_between_the_ends(self, sheets: list[dict[str, int]]) -> None:
        found = scoring.summary(sheets, REVIEW)
        assert found.sheets == len(sheets)
        assert (found.total is None) == (not sheets)
        for one in [*found.criteria.values(), *([found.total] if found.total else [])]:
            assert one.lowest <= one.mean <= one.highest

    def test_a_wide_spread_is_seen(self) -> None:
        low, high = dict.fromkeys(CRITERIA, REVIEW.lowest), dict.fromkeys(CRITERIA, REVIEW.highest)
        assert scoring.summary([low, high], REVIEW).is_wide
        assert not scoring.summary([high, high], REVIEW).is_wide
