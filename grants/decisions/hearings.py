"""What is heard about an application between its assessment and a proposal to grant it: an interview, a panel. One record for
both, made when it is called or when it has been held, and only added to.

Who may be granted money must have been heard as the call says; a rejection asks for nothing. What was said is for those who
prepare and make the decision.
"""

from datetime import UTC
from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grants.applications.models import Application
from grants.organisations.models import Person


class HearingKind(models.TextChoices):
    """What is held, in the order in which it is held. The value is the key of the stage that asks for it."""

    INTERVIEW = "interview", _("intervju")
    PANEL = "panel", _("panel")


class Recommendation(models.TextChoices):
    """What a panel recommends."""

    FUND = "fund", _("bifall")
    RESERVE = "reserve", _("reserv")
    REJECT = "reject", _("avslag")


class Hearing(models.Model):
    """One interview or one panel's word about one application: called, then held and written down, or cancelled. What is
    written down stands as it is, with who wrote it."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="hearings")
    kind = models.CharField(max_length=20, choices=HearingKind.choices)
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    meeting_url = models.URLField(max_length=400, blank=True)  # where one takes part from afar
    participants = models.TextField()  # who take part, or took part, for the authority
    called_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    called_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(null=True)
    recommendation = models.CharField(max_length=10, choices=Recommendation.choices, blank=True)
    text = models.TextField(blank=True)  # what was said

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "kind"],
                condition=Q(recorded_at=None, cancelled_at=None),
                name="one_hearing_called",
            ),
            models.CheckConstraint(
                condition=Q(called_by=None, called_at=None) | Q(called_by__isnull=False, called_at__isnull=False),
                name="hearing_called_by_at",
            ),
            models.CheckConstraint(
                condition=Q(recorded_by=None, recorded_at=None, text="", recommendation="")
                | Q(recorded_by__isnull=False, recorded_at__isnull=False, cancelled_at=None) & ~Q(text=""),
                name="hearing_recorded_by_at",
            ),
            models.CheckConstraint(
                condition=~Q(kind=HearingKind.PANEL) | Q(recorded_at=None) | ~Q(recommendation=""),
                name="panel_recommends",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="recorded_stands",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__recorded_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.application_id}"

    @property
    def is_called(self) -> bool:
        """Whether it is ahead, or waits to be written down."""
        return self.recorded_at is None and self.cancelled_at is None

    def content(self) -> dict[str, Any]:
        """What was written down, for its hash: the event that tells of it carries that."""
        moments = {"starts_at": self.starts_at.astimezone(UTC).isoformat()}
        names = ("application_id", "kind", "participants", "recommendation", "text")
        return moments | {name: getattr(self, name) for name in names}


def asked_for(case: Application) -> list[HearingKind]:
    """What the call wants to be held before a grant."""
    return [kind for kind in HearingKind if getattr(case.definition.stages, kind)]


def lacking(case: Application) -> list[HearingKind]:
    """What has still to be held before a grant; no query in a call that asks for nothing."""
    wanted = asked_for(case)
    held = {hearing.kind for hearing in case.hearings.all() if hearing.recorded_at} if wanted else set()
    return [kind for kind in wanted if kind not in held]


def called(case: Application, kind: str = HearingKind.INTERVIEW) -> Hearing | None:
    """What has been called and neither written down nor cancelled."""
    return next((hearing for hearing in case.hearings.all() if hearing.kind == kind and hearing.is_called), None)
