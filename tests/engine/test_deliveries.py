"""A letter goes to every party, once; what does not arrive is told, and the same letter can be sent again."""

from email import message_from_string, policy
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse

from grants.applications.models import Application, CaseState
from grants.letters.deliveries import Delivery
from tests.engine import herd
from tests.engine.stage import quick_letters
from tests.factories import World
from workflows import delivering, jobs
from workflows.bouncing import note_bounce
from workflows.models import Notice
from workflows.simulation import life

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def letters_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_letters(monkeypatch)


@pytest.fixture
def decided(world: World) -> Application:
    """Proposed, so that the test decides."""
    return world.case(CaseState.PROPOSED)


def letters() -> list[Any]:
    return [m for m in mail.outbox if m.extra_headers["Message-ID"].startswith("<letter-")]


def fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def send(self: EmailBackend, messages: list[Any]) -> int:
        if any(m.attachments for m in messages):
            raise error
        return len(messages)

    monkeypatch.setattr(EmailBackend, "send_messages", send)


def decide(case: Application, world: World) -> None:
    life.approve(case, world.eva)
    jobs.run_pending()


def test_every_party_gets_the_letter_once(world: World, decided: Application) -> None:
    decide(decided, world)
    rows = list(Delivery.objects.all())
    assert {row.party_id for row in rows} == set(decided.parties.values_list("pk", flat=True))
    assert {row.status for row in rows} == {"sent"}
    assert {row.channel for row in rows} == {"portal", "mail"}
    assert sorted(m.to[0] for m in letters()) == sorted(row.address for row in rows if row.channel == "mail")
    assert all(m.attachments[0][1].startswith(b"%PDF") for m in letters())
    for row in rows:
        delivering.deliver(row.pk)
    assert len(letters()) == sum(row.channel == "mail" for row in rows)


def test_a_server_that_is_down_is_tried_again(
    world: World, decided: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as down:
        fails(down, SMTPServerDisconnected())
        life.approve(decided, world.eva)
        with pytest.raises(SMTPServerDisconnected):
            jobs.run_pending()
        row = Delivery.objects.filter(channel="mail").first()
        assert row is not None
        with pytest.raises(SMTPServerDisconnected):
            delivering.deliver(row.pk)
        row.refresh_from_db()
        assert (row.status, row.attempts, row.last_error) == ("waiting", 1, "SMTPServerDisconnected")
    delivering.deliver(row.pk)
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("sent", 2)


def test_an_address_that_does_not_exist_is_told_to_the_officer(
    world: World, decided: Application, monkeypatch: pytest.MonkeyPatch, sign_in: Any
) -> None:
    with monkeypatch.context() as refusing:
        fails(refusing, SMTPRecipientsRefused({"x@exempel.invalid": (550, b"no such user")}))
        decide(decided, world)
    lost = Delivery.objects.filter(status="failed")
    assert lost.count() == Delivery.objects.filter(channel="mail").count() > 0
    assert Notice.objects.filter(case=decided, kind="note_undelivered").exists()
    page: Client = sign_in(world.sara)
    assert "kunde inte skickas" in page.get(reverse("case", args=[decided.pk])).content.decode()
    first = lost.first()
    assert first is not None
    step = reverse("act", args=["resend_letter", decided.pk])
    typed = {"delivery": first.pk, "address": "ny.adress@exempel.invalid", "key": "again"}
    asked = page.post(step, typed)  # whose address is it? The letter names people
    assert asked.status_code == 422
    assert "hör inte till" in asked.content.decode()
    assert page.post(step, typed | {"sure": "on"}).status_code == 302
    jobs.run_pending()
    again = Delivery.objects.latest("pk")
    assert (again.status, again.address, again.party_id) == ("sent", "ny.adress@exempel.invalid", first.party_id)
    assert decided.decisions.count() == 1
    assert [m.to for m in letters()] == [["ny.adress@exempel.invalid"]]


def test_a_party_without_an_address_is_not_forgotten(world: World, decided: Application) -> None:
    party = decided.parties.last()
    assert party is not None
    decided.parties.filter(pk=party.pk).update(contact_email="", signatory_email="")
    decide(decided, world)
    assert Delivery.objects.get(party=party).status == "failed"


def report(token: str, action: str = "failed") -> Any:
    return message_from_string(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n"
        "Content-Type: text/plain\n\nYour message was not delivered.\n--b\n"
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nAction: {action}\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <letter-{token}@anslag.example>\n\n--b--\n",
        policy=policy.default,
    )


def test_what_comes_back_is_noted_once(world: World, decided: Application) -> None:
    decide(decided, world)
    row = Delivery.objects.filter(channel="mail").first()
    assert row is not None
    assert not note_bounce(report(row.token, "delayed"))
    assert not note_bounce(report("0" * 32))
    assert Delivery.objects.get(pk=row.pk).status == "sent"
    assert note_bounce(report(row.token))
    assert not note_bounce(report(row.token))
    assert Delivery.objects.get(pk=row.pk).status == "bounced"
    assert Notice.objects.filter(case=decided, kind="note_undelivered").count() == 1


def test_who_applies_does_not_send_it_again(world: World, decided: Application, sign_in: Any) -> None:
    decide(decided, world)
    page: Client = sign_in(world.karin)
    assert page.post(reverse("act", args=["resend_letter", decided.pk]), {}).status_code == 409
    assert "Utskick" not in page.get(reverse("case", args=[decided.pk])).content.decode()


def test_a_letter_of_another_case_is_not_to_be_had(world: World, sign_in: Any) -> None:
    decided, other = herd.to_grant(world, 2)
    for case in (decided, other):
        decide(case, world)
    row = Delivery.objects.filter(channel="mail", decision__application=decided).first()
    assert row is not None
    answer = sign_in(world.sara).post(reverse("act", args=["resend_letter", other.pk]), {"delivery": row.pk})
    assert answer.status_code == 422
