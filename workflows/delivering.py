"""Letters on their way to their recipients: one row for each, one job for each row, and what did not arrive is told."""

import logging
import secrets
from collections.abc import Iterable

from django.db import transaction

from grants import clock
from grants.applications.models import Party
from grants.decisions.models import Decision
from grants.letters import channels
from grants.letters.deliveries import Delivery, DeliveryStatus
from grants.letters.models import Document
from grants.programmes.definition import PartyRole
from workflows import jobs
from workflows.commands.base import run

log = logging.getLogger("anslag.deliveries")
MOST_ATTEMPTS = 8  # with growing pauses: about nine hours
LANGUAGE = "sv"  # of what is sent; the portal has the letter in both


def recipients(decision: Decision) -> list[tuple[Party, str, str]]:
    """Party, channel and address: the portal for whoever applied, and every party's contact and signatory by mail. A party
    without an address gets a row all the same: that it was not reached is what somebody has to know."""
    found: list[tuple[Party, str, str]] = []
    for party in decision.application.parties.select_related("organisation"):
        if party.role == PartyRole.COORDINATOR:
            found.append((party, channels.PORTAL, ""))
        addresses = {a.lower(): a for a in (party.contact_email, party.signatory_email) if a}
        found += [(party, channels.MAIL, address) for address in addresses.values() or [""]]
    return found


def queue(decision: Decision, to: Iterable[tuple[Party, str, str]]) -> list[Delivery]:
    """Write a row and a job for each recipient, in the caller's transaction."""
    rows = Delivery.objects.bulk_create(
        Delivery(
            decision=decision,
            party=party,
            channel=channel,
            address=address,
            token=secrets.token_hex(16),
            status=DeliveryStatus.SENT if channel == channels.PORTAL else DeliveryStatus.WAITING,
            sent_at=clock.now() if channel == channels.PORTAL else None,
        )
        for party, channel, address in to
    )
    jobs.defer_deliveries(row.pk for row in rows if row.status == DeliveryStatus.WAITING)
    return rows


def deliver(delivery_id: int) -> None:
    """Send one letter unless it has been sent. A failure that may pass is noted and raised, so that the job is tried again;
    one that will not, or the last of many, is told to the officer.

    The row is locked while the channel works: two workers cannot both send. A worker killed in between may send a second copy,
    which carries the same Message-ID.
    """
    try:
        with transaction.atomic():
            row = _locked(delivery_id)
            if row.status != DeliveryStatus.WAITING:
                return
            if not row.address:
                raise channels.UndeliverableError("no address")
            letter = Document.objects.select_related("file", "application__call__programme__authority")
            channels.channel(row.channel).send(row, letter.get(decision=row.decision_id, language=LANGUAGE))
            row.status, row.sent_at, row.last_error = DeliveryStatus.SENT, clock.now(), ""
            row.attempts += 1
            row.save(update_fields=["status", "sent_at", "attempts", "last_error"])
    except Exception as error:
        _note(delivery_id, error)


def _locked(delivery_id: int) -> Delivery:
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("decision__application")
    found: Delivery = rows.get(pk=delivery_id)
    return found


def _note(delivery_id: int, error: Exception) -> None:
    """Write down what went wrong, and give up when nothing is gained by trying again."""
    row = Delivery.objects.select_related("decision__application").get(pk=delivery_id)
    row.attempts, row.last_error = row.attempts + 1, type(error.__cause__ or error).__name__[:200]
    row.save(update_fields=["attempts", "last_error"])
    log.warning("delivery %s was not sent (%s)", delivery_id, row.last_error)
    if not isinstance(error, channels.UndeliverableError) and row.attempts < MOST_ATTEMPTS:
        raise error
    run("note_undelivered", None, row.decision.application, delivery=row.pk, status=DeliveryStatus.FAILED)
