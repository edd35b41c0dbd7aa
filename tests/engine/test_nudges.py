"""Reminders before the closing time: at their moments, once each, to whoever has something unfinished."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from grants import clock
from grants.applications.checklist import contents, lacks
from tests.engine.asking import refused
from tests.engine.closing import DAY, SECOND, ask, early, give, log, near_closing, nudged
from tests.factories import World
from tests.forms import publish
from workflows import integrity, jobs, stepping, sweeps
from workflows.commands import run
from workflows.commands.applying import create_draft
from workflows.simulation import life

pytestmark = pytest.mark.django_db


class TestNudges:
    def test_at_their_moments_and_once_each(self, world: World) -> None:
        case, at = world.draft(), early(world)
        stepping.walk(at - 14 * DAY - SECOND, clock.move, jobs.run_pending)
        assert nudged(case) == []
        assert sweeps.next_instant(clock.now(), at) == at - 14 * DAY
        clock.move(at - 14 * DAY)
        for _again in range(3):
            sweeps.run_due()
        assert nudged(case) == [(14, at - 14 * DAY)]
        stepping.walk(at + DAY, clock.move, jobs.run_pending)
        assert nudged(case) == [(days, at - days * DAY) for days in (14, 3, 1)]
        assert list(integrity.check()) == []

    def test_each_call_at_moments_of_its_own(self, world: World) -> None:
        case, at = world.draft(), early(world)
        call = world.call()
        window = call.definition.window.model_copy(update={"remind_days_before": (20, 2)})
        publish(call, call.definition.model_copy(update={"window": window}))
        stepping.walk(at + DAY, clock.move, jobs.run_pending)
        assert nudged(case) == [(days, at - days * DAY) for days in (20, 2)]
        other = world.draft("gemensamma-2023")
        assert other.call.closes_at is not None
        stepping.walk(other.call.closes_at, clock.move, jobs.run_pending)
        assert [days for days, _at in nudged(other)] == [14, 3, 1]

    def test_they_say_what_is_left_and_where(self, world: World, sign_in: Any, mailoutbox: list[Any]) -> None:
        at = early(world)
        whole, bare = world.draft(), create_draft(world.karin, world.call(), world.organisation, "Halvt")
        clock.move(at - 3 * DAY)
        sweeps.run_due()
        jobs.run_pending()
        bodies = {m.subject: m.body for m in mailoutbox if "Påminnelse" in m.subject}
        assert len(bodies) == 2
        left = len(lacks(contents(life.fresh(bare))))
        body = next(body for subject, body in bodies.items() if "Halvt" in subject)
        assert f"{left} saker är kvar att göra." in body
        assert reverse("workspace", args=[bare.pk]) in body
        assert "Allt är ifyllt." in next(body for subject, body in bodies.items() if whole.title in subject)
        page = sign_in(world.karin).get(reverse("notices")).content.decode()
        assert f"{left} saker är kvar att göra." in page

    def test_only_to_what_is_unfinished(self, world: World) -> None:
        at = early(world)
        sent, copy, gone = world.submitted(), world.submitted(), world.draft()
        run("unlock", world.karin, copy)
        run("discard", world.karin, gone)
        stepping.walk(at - 2 * DAY, clock.move, jobs.run_pending)
        assert [days for days, _at in nudged(copy)] == [14, 3]
        assert nudged(sent) == nudged(gone) == []
        run("submit", world.karin, copy, confirm=True)
        stepping.walk(at, clock.move, jobs.run_pending)
        assert len(nudged(copy)) == 2
        assert refused("nudge", None, sent).code == "not_due"

    def test_not_about_a_moment_before_the_draft_or_the_unlocking(self, world: World) -> None:
        at = early(world)
        sent = world.submitted()
        clock.move(at - 3 * DAY + SECOND)
        draft = world.draft()
        run("unlock", world.karin, sent)
        sweeps.run_due()
        assert nudged(draft) == nudged(sent) == []
        stepping.walk(at - SECOND, clock.move, jobs.run_pending)
        assert nudged(draft) == nudged(sent) == [(1, at - DAY)]

    def test_a_draft_begun_the_second_before_is_reminded(self, world: World) -> None:
        at = early(world)
        clock.move(at - 3 * DAY - SECOND)
        draft = world.draft()
        stepping.walk(at - 3 * DAY, clock.move, jobs.run_pending)
        assert [days for days, _at in nudged(draft)] == [3]

    def test_late_sweeps_send_the_latest_only_and_none_after_the_closing(self, world: World) -> None:
        first, at = world.draft(), early(world)
        clock.move(at - 2 * DAY)
        sweeps.run_due()
        assert nudged(first) == [(3, at - 2 * DAY)]
        clock.move(at)
        sweeps.run_due()
        assert len(nudged(first)) == 1

    def test_an_incident_moves_those_that_are_ahead(self, world: World) -> None:
        case, at = world.draft(), near_closing(world)
        sweeps.run_due()
        before = nudged(case)
        log(world, at + 4 * timedelta(hours=1))  # its last day had begun already
        stepping.walk(at, clock.move, jobs.run_pending)
        assert nudged(case) == before
        log(world, at + 5 * DAY, text="Igen.")
        stepping.walk(at + 5 * DAY, clock.move, jobs.run_pending)
        assert nudged(case) == [*before, (3, at + 2 * DAY), (1, at + 4 * DAY)]

    def test_ones_own_time_has_its_own(self, world: World) -> None:
        case, other, at = world.draft(), world.draft(), near_closing(world)
        sweeps.run_due()
        give(world, ask(world, case), at + 2 * DAY)
        stepping.walk(at + 2 * DAY, clock.move, jobs.run_pending)
        assert nudged(case)[-1] == (1, at + DAY)
        assert len(nudged(case)) == len(nudged(other)) + 1

    def test_one_that_cannot_be_sent_holds_up_no_other(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        first, second, at = world.draft(), world.draft(), early(world)

        def broken(name: str, actor: None, pk: int, **options: object) -> object:
            if pk == first.pk:
                raise RuntimeError("planted")
            return run(name, actor, pk, **options)

        clock.move(at - DAY)
        with monkeypatch.context() as patch:
            patch.setattr(sweeps, "run", broken)
            with pytest.raises(ExceptionGroup):
                sweeps.run_due()
        assert (nudged(first), len(nudged(second))) == ([], 1)
        clock.move(at - SECOND)
        sweeps.run_due()
        assert [days for days, _at in nudged(first)] == [1]
        assert len(nudged(second)) == 1
