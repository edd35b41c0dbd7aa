"""Dry runs that are asked for on a page: one at a time for each proposal, done by a worker in a process of its own.

A dry run moves the clock and throws mail away for all of its process, so the worker starts one for it, gives it the text, and
notes in the row what it says of its progress. Nothing else of it touches the database (workflows/simulation/apart.py). When
the worker dies the job is given back to the queue and begins again from the start.
"""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from procrastinate.contrib.django.models import ProcrastinateJob

from grants.organisations.models import Person
from grants.programmes.models import CallProposal
from workflows import jobs
from workflows.models import Trial

log = logging.getLogger("anslag.trials")
SIZES = (10, 50, 200)  # applications
LONGEST = timedelta(hours=2)
P = Trial.Phase


def ask(person: Person, proposal: CallProposal, applications: int) -> Trial:
    """Queue a dry run; the one that is under way, if there is one. One that no worker will take up again is given up."""
    assert applications in SIZES
    with transaction.atomic():
        CallProposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)  # two clicks come one after the other
        under_way = proposal.trials.filter(phase__in=Trial.UNDER_WAY).first()
        if under_way is not None and is_queued(under_way):
            return under_way
        proposal.trials.filter(phase__in=Trial.UNDER_WAY).update(phase=P.BROKEN)
        trial = Trial.objects.create(proposal=proposal, applications=applications, by=person)
        jobs.defer_trial(trial.pk)
    return trial


def is_queued(trial: Trial) -> bool:
    """Whether a worker is at the dry run or will come to it, also after one that died."""
    mine = ProcrastinateJob.objects.filter(task_name=jobs.TRY_PROPOSAL, args__trial_id=trial.pk)
    return mine.filter(status__in=("todo", "doing")).exists()


class TakenOverError(Exception):
    """Another worker has begun the same dry run anew, or it has been given up: this one must not write."""


class BrokenError(Exception):
    """The process that did the work ended without a result."""


def carry_out(trial_id: int, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Do a dry run that was asked for; again from the start if it was begun before. Once it is over this does nothing.

    InterruptedError when the worker is to stop: the job goes back to the queue.
    """
    taken = Trial.objects.filter(pk=trial_id, phase__in=Trial.UNDER_WAY)
    if not taken.update(phase=P.GOING, attempt=F("attempt") + 1, done=0, percent=0, day=None):
        return
    trial = Trial.objects.select_related("proposal").get(pk=trial_id)
    mine = Trial.objects.filter(pk=trial_id, attempt=trial.attempt, phase=P.GOING)
    try:
        report = _watched(trial, mine, is_stopping)
        mine.update(phase=P.DONE, report=report, done=trial.applications, percent=100)
    except TakenOverError:
        log.info("dry run %s is done by another worker", trial_id)
    except BrokenError as error:
        log.error("dry run %s broke off: %s", trial_id, error)
        mine.update(phase=P.BROKEN)


def _watched(trial: Trial, mine: Any, is_stopping: Callable[[], bool]) -> dict[str, Any]:
    """What the process reports in the end; its progress is noted on the way."""
    with process(trial.proposal.text, trial.applications) as said:
        for line in said:
            if is_stopping():
                raise InterruptedError(trial.pk)
            if "report" in line:
                return dict(line["report"])
            day = date.fromisoformat(line["day"])
            if not mine.update(done=line["done"], percent=line["percent"], day=day):
                raise TakenOverError(trial.pk)
    raise BrokenError("it ended without a report")


@contextmanager
def process(text: str, applications: int) -> Iterator[Iterator[dict[str, Any]]]:
    """The lines that `manage.py try_call` writes, as it writes them. It ends with the block, and when nobody reads it."""
    command = [sys.executable, "manage.py", "try_call", "--applications", str(applications)]
    with subprocess.Popen(  # noqa: S603 - our own program; the text goes to it as input
        command, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        ends = threading.Timer(LONGEST.total_seconds(), child.kill)
        ends.daemon = True
        ends.start()
        try:
            child.stdin.write(text)
            child.stdin.close()
            yield (json.loads(line) for line in child.stdout)
        except (BrokenPipeError, json.JSONDecodeError) as error:
            raise BrokenError(str(error)) from None
        finally:
            ends.cancel()
            child.kill()
