"""The mail that has been sent, as its recipients read it."""

import re

from django.core import mail


def mailed(pattern: str, to: str) -> str:
    """The newest address of a kind that has been mailed to somebody, without the host."""
    for message in reversed(mail.outbox):
        if to in message.to and (found := re.search(rf"https?://[^/\s]+({pattern})", str(message.body))):
            return found[1]
    raise AssertionError((pattern, to, [(m.to, m.body) for m in mail.outbox]))
