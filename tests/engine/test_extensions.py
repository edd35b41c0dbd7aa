"""More time for one application: asked for, decided by name, and nothing of the draft shown."""

from typing import Any

import pytest
from django.urls import reverse

from grants import clock
from grants.applications.extensions import Extension
from grants.applications.models import Application
from grants.applications.pages.room import Room, own_application
from grants.refusal import NotVisible, Refused
from tests.engine.asking import refused
from tests.engine.closing import DAY, MOMENT, SECOND, S, ask, give, log, near_closing
from tests.factories import World
from workflows import integrity, jobs, stepping, sweeps
from workflows.commands import run
from workflows.queries import case_page
from workflows.queries.inbox import inbox_of
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db


class TestOnesOwnTime:
    def test_only_that_case_is_in_time_and_only_until_then(self, world: World) -> None:
        case, other = world.draft(), world.draft()
        at = near_closing(world)
        give(world, ask(world, case), at + DAY)
        assert (life.fresh(case).closes_at, life.fresh(other).closes_at) == (at + DAY, at)
        clock.move(at + SECOND)
        assert refused("submit", world.karin, other, confirm=True).code == "closed"
        assert not Room(own_application(world.karin, other.pk), world.karin).may_write
        assert Room(own_application(world.karin, case.pk), world.karin).may_write
        assert refused("submit", world.karin, case, arrived_at=at + DAY, confirm=True).code == "closed"
        clock.move(at + DAY - SECOND)
        run("submit", world.karin, case, arrived_at=at + DAY - MOMENT, confirm=True)
        run("unlock", world.karin, case)
        run("submit", world.karin, case, confirm=True)
        assert refused("pass_formal", world.sara, case).code == "call_open"
        clock.move(at + DAY)
        assert refused("unlock", world.karin, case).code == "closed"
        page = case_page.read(world.sara, case.pk)
        assert "sista tid" in next(r for r in page.requirements if r.what == "Inkom i tid").basis
        run("pass_formal", world.sara, case)
        assert list(integrity.check()) == []

    def test_it_lapses_at_its_own_time(self, world: World) -> None:
        case, other = world.draft(), world.draft()
        at = near_closing(world)
        give(world, ask(world, case), at + DAY)
        stepping.walk(at + DAY - SECOND, clock.move, jobs.run_pending)
        assert refused("lapse", None, case).code == "still_open"
        stepping.walk(at + DAY + sweeps.IN_FLIGHT - SECOND, clock.move, jobs.run_pending)
        assert (life.fresh(case).state, life.fresh(other).state) == (S.DRAFT, S.LAPSED)
        assert sweeps.next_instant(clock.now(), clock.now() + DAY) == at + DAY + sweeps.IN_FLIGHT
        stepping.walk(at + DAY + sweeps.IN_FLIGHT, clock.move, jobs.run_pending)
        assert life.fresh(case).state == S.LAPSED
        assert list(integrity.check()) == []

    def test_a_working_copy_ends_at_its_own_time(self, world: World) -> None:
        case = world.draft()
        at = near_closing(world)
        give(world, ask(world, case), at + DAY)
        run("submit", world.karin, case, confirm=True)
        run("unlock", world.karin, case)
        stepping.walk(at + DAY - SECOND, clock.move, jobs.run_pending)
        assert refused("end_copy", None, case).code == "still_open"
        stepping.walk(at + DAY + sweeps.IN_FLIGHT - SECOND, clock.move, jobs.run_pending)
        assert life.fresh(case).working_copy
        stepping.walk(at + DAY + sweeps.IN_FLIGHT, clock.move, jobs.run_pending)
        assert not life.fresh(case).working_copy

    def test_the_later_of_ones_own_and_everyones_time_holds(self, world: World) -> None:
        case = world.draft()
        at = near_closing(world)
        asked = ask(world, case)
        with pytest.raises(Refused) as answer:
            give(world, asked, at)
        assert answer.value.refusals[0].code == "not_later"
        give(world, asked, at + DAY)
        log(world, at + 2 * DAY)
        assert life.fresh(case).closes_at == at + 2 * DAY
        stepping.walk(at + DAY + sweeps.IN_FLIGHT, clock.move, jobs.run_pending)
        assert life.fresh(case).state == S.DRAFT


class TestAsking:
    def test_in_time_it_holds_the_draft_until_the_answer(self, world: World) -> None:
        case = world.draft()
        at = near_closing(world)
        clock.move(at - SECOND)
        asked = ask(world, case)
        stepping.walk(at + DAY, clock.move, jobs.run_pending)
        assert life.fresh(case).state == S.DRAFT
        assert not Room(own_application(world.karin, case.pk), world.karin).may_write
        assert refused("submit", world.karin, case, confirm=True).code == "closed"
        assert refused("lapse", None, case).code == "asked"
        assert world.call().decided_at is None
        give(world, asked, at + 2 * DAY)
        run("submit", world.karin, case, confirm=True)
        assert list(integrity.check()) == []

    def test_refused_after_the_closing_the_draft_lapses(self, world: World) -> None:
        case = world.draft()
        at = near_closing(world)
        asked = ask(world, case)
        stepping.walk(at + DAY, clock.move, jobs.run_pending)
        run("refuse_extension", world.sara, asked, reason="Inget avbrott.")
        sweeps.run_due()
        assert life.fresh(case).state == S.LAPSED
        assert list(integrity.check()) == []

    def test_not_after_the_closing(self, world: World) -> None:
        case = world.draft()
        clock.move(near_closing(world))
        assert refused("ask_extension", world.karin, case, reason="Sent.").code == "closed"

    def test_once_at_a_time_and_a_double_click_is_one(self, world: World) -> None:
        case = world.draft()
        near_closing(world)
        first = ask(world, case, key="k")
        assert ask(world, case, key="k") == first
        assert refused("ask_extension", world.karin, case, reason="Igen.").code == "asked"
        to = clock.now() + DAY
        assert give(world, first, to, key="k") == give(world, first, to, key="k")
        assert refused("grant_extension", world.sara, first, due=to + DAY, reason="x").code == "state"
        ask(world, case)
        assert case.extensions.count() == 2

    def test_what_has_been_submitted_needs_no_answer(self, world: World) -> None:
        case = world.draft()
        near_closing(world)
        asked = ask(world, case)
        assert inbox_of(world.sara).count == 1
        run("submit", world.karin, case, confirm=True)
        assert inbox_of(world.sara).count == 0
        assert Extension.objects.get(pk=asked.pk).state == "past"
        assert refused("grant_extension", world.sara, asked, due=clock.now() + DAY, reason="x").code == "state"


class TestWhatTheOfficerSees:
    def test_the_request_and_nothing_of_the_draft(self, world: World, sign_in: Any, mailoutbox: list[Any]) -> None:
        case = world.draft()
        Application.objects.filter(pk=case.pk).update(title="Hemligt projekt")
        at = near_closing(world)
        jobs.run_pending()
        mailoutbox.clear()
        asked = ask(world, case)
        jobs.run_pending()
        assert {tuple(m.to) for m in mailoutbox} >= {(world.sara.email,)}
        assert not any(m.to == [world.karin.email] for m in mailoutbox)
        client = sign_in(world.sara)
        seen = [m.subject + m.body for m in mailoutbox]
        seen += [client.get(reverse(name)).content.decode() for name in ("inbox", "notices", "calls_work")]
        grant, refuse = (reverse("act", args=[c, asked.pk]) for c in ("grant_extension", "refuse_extension"))
        for address in (grant, refuse):
            page = client.get(address)
            assert page.status_code == 200
            assert "Hemlig orsak." in page.content.decode()
            assert world.karin.email in page.content.decode()
            seen.append(page.content.decode())
        sent = {"key": "k", "due": f"{(at + DAY).astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}", "reason": "Ja."}
        answer = client.post(grant, sent, follow=True)
        assert answer.status_code == 200
        seen += [answer.content.decode(), client.get(grant).content.decode()]
        for hidden in ("Hemligt projekt", world.organisation.name, world.organisation.number):
            assert not any(hidden in text for text in seen), hidden
        for name in ("case", "workspace", "preview"):
            assert client.get(reverse(name, args=[case.pk])).status_code == 404
        assert not Application.objects.visible_to(world.sara).filter(pk=case.pk).exists()

    def test_the_applicant_is_told_by_whom_and_why(self, world: World, sign_in: Any, mailoutbox: list[Any]) -> None:
        case = world.draft()
        at = near_closing(world)
        client, step = sign_in(world.karin), reverse("workspace_step", args=[case.pk, "granska"])
        assert reverse("act", args=["ask_extension", case.pk]) in client.get(step).content.decode()
        asked = ask(world, case)
        assert "Ni bad om längre tid" in client.get(step).content.decode()
        event = give(world, asked, at + DAY)
        assert (event.actor, event.stream) == (world.sara, f"case:{case.pk}")
        mailoutbox.clear()
        jobs.run_pending()
        mine = [m for m in mailoutbox if m.to == [world.karin.email]]
        assert any("Ny sista tid" in m.body for m in mine)
        page = client.get(step).content.decode()
        assert "Avbrottet." in page
        assert world.sara.name in page
        assert "<s>" in page

    def test_not_in_a_case_of_ones_own_nor_of_another_call(self, world: World) -> None:
        people.speaks_for(world.sara, world.organisation, world.jonas)
        case = world.draft()
        near_closing(world)
        asked = ask(world, case)
        for person in (world.sara, world.mira, world.other_applicant()[0]):
            with pytest.raises(NotVisible):
                run("grant_extension", person, asked, due=clock.now() + DAY, reason="x")
        assert inbox_of(world.sara).count == 0
        assert refused("refuse_extension", world.karin, asked, reason="x").code == "role"
        assert inbox_of(world.jonas).count == 1
