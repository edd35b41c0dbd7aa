"""What a funded project has to do: its duties (reports) and when it is paid."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from grants import clock
from grants.applications.models import Application
from grants.decisions.models import Decision
from grants.organisations.models import Person


class DutyState(models.TextChoices):
    """A duty's life. Late is not a state, it follows from the date."""

    PLANNED = "planned", _("planerad")
    OPEN = "open", _("öppen")
    FILED = "filed", _("inlämnad")
    RETURNED = "returned", _("ska kompletteras")
    APPROVED = "approved", _("godkänd")


class Duty(ConcurrentTransitionMixin, models.Model):
    """A report that is due on a date set in the decision."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="duties")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="duties")
    rule = models.CharField(max_length=60)  # id of the report in the call's definition
    n = models.PositiveSmallIntegerField()
    state = FSMField(
        default=DutyState.PLANNED, choices=DutyState.choices, protected=True, max_length=20, editable=False
    )
    due = models.DateTimeField(db_index=True)
    opens_at = models.DateTimeField()
    reminded = models.JSONField(default=list)  # days before (positive) and after (negative) that were sent
    return_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["due", "n"]
        constraints = [models.UniqueConstraint(fields=["application", "n"], name="duty_number")]
        verbose_name_plural = "duties"

    @transition(field=state, source=DutyState.PLANNED, target=DutyState.OPEN)
    def open(self) -> None:
        """The report can be filed."""

    @transition(field=state, source=[DutyState.OPEN, DutyState.RETURNED], target=DutyState.FILED)
    def file(self) -> None:
        """The project files the report."""

    @transition(field=state, source=DutyState.FILED, target=DutyState.RETURNED)
    def give_back(self) -> None:
        """The officer wants more."""

    @transition(field=state, source=DutyState.FILED, target=DutyState.APPROVED)
    def approve(self) -> None:
        """The officer approves the report."""


class ReportDraft(models.Model):
    """What the project has written so far in a report."""

    duty = models.OneToOneField(Duty, models.CASCADE, related_name="draft")
    answers = models.JSONField(default=dict)  # question id → value
    costs = models.JSONField(default=dict)  # party id → actual cost in öre
    version = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(default=clock.now)


class Report(models.Model):
    """A filed report; a returned one is followed by another."""

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="reports")
    n = models.PositiveSmallIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    filed_at = models.DateTimeField(default=clock.now)
    filed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["n"]
        constraints = [models.UniqueConstraint(fields=["duty", "n"], name="report_number")]
        triggers: ClassVar = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]
