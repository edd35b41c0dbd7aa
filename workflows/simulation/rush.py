"""The last minute before a call closes: many applicants submit at once, over HTTP, against real servers and the real clock.

What must hold: nothing that was acknowledged is lost, nothing that arrived late is accepted, nothing that was sent in time
is refused, and everybody has a number of their own, without gaps.
"""

import http.client
import os
import random
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import Submission
from grants.organisations.models import Person
from grants.programmes.definition import CallDefinition
from grants.programmes.loading import store
from grants.programmes.models import Call
from grants.programmes.reading import Batch, CallFile
from grants.programmes.writing import as_file
from workflows.commands.publishing import note_publication
from workflows.simulation import life, people

KEY = "slutspurt"
HOST = "127.0.0.1"
AFTER = 0.1  # the share of the applicants who come too late
LATE_SECONDS = 5.0
PATIENCE = 120  # seconds for an answer
SETTLING = timedelta(seconds=5)  # from the new closing time being published to the first who submits

Progress = Callable[[str], object]


@dataclass(frozen=True)
class Attempt:
    """One applicant's click: when the whole of it had left for the server, and what was answered."""

    case: int
    sent_at: datetime
    status: int

    @property
    def is_acknowledged(self) -> bool:
        """Whether the applicant was told that it is submitted."""
        return self.status == http.client.FOUND


@dataclass(frozen=True)
class Result:
    """What happened, in numbers. All but the first four should be 0."""

    applicants: int
    acknowledged: int
    refused: int
    slowest_seconds: float
    lost: int
    accepted_late: int
    refused_early: int
    other_answers: int
    numbers_wrong: int

    @property
    def is_right(self) -> bool:
        """Whether everything that must hold, held."""
        wrong = (self.lost, self.accepted_late, self.refused_early, self.other_answers, self.numbers_wrong)
        return not any(wrong)


def rush(call: Call, applicants: int, seconds: float, server: Sequence[str], progress: Progress) -> Result:
    """Let so many submit to a copy of the call in its last seconds. `server`: the command line of a web server for a port
    that is to be appended. The database must be empty of cases, and the clock the real one."""
    rng = random.Random(KEY)
    own = _publish(call.definition, clock.now() + timedelta(days=1))
    staff = people.cast()
    people.staff_call(own, staff)
    drafts = []
    for n in range(applicants):
        person = people.make_person(f"{KEY}{n}", f"Sökande {n}")
        body = people.organisation(1_000 + n, str(own.definition.parties[0].kinds[0]))
        people.speaks_for(person, body, staff["sara"])
        drafts.append((person, life.draft(own, person, body, rng, n).pk))
        progress(f"{n + 1} of {applicants} drafts")
    with _serving(server) as port:
        closes = clock.now() + SETTLING + timedelta(seconds=seconds)
        own = _publish(call.definition, closes)
        # denser and denser towards the end, and some after it
        early = [closes - timedelta(seconds=seconds * rng.random() ** 2) for _ in drafts]
        late = [closes + timedelta(seconds=LATE_SECONDS * rng.random()) for _ in drafts]
        moments = [after if rng.random() < AFTER else before for before, after in zip(early, late, strict=True)]
        clicks = [(_cookies(person), pk, at) for (person, pk), at in zip(drafts, moments, strict=True)]
        progress(f"closes {closes:%H:%M:%S}")
        started = time.monotonic()
        with ThreadPoolExecutor(applicants) as pool:
            told = list(pool.map(lambda click: _click(port, *click), clicks))
        slowest = max(took for _attempt, took in told)
    progress(f"all answered after {time.monotonic() - started:.0f} s")
    return _judged([attempt for attempt, _took in told], own, closes, slowest)


def _publish(definition: CallDefinition, closes: datetime) -> Call:
    window = definition.window.model_copy(
        update={
            "planned": None,
            "announced": closes - timedelta(days=40),
            "opens": closes - timedelta(days=30),
            "closes": closes,
            "cutoffs": (),
        }
    )
    stages = definition.stages.model_copy(update={"partner_confirmation": False})
    own = definition.model_copy(update={"slug": KEY, "window": window, "stages": stages})
    store(Batch(calls=[CallFile(KEY, own, as_file(own))]))
    Call.objects.filter(slug=KEY).update(series_prefix=KEY.upper())
    call = Call.objects.select_related("version", "programme__authority").get(slug=KEY)
    assert call.version is not None
    note_publication(call, call.version)
    return call


@contextmanager
def _serving(server: Sequence[str]) -> Iterator[int]:
    port = 20_000 + secrets.randbelow(20_000)
    process = subprocess.Popen([*server, f"--bind={HOST}:{port}"], env=os.environ, stdout=sys.stderr)  # noqa: S603 (our own command line)
    try:
        for _try in range(100):
            time.sleep(0.3)
            try:
                connection = http.client.HTTPConnection(HOST, port, timeout=5)
                connection.request("GET", reverse("healthz"))
                if connection.getresponse().status == http.client.OK:
                    break
            except OSError:
                continue
        else:
            raise RuntimeError("the web server does not answer")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _cookies(person: Person) -> dict[str, str]:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: secrets.token_hex(16)}


def _click(port: int, cookies: dict[str, str], case: int, at: datetime) -> tuple[Attempt, float]:
    body = urlencode({"confirm": "on", "key": KEY, "csrfmiddlewaretoken": cookies[settings.CSRF_COOKIE_NAME]})
    headers = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    connection = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    time.sleep(max(0.0, (at - clock.now()).total_seconds()))
    started, sent = time.monotonic(), None
    try:
        connection.request("POST", reverse("act", args=["submit", case]), body, headers)
        sent = clock.now()  # the server has it now: what came before is the applicant's own machine, which is busy here
        status = connection.getresponse().status
    except OSError:
        status = 0
    finally:
        connection.close()
    return Attempt(case, sent or clock.now(), status), time.monotonic() - started


def _judged(attempts: Sequence[Attempt], call: Call, closes: datetime, slowest: float) -> Result:
    arrived = dict(Submission.objects.filter(application__call=call).values_list("application", "arrived_at"))
    numbers = Submission.objects.filter(application__call=call).values_list("application__number", flat=True)
    drawn = sorted(int(str(number)[-5:]) for number in numbers)
    acknowledged = [a for a in attempts if a.is_acknowledged]
    refused = [a for a in attempts if a.status == http.client.CONFLICT]
    return Result(
        applicants=len(attempts),
        acknowledged=len(acknowledged),
        refused=len(refused),
        slowest_seconds=round(slowest, 1),
        lost=sum(a.case not in arrived for a in acknowledged),
        accepted_late=sum(moment >= closes for moment in arrived.values()),
        refused_early=sum(a.sent_at < closes for a in refused),
        other_answers=len(attempts) - len(acknowledged) - len(refused),
        numbers_wrong=sum(have != should for have, should in zip(drawn, range(1, len(drawn) + 1), strict=True)),
    )
