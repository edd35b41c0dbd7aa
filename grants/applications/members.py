"""Who works in an application: one row for each person and each right, also those that have been asked and those that left."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from grants import clock
from grants.organisations.models import Person


class CaseMemberQuerySet(models.QuerySet["CaseMember"]):
    """Who works, worked or is asked to work in applications."""

    def active(self) -> "CaseMemberQuerySet":
        """Those who have a right now."""
        return self.filter(joined_at__isnull=False, ended_at=None)

    def writers(self) -> "CaseMemberQuerySet":
        """Those who write in the whole application now."""
        return self.active().filter(right=CaseMember.Right.EDIT)


class CaseMember(models.Model):
    """That a person works in one application, or has been asked to. Access is per case, never per organisation; grants
    follow from this. Until they join only the address is known, and whoever signs in with that address may.

    Rows stay when they end: whoever has worked in an application remains partial in it (FL 16 §).
    """

    class Right(models.TextChoices):
        READ = "read", _("läser")
        EDIT = "edit", _("skriver i hela ansökan och skickar in")
        PARTY = "party", _("fyller i sin parts budget och svar")
        CONFIRM = "confirm", _("fyller i sin parts del och bekräftar för organisationen")

    FOR_PARTY = (Right.PARTY, Right.CONFIRM)

    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    email = models.EmailField(blank=True)  # to whom the invitation went
    party = models.ForeignKey("applications.Party", models.SET_NULL, null=True, blank=True, related_name="members")
    right = models.CharField(max_length=10, choices=Right.choices)
    since = models.DateTimeField(default=clock.now)
    invited_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    joined_at = models.DateTimeField(null=True, default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CaseMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "person", "party"],
                condition=models.Q(ended_at=None, person__isnull=False),
                name="one_case_member",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(right__in=("party", "confirm"), party__isnull=False)
                | models.Q(right__in=("read", "edit"), party=None)
                | models.Q(ended_at__isnull=False),  # its party may be gone
                name="member_of_a_party",
            ),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False) | models.Q(joined_at=None), name="member_is_somebody"
            ),
        ]

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

    @property
    def writes_all(self) -> bool:
        """Whether the right is to write in the whole application."""
        return self.right == self.Right.EDIT

    @property
    def confirms(self) -> bool:
        """Whether the right is to confirm for the party."""
        return self.right == self.Right.CONFIRM


def take_away(parties: "models.QuerySet[Any]") -> None:
    """Take parties out of an application. Whoever worked for them works for them no longer, and stays in the records: who has
    taken part in a case is partial in it also afterwards (FL 16 §). The caller settles the grants."""
    places = CaseMember.objects.filter(party__in=parties.values("pk"), ended_at=None)
    places.filter(joined_at=None).delete()
    places.update(ended_at=clock.now())
    parties.delete()
