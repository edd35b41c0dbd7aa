"""An incident moves the closing time for everyone, and shows wherever the time does."""

from datetime import UTC, timedelta
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.pages.room import Room, own_application
from grants.programmes.loading import publish
from grants.programmes.models import CallPhase, Incident
from grants.refusal import NotVisible, Refused
from tests.engine.asking import refused
from tests.engine.closing import DAY, SECOND, S, closes, log, near_closing
from tests.factories import World
from workflows import integrity, jobs, stepping, sweeps
from workflows.commands import run
from workflows.models import Notice
from workflows.simulation import life

pytestmark = pytest.mark.django_db


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
