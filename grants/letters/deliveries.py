"""To whom a decision is notified (FL 33 §), by which channel, and whether it arrived. A decision is made once; it can be sent as
often as it takes."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from grants import clock
from grants.applications.models import Party
from grants.decisions.models import Decision


class DeliveryStatus(models.TextChoices):
    """How far a letter has come to one recipient."""

    WAITING = "waiting", _("väntar på att skickas")
    SENT = "sent", _("skickat")
    FAILED = "failed", _("kunde inte skickas")
    BOUNCED = "bounced", _("kom tillbaka")


UNDELIVERED = (DeliveryStatus.FAILED, DeliveryStatus.BOUNCED)


class Delivery(models.Model):
    """One letter to one recipient by one channel. Sending again is another row, so that what happened stays on record."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="deliveries")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20)  # a key of the settings' LETTER_CHANNELS
    address = models.CharField(max_length=254, blank=True)  # as the channel writes it; empty: there was none
    status = models.CharField(max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.WAITING)
    queued_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    token = models.CharField(max_length=32, unique=True)  # in what is sent, so that what comes back can be told

    class Meta:
        ordering = ["party__position", "pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(status="sent") | models.Q(sent_at__isnull=False), name="sent_at_some_time"
            )
        ]
        triggers: ClassVar = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"delivery {self.pk}"
