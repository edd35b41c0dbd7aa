"""The timeline of calls as geometry: Python computes, the template draws.

Places along the time axis are per cent of the drawing's width, so that text keeps its size on every screen.
They are ready-made strings, because a template would write a number the Swedish way, with a comma.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils.translation import gettext as _

from grants import clock
from grants.programmes.models import CallPhase
from grants.programmes.pages_standing import Standing
from grants.templatetags.call_texts import plain
from grants.templatetags.writing import day

MOST_ROWS = 12
LABEL_ROOM = 0.34  # of the axis, to the right of the last mark
WIDE_ROW, NARROW_ROW, FOOT, HEAD = 62, 58, 30, 24
LINE_LENGTH = 23  # characters of a title on one line of the wide drawing
MOST_YEAR_LABELS = 12
QUARTERS_UP_TO = 5  # years


@dataclass(frozen=True)
class Axis:
    """From the first moment of the drawing to its last."""

    start: datetime
    end: datetime

    def share(self, moment: datetime) -> float:
        """Where a moment lies, 0 to 100, held inside the drawing."""
        part = (moment - self.start) / (self.end - self.start)
        return 100 * min(1.0, max(0.0, part))

    def place(self, moment: datetime) -> str:
        """Where a moment lies, for an attribute."""
        return written(self.share(moment))

    def length(self, start: datetime, end: datetime) -> str:
        """How long a stretch is, for an attribute."""
        return written(max(0.4, self.share(end) - self.share(start)))


@dataclass(frozen=True)
class Row:
    """One call. An empty string means that there is no such mark."""

    standing: Standing
    lines: list[str]
    window: str
    window_length: str
    window_kind: str  # done: filled; planned: hatched
    lead: str = ""  # from the announcement to the opening
    closing: str = ""  # the coming closing of an open call
    wait: str = ""  # from the closing ...
    decision: str = ""  # ... to the expected decision
    project: str = ""
    project_length: str = ""
    label: str = ""
    label_at: str = ""
    label_inside: bool = False


@dataclass(frozen=True)
class Placed:
    """A row, and how far down it is drawn."""

    row: Row
    top: int


@dataclass(frozen=True)
class Drawing:
    """One of the two drawings of the same rows."""

    name: str
    height: int
    bottom: int
    rows: list[Placed]


@dataclass(frozen=True)
class Tick:
    """A year or a quarter of a year."""

    at: str
    label: str = ""


@dataclass(frozen=True)
class Timeline:
    """Everything that the template draws."""

    wide: Drawing
    narrow: Drawing
    years: list[Tick]
    quarters: list[Tick]
    now: str = ""
    today: str = ""

    @property
    def tag_half(self) -> int:
        """Half the width of the tag with today's date, in pixels."""
        return 4 * len(self.today) + 10

    @property
    def tag_width(self) -> int:
        """The width of that tag."""
        return 2 * self.tag_half

    @property
    def drawings(self) -> list[Drawing]:
        """Both, for the template's loop."""
        return [self.wide, self.narrow]


def timeline(standings: Sequence[Standing]) -> Timeline | None:
    """The calls in the order in which they open, the latest twelve; None when there is nothing to draw."""
    dated = sorted((s for s in standings if s.call.opens_at is not None), key=lambda s: (s.call.opens_at, s.call.slug))
    dated = dated[-MOST_ROWS:]
    if not dated:
        return None
    axis = _axis(dated)
    now = dated[0].at
    rows = [_row(standing, axis) for standing in dated]
    years, quarters = _ticks(axis)
    inside = axis.start <= now <= axis.end
    return Timeline(
        wide=_drawing("wide", rows, WIDE_ROW),
        narrow=_drawing("narrow", rows, NARROW_ROW),
        years=years,
        quarters=quarters,
        now=axis.place(now) if inside else "",
        today=day(now.astimezone(clock.SWEDEN), "bare") if inside else "",
    )


def written(share: float) -> str:
    """A share of the width as an attribute's value."""
    return f"{share:.2f}%"


def midnight(moment: date) -> datetime:
    """The start of a day in Sweden."""
    return datetime.combine(moment, time(), clock.SWEDEN).astimezone(UTC)


def _decision_due(standing: Standing) -> datetime | None:
    due = standing.definition.decision.decision_due
    return None if due is None or standing.phase == CallPhase.DECIDED else midnight(due)


def _axis(standings: Sequence[Standing]) -> Axis:
    first = min(_first(s) for s in standings).astimezone(clock.SWEDEN)
    last = max(_last(s) for s in standings)
    start = midnight(date(first.year, 1, 1))
    return Axis(start, start + max(last - start, timedelta(days=200)) / (1 - LABEL_ROOM))


def _first(standing: Standing) -> datetime:
    opens, announced = standing.call.opens_at, standing.call.announced_at
    return min(m for m in (opens, announced if standing.is_coming else None) if m is not None)


def _last(standing: Standing) -> datetime:
    opens = standing.call.opens_at
    marks = (opens, standing.call.closes_at, _decision_due(standing))
    return max(m for m in marks if m is not None)


def _row(standing: Standing, axis: Axis) -> Row:
    call, due = standing.call, _decision_due(standing)
    opens = call.opens_at or axis.start
    closes = call.closes_at or axis.end
    marks: dict[str, str] = {}
    if standing.is_coming and call.announced_at is not None:
        marks["lead"] = axis.place(call.announced_at)
    if standing.is_open and call.closes_at is not None:
        marks["closing"] = axis.place(closes)
    if due is not None and due > closes and not standing.is_coming:
        marks |= {"wait": axis.place(closes), "decision": axis.place(due)}
    if standing.phase == CallPhase.DECIDED:
        rules = standing.definition.project
        start, end = midnight(rules.earliest_start), midnight(rules.latest_end)
        marks |= {"project": axis.place(start), "project_length": axis.length(start, end)}
        inside = axis.share(end) > 100 * (1 - LABEL_ROOM)
        label_at = axis.place(start if inside else end)
    else:
        last = due if due is not None and "decision" in marks else closes
        label_at, inside = axis.place(last), False
    return Row(
        standing=standing,
        lines=wrapped(plain(standing.definition.title)),
        window=axis.place(opens),
        window_length=axis.length(opens, closes),
        window_kind="planned" if standing.is_coming else "done",
        label=_label(standing, due),
        label_at=label_at,
        label_inside=inside,
        **marks,
    )


def _label(standing: Standing, due: datetime | None) -> str:
    definition, call = standing.definition, standing.call
    if standing.phase == CallPhase.DECIDED:
        return _("Projekt och rapporter")
    if standing.is_coming:
        moment, path, text = call.closes_at, "window.closes", _("Stänger %(day)s")
    else:
        moment, path, text = due, "decision.decision_due", _("Beslut %(day)s")
    if moment is None:
        return ""
    label = text % {"day": day(moment.astimezone(clock.SWEDEN), "bare")}
    return _("%(label)s (exempel)") % {"label": label} if definition.is_demo(path) else label


def wrapped(title: str) -> list[str]:
    """A title on at most two lines; what does not fit is cut with an ellipsis."""
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= LINE_LENGTH or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > 2:
        lines = [lines[0], f"{lines[1]} …"]
    return [line if len(line) <= LINE_LENGTH + 4 else line[: LINE_LENGTH + 2] + "…" for line in lines]


def _drawing(name: str, rows: Sequence[Row], height: int) -> Drawing:
    bottom = HEAD + len(rows) * height
    return Drawing(name, bottom + FOOT, bottom, [Placed(row, HEAD + i * height) for i, row in enumerate(rows)])


def _ticks(axis: Axis) -> tuple[list[Tick], list[Tick]]:
    first, last = axis.start.astimezone(clock.SWEDEN).year, axis.end.astimezone(clock.SWEDEN).year
    step = 1 + (last - first) // MOST_YEAR_LABELS
    years = [Tick(axis.place(midnight(date(y, 1, 1))), str(y)) for y in range(first, last + 1, step)]
    if last - first > QUARTERS_UP_TO:
        return years, []
    moments = [midnight(date(y, m, 1)) for y in range(first, last + 1) for m in (4, 7, 10)]
    return years, [Tick(axis.place(m)) for m in moments if m < axis.end]
