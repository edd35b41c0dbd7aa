"""Personal links: signed, for one purpose and one party, and void as soon as the invitation has ended."""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from grants import clock
from grants.applications.models import Party
from grants.refusal import NotVisible
from workflows.models import Invitation

_SALT = "personal-link"


def end(purpose: str, subject_id: int) -> None:
    """Every link for this thing is void from now on: it has been answered, or a new one is sent."""
    Invitation.objects.filter(purpose=purpose, subject_id=subject_id, ended_at=None).update(ended_at=clock.now())


def invite(party: Party, purpose: str, subject: Any, email: str) -> Invitation:
    """A new link for one thing; earlier ones for the same thing are void from now on."""
    end(purpose, subject.pk)
    return Invitation.objects.create(
        application_id=party.application_id,
        party=party,
        purpose=purpose,
        subject_id=subject.pk,
        email=email,
        nonce=secrets.token_hex(16),
    )


def token(invitation: Invitation) -> str:
    """What stands in the link, the same however often it is sent; nothing that helps in guessing is stored."""
    return signing.Signer(salt=_SALT).sign_object([invitation.pk, invitation.nonce])


def url(invitation: Invitation) -> str:
    """The whole address, for a mail."""
    return f"{settings.BASE_URL}{reverse('personal_link', args=[token(invitation)])}"


def holder_of(text: str) -> Invitation:
    """The invitation of a link. NotVisible when the link was not made here, or was cut short on its way."""
    try:
        pk, nonce = signing.Signer(salt=_SALT).unsign_object(text)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotVisible(text) from None
    found = Invitation.objects.select_related("party", "application").filter(pk=pk, nonce=nonce).first()
    if found is None:
        raise NotVisible(text)
    return found
