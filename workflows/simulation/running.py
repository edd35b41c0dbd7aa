"""Many lives at once, by a clock that goes from one thing to do to the next; and what can be counted afterwards.

A simulation moves its own process's clock only, but the clock's sweeps and the waiting jobs are everybody's: it is made
for databases that are thrown away.
"""

import heapq
import itertools
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from grants import clock
from grants.applications.models import Application
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Organisation, Person
from grants.programmes.definition import PartyRole
from grants.programmes.models import Call, Office
from workflows import jobs, stepping
from workflows.commands.calls import give_office
from workflows.matrix import Noun
from workflows.models import Event
from workflows.simulation import people
from workflows.simulation.lives import Crew, Story, live
from workflows.simulation.plans import plans

KEY = "simulering-"  # what the addresses of simulated persons begin with
CASES_PER_APPLICANT = 3
PARTNERS = 10  # numbers of organisations kept for one case's partners
REVIEWERS = 9
ASKED = 6  # reviewers for each case, with those who come after others have left


@dataclass
class Count:
    """Statements sent to the database."""

    n: int = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """One more; for connection.execute_wrapper."""
        self.n += 1
        return execute(sql, params, many, context)


@contextmanager
def counted() -> Iterator[Count]:
    """Count the statements of the block."""
    count = Count()
    with connection.execute_wrapper(count):
        yield count


@dataclass
class Result:
    """What a simulation led to."""

    call: str
    seed: int
    states: dict[str, int]
    ends: dict[str, int]
    days: dict[str, float]  # median simulated days in each state that was left
    sql_per_life: dict[str, float]
    sql_of_jobs: int
    sql_of_clock: int
    began: datetime
    ended: datetime
    seconds: float
    cases: list[int] = field(default_factory=list)


Progress = Callable[[int, int], object]  # how many lives are over, of how many


def simulate(call: Call, n: int, seed: int, until: str = "", progress: Progress = lambda done, total: None) -> Result:
    """Let `n` applications to the call live, each until its end or until it first stands in the state `until`.

    The caller has put the clock at the call's opening. Mail is written and thrown away.
    """
    started, began = time.perf_counter(), clock.now()
    told = stories(call, n, random.Random(f"{call.slug} {seed}"), f"{KEY}{call.slug}-{seed}", until)
    with mail_thrown_away():
        of_clock, of_jobs = run(told, until, progress)
    cases = [story.pk for story in told if story.pk is not None]
    statements = sorted(story.sql for story in told) or [0]
    return Result(
        call=call.slug,
        seed=seed,
        states=dict(Counter(Application.objects.filter(pk__in=cases).values_list("state", flat=True))),
        ends=dict(Counter(str(story.plan.end) for story in told)),
        days=days_in_states(cases),
        sql_per_life={"median": statistics.median(statements), "most": statements[-1]},
        sql_of_jobs=of_jobs,
        sql_of_clock=of_clock,
        began=began,
        ended=clock.now(),
        seconds=round(time.perf_counter() - started, 1),
        cases=cases,
    )


@contextmanager
def mail_thrown_away() -> Iterator[None]:
    """Mail is written and goes nowhere."""
    before, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.dummy.EmailBackend"
    try:
        yield
    finally:
        settings.EMAIL_BACKEND = before


def run(
    stories: Sequence[Story],
    until: str = "",
    progress: Progress = lambda done, total: None,
    living: Callable[[Story], Iterator[datetime]] = live,
) -> tuple[int, int]:
    """Let the stories go on in the order of their times. Returns the statements of the clock's sweeps and of the jobs."""
    order = itertools.count()
    waiting = [(clock.now(), next(order), story, living(story)) for story in stories]
    heapq.heapify(waiting)
    done = of_clock = of_jobs = 0

    def work() -> None:
        nonlocal of_jobs
        with counted() as count:
            jobs.run_pending()
        of_jobs += count.n

    while waiting:
        moment = waiting[0][0]
        with counted() as count:
            before = of_jobs
            stepping.walk(max(moment, clock.now()), clock.move, work)
        of_clock += count.n - (of_jobs - before)
        today: list[tuple[Story, Iterator[datetime], datetime | None]] = []
        while waiting and waiting[0][0] <= moment:
            _when, _n, story, life = heapq.heappop(waiting)
            started = time.perf_counter()
            with counted() as count:
                today.append((story, life, next(life, None)))
            story.sql += count.n
            story.seconds += time.perf_counter() - started
        work()
        arrived = _arrived([story for story, _life, _next in today], until)
        for story, life, following in today:
            if following is None or story.pk in arrived:
                done += 1
            else:
                heapq.heappush(waiting, (following, next(order), story, life))
        progress(done, len(stories))
    return of_clock, of_jobs


def _arrived(stories: Sequence[Story], until: str) -> set[int]:
    """The cases that stand where they should stop."""
    keys = [story.pk for story in stories if story.pk is not None]
    return set(Application.objects.filter(pk__in=keys, state=until).values_list("pk", flat=True)) if until else set()


def stories(call: Call, n: int, rng: random.Random, key: str, until: str) -> list[Story]:
    """The cases to be, with persons and organisations of their own."""
    earlier = Person.objects.filter(email__startswith=f"{key}-").exists()
    if earlier:  # the same simulation again, beside the first
        key += f"-{Person.objects.filter(email__startswith=key).count()}"
    crew = _crew(call, key, n)
    numbers = itertools.count(free_number())
    applicants: list[tuple[Person, Organisation]] = []
    kind = _kind_of_applicant(call)
    for i in range(-(-n // CASES_PER_APPLICANT)):
        person = people.make_person(f"{key}-sokande-{i}", f"Sökande {i + 1} Exempel")
        body = people.organisation(next(numbers), kind)
        people.speaks_for(person, body, crew.officers[0])
        applicants.append((person, body))
    blocks = [next(numbers) for _ in range(PARTNERS * 3)][::PARTNERS]  # partners take part in several applications
    return [
        Story(
            i,
            call,
            plan,
            *applicants[i % len(applicants)],
            blocks[i % len(blocks)],
            crew,
            random.Random(rng.random()),
            until,
        )
        for i, plan in enumerate(plans(n, rng, until))
    ]


def _kind_of_applicant(call: Call) -> str:
    """A municipality where it may coordinate, else the first kind that may."""
    rule = call.definition.rule_for(PartyRole.COORDINATOR)
    kinds = rule.kinds if rule else ()
    return OrganisationKind.MUNICIPALITY if OrganisationKind.MUNICIPALITY in kinds or not kinds else kinds[0]


def _crew(call: Call, key: str, n: int) -> Crew:
    officers = [people.make_person(f"{key}-handlaggare-{i}", f"Handläggare {i} Exempel", staff=True) for i in (1, 2)]
    deciders = [people.make_person(f"{key}-beslutsfattare-{i}", f"Beslut {i} Exempel", staff=True) for i in (1, 2)]
    for who, role in ((officers, Office.Role.HANDLE), (deciders, Office.Role.DECIDE)):
        for person in who:
            give_office(call, person, role)
    review = call.definition.review
    reviewers = max(REVIEWERS, review.quorum * 2) if review else 0  # some are in conflict, and some decline
    if review and review.most_each:
        reviewers = max(reviewers, -(-n * ASKED // review.most_each) + review.quorum)
    names = [(f"{key}-bedomare-{i}", f"Bedömare {i} Exempel") for i in range(1, reviewers + 1)]
    judging = [people.make_person(k, name) for k, name in names]
    for person in judging:
        people.into_pool(call.programme.authority, person, officers[0])
    return Crew(officers, deciders, judging)


def free_number() -> int:
    """The first number after those of all example organisations that there are."""
    last = Organisation.objects.filter(number__startswith="000000-").order_by("-number").first()
    return int(last.number[-4:]) + 1 if last else 1


def days_in_states(cases: Sequence[int]) -> dict[str, float]:
    """How long, in simulated days, these cases stood in each state that they left: the median, by their events."""
    days: dict[str, list[float]] = defaultdict(list)
    for start in range(0, len(cases), 500):
        streams = [f"case:{pk}" for pk in cases[start : start + 500]]
        rows = Event.objects.filter(stream__in=streams, data__noun=str(Noun.CASE)).order_by("stream", "seq")
        last: dict[str, datetime] = {}
        for stream, source, target, at in rows.values_list("stream", "source", "target", "at"):
            if stream in last and target and source != target:
                days[source].append((at - last[stream]).total_seconds() / 86400)
            if (target and source != target) or stream not in last:
                last[stream] = at
    return {state: round(statistics.median(found), 1) for state, found in sorted(days.items())}
