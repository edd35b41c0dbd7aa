"""Persons, organisations, and which person speaks for which organisation."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from grants import clock
from grants.organisations.kinds import OrganisationKind


class PersonManager(BaseUserManager["Person"]):
    """Makes persons; the e-mail address is the user name, whatever its capitals."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "Person":
        """A person with this address. Without a password only a link or the demo lets them in."""
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "Person":
        """An administrator of the installation; administration gives no access to any case."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The person with this address, whatever its capitals."""
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser, PermissionsMixin):
    """A human being who signs in. Never deleted, only deactivated: what they did must stay attributable."""

    email = models.EmailField(_("e-postadress"), max_length=254, unique=True)
    name = models.CharField(_("namn"), max_length=120)
    title = models.CharField(_("titel"), max_length=120, blank=True)
    language = models.CharField(_("språk"), max_length=2, choices=[("sv", "Svenska"), ("en", "English")], default="sv")
    is_staff = models.BooleanField(_("arbetar på myndigheten"), default=False)
    is_active = models.BooleanField(_("aktiv"), default=True)
    is_example = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_whatever_capitals")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name, or the address of someone who has not given one."""
        return str(self)


class Municipality(models.Model):
    """One of Sweden's 290 municipalities (kommun), by its official code."""

    code = models.CharField(max_length=4, primary_key=True)
    name = models.CharField(max_length=60)
    county = models.CharField(max_length=60)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """A legal person that can be a party."""

    Kind = OrganisationKind

    number = models.CharField(_("organisationsnummer"), max_length=11, unique=True)  # NNNNNN-NNNN
    name = models.CharField(_("namn"), max_length=200)
    kind = models.CharField(_("slag"), max_length=30, choices=OrganisationKind.choices)
    municipality = models.ForeignKey(Municipality, models.PROTECT, null=True, blank=True, verbose_name=_("kommun"))
    street = models.CharField(_("gatuadress"), max_length=100, blank=True)
    postal_code = models.CharField(_("postnummer"), max_length=10, blank=True)
    city = models.CharField(_("ort"), max_length=60, blank=True)
    signatory_name = models.CharField(_("firmatecknare"), max_length=120, blank=True)
    signatory_email = models.EmailField(_("firmatecknarens e-post"), blank=True)
    is_example = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def address_lines(self) -> list[str]:
        """The postal address, without empty lines."""
        return [line for line in (self.street, f"{self.postal_code} {self.city}".strip()) if line]


class Membership(models.Model):
    """That a person speaks for an organisation during a time. Whoever claims an organisation first is pending: may draft,
    may not submit, and sees no other case of it."""

    class Role(models.TextChoices):
        APPLICANT = "applicant", _("sökande")
        SIGNATORY = "signatory", _("firmatecknare")

    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.APPLICANT)
    since = models.DateTimeField(default=clock.now)
    until = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation"], condition=models.Q(until=None), name="one_current_membership"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None, confirmed_at=None)
                | models.Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="membership_confirmed_by_and_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.organisation_id}"

    @property
    def is_confirmed(self) -> bool:
        """Whether somebody who may has confirmed it, and it has not ended."""
        return self.confirmed_at is not None and self.until is None


class Deputy(models.Model):
    """Someone who does an absent colleague's tasks during a time."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="deputies")
    deputy = models.ForeignKey(Person, models.PROTECT, related_name="deputises_for")
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(until__gt=models.F("since")), name="deputy_ends_after_it_begins"),
            models.CheckConstraint(condition=~models.Q(person=models.F("deputy")), name="deputy_is_someone_else"),
        ]


class EarlierAid(models.Model):
    """De minimis aid (försumbart stöd) that an undertaking has received from somebody else, with who has stated it here; what
    we have granted ourselves is read from the decisions. A statement that was wrong is taken back, and stays in the
    table with who took it back."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="earlier_aid")
    granter = models.CharField(_("stödgivare"), max_length=200)
    day = models.DateField(_("dag för beslutet"))
    amount_ore = models.BigIntegerField()
    stated_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    stated_at = models.DateTimeField(default=clock.now)
    dropped_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["day", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_ore__gt=0), name="earlier_aid_is_something"),
            models.CheckConstraint(
                condition=models.Q(dropped_by=None, dropped_at=None)
                | models.Q(dropped_by__isnull=False, dropped_at__isnull=False),
                name="earlier_aid_dropped_by_at",
            ),
        ]

    def __str__(self) -> str:
        return f"aid {self.pk} of {self.organisation_id}"
