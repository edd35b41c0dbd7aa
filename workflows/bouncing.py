"""What comes back from a mail server (RFC 3464) to the address that letters are sent from."""

import re
from collections.abc import Iterator
from email.message import Message
from itertools import islice

from grants.letters.deliveries import Delivery, DeliveryStatus
from grants.refusal import Refused
from workflows.commands.base import run

MOST_TOKENS = 10  # of what a report quotes; one is enough
OURS = re.compile(r"<letter-([0-9a-f]{32})@")


def note_bounce(message: Message) -> bool:
    """Note the letter that the notification says was not delivered. False when it is about none, or says something else.

    The token in the Message-ID is random, so nobody can call a letter undelivered who has not seen it.
    """
    if not any(_failed(part) for part in message.walk()):
        return False
    for token in islice(_tokens(message), MOST_TOKENS):
        row = Delivery.objects.filter(token=token).select_related("decision__application").first()
        if row is None:
            continue
        try:
            run("note_undelivered", None, row.decision.application, delivery=row.pk, status=DeliveryStatus.BOUNCED)
        except Refused:
            return False
        return True
    return False


def _failed(part: Message) -> bool:
    """Whether a part of the report says that delivery failed for good; one that is only delayed is not over."""
    return any(name.lower() == "action" and str(value).strip().lower() == "failed" for name, value in part.items())


def _tokens(message: Message) -> Iterator[str]:
    """Of the letters that the report quotes: their headers come back as a part, or as text."""
    for part in message.walk():
        quoted = [str(value) for name, value in part.items() if name.lower() in ("message-id", "original-message-id")]
        if part.get_content_type() in ("text/rfc822-headers", "text/plain"):
            body = part.get_payload(decode=True)
            quoted.append(body.decode("utf-8", "replace") if isinstance(body, bytes) else "")
        for text in quoted:
            yield from OURS.findall(text)
