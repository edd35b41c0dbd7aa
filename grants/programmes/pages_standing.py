"""Where a call stands, in the words and shapes of the public pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from grants import clock
from grants.programmes.definition import CallDefinition
from grants.programmes.models import Call, CallPhase, Incident, Programme
from grants.templatetags.writing import days_left

_GLYPHS = {
    CallPhase.PLANNED: "plan",
    CallPhase.ANNOUNCED: "plan",
    CallPhase.OPEN: "open",
    CallPhase.CLOSED: "wait",
    CallPhase.DECIDED: "done",
}
_RELEVANCE = [CallPhase.OPEN, CallPhase.ANNOUNCED, CallPhase.PLANNED, CallPhase.CLOSED, CallPhase.DECIDED]


@dataclass(frozen=True)
class Standing:
    """A call that the public may see, at one moment."""

    call: Call
    at: datetime
    phase: CallPhase
    next_to_close: bool = False

    @cached_property
    def definition(self) -> CallDefinition:
        """What the published version says."""
        return self.call.definition

    @property
    def glyph(self) -> str:
        """The shape of the state; the call that closes next calls for attention."""
        return "turn" if self.next_to_close else _GLYPHS[self.phase]

    @property
    def word(self) -> str:
        """The state in words."""
        if self.phase == CallPhase.OPEN and self.call.closes_at is not None:
            return _("Öppen, %(left)s") % {"left": days_left(self.call.closes_at)}
        return {
            CallPhase.PLANNED: _("Planerad"),
            CallPhase.ANNOUNCED: _("Annonserad"),
            CallPhase.OPEN: _("Öppen"),
            CallPhase.CLOSED: _("Stängd, bedöms"),
            CallPhase.DECIDED: _("Beslutad"),
        }[self.phase]

    @property
    def is_open(self) -> bool:
        """Whether applications are received now."""
        return self.phase == CallPhase.OPEN

    @property
    def is_coming(self) -> bool:
        """Whether the call has not opened yet."""
        return self.phase in (CallPhase.PLANNED, CallPhase.ANNOUNCED)

    @property
    def closes_today(self) -> bool:
        """Whether this is the day on which the call closes, by the calendar in Sweden."""
        closes = self.call.closes_at
        return self.is_open and closes is not None and _swedish_day(closes) == _swedish_day(self.at)

    @property
    def next_cutoff(self) -> datetime | None:
        """The cut-off that gathers what is submitted to an open call now."""
        return self.definition.window.gathering(self.at) if self.is_open else None

    @cached_property
    def moved_by(self) -> list[Incident]:
        """What has moved the closing time."""
        return self.call.moved_by(self.definition)

    @property
    def relevance(self) -> tuple[int, float]:
        """Sorts open calls first, the one that closes first before the others; then what comes; then what has been."""
        call = self.call
        moment = {
            CallPhase.OPEN: call.closes_at,
            CallPhase.ANNOUNCED: call.opens_at,
            CallPhase.PLANNED: call.opens_at,
        }.get(self.phase, call.closes_at)
        seconds = moment.timestamp() if moment is not None else float("inf")
        past = self.phase in (CallPhase.CLOSED, CallPhase.DECIDED)
        return _RELEVANCE.index(self.phase), -seconds if past else seconds


def _swedish_day(moment: datetime) -> object:
    return moment.astimezone(clock.SWEDEN).date()


def _published() -> QuerySet[Call]:
    return Call.objects.filter(version__isnull=False).select_related("version", "programme__authority")


def visible_calls() -> list[Standing]:
    """Every call that the public may see now, the most relevant first."""
    now = clock.now()
    all_of_them = (Standing(call, now, call.phase(now)) for call in _published())
    found = sorted((s for s in all_of_them if s.phase != CallPhase.HIDDEN), key=lambda s: (s.relevance, s.call.slug))
    closing = next((s for s in found if s.is_open and s.call.closes_at is not None), None)
    return [Standing(s.call, s.at, s.phase, next_to_close=True) if s is closing else s for s in found]


def visible_call(slug: str) -> Standing:
    """The call with this slug. Http404 when there is none that the public may see."""
    call = _published().filter(slug=slug).first()
    now = clock.now()
    phase = CallPhase.HIDDEN if call is None else call.phase(now)
    if call is None or phase == CallPhase.HIDDEN:
        raise Http404(slug)
    return Standing(call, now, phase)


def by_programme(standings: Iterable[Standing]) -> list[tuple[Programme, list[Standing]]]:
    """The calls under their programmes, each in the order of its most relevant call."""
    groups: dict[int, tuple[Programme, list[Standing]]] = {}
    for standing in standings:
        programme = standing.call.programme
        groups.setdefault(programme.pk, (programme, []))[1].append(standing)
    return list(groups.values())
