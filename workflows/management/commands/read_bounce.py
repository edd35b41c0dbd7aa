"""read_bounce: a mail server hands over what came back (RFC 3464) on standard input, one message a time."""

import sys
from email import message_from_bytes, policy
from typing import Any

from django.core.management.base import BaseCommand

from workflows.bouncing import note_bounce

LARGEST = 2_000_000  # bytes; a report about a letter quotes its headers, and seldom the whole


class Command(BaseCommand):
    """Reads one delivery status notification and notes the letter that it is about."""

    help = "Note that a letter came back: reads a delivery status notification on standard input."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what it was about, or that it was about nothing known; neither is an error to a mail server."""
        message = message_from_bytes(sys.stdin.buffer.read(LARGEST), policy=policy.default)
        self.stdout.write("noted" if note_bounce(message) else "not about a letter that is on its way")
