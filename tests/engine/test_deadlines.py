"""The closing time: one answer, moved for everyone by an incident or for one application by a decision."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.checklist import contents, lacks
from grants.applications.extensions import Extension
from grants.applications.models import Application, CaseState
from grants.applications.pages.room import Room, own_application
from grants.programmes.loading import publish
from grants.programmes.models import Call, CallPhase, Incident
from grants.refusal import NotVisible, Refused
from tests.engine.asking import refused
from tests.factories import World
from workflows import integrity, jobs, stepping, sweeps
from workflows.commands import run
from workflows.commands.applying import create_draft
from workflows.models import Event, Notice
from workflows.queries import case_page
from workflows.queries.inbox import inbox_of
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
S = CaseState
MOMENT, SECOND, DAY = timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=1)


def closes(call: Call) -> datetime:
    assert call.closes_at is not None
    return call.closes_at


def log(world: World, to: datetime, key: str | None = None, **other: Any) -> Event:
    """Sara notes that signing in was down for an hour."""
    now = clock.now()
    data = {"began_at": now - timedelta(hours=1), "ended_at": now, "text": "Inloggningen låg nere.", "text_en": ""}
    return run("log_incident", world.sara, world.call(), key=key, closes_at=to, **(data | other))


def near_closing(world: World) -> datetime:
    """The clock an hour before the call closes. Returns when it does."""
    at = closes(world.open())
    clock.move(at - timedelta(hours=1))
    return at


class TestIncident:
    def test_everyone_gets_more_time_and_is_told_once(self, world: World) -> None:
        first, _second, copy, sent = world.draft(), world.draft(), world.submitted(), world.submitted()
        other, body = world.other_applicant()
        theirs = world.draft(person=other, organisation=body)
        run("unlock", world.karin, copy)
        at = near_closing(world)
        event = log(world, at + DAY)
        assert closes(world.call()) == at + DAY
        assert event.stream == f"call:{first.call_id}"
        assert event.actor == world.sara
        assert "text" not in event.data  # in the incident's own row
        told = Notice.objects.filter(event=event)
        assert set(told.values_list("email", flat=True)) == {world.karin.email, other.email}
        assert told.count() == 2  # once each, however many drafts
        clock.move(at + DAY - SECOND)
        for case in (first, theirs, copy):
            run("submit", case.created_by, case, confirm=True)
        clock.move(at + DAY)
        assert refused("unlock", world.karin, sent).code == "closed"
        assert list(integrity.check()) == []

    def test_drafts_lapse_after_the_new_time_and_not_the_old(self, world: World) -> None:
        case = world.draft()
        at = near_closing(world)
        log(world, at + DAY)
        stepping.walk(at + DAY + sweeps.IN_FLIGHT - SECOND, clock.move, jobs.run_pending)
        assert life.fresh(case).state == S.DRAFT
        assert world.call().phase() == CallPhase.CLOSED
        assert sweeps.next_instant(clock.now(), clock.now() + DAY) == at + DAY + sweeps.IN_FLIGHT
        stepping.walk(at + DAY + sweeps.IN_FLIGHT, clock.move, jobs.run_pending)
        assert life.fresh(case).state == S.LAPSED
        assert list(integrity.check()) == []

    def test_only_before_the_closing_and_the_refusal_says_so(self, world: World) -> None:
        at = closes(world.open())
        clock.move(at - SECOND)
        log(world, at + DAY)
        clock.move(at + DAY)
        data = {"began_at": at, "ended_at": at, "text": "Sent.", "closes_at": at + 3 * DAY}
        refusal = refused("log_incident", world.sara, world.call(), arrived_at=at + DAY - SECOND, **data)
        assert refusal.code == "closed"
        assert "förfaller" in refusal.text

    def test_not_before_it_opens(self, world: World) -> None:
        data = {"began_at": clock.now(), "ended_at": clock.now(), "text": "Tidigt.", "closes_at": clock.now() + DAY}
        call = world.call("gemensamma-2023")
        assert refused("log_incident", world.sara, call, **data).code == "not_open"

    @pytest.mark.parametrize("sooner", [timedelta(0), SECOND, DAY])
    def test_never_earlier(self, world: World, sooner: timedelta) -> None:
        at = near_closing(world)
        with pytest.raises(Refused) as answer:
            log(world, at - sooner)
        assert [r.code for r in answer.value.refusals] == ["not_later"]
        assert not Incident.objects.exists()

    def test_a_double_click_moves_it_once(self, world: World) -> None:
        at = near_closing(world)
        assert log(world, at + DAY, key="k") == log(world, at + DAY, key="k")
        assert Incident.objects.count() == 1
        with pytest.raises(Refused):  # a colleague who notes the same incident is told the time that holds
            log(world, at + DAY, key="other")

    def test_a_second_incident_moves_it_on(self, world: World) -> None:
        at = near_closing(world)
        log(world, at + DAY)
        log(world, at + 2 * DAY, text="Igen.")
        assert closes(world.call()) == at + 2 * DAY
        assert [i.instead_of for i in Incident.objects.all()] == [at, at + DAY]

    def test_only_an_officer_of_the_call(self, world: World) -> None:
        at = near_closing(world)
        for person in (world.karin, world.mira):
            with pytest.raises(NotVisible):
                run("log_incident", person, world.call(), closes_at=at + DAY)
        assert refused("log_incident", world.eva, world.call()).code == "role"

    def test_a_new_version_takes_nothing_back(self, world: World) -> None:
        at = near_closing(world)
        log(world, at + DAY)
        call = world.call()
        assert call.version is not None
        said = yaml.safe_load(call.version.text.source)
        assert publish(call, yaml.safe_dump(said | {"call_budget": 1234567}, allow_unicode=True)) is not None
        assert closes(world.call()) == at + DAY
        assert list(integrity.check()) == []

    def test_an_incident_cannot_be_changed(self, world: World) -> None:
        log(world, near_closing(world) + DAY)
        with pytest.raises(ProgrammingError, match="Cannot update"), connection.cursor() as cursor:
            cursor.execute("UPDATE programmes_incident SET text = 'x'")


class TestWhereTheIncidentShows:
    def test_to_the_public(self, world: World, client: Client) -> None:
        at = near_closing(world)
        before = client.get(reverse("call", args=["starta-2023"])).content.decode()
        assert "Driftavbrott" not in before
        log(world, at + DAY, text="Inloggningen <låg> nere.", text_en="Sign-in was down.")
        page = client.get(reverse("call", args=["starta-2023"])).content.decode()
        assert "<s>" in page
        assert "Inloggningen &lt;låg&gt; nere." in page
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        assert "Sign-in was down." in client.get(reverse("call", args=["starta-2023"])).content.decode()

    def test_in_the_calendar_file(self, world: World, client: Client) -> None:
        at = near_closing(world)
        log(world, at + DAY)
        for address in (reverse("call_calendar", args=["starta-2023"]), reverse("calls_calendar")):
            lines = client.get(address).content.decode().split("\r\n")
            assert f"DTSTART:{(at + DAY).astimezone(UTC):%Y%m%dT%H%M%SZ}" in lines
            own = [n for n, line in enumerate(lines) if line.startswith("UID:starta-2023-closes@")]
            assert len(own) == 1  # the same entry, so that a calendar moves it

    def test_in_the_workspace_and_where_one_may_write(self, world: World, sign_in: Any) -> None:
        case = world.draft()
        at = near_closing(world)
        log(world, at + DAY)
        clock.move(at + SECOND)
        assert Room(own_application(world.karin, case.pk), world.karin).may_write
        page = sign_in(world.karin).get(reverse("workspace_step", args=[case.pk, "granska"])).content.decode()
        assert "Inloggningen låg nere." in page

    def test_by_mail(self, world: World, mailoutbox: list[Any]) -> None:
        world.draft()
        at = near_closing(world)
        log(world, at + DAY)
        jobs.run_pending()
        assert len(mailoutbox) == 1
        assert "Tidigare tid" in mailoutbox[0].body
        assert reverse("my_cases") in mailoutbox[0].body

    def test_on_the_page_of_the_step(self, world: World, sign_in: Any) -> None:
        world.draft()
        at = near_closing(world)
        client = sign_in(world.sara)
        client.get("/")
        address = reverse("act", args=["log_incident", world.call().pk])
        assert address in client.get(reverse("calls_work")).content.decode()
        page = client.get(address)
        assert page.status_code == 200
        now, new = (f"{m.astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}" for m in (clock.now(), at + DAY))
        sent = {"key": "k", "began_at": now, "ended_at": "2023-01-01 10:00", "text": "Nere.", "closes_at": new}
        assert client.post(address, sent).status_code == 422  # it ended before it began
        assert client.post(address, sent | {"ended_at": now, "closes_at": now}).status_code in (409, 422)
        for _click in range(2):
            assert client.post(address, sent | {"ended_at": now}).status_code == 302
        assert Incident.objects.count() == 1
        assert closes(world.call()) == at + DAY


def ask(world: World, case: Application, **options: Any) -> Extension:
    run("ask_extension", world.karin, case, reason="Hemlig orsak.", **options)
    return case.extensions.latest("asked_at")


def give(world: World, asked: Extension, to: datetime, **options: Any) -> Event:
    return run("grant_extension", world.sara, asked, due=to, reason="Avbrottet.", **options)


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


def nudged(case: Application) -> list[tuple[int, datetime]]:
    """The reminders of a case: how many days before, and when."""
    rows = Event.objects.filter(stream=f"case:{case.pk}", name="nudge").order_by("seq")
    return [(event.data["days"], event.at) for event in rows]


def early(world: World) -> datetime:
    """The clock soon after the call has opened. Returns when it closes."""
    at = closes(world.open())
    assert at - clock.now() > 30 * DAY
    return at


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
