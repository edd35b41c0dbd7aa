"""The pool: who can be asked to review, what they know, where they work and worked, and how much they take on."""

from typing import ClassVar

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from grants.organisations.models import Organisation, Person
from grants.programmes.models import Authority, Call
from grants.programmes.questions import Text
from reviewers.places import PoolPlace


class Profile(models.Model):
    """What a reviewer says of themselves, so that they are asked about what they know and no more than they can take."""

    person = models.OneToOneField(Person, models.PROTECT, related_name="profile")
    competences = models.JSONField(_("kompetenser"), default=list, blank=True)  # ids of calls' competences
    languages = models.JSONField(_("språk"), default=list, blank=True)  # "sv", "en"
    load_cap = models.PositiveSmallIntegerField(_("högst så många uppdrag samtidigt"), null=True, blank=True)


class Affiliation(models.Model):
    """That a reviewer works or worked for an organisation, or has a part in it. Read for conflicts of interest (FL 16 §)."""

    class Kind(models.TextChoices):
        EMPLOYED = "employed", _("anställd")
        BOARD = "board", _("styrelseledamot eller förtroendevald")
        OWNER = "owner", _("ägare")
        OTHER = "other", _("annat uppdrag")

    person = models.ForeignKey(Person, models.PROTECT, related_name="affiliations")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="affiliations")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.EMPLOYED)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)  # the last day; None: still

    class Meta:
        ordering: ClassVar = ["-since", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(since=None) | models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="affiliation_ends_after_it_begins",
            )
        ]


def in_pool(call: Call) -> QuerySet[Person]:
    """Who can be asked to review applications of the call."""
    places = PoolPlace.objects.active().filter(authority__programmes__calls=call)
    return Person.objects.filter(pk__in=places.values("person"))


def competences_of(authority: Authority) -> dict[str, Text]:
    """What the authority's calls ask that reviewers know, by id; a call that comes later gives an id its words."""
    calls = Call.objects.filter(programme__authority=authority, version__isnull=False).select_related("version")
    reviews = [call.definition.review for call in calls.order_by("pk")]
    return {one.id: one.label for review in reviews if review is not None for one in review.competences}
