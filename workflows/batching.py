"""Many cases at once: an officer's proposals for a whole call, or a decision-maker's signature on many.

A worker goes through the cases, one transaction each, by the same commands as the page of a single case. When it dies the job
is given back to the queue and goes on where it was: each case is taken under the batch's own key, so nothing is done twice.
A case that is refused says why and is in nobody else's way.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateJob

from grants.organisations.models import Person
from grants.programmes.models import Call
from grants.refusal import NotVisible, Refused
from workflows import jobs
from workflows.commands import run
from workflows.models import DecisionBatch

log = logging.getLogger("anslag.batching")
Kind, Phase = DecisionBatch.Kind, DecisionBatch.Phase
COMMAND = {Kind.PREPARE: "propose", Kind.APPROVE: "approve"}
DAYS, MOMENTS = ("starts_on", "ends_on"), ("hold_until",)  # of what `propose` is given


def latest(person: Person, call: Call, kind: str) -> DecisionBatch | None:
    """This person's batch that is written, worked on or was carried out last; one that its workers have left is broken."""
    found = DecisionBatch.objects.filter(call=call, by=person, kind=kind).first()
    if found is not None and found.phase in DecisionBatch.UNDER_WAY and not is_queued(found):
        found.phase = Phase.BROKEN
    return found


def is_queued(batch: DecisionBatch) -> bool:
    """Whether a worker is at it or will come to it, also after one that died."""
    mine = ProcrastinateJob.objects.filter(task_name=jobs.CARRY_OUT_BATCH, args__batch_id=batch.pk)
    return mine.filter(status__in=("todo", "doing")).exists()


def _held(person: Person, call: Call, kind: str) -> DecisionBatch | None:
    """The batch that this person writes or has under way, with two clicks coming one after the other. One that no worker
    will take up again is given up."""
    Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    open_ones = DecisionBatch.objects.filter(call=call, by=person, kind=kind)
    there = open_ones.filter(phase__in=(Phase.DRAFT, *DecisionBatch.UNDER_WAY)).first()
    if there is not None and there.phase != Phase.DRAFT and not is_queued(there):
        open_ones.filter(pk=there.pk).update(phase=Phase.BROKEN)
        return None
    return there


def keep(person: Person, call: Call, typed: Mapping[str, str]) -> bool:
    """Keep what the officer has typed. False while the last batch is under way: what is being done is not rewritten."""
    with transaction.atomic():
        there = _held(person, call, Kind.PREPARE)
        if there is not None and there.phase != Phase.DRAFT:
            return False
        there = there or DecisionBatch(call=call, by=person, kind=Kind.PREPARE)
        there.typed = dict(typed)
        there.save()
    return True


def forget(person: Person, call: Call) -> None:
    """Begin again from what the panel and the ranking say."""
    rows = DecisionBatch.objects.filter(call=call, by=person, kind=Kind.PREPARE)
    rows.exclude(phase__in=DecisionBatch.UNDER_WAY).update(typed={})


def was_sent(person: Person, key: str) -> bool:
    """Whether a form with this key has come from this person before."""
    return DecisionBatch.objects.filter(by=person, key=key).exists()


def send(
    person: Person, call: Call, kind: str, rows: Sequence[Mapping[str, Any]], key: str, typed: Mapping[str, str] = {}
) -> DecisionBatch:
    """Queue that these cases are gone through. The same key again, or while the last batch is under way, is that batch."""
    with transaction.atomic():
        there = _held(person, call, kind)
        sent = DecisionBatch.objects.filter(by=person, key=key).first()
        if sent is not None:
            return sent
        if there is not None and there.phase != Phase.DRAFT:
            return there
        batch = there or DecisionBatch(call=call, by=person, kind=kind)
        batch.key, batch.phase, batch.rows, batch.typed = key, Phase.WAITING, list(rows), dict(typed)
        batch.save()
        jobs.defer_batch(batch.pk)
    return batch


def carry_out(batch_id: int, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Go through the cases that have no result yet. Once that is over this does nothing.

    InterruptedError when the worker is to stop: the job goes back to the queue.
    """
    rows = DecisionBatch.objects.filter(pk=batch_id, phase__in=DecisionBatch.UNDER_WAY)
    if not rows.update(phase=Phase.GOING, attempt=F("attempt") + 1):
        return
    batch = DecisionBatch.objects.select_related("by").get(pk=batch_id)
    mine = rows.filter(attempt=batch.attempt)
    results = dict(batch.results)
    for n, row in enumerate(batch.rows, 1):
        if str(row["case"]) in results:
            continue
        if is_stopping():
            raise InterruptedError(batch_id)
        results[str(row["case"])] = _one(batch, row)
        if not mine.update(results=results, percent=100 * n // len(batch.rows)):
            log.info("batch %s is gone through by another worker", batch_id)
            return
    mine.update(phase=Phase.DONE, percent=100)


def _one(batch: DecisionBatch, row: Mapping[str, Any]) -> str:
    """One case by the real command. Nothing when it is done, otherwise why not, as whoever asked reads it."""
    with translation.override(batch.by.language):
        try:
            run(COMMAND[Kind(batch.kind)], batch.by, row["case"], key=f"batch-{batch.pk}", **_data(row))
        except NotVisible:
            return _("Ärendet är inte öppet för dig längre.")
        except Refused as refused:
            return " ".join(str(refusal.text) for refusal in refused.refusals)
        except OperationalError:  # the database is away, or holds us back: the job is tried again
            raise
        except Exception as error:  # one case must not hold up all others
            log.exception("batch %s: case %s failed (%s)", batch.pk, row["case"], type(error).__name__)
            return _("Det gick inte att genomföra. Felet är antecknat, försök i ärendet.")
    return ""


def _data(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the command is given, with its days and moments as what they are."""
    data = {name: value for name, value in row.items() if name != "case"}
    data |= {name: date.fromisoformat(data[name]) for name in DAYS if data.get(name)}
    return data | {name: datetime.fromisoformat(data[name]) for name in MOMENTS if data.get(name)}
