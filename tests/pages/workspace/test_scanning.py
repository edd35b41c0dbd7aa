"""Uploads and the virus scanner: what it objects to is not kept, and what it cannot say anything about is not either."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from grants.applications.models import Application, Attachment
from tests.pages.workspace.drafts import pdf, step

MARK = b"EICAR-IN-THIS-TEST"


class Scanner(socketserver.StreamRequestHandler):
    """What clamd says over its socket, for one file."""

    def handle(self) -> None:
        assert self.rfile.read(10) == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
        verdict = b"stream: Test-Signature FOUND\0" if MARK in content else b"stream: OK\0"
        self.wfile.write(verdict)


@pytest.fixture
def scanner(settings: Settings) -> Iterator[str]:
    """The address of a scanner on this machine."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Scanner) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        settings.CLAMD = f"127.0.0.1:{server.server_address[1]}"
        yield settings.CLAMD
        server.shutdown()
        thread.join()


def send(page: Client, draft: Application, content: bytes) -> Any:
    rule = draft.definition.files[0]
    file = SimpleUploadedFile("plan.pdf", content, "application/pdf")
    return page.post(step(draft, "bilagor"), {f"file-{rule.id}": file, "keep": rule.id})


@pytest.mark.usefixtures("scanner")
def test_a_clean_file_is_kept(page: Client, draft: Application) -> None:
    assert send(page, draft, pdf(3)).status_code == HTTPStatus.FOUND
    assert Attachment.objects.get(application=draft).pages == 3


@pytest.mark.usefixtures("scanner")
def test_what_the_scanner_objects_to_is_not_kept(page: Client, draft: Application) -> None:
    answer = send(page, draft, pdf(1) + b"\n%" + MARK)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Virusskyddet" in answer.content.decode()
    assert not Attachment.objects.filter(application=draft).exists()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "/ingen/sådan", "inte en adress"])
def test_a_scanner_that_does_not_answer_lets_nothing_through(
    page: Client, draft: Application, settings: Settings, address: str
) -> None:
    settings.CLAMD = address
    answer = send(page, draft, pdf(1))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "kunde inte kontrolleras" in answer.content.decode()
    assert not Attachment.objects.filter(application=draft).exists()
