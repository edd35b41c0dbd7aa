"""Steps that several take at once, with a thread and a connection each, and what each was answered."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from django.core import mail
from django.db import connection

from grants.applications.models import Application
from grants.refusal import Refused
from workflows import events, jobs, rights
from workflows.models import Event, Notice

Step = Callable[[], Event]
Outcome = Event | Refused


class Racers:
    """Threads with a database connection each, that start on the same signal."""

    def __init__(self, pool: ThreadPoolExecutor, size: int) -> None:
        self.pool, self.barrier, self.chance = pool, threading.Barrier(size, timeout=30), random.Random(2)

    def together(self, *steps: Step) -> list[Outcome]:
        """Everybody's step at once; what each was answered."""
        late = [self.chance.random() / 500 for _ in steps]  # so that each is first now and then
        running: list[Future[Outcome]] = [
            self.pool.submit(self._one, step, wait) for step, wait in zip(steps, late, strict=True)
        ]
        return [future.result(timeout=60) for future in running]

    def _one(self, step: Step, wait: float) -> Outcome:
        self.barrier.wait()
        time.sleep(wait)
        try:
            return step()
        except Refused as refused:
            return refused


@contextmanager
def racers(size: int = 2) -> Iterator[Racers]:
    """The threads; their connections are closed in them at the end."""
    leaving = threading.Barrier(size, timeout=30)

    def leave() -> None:
        leaving.wait()  # so that each thread gets one of these
        connection.close()

    with ThreadPoolExecutor(size) as pool:
        try:
            yield Racers(pool, size)
        finally:
            for done in [pool.submit(leave) for _ in range(size)]:
                done.result(timeout=60)


def winner(outcomes: list[Outcome]) -> int:
    """Which one had its way. Exactly one."""
    won = [i for i, outcome in enumerate(outcomes) if isinstance(outcome, Event)]
    assert len(won) == 1, outcomes
    return won[0]


def told_of(outcome: Outcome, name: str, code: str = "state") -> None:
    """The loser was told who was first."""
    assert isinstance(outcome, Refused)
    assert [r.code for r in outcome.refusals] == [code]
    assert name in outcome.refusals[0].text


def count(case: Application, *names: str) -> Counter[str]:
    return Counter(Event.objects.filter(stream=f"case:{case.pk}", name__in=names).values_list("name", flat=True))


def all_is_well() -> None:
    """Chains whole, one notice to each recipient of an event, every one sent once, grants as the nouns say."""
    jobs.run_pending()
    assert not list(events.broken(Event.objects.order_by("stream", "seq")))
    assert not Notice.objects.filter(sent_at=None).exists()
    told = Counter(Notice.objects.values_list("event_id", "email"))
    assert not told or max(told.values()) == 1
    sent = [m.extra_headers["Message-ID"] for m in mail.outbox]
    assert sum(one.startswith("<notice-") for one in sent) == sum(told.values())
    assert len(set(sent)) == len(sent)  # letters too
    cases = list(Application.objects.all())
    should, have = rights.expected(cases), rights.existing(c.pk for c in cases)
    assert all(should[c.pk] == have[c.pk] for c in cases)
