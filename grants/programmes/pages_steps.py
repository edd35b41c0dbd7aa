"""The stations of one call on the line: what has happened and what comes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grants import clock
from grants.programmes.models import CallPhase
from grants.programmes.pages_standing import Standing


@dataclass(frozen=True)
class Step:
    """A station. `path` leads to its value in the definition, for the demo mark; `kind` is 'next' for what comes."""

    glyph: str
    title: str
    at: datetime | date | None = None
    path: str = ""
    note: str = ""
    kind: str = ""


def steps(standing: Standing) -> list[Step]:
    """Every station in order, from the announcement to the start of the projects."""
    return [*_window(standing), *_after(standing)]


def _window(standing: Standing) -> Iterator[Step]:
    call = standing.call
    yield from _moment(standing, _("Annonseras"), call.announced_at, "window.announced")
    yield from _moment(standing, _("Öppnar"), call.opens_at, "window.opens")
    for place, cutoff in enumerate(standing.definition.window.cutoffs):
        note = _("Det som har kommit in bedöms sedan.")
        yield from _moment(standing, _("Avstämning"), cutoff, f"window.cutoffs.{place}", note)
    yield from _moment(standing, _("Stänger"), call.closes_at, "window.closes")


def _moment(standing: Standing, title: str, at: datetime | None, path: str, note: str = "") -> Iterator[Step]:
    if at is not None:
        happened = at <= standing.at
        yield Step("done" if happened else "plan", title, at, path, note, "" if happened else "next")


def _after(standing: Standing) -> Iterator[Step]:
    definition = standing.definition
    decided = standing.phase == CallPhase.DECIDED
    yield from _stages(standing, decided=decided)
    if decided:
        yield Step("decision_done", _("Beslut"), standing.call.decided_at)
    elif definition.decision.decision_due is not None:
        yield Step(
            "decision_plan", _("Besked väntas"), definition.decision.decision_due, "decision.decision_due", kind="next"
        )
    start = definition.project.earliest_start
    started = decided and start <= standing.at.astimezone(clock.SWEDEN).date()
    title, path = _("Projekten börjar tidigast"), "project.earliest_start"
    yield Step("done" if started else "plan", title, start, path, kind="" if started else "next")


def _stages(standing: Standing, *, decided: bool) -> Iterator[Step]:
    """What the call has switched on between its closing and its decisions."""
    definition = standing.definition
    begun = decided or standing.phase == CallPhase.CLOSED
    glyph, kind = "done" if decided else "wait" if begun else "plan", "" if begun else "next"
    if definition.stages.review:
        n = definition.the_review.reviewers
        note = ngettext("%(n)s bedömare läser varje ansökan.", "%(n)s bedömare läser varje ansökan.", n) % {"n": n}
        yield Step(glyph, _("Bedömning"), path="review", note=note, kind=kind)
    if definition.stages.interview:
        note = _("Den som kan få bidrag kallas först till en intervju.")
        yield Step(glyph, _("Intervju"), path="stages.interview", note=note, kind=kind)
    if definition.stages.panel:
        note = _("En panel rekommenderar vad myndigheten ska besluta.")
        yield Step(glyph, _("Panel"), path="stages.panel", note=note, kind=kind)
