"""A panel's meeting about a call: its members, its agenda in rank order, and what each member has said of conflicts of interest
(jäv) before an item's content is shown. What is said at the meeting is written on the item; what it led to is frozen when it
closes."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.hearings import Recommendation
from grants.models import StoredFile
from grants.organisations.models import Person
from grants.programmes.models import Call
from reviewers.models import Assignment, AssignmentState


class MeetingState(models.TextChoices):
    """A meeting's life."""

    PLANNED = "planned", _("planerat")
    OPEN = "open", _("pågår")
    CLOSED = "closed", _("avslutat")


class ItemState(models.TextChoices):
    """Where an item of the agenda stands."""

    WAITING = "waiting", _("inte uppe än")
    UP = "up", _("uppe nu")
    DONE = "done", _("klar")


class Meeting(models.Model):
    """One meeting of a call's panel. When it is closed it stands as it is, with the minutes that were made of it."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="meetings")
    starts_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    meeting_url = models.URLField(max_length=400, blank=True)  # where one takes part from afar
    planned_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    planned_at = models.DateTimeField(default=clock.now)
    opened_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    record = models.JSONField(null=True)  # what the minutes say
    minutes = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")  # its key is the SHA-256

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opened_by=None, opened_at=None) | Q(opened_by__isnull=False, opened_at__isnull=False),
                name="meeting_opened_by_at",
            ),
            models.CheckConstraint(
                condition=Q(closed_by=None, closed_at=None, record=None, minutes=None)
                | Q(
                    closed_by__isnull=False,
                    closed_at__isnull=False,
                    opened_at__isnull=False,
                    record__isnull=False,
                    minutes__isnull=False,
                ),
                name="meeting_closed_with_minutes",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="closed_stands",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__closed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"meeting {self.pk}"

    @property
    def state(self) -> MeetingState:
        """Where it stands."""
        if self.closed_at is not None:
            return MeetingState.CLOSED
        return MeetingState.OPEN if self.opened_at else MeetingState.PLANNED


class PanelMember(models.Model):
    """That somebody takes part in a meeting. Who has been taken off stays in the table, with what they declared."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, models.PROTECT, related_name="panel_seats")
    is_chair = models.BooleanField(default=False)
    is_absent = models.BooleanField(default=False)
    added_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-is_chair", "person__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "person"], condition=Q(ended_at=None), name="one_seat"),
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(ended_at=None, is_chair=True), name="one_panel_chair"
            ),
        ]

    def __str__(self) -> str:
        return f"seat {self.pk}"


class Item(models.Model):
    """One application on a meeting's agenda, with what the panel says of it. `version` counts every change of what is written
    here, so that a page elsewhere knows that there is something new."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items")
    application = models.ForeignKey(Application, models.PROTECT, related_name="panel_items")
    position = models.PositiveIntegerField()
    text = models.TextField(blank=True)  # what the panel agrees on
    recommendation = models.CharField(max_length=10, choices=Recommendation.choices, blank=True)
    amount_ore = models.BigIntegerField(null=True)  # what the panel recommends; None: what was applied for
    departure = models.TextField(blank=True)  # why the ranking is departed from
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(null=True)
    saved_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    taken_up_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "application"], name="one_item"),
            models.CheckConstraint(condition=Q(amount_ore=None) | Q(amount_ore__gte=0), name="item_amount_in_range"),
            models.CheckConstraint(
                condition=Q(done_at=None) | ~Q(taken_up_at=None) & ~Q(recommendation="") & ~Q(text=""),
                name="done_item_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.pk}"

    @property
    def state(self) -> ItemState:
        """Where it stands."""
        if self.done_at is not None:
            return ItemState.DONE
        return ItemState.UP if self.taken_up_at else ItemState.WAITING


class Answer(models.TextChoices):
    """What a member says of themselves and an item."""

    NO = "no", _("inte jävig")
    UNSURE = "unsure", _("osäker")
    YES = "yes", _("jävig")


class Declaration(models.Model):
    """What one member has declared about one item, or what the system knew. Whoever is unsure is out until somebody else has
    ruled (FL 18 §)."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="declarations")
    member = models.ForeignKey(PanelMember, models.PROTECT, related_name="declarations")
    answer = models.CharField(max_length=10, choices=Answer.choices)
    text = models.TextField(blank=True)
    by_system = models.BooleanField(default=False)  # a tie that the house knew of
    at = models.DateTimeField(default=clock.now)
    ruled_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ruled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "member"], name="one_declaration"),
            models.CheckConstraint(
                condition=Q(ruled_by=None, ruled_at=None) | Q(ruled_by__isnull=False, ruled_at__isnull=False),
                name="declaration_ruled_by_at",
            ),
        ]

    def __str__(self) -> str:
        return f"declaration {self.pk}"


def seats(meeting: Meeting) -> QuerySet[PanelMember]:
    """Who is a member now, present or not."""
    return PanelMember.objects.filter(meeting=meeting, ended_at=None).select_related("person")


def free(cases: QuerySet[Application] | list[int]) -> QuerySet[Declaration]:
    """The declarations that let a member into an item: made, without conflict, in a meeting that goes on, by somebody who is
    there and whom no assignment in the case has shown to be disqualified."""
    shown = Assignment.objects.filter(
        application=OuterRef("item__application"),
        reviewer=OuterRef("member__person"),
        state=AssignmentState.CONFLICTED,
    )
    return Declaration.objects.filter(
        ~Exists(shown),
        item__application__in=cases,
        item__application__state=CaseState.ASSESSED,
        item__meeting__closed_at=None,
        member__ended_at=None,
        member__is_absent=False,
        answer=Answer.NO,
    )


def goes_on(case: Application) -> Any:
    """The item of this case in a meeting that has not been closed; None when there is none."""
    rows = Item.objects.filter(application=case, meeting__closed_at=None).select_related("meeting")
    return rows.order_by("-pk").first()


def recommended_ore(case: Application) -> int | None:
    """What the panel recommended for a case when its last meeting closed, in öre; None: what was applied for, or nothing yet."""
    items = Item.objects.filter(application=case, meeting__closed_at__isnull=False)
    found: int | None = items.order_by("-meeting__closed_at").values_list("amount_ore", flat=True).first()
    return found
