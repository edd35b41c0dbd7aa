"""The page on which anybody asks whether a letter is one that was sent from here."""

import logging
import re
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from grants.letters.evidence import LARGEST, examine
from grants.letters.models import Document
from grants.letters.verdicts import WORDS
from grants.letters.verify import Finding, verify
from grants.models import StoredFile
from tests.engine import herd
from tests.factories import World
from tests.letters import seals
from workflows import jobs
from workflows.models import Event
from workflows.simulation import life


@pytest.fixture
def sent(world: World) -> Document:
    """The Swedish letter of a decision that has been sent."""
    case = herd.to_reject(world, 1)[0]
    life.approve(case, world.eva)
    jobs.run_pending()
    return Document.objects.select_related("file", "application").get(application=case, language="sv", kind="decision")


def content_of(document: Document) -> bytes:
    return bytes(document.file.content)


def said(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def ask(client: Client, content: bytes, *code: str, name: str = "brev.pdf"):
    address = reverse("verify_code" if code else "verify", args=code)
    return client.post(address, {"file": SimpleUploadedFile(name, content, "application/pdf")})


@pytest.mark.django_db
class TestThePage:
    def test_the_issued_file_is_told_with_by_whom_and_when(self, client: Client, sent: Document) -> None:
        response = ask(client, content_of(sent))
        page = said(response)
        assert response.status_code == 200
        assert str(WORDS[Finding.ISSUED].title) in page
        assert str(sent.application.number) in page
        assert sent.application.call.programme.authority.name in page
        assert "Avslag av formella skäl" in page
        assert "no-store" in response["Cache-Control"]

    def test_it_says_no_more_than_anybody_may_know(self, client: Client, sent: Document) -> None:
        for response in (ask(client, content_of(sent)), client.get(reverse("verify_code", args=[sent.code]))):
            page = said(response)
            data = sent.data
            for secret in (
                data["project_title"], data["coordinator"]["name"], data["officer"], data["decider"], data["reasons"][0],
            ):  # fmt: skip
                assert secret not in page
            assert response.status_code == 200

    def test_the_address_in_the_letter_leads_to_it(self, client: Client, sent: Document) -> None:
        address = sent.data["verify_url"]
        response = client.get(address.removeprefix("http://127.0.0.1:8000"))
        assert response.status_code == 200
        assert "Adressen hör till ett brev som har skickats" in said(response)
        assert str(sent.application.number) in said(response)

    def test_an_address_of_no_letter_says_so(self, client: Client, sent: Document) -> None:
        response = client.get(reverse("verify_code", args=["A" * 22]))
        assert response.status_code == 404
        assert "hör inte till något brev" in said(response)

    def test_a_letter_under_another_letters_address_is_told(self, client: Client, sent: Document) -> None:
        other = Document.objects.get(decision=sent.decision, language="en")
        assert "ett annat brev än det som adressen gäller" in said(ask(client, content_of(sent), str(other.code)))
        assert "ett annat brev" not in said(ask(client, content_of(sent), str(sent.code)))

    def test_a_later_decision_is_told(self, client: Client, sent: Document) -> None:
        decision = sent.decision
        assert decision is not None
        at = decision.dispatched_at.replace(year=2030)
        decision._meta.model.objects.bulk_create(
            [
                decision._meta.model(
                    application=sent.application, version=2, state="void", outcome="rejection", reasons="x",
                    prepared_by=decision.prepared_by, dispatched_at=at, replaces=decision,
                )
            ]
        )  # fmt: skip
        for response in (ask(client, content_of(sent)), client.get(reverse("verify_code", args=[sent.code]))):
            assert "Beslutet har ersatts" in said(response)

    def test_every_finding_has_words_and_a_page(self, client: Client, sent: Document) -> None:
        content = content_of(sent)
        made = {
            Finding.APPENDED: content + b"%\n",
            Finding.UPDATED: seals.updated(content),
            Finding.SIGNED_AFTER: seals.signed_by_another(content),
            Finding.CHANGED: seals.saved_anew(content),
            Finding.ENCRYPTED: seals.locked(content),
            Finding.NOT_PDF: b"hej",
            Finding.UNKNOWN: b"%PDF-1.7\n%%EOF\n",
            Finding.TOO_LARGE: content + bytes(LARGEST),
        }
        for finding, changed in made.items():
            response = ask(client, changed)
            assert response.status_code == 200, finding
            assert str(WORDS[finding].title) in said(response), finding
        assert set(WORDS) == set(Finding)

    def test_a_form_without_a_file_says_what_is_missing(self, client: Client) -> None:
        response = client.post(reverse("verify"), {})
        assert response.status_code == 422
        assert "Välj filen med brevet." in said(response)
        assert ask(client, b"").status_code == 422

    def test_nothing_is_kept_and_nothing_is_written_in_the_log(
        self, client: Client, sent: Document, caplog: pytest.LogCaptureFixture
    ) -> None:
        before = (StoredFile.objects.count(), Event.objects.count())
        with caplog.at_level(logging.DEBUG):
            for content in (content_of(sent), seals.updated(content_of(sent)), b"%PDF-1.7 /ByteRange [0 1 2 3]"):
                ask(client, content, name="Hemliga Namnet.pdf")
        assert (StoredFile.objects.count(), Event.objects.count()) == before
        assert "Hemliga" not in caplog.text
        assert "Traceback" not in caplog.text

    def test_nobody_needs_to_sign_in_and_the_way_there_is_on_every_page(self, client: Client) -> None:
        assert reverse("verify") in said(client.get(reverse("home")))
        assert client.get(reverse("verify")).status_code == 200


@pytest.mark.django_db
def test_what_is_asked_costs_few_queries(client: Client, sent: Document, django_assert_max_num_queries) -> None:
    content = content_of(sent)
    with django_assert_max_num_queries(4):
        ask(client, content)
    with django_assert_max_num_queries(4):
        ask(client, seals.saved_anew(content))


@pytest.mark.django_db
def test_the_command_says_the_same(sent: Document, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "brev.pdf"
    file.write_bytes(content_of(sent))
    call_command("verify_letter", file)
    out = capsys.readouterr().out
    assert out.startswith("issued: ")
    assert str(sent.application.number) in out
    file.write_bytes(content_of(sent) + b"%")
    with pytest.raises(SystemExit):
        call_command("verify_letter", file)
    assert capsys.readouterr().out.startswith("appended: ")


def hostile() -> dict[str, bytes]:
    nested = b"30803080" * 30_000
    return {
        "numbers out of the file": b"%PDF-1.7\n<</ByteRange [0 99999999 99999999 99999999] /Contents <00>>>",
        "numbers too long": b"%PDF-1.7\n/ByteRange [" + b"9" * 100_000 + b"]",
        "many ranges": b"%PDF-1.7\n" + b"/ByteRange [0 10 20 30] " * 200_000,
        "many ends": b"%PDF-1.7\n" + b"%%EOF\n" * 800_000,
        "many identities": b"%PDF-1.7\n" + b"/ID [<" + b"0" * 32 + b">]" * 100_000,
        "deep data": b"%PDF-1.7\n1 0 obj <</Contents <" + nested + b"> /ByteRange [0 10 20 30]>> endobj",
        "white space": b"%PDF-1.7\n/ByteRange" + b" " * 4_000_000 + b"[",
        "half ranges": b"%PDF-1.7\n" + b"/ByteRange [1 1 1 " * 250_000,
        "zeros": b"%PDF-1.7\n" + bytes(LARGEST - 20),
        "numbers": b"%PDF-1.7\n" + b"1 " * 2_000_000,
        "contents": b"%PDF-1.7\n1 0 obj" + b"/Contents <" + b"a" * 4_000_000 + b"/ByteRange [0 10 20 30]",
    }  # fmt: skip


@pytest.mark.parametrize("name", hostile())
def test_a_hostile_file_gets_a_verdict_in_little_time(name: str) -> None:
    content = hostile()[name]
    assert len(content) <= LARGEST
    started = time.process_time()
    verdict = verify(content, seals.Listed())
    assert time.process_time() - started < 3
    assert verdict.finding in (Finding.UNKNOWN, Finding.FOREIGN)
    assert len(examine(content).revisions) <= 24
