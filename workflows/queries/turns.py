"""Whose turn it is, as one condition on tasks: the inbox, its counter and the tests use the same."""

from django.db.models import Exists, OuterRef, Q

from grants import clock
from grants.applications import access
from grants.organisations.models import Deputy, Person
from workflows.matrix import Role


def mine(person: Person) -> Q:
    """Open tasks that wait for this person: owned by them or, on calls that both handle, by an officer they stand in for;
    or nobody's in particular among those of their offices and of the applications they write in."""
    now = clock.now()
    absent = Deputy.objects.filter(deputy=person, since__lte=now, until__gte=now).values("person")
    handles = Exists(access.office_grants(person, ["handle_call"]).filter(content_object=OuterRef("case__call")))
    decides = Exists(access.office_grants(person, ["decide_call"]).filter(content_object=OuterRef("case__call")))
    writes = Exists(access.case_grants(person, ["edit_case"]).filter(content_object=OuterRef("case")))
    related = Exists(access.case_grants(person, access.CASE_CODENAMES).filter(content_object=OuterRef("case")))
    early = Q(kind="check", case__call__closes_at__gt=now)  # while a call is open nothing is judged
    of_officers = Q(office=Role.OFFICER) & (Q(owner=None) | Q(owner__in=absent)) & Q(handles)
    of_deciders = Q(office=Role.DECIDER, owner=None) & Q(decides)
    of_writers = Q(office=Role.APPLICANT, owner=None) & Q(writes)
    return Q(finished=None) & ~early & (Q(owner=person) | of_writers | (of_officers | of_deciders) & ~Q(related))
