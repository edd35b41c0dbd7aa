"""A real worker of the job queue, in this process: mail, letters, and a job that is begun twice."""

import asyncio
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from grants import clock
from grants.letters.models import Document
from tests.engine import herd
from tests.factories import World
from workflows import jobs
from workflows.models import Event, Notice
from workflows.simulation import life

pytestmark = pytest.mark.django_db(transaction=True)
OURS = ("send_notice", "make_receipt", "make_letter")


def work() -> None:
    """Let a worker take everything that waits, then leave."""
    worker = app.with_connector(app.connector.get_worker_connector())
    worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, queues=["mail", "letters"])


def states() -> set[tuple[str, str]]:
    return set(ProcrastinateJob.objects.filter(task_name__in=OURS).values_list("task_name", "status"))


def test_a_worker_sends_the_notice_and_makes_the_receipt(world: World) -> None:
    case = world.draft()
    life.submit(case, world.karin)
    work()
    assert states() == {("send_notice", "succeeded"), ("make_receipt", "succeeded")}
    assert sorted(Document.objects.filter(application=case).values_list("kind", "language")) == [
        ("receipt", "en"),
        ("receipt", "sv"),
    ]
    assert not Notice.objects.filter(sent_at=None).exists()
    assert [m.to for m in mail.outbox if m.subject.startswith("Ansökan skickades in")] == [[world.karin.email]]


def test_a_worker_makes_the_letter_and_dispatches_the_decision(world: World) -> None:
    case = herd.to_reject(world, 1)[0]
    life.approve(case, world.eva)
    work()
    assert life.fresh(case).state == "closed"
    documents = Document.objects.filter(application=case, kind="decision").select_related("file")
    assert {d.language for d in documents} == {"sv", "en"}
    assert all(bytes(d.file.content).startswith(b"%PDF-") for d in documents)


def test_a_worker_that_died_in_the_middle_has_effect_once(world: World) -> None:
    """Its job stays begun; the rescue gives it back to the queue; the second run finds what the first one did."""
    case = herd.to_reject(world, 1)[0]
    life.approve(case, world.eva)
    decision = case.decisions.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'make_letter'")
    jobs.make_letter.func(decision.pk)  # all of its work, but the worker never said so
    assert life.fresh(case).state == "closed"
    with connection.cursor() as cursor:  # a worker that has not been heard of for a minute
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute') RETURNING id"
        )
        (gone,) = cursor.fetchone()
        cursor.execute("UPDATE procrastinate_jobs SET worker_id = %s WHERE status = 'doing'", [gone])
    rescue()
    assert ("make_letter", "todo") in states()
    work()
    assert ("make_letter", "succeeded") in states()
    assert Document.objects.filter(application=case, kind="decision").count() == 2
    assert Event.objects.filter(stream=f"case:{case.pk}", name="dispatch").count() == 1
    assert Notice.objects.filter(case=case, kind="dispatch").count() == 1
    assert len({m.extra_headers["Message-ID"] for m in mail.outbox}) == len(mail.outbox)


def rescue() -> None:
    """The periodic task, by a worker's connection."""

    worker = app.with_connector(app.connector.get_worker_connector())

    async def once() -> None:
        async with worker.open_async():
            with app.replace_connector(worker.connector):
                await jobs.rescue.func(None, timestamp=0)

    asyncio.run(once())


def test_a_job_of_a_living_worker_is_left_alone(world: World) -> None:
    case = world.draft()
    life.submit(case, world.karin)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id")
        (alive,) = cursor.fetchone()
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [alive])
    rescue()
    assert {status for _name, status in states()} == {"doing"}


def test_jobs_of_a_step_that_failed_were_never_queued(world: World) -> None:
    case = world.draft()
    before = ProcrastinateJob.objects.count()
    closes = case.call.closes_at
    assert closes is not None
    clock.move(closes + timedelta(days=1))
    with pytest.raises(Exception):  # noqa: B017 (whatever stops the step)
        life.submit(case, world.karin)
    assert ProcrastinateJob.objects.count() == before
