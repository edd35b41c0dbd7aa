"""Everything that becomes due by itself. Due dates are data; a sweep looks for what is due and runs a command on it.

Running a sweep twice, or in two workers at once, is harmless: the command's guards and its key let the effect happen once.
`due_instants` lists the moments at which something becomes due, so that a clock that is stepped visits each in order.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from grants import clock
from grants.applications.extensions import closed_by, is_asked
from grants.applications.gathering import JUDGED_FROM, judged_after, judged_by
from grants.applications.models import Application, CaseState
from grants.decisions.models import Acceptance, AcceptanceState, Decision, DecisionState
from grants.programmes.models import Call, CallVersion
from grants.projects.models import Duty, DutyState
from grants.refusal import NotVisible, Refused
from reviewers.models import Assignment
from reviewers.panels import Declaration
from workflows import chasing, nudging
from workflows.commands.base import run
from workflows.commands.blindly import to_follow
from workflows.commands.finding import tied, tied_at_table
from workflows.commands.projects import reminder_due
from workflows.models import Event

log = logging.getLogger("anslag.sweeps")
BATCH = 500  # rows a sweep takes at a time, so that a call closing on thousands of drafts does not hold memory

# A submission that arrived in the last second may still wait its turn: its draft must be there when it comes to it.
IN_FLIGHT = timedelta(minutes=10)


@dataclass(frozen=True)
class Sweep:
    """One kind of thing that becomes due. `due` finds what is due now; `instants` when things become due in a span;
    `words` is what then happens, said to whoever moves a clock."""

    name: str
    command: str
    due: Callable[[datetime], Iterable[tuple[int, str]]]  # (noun's key, what makes the effect unique)
    instants: Callable[[datetime, datetime], Iterable[datetime]]
    words: Promise


def _drafts_of_closed_calls(now: datetime) -> Iterator[tuple[int, str]]:
    rows = Application.objects.filter(closed_by(now - IN_FLIGHT), ~is_asked(), state=CaseState.DRAFT)
    yield from ((pk, "closed") for pk in rows.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _copies_of_what_is_judged(now: datetime) -> Iterator[tuple[int, str]]:
    rows = Application.objects.filter(judged_by(now - IN_FLIGHT), state=CaseState.SUBMITTED, working_copy=True)
    times = rows.annotate(judged=JUDGED_FROM).order_by("pk").values_list("pk", "judged")
    yield from ((pk, f"closed-{judged}") for pk, judged in times[:BATCH])


def _unchecked() -> QuerySet[Application]:
    """What the clock passes on by itself: submitted to a version of a call that has no formal check."""
    versions = CallVersion.objects.filter(text__content__stages__formal_check=False)
    rows: QuerySet[Application] = Application.objects.filter(version__in=versions.values("pk"))
    return rows.filter(state=CaseState.SUBMITTED)


def _passing(now: datetime) -> Iterator[tuple[int, str]]:
    rows = _unchecked().filter(~judged_after(now), working_copy=False)
    yield from ((pk, "judged") for pk in rows.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _passing_instants(after: datetime, until: datetime) -> Iterator[datetime]:
    rows = _unchecked().annotate(judged=JUDGED_FROM).filter(judged__gt=after, judged__lte=until)
    yield from rows.values_list("judged", flat=True).distinct()


def _closing(after: datetime, until: datetime) -> Iterator[datetime]:
    rows = Call.objects.filter(closes_at__gt=after - IN_FLIGHT, closes_at__lte=until - IN_FLIGHT)
    yield from (x + IN_FLIGHT for x in rows.values_list("closes_at", flat=True) if x)
    for name in ("extended_to", "gathered_at"):
        span = {f"{name}__gt": after - IN_FLIGHT, f"{name}__lte": until - IN_FLIGHT}
        own = Application.objects.unfinished().filter(**span).values_list(name, flat=True)
        yield from (x + IN_FLIGHT for x in own if x)


def _nudges(now: datetime) -> Iterator[tuple[int, str]]:
    for days, rows in nudging.due(now):
        found = rows.order_by("pk").values_list("pk", "closing")[:BATCH]
        yield from ((pk, f"{closing.isoformat()}-{days}") for pk, closing in found)


def _phases(now: datetime) -> Iterator[tuple[int, str]]:
    calls = list(Call.objects.filter(announced_at__lte=now, version__isnull=False).select_related("version"))
    if not calls:
        return
    noted: dict[str, str] = {}
    for stream, phase in (
        Event.objects.filter(name="note_phase", stream__in=[f"call:{c.pk}" for c in calls])
        .order_by("seq")
        .values_list("stream", "data__phase")
    ):
        noted[stream] = phase
    for call in calls:
        if noted.get(f"call:{call.pk}") != (phase := str(call.phase(now))):
            yield call.pk, f"{phase}-{call.version_id}-{now.isoformat()}"


def _phase_instants(after: datetime, until: datetime) -> Iterator[datetime]:
    for row in Call.objects.values_list("announced_at", "opens_at", "closes_at"):
        yield from (x for x in row if x is not None and after < x <= until)


def _completions(now: datetime) -> Iterator[tuple[int, str]]:
    rows = Application.objects.filter(state=CaseState.COMPLETING, completion_due__lte=now - IN_FLIGHT)
    yield from ((pk, str(due)) for pk, due in rows.order_by("pk").values_list("pk", "completion_due")[:BATCH])


def _completion_instants(after: datetime, until: datetime) -> Iterator[datetime]:
    span = {"completion_due__gt": after - IN_FLIGHT, "completion_due__lte": until - IN_FLIGHT}
    rows = Application.objects.filter(state=CaseState.COMPLETING, **span)
    yield from (x + IN_FLIGHT for x in rows.values_list("completion_due", flat=True) if x)


def _held_decisions(now: datetime) -> Iterator[tuple[int, str]]:
    rows = _with_letters(now, later=False).values_list("application_id", "pk")
    yield from ((case, f"decision-{pk}") for case, pk in rows[:BATCH])


def _held_later(now: datetime) -> Iterator[tuple[int, str]]:
    yield from ((pk, f"decision-{pk}") for pk in _with_letters(now, later=True).values_list("pk", flat=True)[:BATCH])


def _with_letters(now: datetime, *, later: bool) -> QuerySet[Decision]:
    """What is decided, has its letter, and is held no longer."""
    made = Decision.objects.filter(state=DecisionState.DECIDED, later=later, documents__isnull=False)
    rows: QuerySet[Decision] = made.filter(Q(hold_until=None) | Q(hold_until__lte=now)).distinct().order_by("pk")
    return rows


def _hold_instants(after: datetime, until: datetime) -> Iterator[datetime]:
    rows = Decision.objects.filter(state=DecisionState.DECIDED, hold_until__gt=after, hold_until__lte=until)
    yield from (x for x in rows.values_list("hold_until", flat=True) if x)


def _late_acceptances(now: datetime) -> Iterator[tuple[int, str]]:
    rows = Acceptance.objects.filter(
        state=AcceptanceState.WAITING, due__lt=now, application__state=CaseState.ACCEPTING
    ).order_by("pk")
    yield from ((pk, str(due)) for pk, due in rows.values_list("pk", "due")[:BATCH])


def _acceptance_instants(after: datetime, until: datetime) -> Iterator[datetime]:
    rows = Acceptance.objects.filter(state=AcceptanceState.WAITING, due__gte=after, due__lt=until)
    yield from (x + timedelta(seconds=1) for x in rows.values_list("due", flat=True))


def _opening_duties(now: datetime) -> Iterator[tuple[int, str]]:
    rows = Duty.objects.filter(state=DutyState.PLANNED, opens_at__lte=now, application__state=CaseState.REPORTING)
    yield from ((pk, "open") for pk in rows.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _duty_instants(after: datetime, until: datetime) -> Iterator[datetime]:
    rows = Duty.objects.filter(state=DutyState.PLANNED, opens_at__gt=after, opens_at__lte=until)
    yield from rows.values_list("opens_at", flat=True)


_WAITING = (DutyState.OPEN, DutyState.RETURNED)


def _reminders(now: datetime) -> Iterator[tuple[int, str]]:
    rows = Duty.objects.filter(state__in=_WAITING, due__lte=now + timedelta(days=365))
    for duty in rows.select_related("application__version").order_by("pk").iterator(BATCH):
        plan = duty.application.definition.reporting
        days = reminder_due(duty, now, plan.remind_days_before, plan.remind_days_after)
        if days is not None and duty.application.state == CaseState.REPORTING:
            yield duty.pk, str(days)


def _reminder_instants(after: datetime, until: datetime) -> Iterator[datetime]:
    for duty in Duty.objects.exclude(state=DutyState.APPROVED).select_related("application__version"):
        plan = duty.application.definition.reporting
        for days in (*plan.remind_days_before, *(-d for d in plan.remind_days_after)):
            moment = duty.due - timedelta(days=days)
            if after < moment <= until:
                yield moment


def _tied(now: datetime) -> Iterator[tuple[int, str]]:
    """Who was let in before a tie was known; what changes a tie asks at once, and this is for what nobody asked about."""
    yield from ((pk, f"tied-{now.isoformat()}") for pk in tied(Assignment.objects.all())[:BATCH])


def _tied_at_table(now: datetime) -> Iterator[tuple[int, str]]:
    yield from ((pk, f"tied-{now.isoformat()}") for pk in tied_at_table(Declaration.objects.all())[:BATCH])


def _declared(now: datetime) -> Iterator[tuple[int, str]]:
    yield from ((pk, f"declared-{now.isoformat()}") for pk in to_follow())


def _at_once(after: datetime, until: datetime) -> Iterable[datetime]:
    """Nothing that waits for a moment."""
    return ()


def _late_reviews(now: datetime) -> Iterator[tuple[int, str]]:
    yield from ((pk, before.isoformat()) for pk, before in chasing.due(now))


SWEEPS: tuple[Sweep, ...] = (
    Sweep("phases", "note_phase", _phases, _phase_instants, _("en omgång öppnar eller stänger")),
    Sweep("nudges", "nudge", _nudges, nudging.instants, _("en påminnelse om sista tid skickas")),
    Sweep("drafts", "lapse", _drafts_of_closed_calls, _closing, _("utkast i en stängd omgång förfaller")),
    Sweep("copies", "end_copy", _copies_of_what_is_judged, _closing, _("ändringar som inte skickades in faller bort")),
    Sweep("passes", "pass_unchecked", _passing, _passing_instants, _("ansökningar går vidare till bedömning")),
    Sweep("completions", "end_completion", _completions, _completion_instants, _("tiden för en komplettering går ut")),
    Sweep("held", "dispatch", _held_decisions, _hold_instants, _("ett beslut skickas")),
    Sweep("held_later", "dispatch_later", _held_later, _at_once, _("ett beslut skickas")),
    Sweep("acceptances", "pass_date", _late_acceptances, _acceptance_instants, _("tiden för ett godkännande går ut")),
    Sweep("duties", "open_duty", _opening_duties, _duty_instants, _("en rapport öppnar")),
    Sweep("chasing", "remind_reviewer", _late_reviews, chasing.instants, _("en bedömare påminns")),
    Sweep("reminders", "remind", _reminders, _reminder_instants, _("en påminnelse om en rapport skickas")),
    Sweep("ties", "find_conflict", _tied, _at_once, _("ett ärende stängs för en bedömare")),
    Sweep("seats", "panel_conflict", _tied_at_table, _at_once, _("ett ärende stängs för en ledamot i panelen")),
    Sweep("declared", "follow_declaration", _declared, _at_once, _("ett svar om jäv får verkan")),
)


def run_due() -> int:
    """Do everything that is due now, in the order of the table. Returns how many commands had effect.

    What cannot be carried out stops nothing else; ExceptionGroup at the end tells of it.
    """
    done, broken = 0, list[Exception]()
    for sweep in SWEEPS:
        while True:
            found = list(sweep.due(clock.now()))
            effects = sum(_carry_out(sweep, pk, unique, broken) for pk, unique in found)
            done += effects
            if len(found) < BATCH or not effects:
                break
    if broken:
        raise ExceptionGroup("some of what is due could not be carried out", broken)
    return done


def _carry_out(sweep: Sweep, pk: int, unique: str, broken: list[Exception]) -> int:
    try:
        run(sweep.command, None, pk, key=f"{sweep.name}:{unique}")
    except (Refused, NotVisible) as answer:  # somebody was faster, or it is not due after all
        log.info("sweep %s: %s was refused (%s)", sweep.name, pk, answer)
        return 0
    except Exception as error:  # one case must not hold up all others
        log.exception("sweep %s: %s", sweep.name, pk)
        broken.append(error)
        return 0
    return 1


def next_happening(after: datetime, until: datetime) -> tuple[datetime, Promise] | None:
    """The first moment after `after`, up to `until`, at which something becomes due, and what that is."""
    found = [(moment, n) for n, sweep in enumerate(SWEEPS) for moment in sweep.instants(after, until)]
    if not found:
        return None
    moment, n = min(found)
    return moment, SWEEPS[n].words


def next_instant(after: datetime, until: datetime) -> datetime | None:
    """The first moment after `after`, up to `until`, at which something becomes due."""
    found = next_happening(after, until)
    return found[0] if found else None
