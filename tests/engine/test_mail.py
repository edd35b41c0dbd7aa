"""Mail over a real SMTP server: what it says, what happens while the server is down, and what logs never hold."""

import logging
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail

from config.logs import WithoutPersonalData, masked
from grants.refusal import Refused
from tests.factories import World
from workflows import jobs, links
from workflows.commands import run
from workflows.commands.applying import create_draft
from workflows.models import Invitation, Notice
from workflows.notices import sending
from workflows.simulation import life

pytestmark = pytest.mark.django_db


class Postbox:
    """What arrived."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port(settings: Any) -> int:
    """Nothing listens here yet."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    return int(settings.EMAIL_PORT)


@pytest.fixture
def postbox(port: int) -> Iterator[Postbox]:
    """A mail server on this machine."""
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield box
    finally:
        server.stop()


def body(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_a_submission_is_told_in_swedish(world: World, postbox: Postbox) -> None:
    case = world.draft()
    jobs.run_pending()
    postbox.mails.clear()
    life.submit(case, world.karin)
    jobs.run_pending()
    message = postbox.mails[0]
    case = life.fresh(case)
    assert len(postbox.mails) == 1
    assert message["To"] == world.karin.email
    assert message["Subject"].strip().startswith("Ansökan skickades in: ")
    assert case.number
    assert case.number in message["Subject"]
    assert f"/arende/{case.pk}/" in body(message)
    assert case.call.programme.authority.name in body(message)
    notice = Notice.objects.get(case=case, kind="submit")
    assert (notice.attempts, notice.last_error) == (1, "")
    assert notice.sent_at is not None


def test_who_reads_english_is_told_in_english(world: World, postbox: Postbox) -> None:
    case = world.draft()
    jobs.run_pending()
    postbox.mails.clear()
    world.karin.language = "en"
    world.karin.save()
    life.submit(case, world.karin)
    jobs.run_pending()
    assert "Ansökan skickades in" not in postbox.mails[0]["Subject"]


def test_a_party_gets_its_personal_link(world: World, postbox: Postbox) -> None:
    case = create_draft(world.karin, world.open(), world.organisation)
    run("invite_party", world.karin, case.parties.get())
    jobs.run_pending()
    link = Invitation.objects.get(application=case, ended_at=None)
    assert postbox.mails[0]["To"] == link.email
    assert links.url(link) in body(postbox.mails[0])


def test_a_mail_is_never_sent_twice(world: World, postbox: Postbox) -> None:
    case = world.draft()
    life.submit(case, world.karin)
    jobs.run_pending()
    arrived = len(postbox.mails)
    for notice in Notice.objects.all():
        sending.send(notice.pk)
    assert len(postbox.mails) == arrived
    assert len({m["Message-ID"] for m in postbox.mails}) == arrived


def test_the_server_is_down_and_comes_back(world: World, port: int) -> None:
    case = world.draft()
    jobs_before = Notice.objects.filter(sent_at=None)
    life.submit(case, world.karin)  # the step succeeds
    assert life.fresh(case).state == "submitted"
    notice = jobs_before.get(kind="submit")
    for attempt in (1, 2):
        with pytest.raises(OSError):
            sending.send(notice.pk)
        notice.refresh_from_db()
        assert (notice.sent_at, notice.attempts, notice.last_error) == (None, attempt, "ConnectionRefusedError")
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        sending.send(notice.pk)
        sending.send(notice.pk)
    finally:
        server.stop()
    notice.refresh_from_db()
    assert (notice.attempts, notice.last_error) == (3, "")
    assert notice.sent_at is not None
    assert len(box.mails) == 1


def test_a_mail_is_retried_for_days(world: World) -> None:
    strategy = jobs.send_notice.retry_strategy
    waits = [strategy.get_retry_decision(exception=OSError(), job=_Attempts(n)) for n in range(11)]
    assert all(waits)
    assert strategy.get_retry_decision(exception=OSError(), job=_Attempts(12)) is None


class _Attempts:
    """A job that has been tried so many times."""

    def __init__(self, attempts: int) -> None:
        self.attempts = attempts


def test_a_title_cannot_add_headers(world: World, postbox: Postbox) -> None:
    case = world.draft()
    type(case).objects.filter(pk=case.pk).update(title="Titel\r\nBcc: alla@exempel.invalid")
    life.submit(life.fresh(case), world.karin)
    jobs.run_pending()
    message = next(m for m in postbox.mails if m["To"] == world.karin.email and "skickades in" in m["Subject"])
    assert message["Bcc"] is None
    assert "Titel Bcc: alla@exempel.invalid" in message["Subject"]


def test_logs_hold_no_address_number_or_link(world: World, port: int, caplog: pytest.LogCaptureFixture) -> None:
    case = create_draft(world.karin, world.open(), world.organisation)
    run("invite_party", world.karin, case.parties.get())
    notice = Notice.objects.get(case=case)
    with caplog.at_level(logging.DEBUG), pytest.raises(OSError):
        sending.send(notice.pk)
    assert caplog.records
    written = " ".join(r.getMessage() for r in caplog.records if r.name.startswith("anslag"))
    assert str(notice.pk) in written
    for secret in (notice.email, world.karin.name, world.organisation.number, "/lank/"):
        assert secret not in written


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("sent to karin.holm+x@bjorkdala.se now", "karin.holm"),
        ("organisation 212000-0142", "212000-0142"),
        ("person 19121212-1212 and 121212+1212", "1212"),
        ("GET /lank/WzEyLCAiYWIiXQ:1abc:xyz/ 200", "WzEy"),
        ("smtp://anslag:hemligt@mail.example.org?password=hemligt&x=1", "hemligt"),
        ("token=abc.def", "abc"),
    ],
)
def test_what_is_masked(text: str, secret: str) -> None:
    assert secret not in masked(text)
    record = logging.LogRecord("anslag", logging.INFO, __file__, 1, "%s", (text,), None)
    assert WithoutPersonalData().filter(record)
    assert secret not in record.getMessage()


def test_nothing_is_sent_when_the_step_fails(world: World) -> None:
    case = world.draft()
    before = Notice.objects.count()
    with pytest.raises(Refused):
        run("submit", world.karin, case, arrived_at=case.call.closes_at, confirm=True)
    assert Notice.objects.count() == before
    assert not mail.outbox
