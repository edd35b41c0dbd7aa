"""Authority → programme → call → version. Each of the first three has a number of its own in the register."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from grants import clock
from grants.organisations.models import Person
from grants.programmes.definition import STORED, CallDefinition
from grants.programmes.questions import Text


class Authority(models.Model):
    """A public authority that grants money."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    short_name = models.CharField(max_length=60)
    number = models.CharField(_("organisationsnummer"), max_length=11)
    diary_prefix = models.CharField(max_length=10, blank=True)
    details = models.JSONField(default=dict)  # address, contact; as in the fixture

    class Meta:
        verbose_name_plural = "authorities"

    def __str__(self) -> str:
        return self.name

    def read_name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if self.name_en and (get_language() or "sv").startswith("en") else self.name


class Programme(models.Model):
    """A long-term effort under which calls are made."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="programmes")
    slug = models.SlugField(max_length=60, unique=True)
    number = models.CharField(max_length=20, blank=True)
    title = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    summary = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.title

    def read_title(self) -> str:
        """The title in the reader's language."""
        return self.title_en if self.title_en and (get_language() or "sv").startswith("en") else self.title

    def read_summary(self) -> str:
        """The summary in the reader's language."""
        return self.summary_en if self.summary_en and (get_language() or "sv").startswith("en") else self.summary


class CallPhase(models.TextChoices):
    """Where a call is in its life. Follows the clock until it is closed, then the decisions."""

    HIDDEN = "hidden", _("inte offentlig")
    PLANNED = "planned", _("planerad")
    ANNOUNCED = "announced", _("annonserad")
    OPEN = "open", _("öppen")
    CLOSED = "closed", _("stängd, bedöms")
    DECIDED = "decided", _("beslutad")


class Call(models.Model):
    """A call for proposals (ansökningsomgång). All that makes it differ from others is in its versions."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="calls")
    slug = models.SlugField(max_length=60, unique=True)
    number = models.CharField(max_length=20, blank=True)
    version = models.ForeignKey("CallVersion", models.PROTECT, null=True, related_name="+")  # the published one
    announced_at = models.DateTimeField(null=True)
    opens_at = models.DateTimeField(null=True)
    closes_at = models.DateTimeField(null=True, db_index=True)  # see `closing`: the one answer, which everything reads
    decided_at = models.DateTimeField(null=True)  # when its last application was decided
    series_prefix = models.CharField(max_length=20, blank=True)  # a number series of its own, for simulations
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        permissions = [
            ("handle_call", "Handle the call's cases as an officer"),
            ("decide_call", "Decide the call's cases"),
            ("audit_call", "Read the call's cases and their events"),
        ]
        default_permissions = ()

    def __str__(self) -> str:
        return self.slug

    @property
    def definition(self) -> CallDefinition:
        """What the published version says."""
        if self.version is None:
            raise LookupError(f"call {self.slug} has no published version")
        return self.version.definition

    @property
    def title(self) -> str:
        """The short title in the reader's language."""
        return self.definition.title.read((get_language() or "sv")[:2])

    def closing(self, planned: datetime | None) -> datetime | None:
        """When the call closes: as its definition has planned it, or later when an incident has moved it. Never earlier,
        so that nobody who trusted a time that was once given is too late."""
        moved: datetime | None = self.incidents.aggregate(last=models.Max("closes_at"))["last"]
        return planned if planned is None or moved is None else max(planned, moved)

    def moved_by(self, definition: CallDefinition) -> "list[Incident]":
        """The incidents that moved the closing time, oldest first; no query when it stands as this definition planned it."""
        return [] if self.closes_at == definition.window.closes else list(self.incidents.all())

    def phase(self, at: datetime | None = None) -> CallPhase:
        """Where the call is at this moment (now)."""
        at = at or clock.now()
        planned = self.definition.window.planned
        if self.announced_at is None or (at < self.announced_at and (planned is None or at < planned)):
            return CallPhase.HIDDEN
        if at < self.announced_at:
            return CallPhase.PLANNED
        if self.opens_at is None or at < self.opens_at:
            return CallPhase.ANNOUNCED
        if self.closes_at is None or at < self.closes_at:
            return CallPhase.OPEN
        return CallPhase.DECIDED if self.decided_at is not None and self.decided_at <= at else CallPhase.CLOSED


class Incident(models.Model):
    """Something that kept applicants from their applications, and the later closing time that it gave everyone. A row of its
    own: the definition says what was planned and is never altered. Immutable; the latest closing time is the call's."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="incidents")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    text = models.TextField()  # what happened, for the public
    text_en = models.TextField(blank=True)
    instead_of = models.DateTimeField()  # the closing time that no longer holds
    closes_at = models.DateTimeField()
    logged_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    logged_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["logged_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ended_at__gte=models.F("began_at")), name="incident_span"),
            models.CheckConstraint(condition=models.Q(closes_at__gt=models.F("instead_of")), name="incident_later"),
        ]
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    @property
    def what(self) -> Text:
        """What happened, as the call's own texts are read."""
        return Text(sv=self.text, en=self.text_en)


class DefinitionText(models.Model):
    """The text of a definition under its hash, apart from the version so that lists of cases never fetch it."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.JSONField()
    source = models.TextField()  # the YAML as it was read, for people

    class Meta:
        triggers = [pgtrigger.Protect(name="immutable", operation=pgtrigger.Update)]


_parsed: dict[str, CallDefinition] = {}  # by hash; a definition never changes


class CallVersion(models.Model):
    """One immutable, numbered version of a call's definition. What is submitted stays pinned to its version."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.ForeignKey(DefinitionText, models.PROTECT, db_column="sha256", related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="call_version_number"),
            models.UniqueConstraint(fields=["call", "text"], name="call_version_content"),
        ]
        triggers = [
            pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} version {self.number}"

    @property
    def definition(self) -> CallDefinition:
        """The version as a validated object; parsed once a process."""
        if self.text_id not in _parsed:
            _parsed[self.text_id] = CallDefinition.model_validate(self.text.content, context=STORED)
        return _parsed[self.text_id]


class CallProposal(models.Model):
    """What somebody wants a call to say: the text of its next version, or of a call that is still to be made. Found right when
    it was stored; it waits, and what it says is never altered."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="proposals")
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="proposals")  # none: still to be made
    slug = models.SlugField(max_length=60)
    text = models.TextField()  # the YAML, as it was written
    sha256 = models.CharField(max_length=64)  # of the text
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    published = models.ForeignKey(CallVersion, models.PROTECT, null=True, related_name="proposals")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["slug", "by", "sha256"], condition=models.Q(published=None), name="one_call_proposal"
            )
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.pk}"


class NumberSeries(models.Model):
    """The last number drawn of a gapless series: one per authority, prefix and year. Locked last of all rows."""

    authority = models.ForeignKey(Authority, models.PROTECT)
    prefix = models.CharField(max_length=20, blank=True)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["authority", "prefix", "year"], name="one_number_series")]


class Office(models.Model):
    """That a person serves on a call: handles its cases, decides them, or audits them. Grants follow from this."""

    class Role(models.TextChoices):
        HANDLE = "handle_call", _("handläggare")
        DECIDE = "decide_call", _("beslutsfattare")
        AUDIT = "audit_call", _("registrator eller granskare")

    call = models.ForeignKey(Call, models.PROTECT, related_name="offices")
    person = models.ForeignKey(Person, models.PROTECT, related_name="offices")
    role = models.CharField(max_length=20, choices=Role.choices)
    since = models.DateTimeField(default=clock.now)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "person", "role"], condition=models.Q(until=None), name="one_office"
            )
        ]


class CallUserObjectPermission(UserObjectPermissionBase):
    """An office on a call: who handles, decides or audits its cases."""

    content_object = models.ForeignKey(Call, models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        indexes = [models.Index(fields=["user", "permission"], name="call_grant_user")]


def staff_of(call: Call, codename: str) -> models.QuerySet[Person]:
    """The persons who hold this office on the call."""
    grants = CallUserObjectPermission.objects.filter(content_object=call, permission__codename=codename)
    return Person.objects.filter(pk__in=grants.values("user"), is_active=True).order_by("pk")
