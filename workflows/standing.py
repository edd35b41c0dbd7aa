"""What a person is to the house as a whole: for the frame of every page."""

from dataclasses import dataclass

from django.db.models import Count, Q, Value
from django.utils.translation import gettext as _

from grants.organisations.models import Person
from grants.programmes.models import Office
from reviewers.models import PoolPlace
from workflows.matrix import Role
from workflows.models import Task
from workflows.queries.turns import mine, requests_to

REVIEWERS = "reviewers"  # stands for a place in a pool of reviewers among the words of offices
REQUEST = "request"  # stands for one request for more time among the words of offices


@dataclass(frozen=True)
class Standing:
    """Whether one works at the authority or reviews, or both; what one is called; and how many turns are one's own, and of
    them how many are reviews."""

    person: Person | None
    is_staff: bool = False
    is_reviewer: bool = False
    role_name: str = ""
    waiting: int | None = None
    reviews: int | None = None


def standing_of(person: Person | None) -> Standing:
    """Read in two queries: what one is, with a word for each request that waits for one; and one's turns."""
    if person is None:
        return Standing(None)
    offices = Office.objects.filter(person=person, until=None).values_list("role")
    pooled = PoolPlace.objects.active().filter(person=person).order_by().values_list(Value(REVIEWERS))
    asked = [requests_to(person).order_by().values_list(Value(REQUEST))] if person.is_staff else []
    words = [word for (word,) in offices.union(pooled, *asked, all=True)]
    held = set(words) - {REQUEST}
    is_reviewer = REVIEWERS in held
    if Office.Role.HANDLE in held:
        name = _("handläggare")
    elif Office.Role.DECIDE in held:
        name = _("beslutsfattare")
    elif held - {REVIEWERS}:
        name = _("registrator eller granskare")
    else:
        name = _("bedömare") if is_reviewer else _("sökande")
    turns = Task.objects.filter(mine(person, held)).aggregate(
        waiting=Count("pk"), reviews=Count("pk", filter=Q(office=Role.REVIEWER))
    )
    waiting = turns["waiting"] + words.count(REQUEST)
    return Standing(person, person.is_staff, is_reviewer, name, waiting or None, turns["reviews"] or None)
