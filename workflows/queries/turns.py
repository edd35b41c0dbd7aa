"""Whose turn it is, as one condition on tasks: the inbox, its counter and the tests use the same."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from grants import clock
from grants.applications import access
from grants.applications.extensions import Extension
from grants.applications.gathering import judged_after
from grants.applications.models import CaseMember, CaseState, Party
from grants.organisations.models import Deputy, Membership, Person
from grants.programmes.models import CallUserObjectPermission
from reviewers.models import Assignment
from workflows.matrix import Role
from workflows.models import Task

OFFICE_OF = {Role.OFFICER: "handle_call", Role.DECIDER: "decide_call"}


def mine(person: Person, offices: Collection[str] | None = None) -> Q:
    """Open tasks that wait for this person: owned by them or, on calls that both handle, by an officer they stand in for;
    or nobody's in particular among those of their offices and of the applications they write in. In one's own case no
    office's task is one's own, and that of an officer who may no longer take part is their colleagues'. When nobody who
    holds the office may take part, whoever audits the call is told, and can see to it that somebody else is given it.

    `offices` are the kinds that the person holds on any call, when they are known: what no office gives is not asked for.
    """
    if offices is None:
        offices = access.kinds_of_offices(person)
    now = clock.now()
    writes = Exists(access.case_grants(person, ["edit_case"]).filter(content_object=OuterRef("case")))
    own = Q(owner=person) & ~Q(office__in=OFFICE_OF)
    waits = own | (Q(office=Role.APPLICANT, owner=None) & Q(writes))
    if of_offices := _of_offices(person, offices, now):
        waits |= of_offices & ~access.is_own_case(person.pk, OuterRef("case"))
    early = Q(kind="check") & judged_after(now, "case__")  # until then nothing is judged
    late = Task.objects.filter(case=OuterRef("case"), finished=None, office=Role.REVIEWER, due__lt=now)
    early |= Q(kind="follow") & ~Q(Exists(late))  # reviewers are at work, and in time
    return Q(finished=None) & ~early & waits


def _of_offices(person: Person, offices: Collection[str], now: datetime) -> Q:
    """What waits for the holder of these offices, whoever's case it is."""
    found = Q()
    if "handle_call" in offices:
        absent = Deputy.objects.filter(deputy=person, since__lte=now, until__gte=now).values("person")
        barred = access.is_own_case(OuterRef("owner"), OuterRef("case"))
        free = Q(owner=None) | Q(owner=person) | Q(owner__in=absent) | (_has_staff_inside() & barred)
        found |= Q(office=Role.OFFICER) & _holds(person, "handle_call") & free
    if "decide_call" in offices:
        found |= Q(office=Role.DECIDER, owner=None) & _holds(person, "decide_call")
    if "audit_call" in offices:
        found |= _holds(person, "audit_call") & _has_staff_inside() & _nobody_may()
    return found


def requests_to(person: Person) -> QuerySet[Extension]:
    """Requests for more time that wait for this officer and their colleagues, the oldest first."""
    mine_to_answer = access.office_counts(person, ["handle_call"], "application_id", "application__call_id")
    rows = Extension.objects.filter(mine_to_answer, answered_at=None, application__state=CaseState.DRAFT)
    return rows.order_by("asked_at", "pk")


def is_told_only(person: Person) -> Q:
    """Of one's own tasks those that one cannot take, because one audits the call and does not hold the task's office."""
    told = Q()
    for role, codename in OFFICE_OF.items():
        told |= Q(office=role) & ~_holds(person, codename)
    return told


def _holds(person: Person, codename: str) -> Q:
    """That the person holds this office on the task's call."""
    return Q(Exists(access.office_grants(person, [codename]).filter(content_object=OuterRef("case__call"))))


def _nobody_may() -> Q:
    """That the case is the own of everybody who holds the task's office."""
    nobody = Q()
    for role, codename in OFFICE_OF.items():
        holders = CallUserObjectPermission.objects.filter(
            content_object=OuterRef("case__call"), permission_id=access.permission_id(codename), user__is_active=True
        )
        outside = holders.filter(~access.is_own_case(OuterRef("user"), OuterRef(OuterRef("case"))))
        nobody |= Q(office=role) & ~Q(Exists(outside))
    return nobody


def _has_staff_inside() -> Q:
    """That somebody who works at the authority is on the applicants' side of the case, or reviews it. There are few such
    cases: asking this first spares the many a closer look."""
    belongs = Membership.objects.filter(until=None, person__is_staff=True).values("organisation")
    worked = CaseMember.objects.filter(person__is_staff=True)
    parties = Party.objects.filter(organisation__in=belongs)
    reviewed = Assignment.objects.filter(reviewer__is_staff=True)
    inside = [worked.values("application"), parties.values("application"), reviewed.values("application")]
    return Q(case__in=inside[0]) | Q(case__in=inside[1]) | Q(case__in=inside[2])
