"""Pictures of scores and money as server-drawn SVG: what stands where. Each is drawn beside a table that says the same.

All lengths are whole pixels of the drawing's own space, so that no language writes them with a decimal comma.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grants.programmes.judging import ReviewRules
from reviewers.figures import Strictness
from reviewers.scoring import weighted

STRIP, EDGE, DOT = 136, 8, 5  # width of a strip, its margins, radius of a dot
BAR, GAP, TALL = 34, 8, 96  # of a distribution: width of a bar, room between, height of the tallest
ROW, NAMES, LINE = 30, 190, 330  # of the reviewers: height of a row, room for names, length of the axis
NARROW, NARROW_ROW = 280, 48  # a drawing for a phone, and the height of a row with its name above
FUND_WIDTH, FUND_TALL, FUND_LEFT, HEAD = 720, 200, 76, 28  # HEAD: room for the words on the line


@dataclass(frozen=True)
class Strip:
    """One dot a reviewer on the scale, from the lowest to the highest."""

    dots: list[int]
    ticks: list[int]
    low: int
    high: int
    is_wide: bool
    width: Decimal


@dataclass(frozen=True)
class Bar:
    """One score of a criterion with how many sheets gave it."""

    score: int
    count: int
    x: int
    middle: int
    y: int
    height: int


@dataclass(frozen=True)
class Bars:
    """How the scores of one criterion are spread."""

    bars: list[Bar]
    width: int
    height: int
    floor: int


@dataclass(frozen=True)
class Whisker:
    """One reviewer: from the lowest total to the highest, with the mean."""

    of: Strictness
    y: int
    low: int
    high: int
    mean: int


@dataclass(frozen=True)
class Whiskers:
    """The reviewers under each other, with the mean of all sheets as a line."""

    rows: list[Whisker]
    ticks: list[tuple[int, int]]  # where, which score
    mean: int
    width: int
    height: int
    floor: int
    names: int = NAMES - 12  # where the names end; 0: they stand above


@dataclass(frozen=True)
class Step:
    """One application in the pile of amounts: what is asked for on top of all better ones."""

    number: str
    x: int
    y: int
    width: int
    height: int
    fits: bool


@dataclass(frozen=True)
class Pile:
    """What the applications ask for, piled up in the order of their places, and the line of the money there is."""

    steps: list[Step]
    line: int
    floor: int
    left: int
    width: int
    height: int
    top_ore: int
    line_ore: int
    line_text_y: int


def _on_scale(value: Decimal, review: ReviewRules, start: int, length: int) -> int:
    share = (value - review.lowest) / (review.highest - review.lowest)
    return start + int((share * length).to_integral_value())


def strip(sheets: Iterable[Mapping[str, int | None]], review: ReviewRules) -> Strip | None:
    """The sheets' weighted scores of one application; None without any."""
    totals = sorted(total for values in sheets if (total := weighted(values, review)) is not None)
    if not totals:
        return None
    dots: list[int] = []
    for total in totals:
        at = _on_scale(total, review, EDGE, STRIP - 2 * EDGE)
        dots.append(max(at, dots[-1] + DOT) if dots else at)  # equal ones stand beside each other
    over = max(0, dots[-1] - (STRIP - EDGE))
    dots = [dot - over for dot in dots]
    ticks = [
        _on_scale(Decimal(step), review, EDGE, STRIP - 2 * EDGE) for step in range(review.lowest, review.highest + 1)
    ]
    width = totals[-1] - totals[0]
    return Strip(dots, ticks, dots[0], dots[-1], float(width) > review.wide, width)


def bars(counts: Mapping[int, int]) -> Bars:
    """How often each score was given."""
    most = max(counts.values(), default=0) or 1
    drawn = []
    for n, (score, count) in enumerate(sorted(counts.items())):
        height = count * TALL // most
        x = n * (BAR + GAP)
        drawn.append(Bar(score, count, x, x + BAR // 2, 20 + TALL - height, height))
    return Bars(drawn, len(drawn) * (BAR + GAP), TALL + 44, TALL + 20)


def whiskers(reviewers: Sequence[Strictness], review: ReviewRules, *, narrow: bool = False) -> Whiskers | None:
    """Where each reviewer's totals lie; None when nobody has lodged anything. Narrow: for a phone, the names above."""
    if not reviewers:
        return None
    start, length, tall = (EDGE, NARROW - 2 * EDGE, NARROW_ROW) if narrow else (NAMES, LINE, ROW)
    middle = tall - ROW // 2
    rows = [
        Whisker(
            one,
            n * tall + middle,
            low=_on_scale(one.totals.lowest, review, start, length),
            high=_on_scale(one.totals.highest, review, start, length),
            mean=_on_scale(one.totals.mean, review, start, length),
        )
        for n, one in enumerate(reviewers)
    ]
    sheets = sum(one.sheets for one in reviewers)
    whole = sum((one.totals.mean * one.sheets for one in reviewers), Decimal()) / sheets
    ticks = [(_on_scale(Decimal(n), review, start, length), n) for n in range(review.lowest, review.highest + 1)]
    floor = len(rows) * tall
    width = NARROW if narrow else NAMES + LINE + 20
    names = 0 if narrow else NAMES - 12
    return Whiskers(rows, ticks, _on_scale(whole, review, start, length), width, floor + 28, floor, names)


def pile(amounts: Sequence[tuple[str, int]], line_ore: int | None, room: int = FUND_WIDTH) -> Pile | None:
    """`amounts`: number and öre of each application, the best first. `line_ore`: the money there is. `room`: how wide the
    drawing may be, unless there are too many for it."""
    if not amounts or line_ore is None:
        return None
    top = max(sum(ore for _number, ore in amounts), line_ore, 1)
    each = max(3, (room - FUND_LEFT) // len(amounts))
    steps = []
    before = 0
    for n, (number, ore) in enumerate(amounts):
        low, high = before * FUND_TALL // top, (before + ore) * FUND_TALL // top
        before += ore
        x = FUND_LEFT + n * each
        width = max(2, each - 4 if each > 8 else each - 1)
        steps.append(Step(number, x, HEAD + FUND_TALL - high, width, max(1, high - low), before <= line_ore))
    line = HEAD + FUND_TALL - line_ore * FUND_TALL // top
    width = FUND_LEFT + len(amounts) * each
    return Pile(steps, line, HEAD + FUND_TALL, FUND_LEFT, width, HEAD + FUND_TALL + 28, top, line_ore, line - 6)
