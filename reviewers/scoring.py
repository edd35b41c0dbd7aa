"""Scores in figures: a sheet's weighted score, what it lacks before it can be lodged, and what several sheets say.

Pure. Scores are whole numbers on the call's scale; what is computed from them is Decimal with two decimals.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grants.programmes.definition import CallDefinition
from grants.programmes.judging import Criterion, ReviewRules

SHORTEST_REASON = 10  # characters; a reason is a sentence, not a sign
LONGEST_REASON = 4000
LONGEST_REMARK = 4000  # strengths and weaknesses
_TWO_DECIMALS = Decimal("0.01")


class SheetLike(Protocol):
    """What is read of a score sheet."""

    strengths: str
    weaknesses: str
    recommendation: str


class ScoreLike(Protocol):
    """What is read of a score."""

    criterion: str
    value: int | None
    reason: str


@dataclass(frozen=True)
class Fault:
    """What stands in the way of lodging: at which field of the form, in words."""

    field: str
    text: str


@dataclass(frozen=True)
class Spread:
    """Several scores of the same thing."""

    mean: Decimal
    lowest: Decimal
    highest: Decimal

    @property
    def width(self) -> Decimal:
        """How far apart the reviewers are."""
        return self.highest - self.lowest


@dataclass(frozen=True)
class Summary:
    """What the lodged sheets of one application say together."""

    sheets: int
    total: Spread | None
    criteria: dict[str, Spread]
    is_wide: bool  # the reviewers are so far apart that somebody should ask why


def two_decimals(number: Decimal) -> Decimal:
    """Rounded half away from zero, once, at the end of a calculation."""
    return number.quantize(_TWO_DECIMALS, rounding=ROUND_HALF_UP) + 0  # nothing is not less than nothing: no -0.00


def weighted(values: Mapping[str, int | None], review: ReviewRules) -> Decimal | None:
    """A sheet's score on the scale, by the weights of the criteria scored so far; None when none is."""
    scored = [(Decimal(str(c.weight)), v) for c in review.criteria if (v := values.get(c.id)) is not None]
    if not scored:
        return None
    return two_decimals(sum((w * v for w, v in scored), Decimal()) / sum((w for w, _v in scored), Decimal()))


def faults(sheet: SheetLike | None, scores: Iterable[ScoreLike], definition: CallDefinition) -> list[Fault]:
    """Everything that a sheet lacks before it can be lodged, in the order of the form."""
    given = {score.criterion: score for score in scores}
    found: list[Fault] = []
    for criterion in definition.criteria:
        found += _criterion_faults(criterion, given.get(criterion.id), definition.the_review)
    for field, text in (("strengths", sheet.strengths), ("weaknesses", sheet.weaknesses)) if sheet else ():
        if (over := len(text) - LONGEST_REMARK) > 0:
            found.append(Fault(field, _("Texten är %(n)d tecken för lång.") % {"n": over}))
    if sheet is None or not sheet.recommendation:
        found.append(Fault("recommendation", _("Välj en rekommendation.")))
    return found


def _criterion_faults(criterion: Criterion, score: ScoreLike | None, review: ReviewRules) -> Iterable[Fault]:
    name = {"criterion": criterion.title.read((get_language() or "sv")[:2])}
    if score is None or score.value is None:
        yield Fault(f"value-{criterion.id}", _("Välj poäng för %(criterion)s.") % name)
    elif not review.lowest <= score.value <= review.highest:
        yield Fault(f"value-{criterion.id}", _("Poängen för %(criterion)s finns inte på skalan.") % name)
    length = len(score.reason.strip()) if score else 0
    if length == 0:
        yield Fault(f"reason-{criterion.id}", _("Skriv skälet till poängen för %(criterion)s.") % name)
    elif length < SHORTEST_REASON:
        text = _("Skälet för %(criterion)s är för kort, skriv minst %(n)d tecken.") % (name | {"n": SHORTEST_REASON})
        yield Fault(f"reason-{criterion.id}", text)
    elif length > LONGEST_REASON:
        text = _("Skälet för %(criterion)s är %(n)d tecken för långt.") % (name | {"n": length - LONGEST_REASON})
        yield Fault(f"reason-{criterion.id}", text)


def spread(numbers: Sequence[Decimal]) -> Spread | None:
    """The mean and the ends of these numbers; None when there are none."""
    if not numbers:
        return None
    return Spread(two_decimals(sum(numbers, Decimal()) / len(numbers)), min(numbers), max(numbers))


def summary(sheets: Sequence[Mapping[str, int | None]], review: ReviewRules) -> Summary:
    """What lodged sheets (criterion → score) say together. The total is the mean of the sheets' weighted scores."""
    totals = [score for values in sheets if (score := weighted(values, review)) is not None]
    criteria = {}
    for criterion in review.criteria:
        scored = [Decimal(v) for values in sheets if (v := values.get(criterion.id)) is not None]
        if found := spread(scored):
            criteria[criterion.id] = found
    total = spread(totals)
    wide = total is not None and float(total.width) > review.wide
    return Summary(len(sheets), total, criteria, wide)
