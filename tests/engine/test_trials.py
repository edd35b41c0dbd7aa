"""A dry run asked for on a page: one at a time, begun again after a worker that died, and nothing left of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from grants.programmes.models import Call, CallProposal
from tests.factories import World
from tests.pages.asking import get
from tests.programmes.test_dryrun import row_counts
from workflows import proposing, trials
from workflows.models import Trial

pytestmark = pytest.mark.django_db
REPORT: dict[str, Any] = {
    "call": "x", "applications": 10, "at_a_boundary": 2, "states": {"closed": 9, "draft": 1}, "refusals": {"closed": 4},
    "dead_ends": [{"state": "draft", "cases": 1, "refusals": ["incomplete_start"]}], "never_shown": ["goal"],
    "accepted_at_boundaries": 3, "unexpected": ["limit of goal: refused, x"], "not_tried": 1,
    "calendar": [["2023-05-02", "the call opens"]], "seconds": 1.0, "per_second": 10.0,
}  # fmt: skip


@pytest.fixture
def proposal(world: World) -> CallProposal:
    call = world.call()
    assert call.version is not None
    text = call.version.text.source + "\n# prov"
    return proposing.keep(world.sara, call.programme, call.slug, text, call)


def says(monkeypatch: pytest.MonkeyPatch, *lines: dict[str, Any] | BaseException) -> list[int]:
    """Let the process of a dry run say this. Returns how many applications each was asked for."""
    asked: list[int] = []

    @contextmanager
    def process(text: str, applications: int) -> Iterator[Iterator[dict[str, Any]]]:
        asked.append(applications)

        def told() -> Iterator[dict[str, Any]]:
            for line in lines:
                if isinstance(line, BaseException):
                    raise line
                yield line

        yield told()

    monkeypatch.setattr(trials, "process", process)
    return asked


PROGRESS = {"done": 4, "percent": 60, "day": "2023-05-20"}


class TestAsking:
    def test_twice_at_once_is_one(self, world: World, proposal: CallProposal) -> None:
        first = trials.ask(world.sara, proposal, 50)
        assert trials.ask(world.jonas, proposal, 10) == first
        assert ProcrastinateJob.objects.filter(task_name="try_proposal").count() == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            Trial.objects.create(proposal=proposal, applications=10, by=world.sara)

    def test_one_that_nobody_will_take_up_is_given_up(self, world: World, proposal: CallProposal) -> None:
        first = trials.ask(world.sara, proposal, 50)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'try_proposal'")
        second = trials.ask(world.sara, proposal, 10)
        assert second != first
        first.refresh_from_db()
        assert (first.phase, second.phase) == ("broken", "waiting")

    def test_on_the_page(self, world: World, proposal: CallProposal, sign_in: Any, monkeypatch: Any) -> None:
        client: Client = sign_in(world.sara)
        assert "Provkör" in get(client, "call_proposal", proposal.pk)
        for applications in ("50", "10", "x", "", "100000"):
            response = client.post(reverse("call_trial", args=[proposal.pk]), {"applications": applications})
            assert response.status_code == 302
        trial = Trial.objects.get()
        assert trial.applications == 50
        page = get(client, "call_proposal", proposal.pk)
        assert "Väntar på sin tur" in page
        assert 'data-refresh="4"' in page
        assert 'name="applications"' not in page
        Trial.objects.update(phase="going", done=10, percent=45, day="2023-05-20", attempt=1)
        page = get(client, "call_proposal", proposal.pk)
        assert "45 procent. 10 av 50" in page
        assert "20 maj 2023" in page.replace("\N{NO-BREAK SPACE}", " ")
        says(monkeypatch, PROGRESS, {"report": REPORT})
        trials.carry_out(trial.pk)
        page = get(client, "call_proposal", proposal.pk)
        for said in (
            "1 ansökan blev stående i läget utkast", "incomplete_start", "Frågor som aldrig visades", "Vad är målet",
            "limit of goal", "omgången öppnar", "efter stängning", "1 gräns provades inte", "Provkör igen",
        ):  # fmt: skip
            assert said in page, said
        assert "data-refresh" not in page

    def test_a_broken_one_can_be_begun_again(self, world: World, proposal: CallProposal, sign_in: Any) -> None:
        trial = trials.ask(world.sara, proposal, 50)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'try_proposal'")
        client: Client = sign_in(world.sara)
        page = get(client, "call_proposal", proposal.pk)
        assert "bröts innan den var klar" in page
        client.post(reverse("call_trial", args=[proposal.pk]), {"applications": "10"})
        assert Trial.objects.exclude(pk=trial.pk).get().phase == "waiting"


class TestCarryingOut:
    def test_progress_then_the_report(self, world: World, proposal: CallProposal, monkeypatch: Any) -> None:
        trial = trials.ask(world.sara, proposal, 10)
        asked = says(monkeypatch, PROGRESS, {"report": REPORT})
        trials.carry_out(trial.pk)
        trials.carry_out(trial.pk)  # a job may run twice
        trial.refresh_from_db()
        assert (trial.phase, trial.report, trial.percent, asked) == ("done", REPORT, 100, [10])

    def test_after_a_worker_that_died_from_the_start(
        self, world: World, proposal: CallProposal, monkeypatch: Any
    ) -> None:
        trial = trials.ask(world.sara, proposal, 10)
        says(monkeypatch, PROGRESS, SystemExit())
        with pytest.raises(SystemExit):
            trials.carry_out(trial.pk)
        trial.refresh_from_db()
        assert (trial.phase, trial.done) == ("going", 4)
        says(monkeypatch, {"report": REPORT})
        trials.carry_out(trial.pk)
        trial.refresh_from_db()
        assert (trial.phase, trial.attempt) == ("done", 2)

    def test_who_was_thought_dead_writes_nothing(self, world: World, proposal: CallProposal, monkeypatch: Any) -> None:
        trial = trials.ask(world.sara, proposal, 10)

        @contextmanager
        def process(text: str, applications: int) -> Iterator[Iterator[dict[str, Any]]]:
            def told() -> Iterator[dict[str, Any]]:
                Trial.objects.filter(pk=trial.pk).update(attempt=2, done=7)  # another worker has begun it anew
                yield PROGRESS
                raise AssertionError("it goes on")

            yield told()

        monkeypatch.setattr(trials, "process", process)
        trials.carry_out(trial.pk)
        trial.refresh_from_db()
        assert (trial.phase, trial.done, trial.report) == ("going", 7, None)

    def test_a_process_that_fails(self, world: World, proposal: CallProposal, monkeypatch: Any) -> None:
        trial = trials.ask(world.sara, proposal, 10)
        says(monkeypatch, PROGRESS)
        trials.carry_out(trial.pk)
        trial.refresh_from_db()
        assert (trial.phase, trial.report) == ("broken", None)

    def test_a_worker_that_is_to_stop_gives_it_back(
        self, world: World, proposal: CallProposal, monkeypatch: Any
    ) -> None:
        trial = trials.ask(world.sara, proposal, 10)
        says(monkeypatch, PROGRESS, {"report": REPORT})
        with pytest.raises(InterruptedError):
            trials.carry_out(trial.pk, lambda: True)
        trial.refresh_from_db()
        assert trial.phase == "going"
        assert trials.is_queued(trial)


def test_the_process_itself_leaves_nothing_and_mails_nobody(
    world: World, proposal: CallProposal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real program, with its letters, against this very database; the smallest dry run there is."""
    name = connection.settings_dict["NAME"]
    url = urlsplit(os.environ["DATABASE_URL"])
    monkeypatch.setenv("DATABASE_URL", url._replace(path=f"/{name}").geturl())
    world.draft()
    before = row_counts()
    with trials.process(proposal.text, 3) as said:
        lines = list(said)
    assert "report" in lines[-1]
    assert lines[-1]["report"]["applications"] == 3
    assert row_counts() == before
    assert Call.objects.filter(slug="provkorning").count() == 0
    assert mail.outbox == []


def test_a_text_that_cannot_be_read_breaks_it(proposal: CallProposal) -> None:
    with trials.process("slug: [", 3) as said:
        assert list(said) == []
