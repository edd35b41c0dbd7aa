"""Who works in an application and what each of them can do, as a table; and the invitations that wait for an answer."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from grants.applications.models import Application, CaseMember, Party
from grants.organisations.models import Membership, Person
from grants.programmes.definition import PartyRole
from workflows import rights
from workflows.matrix import MOVES, Noun, Role
from workflows.queries.actions import Action, row_actions

COLUMNS = ("read", "write", "part", "confirm", "submit")


@dataclass(frozen=True)
class MemberRow:
    """One person's line: who, for which party, and a yes or no for each of COLUMNS."""

    name: str
    email: str
    party: str
    glyph: str
    state: str
    can: tuple[bool, ...]
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Members:
    """The table of who can do what in one application."""

    case: Application
    rows: list[MemberRow]
    may_invite: bool
    is_own: bool  # whether one's own way out is among the rows


def members_of(case: Application, person: Person) -> Members | None:
    """The table for somebody who works in the case; None for everyone else. Four queries more than the case."""
    roles = rights.roles_on_case(person, case) & rights.WORKERS
    if not roles:
        return None
    places = list(case.members.filter(ended_at=None).select_related("person", "party__organisation"))
    parties = list(case.parties.select_related("organisation"))
    places.sort(key=lambda m: (not m.writes_all, m.party_id or 0, m.since, m.pk))
    confirmed = _confirmed(parties, places)
    rows = [_row(place, person, roles, confirmed) for place in places]
    if case.definition.stages.partner_confirmation and case.is_editable:
        rows += [
            _signatory(party) for party in parties if party.role != PartyRole.COORDINATOR and party.signatory_email
        ]
    may_invite = bool(roles & MOVES["invite_member"].roles) and case.state in MOVES["invite_member"].sources
    return Members(case, rows, may_invite, any(m.person_id == person.pk for m in places))


def _confirmed(parties: list[Party], places: list[CaseMember]) -> set[int]:
    """Which of these persons the coordinating organisation has been confirmed for: they may submit."""
    coordinating = [p.organisation_id for p in parties if p.role == PartyRole.COORDINATOR]
    rows = Membership.objects.filter(
        organisation__in=coordinating,
        person__in=[m.person_id for m in places if m.person_id],
        until=None,
        confirmed_at__isnull=False,
    )
    return set(rows.values_list("person_id", flat=True))


def _row(member: CaseMember, person: Person, roles: frozenset[Role], confirmed: set[int]) -> MemberRow:
    is_self = member.person_id == person.pk
    own = roles | ({Role.SELF} if is_self and member.state == "joined" else set())
    if member.state == "invited":
        glyph, state = "wait", _("Inbjuden")
    else:
        glyph, state = "done", _("Med i arbetet")
    return MemberRow(
        member.called,
        member.person.email if member.person else "",
        member.party.name if member.party else "",
        glyph,
        state,
        (
            True,
            member.writes_all,
            member.writes_all or member.right in CaseMember.FOR_PARTY,
            member.confirms,
            member.writes_all and member.person_id in confirmed,
        ),
        tuple(row_actions(Noun.MEMBER, member.pk, member.state, own)),
    )


def _signatory(party: Party) -> MemberRow:
    """Whoever signs for a party confirms by a personal link, which opens nothing else."""
    if party.confirmed_at:
        glyph, state = "done", _("Har bekräftat")
    elif party.invited_at:
        glyph, state = "wait", _("Har fått en personlig länk")
    else:
        glyph, state = "empty", _("Inte tillfrågad")
    return MemberRow(
        party.signatory_name or party.signatory_email,
        party.signatory_email,
        party.name,
        glyph,
        state,
        (False, False, False, True, False),
    )


def invitations_of(person: Person) -> QuerySet[CaseMember]:
    """The invitations to this person's address that wait for an answer, the newest first."""
    rows = CaseMember.objects.filter(email__iexact=person.email, joined_at=None, ended_at=None)
    return rows.select_related("application__call__version", "invited_by", "party__organisation").order_by(
        "-since", "-pk"
    )
