"""An application and what it holds: parties, answers with their history, attachments, submissions."""

from datetime import datetime
from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import ConcurrentTransitionMixin, FSMField, transition
from guardian.models import UserObjectPermissionBase

from grants import clock
from grants.applications.extensions import closing
from grants.applications.members import CaseMember as CaseMember
from grants.cleaning import swedish_key
from grants.models import StoredFile
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Organisation, Person
from grants.programmes.definition import CallDefinition, PartyRole
from grants.programmes.models import Call, CallVersion


class CaseState(models.TextChoices):
    """The legal states of a case (ärende)."""

    DRAFT = "draft", _("utkast")
    SUBMITTED = "submitted", _("inskickad")
    COMPLETING = "completing", _("kompletteras")
    ASSESSING = "assessing", _("bedöms")
    ASSESSED = "assessed", _("bedömd")
    PROPOSED = "proposed", _("förslag till beslut")
    DECIDED = "decided", _("beslutad")
    RESERVE = "reserve", _("på reservlistan")
    ACCEPTING = "accepting", _("villkor godkänns")
    REPORTING = "reporting", _("rapporterar")
    CLOSED = "closed", _("avslutad")
    WITHDRAWN = "withdrawn", _("återkallad")
    DECLINED = "declined", _("bidraget avböjt")
    LAPSED = "lapsed", _("förfallen")


class CasePhase(models.TextChoices):
    """The five stations that applicants know; every state belongs to one of them."""

    DRAFT = "draft", _("Utkast")
    SUBMITTED = "submitted", _("Inskickad")
    REVIEWED = "reviewed", _("Bedömd")
    DECIDED = "decided", _("Beslutad")
    REPORTING = "reporting", _("Rapportering")


S = CaseState
PHASE_OF: dict[str, CasePhase] = {
    S.DRAFT: CasePhase.DRAFT,
    S.SUBMITTED: CasePhase.SUBMITTED,
    S.COMPLETING: CasePhase.SUBMITTED,
    S.ASSESSING: CasePhase.REVIEWED,
    S.ASSESSED: CasePhase.REVIEWED,
    S.PROPOSED: CasePhase.DECIDED,
    S.DECIDED: CasePhase.DECIDED,
    S.RESERVE: CasePhase.DECIDED,
    S.ACCEPTING: CasePhase.DECIDED,
    S.REPORTING: CasePhase.REPORTING,
    S.CLOSED: CasePhase.REPORTING,
    S.WITHDRAWN: CasePhase.SUBMITTED,
    S.DECLINED: CasePhase.DECIDED,
    S.LAPSED: CasePhase.DRAFT,
}
FINAL_STATES = frozenset({S.CLOSED, S.WITHDRAWN, S.DECLINED, S.LAPSED})
BEFORE_DECISION = (S.SUBMITTED, S.COMPLETING, S.ASSESSING, S.ASSESSED, S.PROPOSED)
NOT_SETTLED = (*BEFORE_DECISION, S.RESERVE)
# The applicant can still take the application back. What is decided and not sent is not final, and nobody outside
# could tell it from what is still prepared.
RECALLABLE = (*NOT_SETTLED, S.DECIDED)


def _by_office(user: Any) -> models.Q:
    """Cases of the calls that one has an office on, but for drafts and for one's own."""
    from grants.applications.access import office_counts  # reads permission ids once the registry is up

    return office_counts(user) & ~models.Q(state__in=(S.DRAFT, S.LAPSED))


class ApplicationQuerySet(models.QuerySet["Application"]):
    """The one answer to who sees what."""

    def visible_to(self, user: Any) -> "ApplicationQuerySet":
        """The cases that this person may read: by a grant on the case, or by an office on its call (never on drafts)."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        from grants.applications.access import case_grants  # reads permission ids once the registry is up

        own = models.Exists(case_grants(user).filter(content_object=models.OuterRef("pk")))
        return self.filter(own | _by_office(user))

    def unfinished(self) -> "ApplicationQuerySet":
        """What somebody writes in that is still to be submitted: drafts, and what was unlocked."""
        return self.filter(models.Q(state=S.DRAFT) | models.Q(state=S.SUBMITTED, working_copy=True))

    def handled_by_office(self, user: Any) -> "ApplicationQuerySet":
        """The cases that this person sees by an office alone."""
        return self.filter(_by_office(user))


class Application(ConcurrentTransitionMixin, models.Model):
    """One application, from its first draft to its last report; the case (ärende) is about it."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="applications")
    version = models.ForeignKey(CallVersion, models.PROTECT, related_name="+")  # pinned when submitted
    state = FSMField(_("tillstånd"), default=S.DRAFT, choices=S.choices, protected=True, max_length=20, editable=False)
    title = models.CharField(_("projekttitel"), max_length=200)
    sort_title = models.CharField(max_length=220, editable=False, blank=True)
    number = models.CharField(_("diarienummer"), max_length=40, unique=True, null=True, editable=False)
    starts_on = models.DateField(_("projektstart"), null=True, blank=True)
    ends_on = models.DateField(_("projektslut"), null=True, blank=True)
    created_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    state_since = models.DateTimeField(default=clock.now, editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)  # arrival of the submission that stands
    working_copy = models.BooleanField(default=False)  # unlocked: the answers may differ from the standing submission
    completion_due = models.DateTimeField(null=True, blank=True)
    completion_request = models.TextField(blank=True)
    handled_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    applied_ore = models.BigIntegerField(default=0)  # frozen at submission
    cost_ore = models.BigIntegerField(default=0)
    is_example = models.BooleanField(default=False)
    extended_to = models.DateTimeField(null=True, editable=False)  # a closing time of its own, see extensions.py
    nudged_at = models.DateTimeField(default=clock.now, editable=False)  # reminders up to here are done with
    gathered_at = models.DateTimeField(null=True, editable=False)  # the cut-off it came in for, see gathering.py

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        permissions = [
            ("declare_case", "Declare conflicts of interest before seeing the application"),
            ("review_case", "Read the application as a reviewer"),
            ("panel_case", "Weigh the application at a panel's meeting"),
            ("read_case", "Read the application"),
            ("edit_case", "Write in the application and act for the coordinator"),
            ("party_case", "Act for one of the parties"),
        ]
        default_permissions = ()
        indexes = [
            models.Index(fields=["call", "state", "sort_title"], name="case_list"),
            models.Index(fields=["state", "completion_due"], name="case_completion_due"),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the key by which titles sort as Swedes sort them, whatever else is saved."""
        self.sort_title = swedish_key(self.title)
        if (fields := kwargs.get("update_fields")) is not None and "title" in fields:
            kwargs["update_fields"] = {*fields, "sort_title"}
        super().save(*args, **kwargs)

    @property
    def definition(self) -> CallDefinition:
        """The version of the call that this application follows."""
        return self.version.definition

    @property
    def phase(self) -> CasePhase:
        """Which of the five stations the case has reached."""
        return PHASE_OF[self.state]

    @property
    def is_editable(self) -> bool:
        """Whether the state lets answers be written; who may write, and until when, are other questions."""
        return self.state in (S.DRAFT, S.COMPLETING) or (self.state == S.SUBMITTED and self.working_copy)

    @property
    def closes_at(self) -> datetime | None:
        """When this application must have been submitted."""
        return closing(self.call.closes_at, self.extended_to)

    @property
    def judged_from(self) -> datetime | None:
        """From when it is judged, and until when its applicant may change it; None: at once, in a call without an end."""
        return self.gathered_at or self.closes_at

    @property
    def due(self) -> datetime | None:
        """When the writing must be in: the answer to a request for completion, the closing time, or the cut-off that gathers
        what was submitted and unlocked."""
        return self.completion_due if self.state == S.COMPLETING else self.judged_from

    # The bare map from source to target. Guards, rights and effects belong to the commands.

    @transition(field=state, source=S.DRAFT, target=S.SUBMITTED)
    def submit(self) -> None:
        """The first submission."""

    @transition(field=state, source=[S.SUBMITTED, S.COMPLETING], target=S.SUBMITTED)
    def resubmit(self) -> None:
        """A submission that replaces the one that stands."""

    @transition(field=state, source=S.SUBMITTED, target=S.COMPLETING)
    def request_completion(self) -> None:
        """Ask the applicant for what is missing."""

    @transition(field=state, source=S.COMPLETING, target=S.SUBMITTED)
    def end_completion(self) -> None:
        """Take the case back without a new submission."""

    @transition(field=state, source=S.SUBMITTED, target=S.ASSESSING)
    def pass_to_assessment(self) -> None:
        """The formal requirements are met."""

    @transition(field=state, source=S.SUBMITTED, target=S.ASSESSED)
    def pass_without_assessment(self) -> None:
        """The formal requirements are met and the call has no review."""

    @transition(field=state, source=S.ASSESSING, target=S.ASSESSED)
    def end_assessment(self) -> None:
        """Enough reviewers have lodged their score sheets."""

    @transition(field=state, source=S.ASSESSED, target=S.ASSESSING)
    def reopen_assessment(self) -> None:
        """The quorum broke: a lodged sheet no longer counts."""

    @transition(field=state, source=[S.ASSESSED, S.RESERVE], target=S.PROPOSED)
    def propose(self) -> None:
        """A decision is prepared."""

    @transition(field=state, source=S.SUBMITTED, target=S.PROPOSED)
    def propose_formal_rejection(self) -> None:
        """A rejection without assessment is prepared."""

    @transition(field=state, source=S.PROPOSED, target=S.ASSESSED)
    def return_proposal(self) -> None:
        """The decision-maker sends the proposal back."""

    @transition(field=state, source=S.PROPOSED, target=S.SUBMITTED)
    def return_formal_rejection(self) -> None:
        """The decision-maker sends a proposed formal rejection back."""

    @transition(field=state, source=S.PROPOSED, target=S.RESERVE)
    def return_to_reserve(self) -> None:
        """The decision-maker sends back what was proposed of a case on the reserve list."""

    @transition(field=state, source=S.PROPOSED, target=S.DECIDED)
    def decide(self) -> None:
        """The decision is made."""

    @transition(field=state, source=S.DECIDED, target=S.ACCEPTING)
    def dispatch_grant(self) -> None:
        """The letter of a grant is sent."""

    @transition(field=state, source=S.DECIDED, target=S.REPORTING)
    def dispatch_grant_without_acceptance(self) -> None:
        """The letter of a grant is sent in a call whose conditions nobody has to accept."""

    @transition(field=state, source=S.DECIDED, target=S.CLOSED)
    def dispatch_rejection(self) -> None:
        """The letter of a rejection is sent; the case is over."""

    @transition(field=state, source=S.DECIDED, target=S.RESERVE)
    def dispatch_reserve(self) -> None:
        """The letter of a place on the reserve list is sent; the case waits for money."""

    @transition(field=state, source=S.ACCEPTING, target=S.REPORTING)
    def start_reporting(self) -> None:
        """Every party has accepted the conditions."""

    @transition(field=state, source=S.ACCEPTING, target=S.DECLINED)
    def decline(self) -> None:
        """The grant is declined."""

    @transition(field=state, source=S.REPORTING, target=S.CLOSED)
    def close(self) -> None:
        """The last report is approved."""

    @transition(field=state, source=RECALLABLE, target=S.WITHDRAWN)
    def withdraw(self) -> None:
        """The applicant takes the application back before the decision."""

    @transition(field=state, source=S.DRAFT, target=S.LAPSED)
    def lapse(self) -> None:
        """The draft was not submitted in time, or was thrown away."""


class ApplicationUserObjectPermission(UserObjectPermissionBase):
    """That one person may do one thing with one case. Written by commands only; see workflows/rights.py."""

    content_object = models.ForeignKey(Application, models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        indexes = [models.Index(fields=["user", "permission"], name="case_grant_user")]


class Party(models.Model):
    """An organisation's part in an application. Its names are frozen at submission and again at decision."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="parties")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=[(r.value, r.value) for r in PartyRole])
    is_need_owner = models.BooleanField(_("behovsägare"), default=False)
    position = models.PositiveSmallIntegerField(default=0)
    contact_name = models.CharField(_("kontaktperson"), max_length=120, blank=True)
    contact_email = models.EmailField(_("kontaktpersonens e-post"), blank=True)
    signatory_name = models.CharField(_("firmatecknare"), max_length=120, blank=True)
    signatory_email = models.EmailField(_("firmatecknarens e-post"), blank=True)
    frozen_name = models.CharField(max_length=200, blank=True)
    frozen_number = models.CharField(max_length=11, blank=True)
    frozen_signatory = models.CharField(max_length=120, blank=True)
    invited_at = models.DateTimeField(null=True, blank=True)  # asked to confirm its part
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_name = models.CharField(max_length=120, blank=True)  # who confirmed, as they signed

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "organisation"], name="party_once"),
            models.UniqueConstraint(
                fields=["application"], condition=models.Q(role="coordinator"), name="one_coordinator"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.organisation_id} in {self.application_id}"

    @property
    def name(self) -> str:
        """The name as frozen, or as it is now."""
        return self.frozen_name or self.organisation.name

    @property
    def kind(self) -> OrganisationKind:
        """What kind of organisation the party is."""
        return OrganisationKind(self.organisation.kind)


class Answer(models.Model):
    """One answer to one question, by the application or by one of its parties. `version` counts the saves, for
    compare-and-set: whoever saves on top of an older version is told and overwrites nobody."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="answers")
    question = models.CharField(max_length=60)
    party = models.ForeignKey(Party, models.CASCADE, null=True, blank=True, related_name="answers")
    value = models.JSONField(null=True)  # text, number, list of option ids; as typed while drafting
    version = models.PositiveIntegerField(default=1)
    saved_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "question", "party"], name="one_answer", nulls_distinct=False
            ),
        ]


class AnswerHistory(models.Model):
    """What an answer was before; erased with its draft, kept with its case."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="history")
    version = models.PositiveIntegerField()
    value = models.JSONField(null=True)
    saved_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["answer", "version"], name="answer_version_once")]


class Attachment(models.Model):
    """A file in an application, under the rule that asks for it."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="attachments")
    rule = models.CharField(max_length=60)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    pages = models.PositiveIntegerField(default=0)
    uploaded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "rule"], name="one_attachment_per_rule")]


class Submission(models.Model):
    """What arrived, frozen: the answers with the version of the call they answer. Immutable; the highest n stands."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="submissions")
    n = models.PositiveIntegerField()
    version = models.ForeignKey(CallVersion, models.PROTECT, related_name="+")
    content = models.JSONField()  # see grants/applications/freezing.py
    sha256 = models.CharField(max_length=64)
    arrived_at = models.DateTimeField()
    submitted_by = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["n"]
        constraints = [models.UniqueConstraint(fields=["application", "n"], name="submission_number")]
        triggers: ClassVar = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]
