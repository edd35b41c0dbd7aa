"""Notices written with their event, in the same transaction."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Q

from grants.applications.access import staff_in
from grants.applications.models import Application, CaseMember, CaseState, Party
from grants.decisions.models import Acceptance
from grants.organisations.models import Membership, Person
from grants.programmes.models import Call
from reviewers.models import Assignment, AssignmentState, PoolPlace
from reviewers.panels import Meeting, seats
from workflows.models import Event, Invitation, Notice
from workflows.notices.table import NOTICES, Recipient

STAFF = (Recipient.OFFICER, Recipient.DECIDERS)  # to them a notice does not name a draft: it is not theirs to see
A_DAY = timedelta(days=1)
Address = tuple[Person | None, str, str, Invitation | None]  # person, e-mail, language, link


def write(event: Event, subject: Any, case: Application | None) -> None:
    """Write the event's notices and queue their sending. Nothing is sent if the transaction fails."""
    from workflows import jobs  # the jobs read this package

    kinds = NOTICES.get(event.name, ())
    found: dict[str, tuple[Address, Application | None]] = {}
    for kind in kinds:
        told = None if case is not None and case.state == CaseState.DRAFT and kind in STAFF else case
        for address in _addresses(kind, event, subject, case):
            if address[1]:
                found.setdefault(address[1].lower(), (address, told))
    if not found:
        return
    rows = Notice.objects.bulk_create(
        Notice(
            event=event,
            case=told,
            kind=event.name,
            person=person,
            email=email,
            language=language,
            invitation=link,
            created_at=event.at,
        )
        for (person, email, language, link), told in found.values()
    )
    jobs.defer_notices([row.pk for row in rows])


def _addresses(kind: Recipient, event: Event, subject: Any, case: Application | None) -> Iterable[Address]:
    if kind == Recipient.MEMBER and isinstance(subject, CaseMember):
        if event.name == "change_member" and subject.person is None:
            return  # the invitation says what holds when it is opened
        if subject.person is not None:
            yield from _persons(p for p in [subject.person] if p.pk != event.actor_id)
        elif known := Person.objects.filter(email__iexact=subject.email, is_active=True).first():
            yield from _persons([known])
        else:
            yield None, subject.email, event.actor.language if event.actor else "sv", None
    elif kind == Recipient.PERSON and isinstance(subject, Membership):
        yield from _persons([subject.person])
    elif kind == Recipient.REVIEWER and isinstance(subject, Assignment):
        yield from _persons([subject.reviewer])
    elif kind in (Recipient.PLACE, Recipient.INVITER) and isinstance(subject, PoolPlace):
        yield from _of_place(kind, event, subject)
    elif kind == Recipient.PARTY and isinstance(subject, (Party, Acceptance)):
        yield from _party(subject, event)
    elif kind in (Recipient.WRITERS, Recipient.FOLLOWERS) and isinstance(subject, Call):
        cases = Application.objects.filter(call=subject)
        writing = cases.unfinished() if kind == Recipient.WRITERS else cases.filter(state=CaseState.DRAFT)
        rows = CaseMember.objects.writers().filter(application__in=writing)
        yield from _persons(Person.objects.filter(pk__in=rows.values("person"), is_active=True).order_by("pk"))
    elif kind == Recipient.SEAT and isinstance(subject, Meeting):
        yield from _persons(Person.objects.filter(pk=event.data["person"], is_active=True))
    elif kind == Recipient.PANEL and isinstance(subject, Meeting):
        there = (seat.person for seat in seats(subject))
        yield from _persons(p for p in there if p.is_active and p.pk != event.actor_id)
    elif case is None:
        return
    elif kind == Recipient.APPLICANTS:
        members = CaseMember.objects.writers().filter(application=case).select_related("person")
        yield from _persons(m.person for m in members if m.person is not None and m.person.is_active)
    elif kind == Recipient.OFFICER:
        officers = list(staff_in(case, "handle_call"))
        yield from _persons([p for p in officers if p.pk == case.handled_by_id] or officers)
    elif kind == Recipient.ASSESSORS:
        yield from _persons(_assessors(event, case))
    elif kind == Recipient.DECIDERS:
        yield from _persons(staff_in(case, "decide_call"))
    elif kind == Recipient.PARTIES:
        for party in case.parties.all():
            yield from _party(party, event)


def _of_place(kind: Recipient, event: Event, place: PoolPlace) -> Iterable[Address]:
    if kind == Recipient.INVITER:
        yield from _persons(p for p in [place.invited_by] if p is not None and p.is_active)
    elif place.person is not None:
        yield from _persons(p for p in [place.person] if p.pk != event.actor_id)
    elif known := Person.objects.filter(email__iexact=place.email, is_active=True).first():
        yield from _persons([known])
    else:
        yield None, place.email, event.actor.language if event.actor else "sv", None


def _assessors(event: Event, case: Application) -> Iterable[Person]:
    """The others who have lodged and the officer who handles the case, but for those who were told of a comment today."""
    told = Notice.objects.filter(case=case, kind=event.name, created_at__gt=event.at - A_DAY).values("person")
    lodged = Assignment.objects.filter(application=case, state=AssignmentState.LODGED).values("reviewer")
    who = Q(pk__in=lodged) | Q(pk=case.handled_by_id or 0)
    return (
        Person.objects.filter(who, is_active=True).exclude(pk__in=told).exclude(pk=event.actor_id or 0).order_by("pk")
    )


def _persons(persons: Iterable[Person]) -> Iterable[Address]:
    for person in persons:
        yield person, person.email, person.language, None


def _party(subject: Party | Acceptance, event: Event) -> Iterable[Address]:
    """The contact of a party; the newest link that is still good goes with it."""
    party = _party_of(subject)
    purpose = Invitation.Purpose.ACCEPT if isinstance(subject, Acceptance) else Invitation.Purpose.CONFIRM
    link = Invitation.objects.filter(subject_id=subject.pk, purpose=purpose, ended_at=None).order_by("-pk").first()
    yield None, link.email if link else party.contact_email, "sv", link


def _party_of(subject: Party | Acceptance) -> Party:
    if isinstance(subject, Party):
        return subject
    party: Party = subject.party
    return party
