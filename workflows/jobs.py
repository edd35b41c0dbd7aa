"""What runs outside a request: letters, mail, sweeps. Jobs are queued in the transaction that needs them; a job may run
twice, its effect is there once."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from grants import clock

log = logging.getLogger("anslag.jobs")
SWEEP_EVERY_MINUTE = "* * * * *"
SWEEP_OFTEN = "* * * * * */5"  # in a demo people step the clock and look at once
EVERY_NIGHT = "17 3 * * *"
MAIL_RETRY = RetryStrategy(max_attempts=12, wait=10, exponential_wait=3)
LETTER_RETRY = RetryStrategy(max_attempts=6, wait=5, exponential_wait=3)
SEAL_RETRY = RetryStrategy(
    max_attempts=11, wait=5, exponential_wait=3
)  # a day: a token or a time-stamp authority may be away
TRY_PROPOSAL = "try_proposal"
PROPOSE_ASSIGNMENTS = "propose_assignments"
CARRY_OUT_BATCH = "carry_out_batch"
TRIAL_RETRY = RetryStrategy(max_attempts=5, wait=5)


@app.task(name="send_notice", retry=MAIL_RETRY, queue="mail")
def send_notice(notice_id: int) -> None:
    """Send one notice by mail, once."""
    from workflows.notices.sending import send

    clock.forget()
    send(notice_id)


@app.task(name="send_mail", retry=MAIL_RETRY, queue="mail")
def send_mail(subject: str, body: str, to: str) -> None:
    """Send a mail that could not be sent when it was written."""
    EmailMessage(subject, body, to=[to]).send()


@app.task(name="make_receipt", retry=LETTER_RETRY, queue="letters")
def make_receipt(submission_id: int) -> None:
    """Render the receipt of a submission, once."""
    from workflows.issuing import make_receipt as make

    clock.forget()
    make(submission_id)


@app.task(name="make_letter", retry=SEAL_RETRY, queue="letters")
def make_letter(decision_id: int) -> None:
    """Render the letters of a decision, once, and dispatch it when its time has come."""
    from workflows.issuing import make_letter as make

    clock.forget()
    make(decision_id)


@app.task(name="deliver", retry=MAIL_RETRY, queue="mail")
def deliver(delivery_id: int) -> None:
    """Send one letter to one recipient, once."""
    from workflows.delivering import deliver as carry_out

    clock.forget()
    carry_out(delivery_id)


@app.task(name=TRY_PROPOSAL, retry=TRIAL_RETRY, queue="trials", lock=TRY_PROPOSAL, pass_context=True)
def try_proposal(context: Any, trial_id: int) -> None:
    """Do a dry run of a proposal for a call. One at a time, so that a worker always has room for everything else."""
    from workflows.trials import carry_out

    clock.forget()
    carry_out(trial_id, context.should_abort)


@app.task(name=PROPOSE_ASSIGNMENTS, retry=TRIAL_RETRY, queue="trials", lock=PROPOSE_ASSIGNMENTS, pass_context=True)
def propose_assignments(context: Any, proposal_id: int) -> None:
    """Find who should judge what in a call, or ask them as an officer has confirmed it."""
    from workflows.matchmaking import carry_out

    clock.forget()
    carry_out(proposal_id, context.should_abort)


@app.task(name=CARRY_OUT_BATCH, retry=TRIAL_RETRY, queue="trials", lock=CARRY_OUT_BATCH, pass_context=True)
def carry_out_batch(context: Any, batch_id: int) -> None:
    """Prepare or make the decisions of many cases, one after the other."""
    from workflows.batching import carry_out

    clock.forget()
    carry_out(batch_id, context.should_abort)


@app.periodic(cron=EVERY_NIGHT, periodic_id="collect_files")
@app.task(name="collect_files", queueing_lock="collect_files", queue="sweeps")
def collect_files(timestamp: int) -> None:
    """Throw away the bytes of files that nothing needs any more, and counters that are past their time."""
    from workflows.collecting import collect, forget_expired

    clock.forget()
    collect()
    forget_expired()


@app.periodic(cron=SWEEP_OFTEN if settings.DEMO else SWEEP_EVERY_MINUTE, periodic_id="sweep")
@app.task(name="sweep", queueing_lock="sweep", lock="sweep", queue="sweeps")
def sweep(timestamp: int) -> None:
    """Do everything that has become due."""
    from workflows.sweeps import run_due

    clock.forget()
    run_due()


@app.periodic(cron=SWEEP_EVERY_MINUTE, periodic_id="rescue")
@app.task(name="rescue", queueing_lock="rescue", queue="sweeps", pass_context=True)
async def rescue(context: Any, timestamp: int) -> None:
    """Give jobs whose worker died back to the queue."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
        await app.job_manager.retry_job(job)


@app.task(name="follow_declared", retry=LETTER_RETRY, queue="sweeps")
def follow_declared(reviewer: int) -> None:
    """Let a reviewer's assignments follow what they have declared about a call's parties."""
    from workflows.commands.blindly import follow_declared as follow

    clock.forget()
    follow(reviewer)


@app.task(name="look_again", retry=LETTER_RETRY, queue="sweeps")
def look_again(reviewer: int) -> None:
    """Ask again what ties a reviewer to what they have been let in to."""
    from workflows.commands.finding import look_again as look

    clock.forget()
    look([reviewer])


def defer_notices(notice_ids: Iterable[int]) -> None:
    """Queue mails in this transaction; one statement for all of them."""
    ids = list(notice_ids)
    if len(ids) == 1:
        send_notice.defer(notice_id=ids[0])
    elif ids:
        send_notice.batch_defer(*(dict[str, Any](notice_id=pk) for pk in ids))


def defer_deliveries(delivery_ids: Iterable[int]) -> None:
    """Queue letters to their recipients in this transaction; one statement for all of them."""
    if ids := list(delivery_ids):
        deliver.batch_defer(*(dict[str, Any](delivery_id=pk) for pk in ids))


def defer_mail(subject: str, body: str, to: str) -> None:
    """Queue a mail that could not be sent."""
    send_mail.defer(subject=subject, body=body, to=to)


def defer_receipt(submission_id: int) -> None:
    """Queue a receipt in this transaction."""
    make_receipt.defer(submission_id=submission_id)


def defer_letter(decision_id: int) -> None:
    """Queue a decision's letters in this transaction."""
    make_letter.defer(decision_id=decision_id)


def defer_trial(trial_id: int) -> None:
    """Queue a dry run in this transaction."""
    try_proposal.defer(trial_id=trial_id)


def defer_assignments(proposal_id: int) -> None:
    """Queue in this transaction that a proposal is found or carried out."""
    propose_assignments.defer(proposal_id=proposal_id)


def defer_batch(batch_id: int) -> None:
    """Queue in this transaction that the cases of a batch are gone through."""
    carry_out_batch.defer(batch_id=batch_id)


def defer_declared(reviewer: int) -> None:
    """Queue in this transaction that a reviewer's assignments follow a declaration."""
    follow_declared.defer(reviewer=reviewer)


def defer_looking(reviewer: int) -> None:
    """Queue in this transaction that a reviewer's ties are asked about again."""
    look_again.defer(reviewer=reviewer)


_INLINE: dict[str, Callable[..., None]] = {
    "send_notice": send_notice.func,
    "send_mail": send_mail.func,
    "make_receipt": make_receipt.func,
    "make_letter": make_letter.func,
    "deliver": deliver.func,
    "follow_declared": follow_declared.func,
    "look_again": look_again.func,
}


def run_pending(limit: int = 10_000) -> int:
    """Run the waiting jobs here and now, in order; for seeds, simulations and tests, which have no worker.

    Returns how many ran. A job that fails is left as it was, and its error is raised.
    """
    ran = 0
    while ran < limit:
        with transaction.atomic():
            job = (
                ProcrastinateJob.objects.select_for_update(skip_locked=True)
                .filter(status="todo", task_name__in=_INLINE)
                .order_by("pk")
                .first()
            )
            if job is None:
                return ran
            _INLINE[job.task_name](**job.args)
            with connection.cursor() as cursor:
                # the library's own model is read-only by design; its table is the contract of its SQL functions
                cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [job.pk])
                cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job.pk])
        ran += 1
    return ran
