"""A call tried out before it opens: made-up applications live their whole lives in it, and nothing of it is kept.

Everything happens by the commands that people run, among tables of its own (workflows/simulation/apart.py) that are gone at
the end: the call with an authority, a programme and a number series, persons, cases, letters, jobs. The clock and the mail
are those of the whole process, so a server must run it in a process of its own (workflows/trials.py).
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Min

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.models import Acceptance, Decision
from grants.letters.seal import stand_in
from grants.programmes import loading
from grants.programmes.definition import CallDefinition
from grants.programmes.models import Authority, Call, Programme
from grants.programmes.questions import ShowIf
from grants.programmes.reading import Batch, CallFile
from grants.programmes.writing import as_file
from grants.projects.models import Duty
from grants.refusal import Refused
from workflows.diagrams import transitions
from workflows.simulation import answering, life, running
from workflows.simulation.apart import tables_of_ones_own
from workflows.simulation.lives import Story, live
from workflows.simulation.plans import SUBMITTED
from workflows.simulation.probes import ACCEPTED, Probe, probes

KEY = "provkorning"  # what everything of a dry run is called, and its number series
ENDS = (CaseState.CLOSED, CaseState.WITHDRAWN, CaseState.DECLINED, CaseState.LAPSED)


@dataclass
class DeadEnd:
    """A state that applications came into and not out of: how many, and what refused them."""

    state: str
    cases: int
    refusals: list[str]


@dataclass
class Result:
    """What a dry run led to."""

    call: str
    applications: int
    at_a_boundary: int
    states: dict[str, int]
    dead_ends: list[DeadEnd]
    never_shown: list[str]  # questions
    refusals: dict[str, int]  # by code: of what should be refused, and of what should not
    accepted_at_boundaries: int
    unexpected: list[str]  # boundaries that were refused, and steps beyond one that were accepted
    not_tried: int  # probes, for want of applications
    calendar: list[tuple[str, str]]  # day, what
    seconds: float
    per_second: float


@dataclass
class _Notes:
    """What is written down while the lives go on."""

    waiting: list[Probe]
    fitting: list[Probe] = field(default_factory=list)  # boundaries that were accepted, for lives to be lived there
    shown: set[str] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    bounded: int = 0
    unexpected: list[str] = field(default_factory=list)
    stuck: list[tuple[Story, str, str]] = field(default_factory=list)  # in which state, refused by what


class _Undo(Exception):  # noqa: N818 (not an error: it takes a savepoint back)
    """Everything since the savepoint is taken back."""


def dry_run(
    definition: CallDefinition, n: int, seed: int, progress: running.Progress = lambda done, total: None
) -> Result:
    """Let `n` applications live in a call like this one. Nothing is kept."""
    with tables_of_ones_own(), running.mail_thrown_away(), stand_in(), clock.at(definition.window.opens):
        return _lived(_own_call(definition), definition.slug, n, seed, progress)


def _own_call(definition: CallDefinition) -> Call:
    """The call under a name of its own, with an authority that numbers nothing else."""
    own = definition.model_copy(update={"slug": KEY, "programme": KEY})
    name = "Provmyndigheten (exempel)"
    authority = Authority.objects.create(
        slug=KEY, name=name, short_name=name, number="000000-0000", details={"email": f"{KEY}@exempel.invalid"}
    )
    Programme.objects.create(authority=authority, slug=KEY, title="Provkörning")
    loading.store(Batch(calls=[CallFile(KEY, own, as_file(own))]))
    Call.objects.filter(slug=KEY).update(series_prefix=KEY.upper())
    return Call.objects.select_related("version", "programme__authority").get(slug=KEY)


def _lived(call: Call, slug: str, n: int, seed: int, progress: running.Progress) -> Result:
    started = time.perf_counter()
    rng = random.Random(f"{slug} {seed}")
    told = running.stories(call, n, rng, running.KEY + KEY, "")
    notes = _Notes(probes(call, running.free_number() + running.PARTNERS * 3))  # after the numbers kept for partners
    share = -(-len(notes.waiting) // max(1, sum(story.plan.end in SUBMITTED for story in told)))
    for story in told:
        story.before_submission = lambda story: _before_submission(story, notes, share)
    running.run(told, progress=progress, living=lambda story: _guarded(story, notes))
    seconds = time.perf_counter() - started
    cases = Application.objects.filter(call=call)
    return Result(
        call=slug,
        applications=cases.count(),
        at_a_boundary=notes.bounded,
        states=dict(Counter(cases.values_list("state", flat=True))),
        dead_ends=_dead_ends(call, notes),
        never_shown=[*_never_shown(call.definition, notes.shown)],
        refusals=dict(notes.refusals.most_common()),
        accepted_at_boundaries=notes.accepted,
        unexpected=notes.unexpected,
        not_tried=len(notes.waiting),
        calendar=[(day.isoformat(), what) for day, what in sorted(_calendar(call))],
        seconds=round(seconds, 1),
        per_second=round(n / seconds, 2),
    )


def _before_submission(story: Story, notes: _Notes, share: int) -> None:
    """Try some of the probes on the draft; every second application goes on at a boundary."""
    tried, notes.waiting = notes.waiting[:share], notes.waiting[share:]
    notes.shown |= {question.id for question, _party in answering.shown(story.case)}
    for probe in tried:
        codes = _tried(story, probe, notes)
        notes.refusals.update(codes)
        if probe.expects == ACCEPTED and not codes:
            notes.accepted += 1
            notes.fitting += [probe] if probe.at is None else []
        elif probe.expects == ACCEPTED and set(codes) != {"incomplete_check"}:  # the call itself rules the boundary out
            notes.unexpected.append(f"{probe.name}: refused, {', '.join(codes)}")
        elif probe.expects not in codes and probe.expects != ACCEPTED:
            notes.unexpected.append(f"{probe.name}: {probe.expects} expected, {', '.join(codes) or 'accepted'}")
    if story.n % 2 and notes.fitting:
        with transaction.atomic():
            notes.fitting.pop(0).change(story.case)
        notes.bounded += 1


def _tried(story: Story, probe: Probe, notes: _Notes) -> list[str]:
    """The codes with which a submission after the change is refused. The change is taken back."""
    codes: list[str] = []
    try:
        with transaction.atomic():
            try:
                probe.change(story.case)
                shown = {question.id for question, _party in answering.shown(story.case)}
                with clock.at(probe.at or clock.now()):
                    life.submit(story.case, story.person)
                notes.shown |= shown  # by answers that can be given, for they were accepted
            except Refused as refused:
                codes = [refusal.code for refusal in refused.refusals]
            raise _Undo
    except _Undo:
        return codes


def _guarded(story: Story, notes: _Notes) -> Iterator[datetime]:
    """The life, up to the step that is refused if there is one."""
    steps = live(story)
    while True:
        try:
            with transaction.atomic():
                moment = next(steps, None)
        except Refused as refused:
            state = story.case.state if story.pk is not None else "not begun"
            notes.stuck.append((story, state, ", ".join(refusal.code for refusal in refused.refusals)))
            return
        if moment is None:
            return
        yield moment


def _dead_ends(call: Call, notes: _Notes) -> list[DeadEnd]:
    """Where lives came to a stop before their end, and states that lead to no end by any way."""
    found: dict[str, Counter[str]] = {state: Counter() for state in _without_end(call.definition)}
    told = {story.pk for story, _state, _codes in notes.stuck if story.pk is not None}
    for _story, state, codes in notes.stuck:
        found.setdefault(state, Counter())[codes] += 1
    # in a call without an end a draft that nobody sends in waits for its applicant: that is no dead end
    waiting = () if call.closes_at else (CaseState.DRAFT,)
    left = Application.objects.filter(call=call).exclude(state__in=(*ENDS, *waiting)).exclude(pk__in=told)
    for state in left.values_list("state", flat=True):
        found.setdefault(state, Counter())[""] += 1
    return [
        DeadEnd(state, sum(codes.values()), [code for code, _n in codes.most_common() if code])
        for state, codes in found.items()
    ]


def _without_end(definition: CallDefinition) -> set[str]:
    """States that a case of this call can be in from which no transitions lead to an end."""
    ways = transitions(definition)
    ended: set[str] = set(ENDS)
    while more := {source for source, target in ways if target in ended} - ended:
        ended |= more
    return {state for way in ways for state in way} - ended


def _never_shown(definition: CallDefinition, shown: set[str]) -> Iterator[str]:
    """Questions that no application came to see, and questions of reports that no answers call for."""
    yield from (question.id for question in definition.questions() if question.id not in shown)
    for report in definition.reporting.reports:
        reached: set[str] = set()
        for question in report.questions:
            if question.show_if is None or _can_be_met(question.show_if, reached):
                reached.add(question.id)
            else:
                yield f"{report.id}: {question.id}"


def _can_be_met(condition: ShowIf, reached: set[str]) -> bool:
    """Whether answers to questions that are reached can call for another."""
    if condition.parts:
        met = [_can_be_met(part, reached) for part in condition.parts]
        return all(met) if condition.all else any(met)
    return condition.answered is False or (condition.question in reached and condition.equals != ())


def _calendar(call: Call) -> Iterator[tuple[date, str]]:
    """What happens on which day: as the call says, and as it came about."""
    definition = call.definition
    for name in ("planned", "announced", "opens", "closes"):
        if (moment := getattr(definition.window, name)) is not None:
            yield _day(moment), f"the call {'is ' * (name in ('planned', 'announced'))}{name}"
    yield from ((_day(moment), "cut-off") for moment in definition.window.cutoffs)
    if definition.decision.decision_due is not None:
        yield definition.decision.decision_due, "decisions are expected"
    project = definition.project
    yield project.earliest_start, "projects may start"
    yield project.latest_start, "the last day on which a project may start"
    yield project.latest_end, "the last day of any project"
    cases, decisions = Application.objects.filter(call=call), Decision.objects.filter(application__call=call)
    acceptances = Acceptance.objects.filter(application__call=call)
    yield from _span(cases, "submitted_at", "submission")
    yield from _span(decisions, "decided_at", "decision")
    yield from _span(acceptances, "due", "last day to accept the conditions")
    for report in definition.reporting.reports:
        yield from _span(Duty.objects.filter(application__call=call, rule=report.id), "due", f"report {report.id} due")


def _span(rows: Any, moment: str, what: str) -> Iterator[tuple[date, str]]:
    ends = rows.aggregate(first=Min(moment), last=Max(moment))
    if ends["first"] is not None:
        yield _day(ends["first"]), f"{what}: the earliest"
        yield _day(ends["last"]), f"{what}: the latest"


def _day(moment: datetime) -> date:
    return moment.astimezone(clock.SWEDEN).date()


def as_text(result: Result) -> str:
    """The result for people to read."""
    tried = sum(result.refusals.values())
    lines = [
        f"{result.call}: {result.applications} applications, {result.at_a_boundary} of them at a boundary, in "
        f"{result.seconds:.0f} s ({result.per_second:.2f} a second). Nothing was kept.",
        "states: " + ", ".join(f"{state} {n}" for state, n in result.states.items()),
        f"boundaries: {result.accepted_at_boundaries} accepted; refusals: {tried}"
        + "".join(f"\n  {code}: {n}" for code, n in result.refusals.items()),
        "dead ends: " + ("none" if not result.dead_ends else ""),
        *(f"  {end.state}: {end.cases} applications; {'; '.join(end.refusals)}" for end in result.dead_ends),
        "questions never shown: " + (", ".join(result.never_shown) or "none"),
        *(f"unexpected: {each}" for each in result.unexpected),
        "calendar:",
        *(f"  {day}  {what}" for day, what in result.calendar),
    ]
    if result.not_tried:
        lines.append(f"{result.not_tried} boundaries were not tried: too few applications came to be submitted.")
    return "\n".join(lines)
