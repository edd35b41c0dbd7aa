"""Who judges: an assignment with its declaration of conflict of interest (jäv), and the score sheet. The pool is in `pool`, what
ties a reviewer to a case in `conflicts`."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from grants import clock
from grants.applications.models import Application
from grants.organisations.models import Person


class AssignmentState(models.TextChoices):
    """An assignment's life."""

    OFFERED = "offered", _("väntar på jävsprövning")
    UNSURE = "unsure", _("jäv prövas av handläggaren")
    CLEARED = "cleared", _("pågår")
    LODGED = "lodged", _("lämnad")
    CONFLICTED = "conflicted", _("jäv")
    DECLINED = "declined", _("avböjd")
    REMOVED = "removed", _("återtagen")
    ENDED = "ended", _("bedömningen avslutad")


OPEN_ASSIGNMENT = (AssignmentState.OFFERED, AssignmentState.UNSURE, AssignmentState.CLEARED)
LEFT = (AssignmentState.CONFLICTED, AssignmentState.DECLINED, AssignmentState.REMOVED)  # without a sheet that counts


class Assignment(ConcurrentTransitionMixin, models.Model):
    """That one reviewer judges one application."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="assignments")
    reviewer = models.ForeignKey(Person, models.PROTECT, related_name="assignments")
    state = FSMField(
        default=AssignmentState.OFFERED, choices=AssignmentState.choices, protected=True, max_length=20, editable=False
    )
    assigned_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(default=clock.now)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaced_by")
    due = models.DateTimeField()
    reminded_at = models.DateTimeField(default=clock.now)  # how far back reminders are done with
    declared_at = models.DateTimeField(null=True)
    conflict_text = models.TextField(blank=True)
    ruled_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    first_read_at = models.DateTimeField(null=True)
    lodged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "reviewer"], name="one_assignment")]
        indexes = [models.Index(fields=["reviewer", "state"], name="assignment_queue")]

    def __str__(self) -> str:
        return f"assignment {self.pk}"

    @transition(field=state, source=AssignmentState.OFFERED, target=AssignmentState.CLEARED)
    def declare_free(self) -> None:
        """The reviewer declares that there is no conflict."""

    @transition(field=state, source=AssignmentState.OFFERED, target=AssignmentState.UNSURE)
    def declare_unsure(self) -> None:
        """The reviewer asks somebody else to rule."""

    @transition(field=state, source=AssignmentState.UNSURE, target=AssignmentState.CLEARED)
    def rule_free(self) -> None:
        """An officer rules that there is no conflict."""

    @transition(field=state, source=AssignmentState.UNSURE, target=AssignmentState.LODGED)
    def restore(self) -> None:
        """An officer rules that there is no conflict, and the sheet that was lodged counts again."""

    @transition(field=state, source=[AssignmentState.CLEARED, AssignmentState.LODGED], target=AssignmentState.UNSURE)
    def suspend(self) -> None:
        """A tie is found when the reviewer has been let in: nothing can be read until somebody rules."""

    @transition(
        field=state,
        source=[AssignmentState.OFFERED, AssignmentState.UNSURE, AssignmentState.CLEARED, AssignmentState.LODGED],
        target=AssignmentState.CONFLICTED,
    )
    def conflict(self) -> None:
        """There is a conflict of interest, known at once or found later."""

    @transition(field=state, source=[AssignmentState.OFFERED, AssignmentState.CLEARED], target=AssignmentState.DECLINED)
    def decline(self) -> None:
        """The reviewer cannot do it."""

    @transition(field=state, source=OPEN_ASSIGNMENT, target=AssignmentState.REMOVED)
    def remove(self) -> None:
        """The officer takes the assignment back, or the case was withdrawn."""

    @transition(field=state, source=OPEN_ASSIGNMENT, target=AssignmentState.ENDED)
    def end(self) -> None:
        """The assessment ended without this sheet."""

    @transition(field=state, source=AssignmentState.CLEARED, target=AssignmentState.LODGED)
    def lodge(self) -> None:
        """The score sheet is lodged."""

    @transition(field=state, source=AssignmentState.LODGED, target=AssignmentState.CLEARED)
    def reopen(self) -> None:
        """The officer opens the lodged sheet again; what was lodged is kept as a version."""


def _only_while_cleared(assignment: str) -> list[pgtrigger.Trigger]:
    """Triggers that keep a sheet as it is unless its reviewer is at work on it. `assignment` is where a row has its
    assignment, with the row as {row}. A sheet can be copied in whole before its first version is there."""
    said = "RAISE EXCEPTION 'a score sheet changes only while its reviewer is at work on it';"
    found = "IF EXISTS (SELECT 1 FROM reviewers_assignment a WHERE a.id = {which} AND {state}) THEN {said} END IF;"
    lodged = "a.state = 'lodged' AND EXISTS (SELECT 1 FROM reviewers_lodgedsheet l WHERE l.assignment_id = a.id)"
    changed = found.format(which=assignment.format(row="OLD"), state="a.state <> 'cleared'", said=said)
    added = found.format(which=assignment.format(row="NEW"), state=lodged, said=said)
    return [
        pgtrigger.Trigger(
            name="changed_while_cleared",
            when=pgtrigger.Before,
            operation=pgtrigger.Update | pgtrigger.Delete,
            func=f"{changed} IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;",
        ),
        pgtrigger.Trigger(
            name="added_while_cleared",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func=f"{added} RETURN NEW;",
        ),
    ]


class ScoreSheet(models.Model):
    """What a reviewer writes about one application. What is lodged is frozen beside it, see reviewers/lodged.py."""

    assignment = models.OneToOneField(Assignment, models.CASCADE, related_name="sheet")
    strengths = models.TextField(_("styrkor"), blank=True)
    weaknesses = models.TextField(_("svagheter"), blank=True)
    recommendation = models.CharField(
        _("rekommendation"),
        max_length=10,
        blank=True,
        choices=[("grant", _("bevilja")), ("reserve", _("bevilja om pengarna räcker")), ("reject", _("avslå"))],
    )
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(default=clock.now)
    edited = models.CharField(max_length=60, blank=True)  # id of the criterion that was written in last

    class Meta:
        triggers: ClassVar = _only_while_cleared("{row}.assignment_id")


class Score(models.Model):
    """One criterion's score with its reason."""

    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="scores")
    criterion = models.CharField(max_length=60)
    value = models.SmallIntegerField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "criterion"], name="one_score")]
        triggers: ClassVar = _only_while_cleared(
            "(SELECT s.assignment_id FROM reviewers_scoresheet s WHERE s.id = {row}.sheet_id)"
        )


from reviewers.comments import PackCopy, SheetComment  # noqa: E402
from reviewers.conflicts import Conflict  # noqa: E402
from reviewers.declaring import CallDeclaration  # noqa: E402  # Django finds a model in its application's models
from reviewers.lodged import LodgedSheet  # noqa: E402
from reviewers.panels import Declaration, Item, Meeting, PanelMember  # noqa: E402
from reviewers.places import PoolPlace, TermsAccepted  # noqa: E402
from reviewers.pool import Affiliation, Profile  # noqa: E402

__all__ = [
    "LEFT",
    "OPEN_ASSIGNMENT",
    "Affiliation",
    "Assignment",
    "AssignmentState",
    "CallDeclaration",
    "Conflict",
    "Declaration",
    "Item",
    "LodgedSheet",
    "Meeting",
    "PackCopy",
    "PanelMember",
    "PoolPlace",
    "Profile",
    "Score",
    "ScoreSheet",
    "SheetComment",
    "TermsAccepted",
]
