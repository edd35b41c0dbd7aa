"""The closing time of one application: its call's, or a later one of its own. Here is the one rule, in Python and in SQL, and
the request and decision behind a time of its own."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from grants import clock
from grants.organisations.models import Person


def closing(common: datetime | None, own: datetime | None) -> datetime | None:
    """The later of the call's time and one's own, so that neither takes anything from the other. A call without a closing
    time has none for anybody."""
    return common if common is None or own is None else max(common, own)


def closes_after(moment: datetime, path: str = "") -> Q:
    """The same rule on rows: the closing time lies after the moment. `path` leads to the application."""
    return Q(**{f"{path}call__closes_at__gt": moment}) | Q(**{f"{path}extended_to__gt": moment})


# The same rule as a value of rows that have a call with a closing time: PostgreSQL's GREATEST passes over what is null.
CLOSING = Greatest("call__closes_at", "extended_to")


def closed_by(moment: datetime) -> Q:
    """The same rule on applications: the closing time has come at the moment."""
    return Q(call__closes_at__lte=moment) & ~Q(extended_to__gt=moment)


class ExtensionState(models.TextChoices):
    """Where a request for more time stands."""

    ASKED = "asked", _("väntar på svar")
    GRANTED = "granted", _("bifallen")
    REFUSED = "refused", _("avslagen")
    PAST = "past", _("inte längre aktuell")


class Extension(models.Model):
    """A request for more time with one draft, and its answer, which is a decision with a name. Of a draft the authority sees
    this and no more: whoever asks knows what they write here, and nothing is copied from the draft."""

    application = models.ForeignKey("applications.Application", models.PROTECT, related_name="extensions")
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    reason = models.TextField()
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    instead_of = models.DateTimeField(null=True)  # the closing time that no longer holds
    extended_to = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(answered_at=None), name="one_open_extension_request"
            ),
            models.CheckConstraint(
                condition=Q(answered_by=None, answered_at=None, extended_to=None)
                | Q(answered_by__isnull=False, answered_at__isnull=False),
                name="extension_answered_by_at",
            ),
            models.CheckConstraint(
                condition=Q(extended_to=None) | Q(extended_to__gt=models.F("instead_of")), name="extension_later"
            ),
        ]

    @property
    def state(self) -> ExtensionState:
        """Where it stands. What is asked about a draft that has been submitted or is gone needs no answer."""
        if self.answered_at is not None:
            return ExtensionState.GRANTED if self.extended_to is not None else ExtensionState.REFUSED
        return ExtensionState.ASKED if self.application.state == "draft" else ExtensionState.PAST


def is_asked() -> Exists:
    """On applications: that a request for more time waits for its answer. Such a draft stays until it has it."""
    return Exists(Extension.objects.filter(application=OuterRef("pk"), answered_at=None))
