"""Uploaded files shown to a virus scanner, where the installation has one: clamd's INSTREAM command over its socket.

The protocol is four lines long (clamd(8), "INSTREAM"); the libraries that speak it are not kept any more. A scanner that is
asked for and does not answer lets nothing through.
"""

import logging
import socket
import struct
from contextlib import closing

from django.conf import settings
from django.utils.translation import gettext as _

from grants.applications.pdf import Unfit

log = logging.getLogger("anslag.files")
PATIENCE = 20.0  # seconds
CHUNK = 64 * 1024
LONGEST_REPLY = 4096


def scan(content: bytes) -> None:
    """Ask the scanner about the content. Raises Unfit, for the applicant, when it objects or cannot be asked."""
    if not settings.CLAMD:
        return
    try:
        reply = _ask(settings.CLAMD, content)
    except (OSError, ValueError) as error:
        log.error("the virus scanner does not answer (%s)", type(error).__name__)
        reply = ""
    if reply.endswith(" OK"):
        return
    if reply.endswith(" FOUND"):
        raise Unfit(_("Virusskyddet stoppade filen. Skapa den på nytt från originalet, på en dator utan virus."))
    raise Unfit(
        _("Filen kunde inte kontrolleras just nu. Försök igen om en stund. Det andra du har skrivit är sparat.")
    )


def _ask(address: str, content: bytes) -> str:
    """The scanner's reply. `address` is a path to its socket, or host:port."""
    with closing(_connect(address)) as wire:
        wire.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), CHUNK):
            chunk = content[start : start + CHUNK]
            wire.sendall(struct.pack("!L", len(chunk)) + chunk)
        wire.sendall(struct.pack("!L", 0))
        reply = b""
        while not reply.endswith(b"\0") and len(reply) < LONGEST_REPLY and (part := wire.recv(LONGEST_REPLY)):
            reply += part
    return reply.rstrip(b"\0").decode("utf-8", "replace")


def _connect(address: str) -> socket.socket:
    if address.startswith("/"):
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wire.settimeout(PATIENCE)
        wire.connect(address)
        return wire
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE)
