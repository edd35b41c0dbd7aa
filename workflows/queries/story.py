"""The line of a case: the five stations across the page, and what has happened and what comes from top to bottom."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grants import clock
from grants.applications.models import FINAL_STATES, Application, CasePhase, CaseState
from grants.decisions.hearings import HearingKind, called, lacking
from grants.decisions.models import Decision
from grants.templatetags.writing import day, when
from workflows.matrix import Role
from workflows.models import Event
from workflows.queries import sides
from workflows.queries.whose_turn import TurnSheet
from workflows.wording import HAPPENED, by_whom

_STOPPED = (CaseState.WITHDRAWN, CaseState.DECLINED, CaseState.LAPSED)


@dataclass(frozen=True)
class Station:
    """One station of components/track.html."""

    label: str
    note: str
    status: str
    square: bool = False
    current: bool = False


def stations(
    case: Application, roles: frozenset[Role], events: Sequence[Event], decision: Decision | None, turn: TurnSheet
) -> list[Station]:
    """The five stations, as this side sees them. `events` and `decision` are those that the side may know of."""
    here = sides.phase_of(case, roles)
    order = list(CasePhase)
    found = []
    for place, phase in enumerate(order):
        square = phase == CasePhase.DECIDED
        if place < order.index(here) or (place == order.index(here) and case.state == CaseState.CLOSED):
            found.append(Station(str(phase.label), _reached(phase, case, events, decision), "done", square))
        elif phase == here:
            status = "stop" if case.state in _STOPPED else "turn" if turn.mine else "wait"
            found.append(Station(str(phase.label), sides.state_word(case, roles), status, square, True))
        else:
            over = case.state in FINAL_STATES
            note = "" if over else _expected(phase, case)
            found.append(Station(str(phase.label), note, "empty" if over else "plan", square))
    if case.state == CaseState.CLOSED:
        last = max(i for i, station in enumerate(found) if station.status == "done")
        found[last] = Station(found[last].label, sides.state_word(case, roles), "done", found[last].square, True)
    return found


def _reached(phase: CasePhase, case: Application, events: Sequence[Event], decision: Decision | None) -> str:
    moment: datetime | None = None
    if phase == CasePhase.DRAFT:
        moment = case.created_at
    elif phase == CasePhase.SUBMITTED:
        moment = case.submitted_at
    elif phase == CasePhase.REVIEWED:
        moment = next((e.at for e in events if e.name == "end_assessment"), None)
    elif phase == CasePhase.DECIDED and decision is not None:
        moment = decision.dispatched_at or decision.decided_at
    elif phase == CasePhase.REPORTING:
        moment = next((e.at for e in events if e.name == "closed_case"), None)
    return day(moment, "bare") if moment else ""


def _expected(phase: CasePhase, case: Application) -> str:
    definition = case.definition
    if phase == CasePhase.SUBMITTED and case.closes_at:
        return _("senast %(day)s") % {"day": day(case.closes_at, "bare")}
    if phase == CasePhase.DECIDED and definition.decision.decision_due:
        return day(definition.decision.decision_due, "bare")
    if phase == CasePhase.REPORTING and case.starts_on:
        return str(case.starts_on.year)
    return _("planeras")


@dataclass(frozen=True)
class Moment:
    """One point of components/line.html."""

    status: str
    title: str
    by: str = ""
    at: datetime | date | None = None
    note: str = ""
    url: str = ""
    link: str = ""
    kind: str = ""


def line(
    case: Application,
    roles: frozenset[Role],
    events: Iterable[Event],
    turn: TurnSheet,
    names: Mapping[tuple[str, int], str],
) -> list[Moment]:
    """What has happened, what is now, and what comes. `names` says what parts of the case are called: noun and key."""
    points = [_happened(case, roles, event, names) for event in events]
    if not turn.over:
        points.append(Moment("turn" if turn.mine else "wait", turn.title, note=turn.text, kind="now"))
    return points + list(_coming(case))


def _happened(case: Application, roles: frozenset[Role], event: Event, names: Mapping[tuple[str, int], str]) -> Moment:
    note, url, link = _details(case, event)
    if name := names.get((str(event.data.get("noun")), int(event.data.get("id", 0)))):
        note = f"{name}. {note}" if note else f"{name}."
    square = event.name in ("approve", "dispatch")
    return Moment(
        "decision_done" if square else "done",
        str(HAPPENED.get(event.name, event.name)),
        by_whom(event) if sides.shows_actor(event, roles) else "",
        event.at,
        note,
        url,
        link,
    )


def _details(case: Application, event: Event) -> tuple[str, str, str]:
    """What an event's own data adds: which submission, until when."""
    if event.name == "submit" and isinstance(event.data.get("n"), int):
        url = reverse("case_submission", args=[case.pk, event.data["n"]])
        note = _("Version %(n)d.") % {"n": event.data["n"]}
        if "gathered_at" in event.data:
            cutoff = datetime.fromisoformat(event.data["gathered_at"])
            note += " " + _("Till avstämningen %(when)s.") % {"when": when(cutoff)}
        return note, url, _("Läs den inskickade ansökan")
    if isinstance(at := event.data.get("at"), str):
        return _("Tid: %(when)s.") % {"when": when(datetime.fromisoformat(at))}, "", ""
    if isinstance(due := event.data.get("due"), str):
        return _("Senast %(when)s.") % {"when": when(datetime.fromisoformat(due))}, "", ""
    return "", "", ""


_ORDER = [
    CaseState.DRAFT,
    CaseState.SUBMITTED,
    CaseState.COMPLETING,
    CaseState.ASSESSING,
    CaseState.ASSESSED,
    CaseState.PROPOSED,
    CaseState.DECIDED,
    CaseState.RESERVE,
    CaseState.ACCEPTING,
    CaseState.REPORTING,
]


def _until_judged(case: Application) -> Iterator[Moment]:
    """The cut-off and the closing time that are still ahead of the application."""
    now, closes = clock.now(), case.closes_at
    cutoff = case.definition.window.gathering(now) if case.state == CaseState.DRAFT else case.gathered_at
    if cutoff and cutoff > now:
        draft = case.state == CaseState.DRAFT
        note = _("Har ansökan kommit in före dess bedöms den sedan, och är då låst.")
        note = note if draft else _("Därefter är ansökan låst.")
        yield Moment("plan", _("Avstämning"), at=cutoff, note=note, kind="next")
    if closes and closes > now and case.gathered_at is None:
        title = _("Omgången stänger") if closes == case.call.closes_at else _("Ansökans egen sista tid")
        yield Moment("plan", title, at=closes, note=_("Därefter är ansökan låst."), kind="next")


def _interview_comes(case: Application) -> bool:
    return HearingKind.INTERVIEW in lacking(case) and not called(case)


def _coming(case: Application) -> Iterator[Moment]:
    """What comes if all goes well. Says nothing of how a case will be decided, nor whether it has been."""
    if case.state not in _ORDER:
        return
    definition, reached = case.definition, _ORDER.index(CaseState(case.state))
    yield from _until_judged(case)
    if definition.stages.formal_check and reached < _ORDER.index(CaseState.SUBMITTED):
        yield Moment("plan", _("En handläggare gör den formella kontrollen"), kind="next")
    if definition.stages.review and reached < _ORDER.index(CaseState.ASSESSING):
        n = definition.the_review.reviewers
        text = ngettext("%(n)d bedömare läser och poängsätter", "%(n)d bedömare läser och poängsätter", n) % {"n": n}
        yield Moment("plan", text, kind="next")
    if reached <= _ORDER.index(CaseState.ASSESSED) and _interview_comes(case):
        yield Moment("plan", _("Om ansökan kan få bidrag: intervju med er"), kind="next")
    if reached <= _ORDER.index(CaseState.DECIDED):
        due = definition.decision.decision_due
        yield Moment("decision_plan", _("Beslut med skäl"), at=due, kind="next")
    if definition.stages.acceptance and reached <= _ORDER.index(CaseState.DECIDED):
        yield Moment("plan", _("Om ni får bidraget: parterna godkänner villkoren"), kind="next")
    if reached < _ORDER.index(CaseState.REPORTING):
        yield Moment("plan", _("Projektet börjar och rapporterar"), at=case.starts_on, kind="next")
