"""A meeting's room as one person sees it.

Whoever is out of an item sees that it is there and no more, and nothing from which the rest could be worked out: it stands in a
list of its own, the places are counted among what is shown, the sums leave it out, and neither a line nor a trial is shown.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grants.decisions.hearings import Recommendation
from grants.organisations.models import Person
from reviewers import limits, scoring, trials
from reviewers.funding import Departure, Trial
from reviewers.meeting import Agenda, Point, agenda_of
from reviewers.panels import Item, ItemState, MeetingState, PanelMember

STRIP = 120  # the width of the scale in a strip, which leaves room for a dot at either end
EDGE = 8


@dataclass(frozen=True)
class Dot:
    """One reviewer's weighted score on the strip."""

    x: float
    y: int  # those with the same score stand above each other
    score: Decimal


@dataclass(frozen=True)
class Strip:
    """The scores of one application as a picture, and in words."""

    dots: tuple[Dot, ...]
    ticks: tuple[float, ...]
    from_x: float
    to_x: float
    width: Decimal | None  # how far apart, when that is so far that somebody should ask why
    spoken: str


@dataclass(frozen=True)
class Row:
    """One item that the viewer may see."""

    point: Point
    place: int | None
    accumulated_ore: int | None
    strip: Strip | None
    stance: str
    is_moved: bool  # the trial gives it another amount or another side
    departure: Departure | None

    @property
    def is_funded(self) -> bool:
        """Whether the panel recommends that it be granted."""
        return self.point.item.recommendation == Recommendation.FUND

    @property
    def item(self) -> Item:
        """The item itself."""
        return self.point.item


@dataclass(frozen=True)
class Limit:
    """One of the call's limits as it stands."""

    label: str
    spoken: str
    standing: str
    is_met: bool


@dataclass(frozen=True)
class Room:
    """Everything that the room shows."""

    meeting: Any
    agenda: Agenda
    rows: tuple[Row, ...]
    out: tuple[Item, ...]  # what the viewer is out of
    undeclared: tuple[Item, ...]  # what the viewer has to declare about first
    limits: tuple[Limit, ...]
    seat: PanelMember | None
    trial: Trial
    plan: str
    stamp: str

    @property
    def leads(self) -> bool:
        """Whether the viewer leads the meeting: its chair, or an officer."""
        return bool(self.meeting.officer or (self.seat and self.seat.is_chair))

    @property
    def goes_on(self) -> bool:
        """Whether the meeting is ahead or open."""
        return bool(self.meeting.state != MeetingState.CLOSED)

    @property
    def above_ore(self) -> int:
        """What the shown items above the line cost."""
        return sum(row.point.drawn.entry.amount_ore for row in self.rows if row.point.drawn.is_above)

    @property
    def hides(self) -> bool:
        """Whether something is left out of the sums."""
        return len(self.rows) < len(self.agenda.points)

    @property
    def line_after(self) -> int:
        """After how many rows the line is drawn."""
        above = [n for n, row in enumerate(self.rows, 1) if row.point.drawn.is_above]
        return above[-1] if above else 0

    @property
    def table(self) -> list[tuple[PanelMember, int]]:
        """Who is at the table, each with in how many items they have not said whether they have a conflict of interest."""
        points = self.agenda.points if self.goes_on else ()
        waits = Counter(member.pk for point in points for member in point.undeclared)
        return [(member, waits[member.pk]) for member in self.agenda.members]

    @property
    def unexplained(self) -> list[Row]:
        """The shown items whose being passed over nobody has explained."""
        return [row for row in self.rows if row.departure and not row.departure.is_explained]

    @property
    def done(self) -> int:
        """How many of the shown items are done."""
        return sum(row.item.state == ItemState.DONE for row in self.rows)


def room_of(meeting: Any, person: Person, trial: Trial, stamp: str) -> Room:
    """The room of a meeting (from find_meeting) for this person."""
    agenda = agenda_of(meeting, trial, person)
    seat = next((member for member in agenda.members if member.person_id == person.pk), None)
    shown = [point for point in agenda.points if point.item.may_see]  # type: ignore[attr-defined]  # annotated
    hidden = [p.item for p in agenda.points if not p.item.may_see]  # type: ignore[attr-defined]  # annotated
    mine = {p.item.pk for p in agenda.points if seat and any(m.pk == seat.pk for m in p.undeclared)}
    goes_on = meeting.state != MeetingState.CLOSED
    tried = trial if len(shown) == len(agenda.points) else Trial()
    return Room(
        meeting=meeting,
        agenda=agenda,
        rows=tuple(_rows(agenda, shown, tried)),
        out=tuple(sorted((i for i in hidden if i.pk not in mine and goes_on), key=_by_number)),
        undeclared=tuple(sorted((p.item for p in agenda.points if p.item.pk in mine and goes_on), key=_by_number)),
        limits=tuple(_limits(agenda)) if len(shown) == len(agenda.points) else (),
        seat=seat,
        trial=tried,
        plan=trials.written(tried),
        stamp=stamp,
    )


def _by_number(item: Item) -> tuple[str, int]:
    return item.application.number or "", item.pk


def _rows(agenda: Agenda, shown: Sequence[Point], trial: Trial) -> list[Row]:
    hides = len(shown) < len(agenda.points)
    places = _places(shown) if hides else {}
    departures = {d.passed.key: d for d in agenda.departures}  # none without a line
    rows, accumulated = [], 0
    for point in shown:
        entry = point.drawn.entry
        accumulated += entry.amount_ore if entry.counts else 0
        rows.append(
            Row(
                point=point,
                place=places[point.item.pk] if hides else point.ranked.place,
                accumulated_ore=accumulated if entry.counts else None,
                strip=strip_of(point, agenda),
                stance=str(Recommendation(entry.stance).label) if entry.stance else "",
                is_moved=entry.key in trial.amounts or entry.key in trial.lifted,
                departure=departures.get(entry.key),
            )
        )
    return rows


def _places(shown: Sequence[Point]) -> dict[int, int | None]:
    """The places counted among what is shown alone; who has the same total shares one."""
    order = sorted((p for p in shown if p.ranked.place), key=lambda p: p.ranked.place or 0)
    found: dict[int, int | None] = {p.item.pk: None for p in shown}
    for n, point in enumerate(order, 1):
        before = order[n - 2] if n > 1 else None
        shared = before is not None and before.ranked.place == point.ranked.place
        found[point.item.pk] = found[before.item.pk] if before and shared else n
    return found


def strip_of(point: Point, agenda: Agenda) -> Strip | None:
    """The picture of what each reviewer gave; None without lodged sheets."""
    review, figures = agenda.definition.the_review, point.ranked.summary
    scores = [s for sheet in point.ranked.sheets if (s := scoring.weighted(sheet.values, review)) is not None]
    if figures is None or not scores:
        return None
    scale = review.highest - review.lowest

    def at(score: Decimal) -> float:
        return round(EDGE + STRIP * float(score - review.lowest) / scale, 1)

    ticks = tuple(at(Decimal(n)) for n in range(review.lowest, review.highest + 1))
    told = ", ".join(
        f"{score:.2f}" if (get_language() or "sv")[:2] == "en" else f"{score:.2f}".replace(".", ",") for score in scores
    )
    return Strip(
        dots=tuple(Dot(at(score), max(4, 11 - 3 * scores[:n].count(score)), score) for n, score in enumerate(scores)),
        ticks=ticks,
        from_x=at(min(scores)),
        to_x=at(max(scores)),
        width=figures.total.width if figures.is_wide and figures.total else None,
        spoken=_("Bedömarnas poäng: %(scores)s.") % {"scores": told},
    )


def _limits(agenda: Agenda) -> list[Limit]:
    language = (get_language() or "sv")[:2]
    return [
        Limit(one.limit.label.read(language), one.limit.label.spoken(language), limits.standing(one), one.is_met)
        for one in agenda.weighed
    ]
