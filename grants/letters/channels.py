"""The ways a letter can leave: the portal, mail, and whatever an authority adds (a secure channel between authorities, a digital
mailbox). A channel is a class with one method; the settings' LETTER_CHANNELS name them."""

from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from grants.letters.deliveries import Delivery
from grants.letters.models import Document

PORTAL = "portal"
MAIL = "mail"
PERMANENT = 500  # SMTP replies from here on will be the same tomorrow (RFC 5321, 4.2.1)


class UndeliverableError(Exception):
    """The channel will never take it: trying again is of no use."""


class Channel(Protocol):
    """One way to send a letter."""

    def send(self, delivery: Delivery, letter: Document) -> None:
        """Hand the letter over. UndeliverableError when the address is no good; anything else raised is tried again."""


class Portal:
    """The letter is on the case's page from the moment it is dispatched; there is nothing to hand over."""

    def send(self, delivery: Delivery, letter: Document) -> None:
        """Nothing to do."""


class Mail:
    """The sealed PDF in a mail. The same delivery has the same Message-ID, however often it is tried."""

    def send(self, delivery: Delivery, letter: Document) -> None:
        """Send it; the mail itself says no more than whose decision it is."""
        try:
            _message(delivery, letter).send()
        except SMTPRecipientsRefused as error:
            if all(code >= PERMANENT for code, _reply in error.recipients.values()):
                raise UndeliverableError from error
            raise
        except SMTPResponseException as error:
            if error.smtp_code >= PERMANENT:
                raise UndeliverableError from error
            raise


def _message(delivery: Delivery, letter: Document) -> EmailMessage:
    case = letter.application
    authority = case.call.programme.authority.read_name()
    with translation.override(letter.language):
        message = EmailMessage(
            subject=_("Beslut från %(authority)s, dnr %(number)s") % {"authority": authority, "number": case.number},
            body=_(
                "Beslutet är bifogat som PDF. Det skickas till varje part i ärendet. "
                "I brevet står hur det kan kontrolleras och om det kan överklagas."
            )
            + f"\n\n{authority}\n",
            to=[delivery.address],
            headers={"Message-ID": f"<letter-{delivery.token}@{_host()}>"},
        )
    message.attach(f"beslut-{(case.number or '').replace(' ', '-')}.pdf", bytes(letter.file.content), "application/pdf")
    return message


def _host() -> str:
    return str(settings.BASE_URL).split("//")[-1].split(":")[0].split("/")[0]


def channel(name: str) -> Channel:
    """The channel of that name. LookupError when the settings do not know it."""
    try:
        found: Channel = import_string(settings.LETTER_CHANNELS[name])()
    except KeyError:
        raise LookupError(name) from None
    return found
