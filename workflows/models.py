"""What has happened (events), whose turn it is (tasks), and what has been said (notices)."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from viewflow.workflow.models import AbstractProcess, AbstractTask

from grants import clock
from grants.applications.models import Application, Party
from grants.organisations.models import Person
from grants.programmes.models import Call, CallProposal


class Event(models.Model):
    """One thing that happened, in a chain of its own stream: each event carries the hash of the one before it, and the
    database refuses to change or remove any. `data` holds ids and codes, never names or free text."""

    stream = models.CharField(max_length=60)  # "case:12", "call:3", "organisation:5", "person:7"
    seq = models.PositiveIntegerField()
    name = models.CharField(max_length=60)
    actor = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")  # None: the clock
    at = models.DateTimeField(default=clock.now)
    source = models.CharField(max_length=20, blank=True)
    target = models.CharField(max_length=20, blank=True)
    data = models.JSONField(default=dict)
    key = models.CharField(max_length=120, null=True, unique=True)  # of what must have effect once
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["stream", "seq"]
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="event_number")]
        triggers: ClassVar = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="no_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'events are append-only';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream}#{self.seq} {self.name}"


class Process(AbstractProcess):  # type: ignore[misc]  # viewflow is untyped
    """One run of a noun's flow; `subject_id` is the noun's key, whose kind the flow class knows."""

    case = models.ForeignKey(Application, models.PROTECT, related_name="+")
    subject_id = models.BigIntegerField()
    created = models.DateTimeField(default=clock.now)
    finished = models.DateTimeField(null=True, blank=True)
    data = models.JSONField(default=dict)  # viewflow expects the attribute; nothing of ours is kept here

    class Meta:
        constraints = [models.UniqueConstraint(fields=["flow_class", "subject_id"], name="one_process_per_noun")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """viewflow stamps by the machine's clock; here there is one clock. A finished process is not saved again."""
        if self.finished is not None:
            self.finished = clock.now()
        super().save(*args, **kwargs)


class Task(AbstractTask):  # type: ignore[misc]  # viewflow is untyped
    """Somebody's turn. `owner` is one person, `office` says whose turn it is when it is nobody's in particular."""

    process = models.ForeignKey(Process, models.CASCADE, related_name="+")
    case = models.ForeignKey(Application, models.PROTECT, related_name="+")
    owner = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    owner_permission_content_type = models.ForeignKey(
        "contenttypes.ContentType", models.CASCADE, null=True, blank=True, related_name="+"
    )  # never used; its name clashes with that of viewflow's own task
    case_id: int  # what the base class, which is untyped, keeps the checker from seeing
    subject_id = models.BigIntegerField()
    kind = models.CharField(max_length=20)  # name of the node: the key of workflows/turns.py
    office = models.CharField(max_length=20, blank=True)
    due = models.DateTimeField(null=True)
    created = models.DateTimeField(default=clock.now)
    finished = models.DateTimeField(null=True, blank=True)
    data = models.JSONField(default=dict)
    seed: ClassVar[Any] = None  # viewflow sets it; our nodes have none

    class Meta:
        indexes = [
            models.Index(fields=["owner", "due"], condition=models.Q(finished=None), name="inbox_own"),
            models.Index(fields=["office", "case"], condition=models.Q(finished=None), name="inbox_office"),
            models.Index(fields=["case"], condition=models.Q(finished=None), name="case_open_tasks"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Every task knows its case, the flow's own first and last steps too; and there is one clock. A finished task is
        not saved again."""
        if self.subject_id is None:
            self.case_id, self.subject_id, self.kind = (
                self.process.case_id,
                self.process.subject_id,
                self.flow_task.name,
            )
        if self.finished is not None:
            self.finished = clock.now()
        super().save(*args, **kwargs)


class Invitation(models.Model):
    """A personal link: whoever holds it may answer one thing for one party. The link is signed, `nonce` ends it."""

    class Purpose(models.TextChoices):
        CONFIRM = "confirm", _("bekräfta medverkan")
        ACCEPT = "accept", _("godkänna villkor")

    application = models.ForeignKey(Application, models.CASCADE, related_name="invitations")
    party = models.ForeignKey(Party, models.CASCADE, related_name="invitations")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    subject_id = models.BigIntegerField()  # the acceptance, or the party
    email = models.EmailField()
    nonce = models.CharField(max_length=32, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)


class Notice(models.Model):
    """Something to tell one person once. Written with the event it is about, sent by a job, retried until it is."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="notices")
    case = models.ForeignKey(Application, models.PROTECT, null=True, related_name="notices")
    kind = models.CharField(max_length=40)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="notices")
    email = models.EmailField()
    language = models.CharField(max_length=2, default="sv")
    invitation = models.ForeignKey(Invitation, models.SET_NULL, null=True, related_name="notices")
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["event", "kind", "email"], name="one_notice")]


class Trial(models.Model):
    """A dry run of a proposal for a call, asked for on its page: how far it has come, and what it led to.

    `attempt` counts the workers that have taken it on: only the last may write.
    """

    class Phase(models.TextChoices):
        WAITING = "waiting", _("väntar på sin tur")
        GOING = "going", _("pågår")
        DONE = "done", _("klar")
        BROKEN = "broken", _("avbruten")

    UNDER_WAY = (Phase.WAITING, Phase.GOING)

    proposal = models.ForeignKey(CallProposal, models.PROTECT, related_name="trials")
    applications = models.PositiveSmallIntegerField()
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.WAITING)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    attempt = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveSmallIntegerField(default=0)  # lives that are over
    percent = models.PositiveSmallIntegerField(default=0)  # how far all of them have come
    day = models.DateField(null=True)  # where the clock of the dry run stands
    report = models.JSONField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["proposal"], condition=models.Q(phase__in=("waiting", "going")), name="one_trial_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(report=None) | models.Q(phase="done"), name="trial_report_at_end"
            ),
        ]


class AssignmentProposal(models.Model):
    """Who should judge what in a call, as the solver proposes it and an officer has changed it, until it is carried out.

    `rows` are the pairs: application, reviewer, what the reviewer knows of what it asks for, how many they would have then
    and their limit; of a pair that an officer added only who and what. `short` is what could not be filled. `told` is what
    was refused when it was carried out. `attempt` counts the workers that have taken it on: only the last may write.
    """

    class Phase(models.TextChoices):
        WAITING = "waiting", _("väntar på sin tur")
        GOING = "going", _("räknas fram")
        READY = "ready", _("klart att läsa")
        CONFIRMED = "confirmed", _("genomförs")
        DONE = "done", _("genomfört")
        DROPPED = "dropped", _("kastat")
        BROKEN = "broken", _("avbrutet")

    UNDER_WAY = (Phase.WAITING, Phase.GOING, Phase.CONFIRMED)
    OPEN = (*UNDER_WAY, Phase.READY)

    call = models.ForeignKey(Call, models.PROTECT, related_name="assignment_proposals")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    percent = models.PositiveSmallIntegerField(default=0)
    rows = models.JSONField(default=list)
    short = models.JSONField(default=list)
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    due = models.DateTimeField(null=True)  # for all who are asked by it
    told = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call"],
                condition=models.Q(phase__in=("waiting", "going", "confirmed", "ready")),
                name="one_proposal_at_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(phase__in=("confirmed", "done"))
                | models.Q(confirmed_by__isnull=False, due__isnull=False),
                name="proposal_is_confirmed_by_somebody",
            ),
        ]


class DecisionBatch(models.Model):
    """Many cases of a call at once: proposals prepared from the ranking by an officer, or decided on the signing page.

    `typed` is what stands in the officer's form, by the names of its fields, from the first saving on. `rows` are the cases
    with what the command is given for each, and `results` what came of it, by case: nothing when it was done, otherwise why
    not. `key` is that of the form, so that a form sent twice is one batch. `attempt` counts the workers that have taken it
    on: only the last may write.
    """

    class Kind(models.TextChoices):
        PREPARE = "prepare", _("förslag till beslut")
        APPROVE = "approve", _("beslut")

    class Phase(models.TextChoices):
        DRAFT = "draft", _("skrivs")
        WAITING = "waiting", _("väntar på sin tur")
        GOING = "going", _("pågår")
        DONE = "done", _("klar")
        BROKEN = "broken", _("avbruten")

    UNDER_WAY = (Phase.WAITING, Phase.GOING)

    call = models.ForeignKey(Call, models.PROTECT, related_name="decision_batches")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, null=True)
    asked_at = models.DateTimeField(default=clock.now)
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.DRAFT)
    attempt = models.PositiveSmallIntegerField(default=0)
    percent = models.PositiveSmallIntegerField(default=0)
    typed = models.JSONField(default=dict)
    rows = models.JSONField(default=list)
    results = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "kind", "by"],
                condition=models.Q(phase__in=("draft", "waiting", "going")),
                name="one_batch_at_a_time",
            ),
            models.UniqueConstraint(fields=["by", "key"], name="batch_sent_once"),
        ]
