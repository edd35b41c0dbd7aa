"""How much each reviewer has, and how much they can be asked about: the one source for the rule, the matrix and the solver.

There are two limits. The call's says how many of its applications one may judge, whether or not they are lodged. The
reviewer's own says how many they have at once, in all calls together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from grants.organisations.models import Person
from grants.programmes.models import Call
from reviewers.models import OPEN_ASSIGNMENT, Assignment, AssignmentState
from reviewers.pool import Profile

HELD = (*OPEN_ASSIGNMENT, AssignmentState.LODGED)  # asked, at work or done: who left has it no more
UNLIMITED = 10_000  # more than any call has applications


@dataclass(frozen=True)
class Load:
    """What one reviewer has in a call, and at once in all calls, beside the limits of the two."""

    in_call: int = 0
    at_once: int = 0
    most_in_call: int | None = None
    most_at_once: int | None = None

    @property
    def room(self) -> int:
        """How many more they can be asked about; below zero when a limit was lowered afterwards."""
        rooms = [most - have for have, most in self._limits if most is not None]
        return min(rooms, default=UNLIMITED)

    @property
    def is_full(self) -> bool:
        """Whether they cannot be asked about one more."""
        return self.room <= 0

    @property
    def _limits(self) -> tuple[tuple[int, int | None], tuple[int, int | None]]:
        return (self.in_call, self.most_in_call), (self.at_once, self.most_at_once)

    @property
    def _nearest(self) -> int | None:
        """Which of the two limits is reached first; None when there is none."""
        rooms = [(most - have, n) for n, (have, most) in enumerate(self._limits) if most is not None]
        return min(rooms)[1] if rooms else None

    @property
    def have(self) -> int:
        """What counts against the limit that is nearest."""
        return self.in_call if self._nearest is None else self._limits[self._nearest][0]

    @property
    def most(self) -> int | None:
        """The limit that is nearest, if there is one."""
        return self.have + self.room if self.room < UNLIMITED else None

    @property
    def words(self) -> str:
        """'3 av 8 i omgången' or '3 av 8 samtidigt': against the limit that is nearest, and which that is."""
        if self.most is None:
            return _("%(have)d uppdrag") % {"have": self.have}
        text = _("%(have)d av %(most)d samtidigt") if self._nearest else _("%(have)d av %(most)d i omgången")
        return text % {"have": self.have, "most": self.most}

    @property
    def why_full(self) -> str:
        """Which limit it is that has been reached, as part of a sentence about the reviewer."""
        if self.most_in_call is not None and self.in_call >= self.most_in_call:
            return _("har redan %(have)d av omgångens högst %(most)d uppdrag") % {
                "have": self.in_call,
                "most": self.most_in_call,
            }
        return _("har redan %(have)d uppdrag på gång och tar högst %(most)d") % {
            "have": self.at_once,
            "most": self.most_at_once,
        }


def with_loads(call: Call, people: QuerySet[Person]) -> list[tuple[Person, Load]]:
    """These reviewers, each with their load in the call; one query. Their profiles are read with them."""
    own = Assignment.objects.filter(reviewer=OuterRef("pk")).order_by().values("reviewer").annotate(n=Count("pk"))
    rows: QuerySet[Any] = people.select_related("profile").annotate(
        in_call=_counted(own.filter(application__call=call, state__in=HELD)),
        at_once=_counted(own.filter(state__in=OPEN_ASSIGNMENT)),
    )
    most = call.definition.review.most_each if call.definition.review else None
    return [(row, Load(row.in_call, row.at_once, most, own_limit(row))) for row in rows]


def _counted(rows: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(rows.values("n")), 0)


def own_limit(person: Person) -> int | None:
    """How many the reviewer takes on at once, if they have said so."""
    profile: Profile | None = getattr(person, "profile", None)
    return profile.load_cap if profile else None


def loads(call: Call, people: Iterable[int]) -> dict[int, Load]:
    """The load of each of these reviewers; one query."""
    found = with_loads(call, Person.objects.filter(pk__in=list(people)))
    return {person.pk: load for person, load in found}


def hold(people: Iterable[Person]) -> None:
    """Keep others from asking the same reviewers until this transaction ends, so that two who ask at once cannot go past a
    limit together. The rows are taken in one order, and after the case's; what only names a reviewer does not wait."""
    ids = [person.pk for person in people]
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
