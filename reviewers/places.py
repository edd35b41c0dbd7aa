"""Who may be asked to review: a place in an authority's pool, by invitation, and the terms of a call that one has accepted."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from grants import clock
from grants.organisations.models import Person
from grants.programmes.judging import ReviewRules
from grants.programmes.models import Authority, Call, CallVersion


class PoolPlaceQuerySet(models.QuerySet["PoolPlace"]):
    """Places in pools, also those that ended."""

    def active(self) -> "PoolPlaceQuerySet":
        """Those of persons who may be asked now."""
        return self.filter(joined_at__isnull=False, ended_at=None, person__is_active=True)


class PoolPlace(models.Model):
    """That a person reviews for one authority, or has been asked to. Until they join only the address is known, and whoever
    signs in with that address may. Rows stay when they end: what a reviewer has judged must stay attributable."""

    authority = models.ForeignKey(Authority, models.PROTECT, related_name="pool")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="pool_places")
    email = models.EmailField(_("e-postadress"), blank=True)  # to whom the invitation went
    invited_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(default=clock.now)  # when the last letter about it went
    joined_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = PoolPlaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "person"],
                condition=models.Q(ended_at=None, person__isnull=False),
                name="one_pool_place",
            ),
            models.UniqueConstraint(
                "authority",
                Lower("email"),
                condition=models.Q(ended_at=None, joined_at=None),
                name="one_pool_invitation",
            ),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False) | models.Q(joined_at=None), name="pool_place_is_somebodys"
            ),
        ]

    def __str__(self) -> str:
        return f"pool place {self.pk}"

    @property
    def state(self) -> str:
        """The word that the matrix uses."""
        if self.ended_at is not None:
            return "ended"
        return "joined" if self.joined_at is not None else "invited"

    @property
    def called(self) -> str:
        """The name, or the address of who has not joined yet."""
        return self.person.name if self.person is not None else self.email


class TermsAccepted(models.Model):
    """That a reviewer has accepted what a call asks of its reviewers, in this version of it. Once for each call."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    call = models.ForeignKey(Call, models.PROTECT, related_name="+")
    version = models.ForeignKey(CallVersion, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "call"], name="terms_once")]


def has_accepted_terms(person: Person, call: int, review: ReviewRules | None) -> bool:
    """Whether the person may be shown applications of the call as far as its terms go. A call without terms asks nothing."""
    if review is None or review.terms is None:
        return True
    return TermsAccepted.objects.filter(person=person, call=call).exists()
