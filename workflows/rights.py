"""Grants follow from nouns: what each person should be granted on a case, and making it so.

`expected` is the one place that derives grants; commands settle a case by it, and check_integrity compares with it.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Exists

from grants.applications import access
from grants.applications.extensions import Extension
from grants.applications.models import Application, ApplicationUserObjectPermission, CaseMember, CaseState
from grants.decisions.models import Decision
from grants.organisations.models import Membership, Person
from grants.programmes.models import Authority, Call, CallUserObjectPermission, Office
from reviewers.models import Assignment, AssignmentState, PoolPlace
from reviewers.panels import Item, Meeting, PanelMember, free
from workflows.matrix import Noun, Role
from workflows.models import Invitation
from workflows.nouns import noun_of

Grant = tuple[int, str]  # person, codename

# What a reviewer may see, by the state of the assignment and only while the case is being assessed.
ASSIGNMENT_RIGHT: dict[str, str] = {
    AssignmentState.OFFERED: "declare_case",
    AssignmentState.CLEARED: "review_case",
    AssignmentState.LODGED: "review_case",
}
MEMBER_RIGHT: dict[str, str] = {
    CaseMember.Right.READ: "read_case",
    CaseMember.Right.EDIT: "edit_case",
    CaseMember.Right.PARTY: "party_case",
    CaseMember.Right.CONFIRM: "party_case",
}
# Who works together is the business of those who do, not of the authority.
WORKERS = frozenset({Role.APPLICANT, Role.PENDING, Role.PARTNER, Role.READER})
OFFICE_ROLE: dict[str, Role] = {
    "handle_call": Role.OFFICER,
    "decide_call": Role.DECIDER,
    "audit_call": Role.AUDITOR,
}


def expected(cases: Iterable[Application]) -> dict[int, set[Grant]]:
    """The grants that should exist on these cases, by case; two queries, and one more where a panel may be at work."""
    state = {case.pk: case.state for case in cases}
    grants: dict[int, set[Grant]] = defaultdict(set)
    for case, person, right in (
        CaseMember.objects.active().filter(application__in=state).values_list("application_id", "person_id", "right")
    ):
        grants[case].add((person, MEMBER_RIGHT[right]))
    for case, person, state_of_assignment in Assignment.objects.filter(
        application__in=[pk for pk, s in state.items() if s == CaseState.ASSESSING]
    ).values_list("application_id", "reviewer_id", "state"):
        if codename := ASSIGNMENT_RIGHT.get(state_of_assignment):
            grants[case].add((person, codename))
    if assessed := [pk for pk, s in state.items() if s == CaseState.ASSESSED]:
        for case, person in free(assessed).order_by().values_list("item__application_id", "member__person_id"):
            grants[case].add((person, "panel_case"))
    return grants


def existing(cases: Iterable[int]) -> dict[int, set[Grant]]:
    """The grants that do exist on these cases, by case; one query."""
    grants: dict[int, set[Grant]] = defaultdict(set)
    for case, person, codename in ApplicationUserObjectPermission.objects.filter(
        content_object__in=list(cases)
    ).values_list("content_object_id", "user_id", "permission__codename"):
        grants[case].add((person, codename))
    return grants


def settle(case: Application) -> None:
    """Make the grants on a case what they should be. The caller holds the lock on the case."""
    should, have = expected([case])[case.pk], existing([case.pk])[case.pk]
    for person, codename in have - should:
        ApplicationUserObjectPermission.objects.filter(
            content_object=case, user_id=person, permission_id=access.permission_id(codename)
        ).delete()
    if missing := should - have:
        ApplicationUserObjectPermission.objects.bulk_create(
            ApplicationUserObjectPermission(
                content_object=case, user_id=person, permission_id=access.permission_id(codename)
            )
            for person, codename in sorted(missing)
        )


def settle_all(cases: Iterable[int]) -> None:
    """Make the grants on these cases what they should be, as the cases are now. The caller holds their locks."""
    rows = list(Application.objects.filter(pk__in=list(cases)).only("pk", "state"))
    should, have = expected(rows), existing(case.pk for case in rows)
    made = []
    for case in rows:
        for person, codename in have[case.pk] - should[case.pk]:
            ApplicationUserObjectPermission.objects.filter(
                content_object=case, user_id=person, permission_id=access.permission_id(codename)
            ).delete()
        made += [
            ApplicationUserObjectPermission(
                content_object=case, user_id=person, permission_id=access.permission_id(codename)
            )
            for person, codename in sorted(should[case.pk] - have[case.pk])
        ]
    ApplicationUserObjectPermission.objects.bulk_create(made)


def settle_offices(call: Call) -> None:
    """Make the grants on a call what its offices say. The caller holds the lock on the call."""
    should = set(Office.objects.filter(call=call, until=None).values_list("person_id", "role"))
    rows = CallUserObjectPermission.objects.filter(content_object=call)
    have = set(rows.values_list("user_id", "permission__codename"))
    for person, codename in have - should:
        rows.filter(user_id=person, permission_id=access.permission_id(codename)).delete()
    CallUserObjectPermission.objects.bulk_create(
        CallUserObjectPermission(content_object=call, user_id=person, permission_id=access.permission_id(codename))
        for person, codename in sorted(should - have)
    )


def roles_on_case(actor: Person | None, case: Application) -> frozenset[Role]:
    """What the actor is to a case; empty when they may not know of it."""
    if actor is None or not actor.is_authenticated or not actor.is_active:
        return frozenset()
    granted = access.grants_on(actor, case.pk, case.call_id)
    roles = set[Role]()
    if case.state not in (CaseState.DRAFT, CaseState.LAPSED):
        roles |= {role for codename, role in OFFICE_ROLE.items() if codename in granted}
    if "edit_case" in granted:
        # a lapsed draft is erased with its parties: who wrote it is told that it lapsed, not that they are unconfirmed
        known = case.state == CaseState.LAPSED or access.is_confirmed(actor, case)
        roles.add(Role.APPLICANT if known else Role.PENDING)
    if "party_case" in granted:
        roles.add(Role.PARTNER)
    if "read_case" in granted:
        roles.add(Role.READER)
    if granted & {"review_case", "declare_case"}:
        roles.add(Role.REVIEWER)
    return frozenset(roles)


def roles_of(actor: Person | None, subject: Any, case: Application | None, link: Invitation | None) -> frozenset[Role]:
    """What the actor (or the holder of a link) is to the noun; empty when the noun does not exist for them."""
    noun = noun_of(subject)
    if link is not None:
        right_one = link.ended_at is None and link.subject_id == subject.pk and link.purpose == LINK_PURPOSE.get(noun)
        return frozenset({Role.HOLDER}) if right_one else frozenset()
    if case is not None:
        roles = roles_on_case(actor, case)
        if noun in (Noun.PARTY, Noun.ACCEPTANCE, Noun.DUTY, Noun.EXTENSION):
            roles -= {
                Role.REVIEWER
            }  # who judges reads the application, on a page of their own; parties are none of theirs
        if isinstance(subject, Extension) and actor is not None and actor.is_authenticated and actor.is_active:
            # the one thing about a draft that its officers know of: it was written to them
            granted = access.grants_on(actor, case.pk, case.call_id)
            roles |= {role for codename, role in OFFICE_ROLE.items() if codename in granted}
        if isinstance(subject, Decision):
            return roles & OFFICE_ROLES  # nobody outside knows of it before its letter
        if isinstance(subject, Item):
            return roles & OFFICE_ROLES | _roles_at_table(actor, subject)
        if isinstance(subject, CaseMember):
            return roles & WORKERS | _roles_of_member(actor, subject)
        if isinstance(subject, Assignment):
            mine = actor is not None and subject.reviewer_id == actor.pk
            # one's own sheet stays readable when the assessment is over; others' assignments are nobody else's business
            return (roles | {Role.REVIEWER} if mine else roles - {Role.REVIEWER}) - {
                Role.APPLICANT,
                Role.PENDING,
                Role.PARTNER,
                Role.READER,
            }
        return roles
    if actor is None or not actor.is_authenticated:
        return frozenset()
    if isinstance(subject, Person):
        return frozenset({Role.SELF}) if subject.pk == actor.pk else frozenset()
    if isinstance(subject, Membership):
        return frozenset({Role.OFFICER}) if access.office_grants(actor, ["handle_call"]).exists() else frozenset()
    if isinstance(subject, Call):
        judges = Assignment.objects.filter(reviewer=actor, application__call=subject).exists()
        return _roles_on_call(actor, subject.pk) | ({Role.REVIEWER} if judges else frozenset())
    if isinstance(subject, Meeting):
        seat = PanelMember.objects.filter(meeting=subject, person=actor, ended_at=None).first()
        return _roles_on_call(actor, subject.call_id) | _roles_of_seat(seat)
    if isinstance(subject, Authority):
        return _roles_at(actor, subject.pk)
    if isinstance(subject, PoolPlace):
        return _roles_at(actor, subject.authority_id) | _own_place(actor, subject)
    return frozenset()


def _roles_at(actor: Person, authority: int) -> frozenset[Role]:
    """What one is at an authority by one's offices on its calls."""
    held = Office.objects.filter(call__programme__authority=authority, person=actor, until=None)
    return frozenset(OFFICE_ROLE[role] for role in held.values_list("role", flat=True) if actor.is_active)


def _own_place(actor: Person, place: PoolPlace) -> frozenset[Role]:
    """What one is to a place in a pool: it is one's own, or offered to the address that one signs in with."""
    if place.state == "invited" and place.email.lower() == actor.email.lower():
        return frozenset({Role.INVITED})
    return frozenset({Role.SELF}) if place.state == "joined" and place.person_id == actor.pk else frozenset()


def _roles_on_call(actor: Person, call_id: int) -> frozenset[Role]:
    held = Office.objects.filter(call=call_id, person=actor, until=None).values_list("role", flat=True)
    return frozenset(OFFICE_ROLE[role] for role in held)


def _roles_of_seat(seat: PanelMember | None) -> frozenset[Role]:
    if seat is None:
        return frozenset()
    leads = seat.is_chair and not seat.is_absent  # who is not there leads nothing
    return frozenset({Role.CHAIR if leads else Role.PANEL})


def _roles_at_table(actor: Person | None, item: Item) -> frozenset[Role]:
    """What one is to an item of a panel's agenda, where one has been let in: to whoever is out of it, it does not exist."""
    if actor is None or not actor.is_authenticated or not actor.is_active:
        return frozenset()
    let_in = access.case_grants(actor, ["panel_case"]).filter(content_object=item.application_id)
    seat = PanelMember.objects.filter(Exists(let_in), meeting=item.meeting_id, person=actor, ended_at=None)
    return _roles_of_seat(seat.first())


def _roles_of_member(actor: Person | None, member: CaseMember) -> frozenset[Role]:
    """What one is to one's own place in an application. An invitation is to an address: whoever signs in with it is meant,
    and nobody else, however the mail travels."""
    if actor is None or not actor.is_authenticated or not actor.is_active:
        return frozenset()
    if member.state == "invited" and member.email.lower() == actor.email.lower():
        return frozenset({Role.INVITED})
    return frozenset({Role.SELF}) if member.state == "joined" and member.person_id == actor.pk else frozenset()


OFFICE_ROLES = frozenset(OFFICE_ROLE.values())
LINK_PURPOSE: dict[Noun, str] = {
    Noun.PARTY: Invitation.Purpose.CONFIRM,
    Noun.ACCEPTANCE: Invitation.Purpose.ACCEPT,
}
