"""The fictional people and organisations of demonstrations, simulations and tests. No real person, no real number."""

import re

from django.db import transaction

from grants import clock
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Membership, Organisation, Person
from grants.programmes.models import Authority, Call, Office
from reviewers.places import PoolPlace, has_accepted_terms
from workflows.commands.base import run
from workflows.commands.calls import give_office
from workflows.commands.organisations import claim_organisation
from workflows.demo import DOMAIN, PERSONAS, Persona

_FIRST = (
    "Björk",
    "Al",
    "Gran",
    "Lind",
    "Ek",
    "Rönn",
    "Sten",
    "Sjö",
    "Näck",
    "Tall",
    "Lill",
    "Hög",
    "Ås",
    "Älv",
    "Vass",
)
_LAST = ("dala", "vik", "ryd", "berga", "fors", "hult", "sund", "åker", "näs", "torp")
_HALVES = ("Norra", "Södra", "Östra", "Västra", "Övre", "Nedre", "Gamla", "Nya", "Stora", "Lilla")
_ENDINGS: dict[str, str] = {
    OrganisationKind.MUNICIPALITY: "{} kommun",
    OrganisationKind.MUNICIPAL_ASSOCIATION: "Kommunalförbundet {}",
    OrganisationKind.CIVIL_SOCIETY: "Föreningen {}s grannar",
    OrganisationKind.COMPANY: "{} Analys AB",
    OrganisationKind.UNIVERSITY: "Högskolan i {}",
    OrganisationKind.INSTITUTE: "{} forskningsinstitut",
    OrganisationKind.REGION: "Region {}",
    OrganisationKind.AGENCY: "{}verket",
}


def example_number(n: int) -> str:
    """An organisation number of the kind that only a demonstration accepts: its first group is all zeros."""
    return f"000000-{n:04d}"


def persona(spec: Persona) -> Person:
    """The persona as a person; the same one every time."""
    person = Person.objects.filter(email=spec.email).first()
    if person is None:
        person = Person.objects.create_user(
            spec.email, name=spec.name, title=str(spec.title), is_staff=spec.staff, is_example=True
        )
    return person


def make_person(key: str, name: str, *, staff: bool = False) -> Person:
    """Somebody for a test or a simulation."""
    return persona(Persona(key, name, "", "", "", staff))


def cast() -> dict[str, Person]:
    """All personas, by key."""
    have = {p.email: p for p in Person.objects.filter(email__in=[spec.email for spec in PERSONAS.values()])}
    return {key: have.get(spec.email) or persona(spec) for key, spec in PERSONAS.items()}


def staff_call(call: Call, people: dict[str, Person]) -> None:
    """Give the authority's personas their offices on a call, and its reviewers their places in its pool."""
    for key, role in (
        ("sara", Office.Role.HANDLE),
        ("jonas", Office.Role.HANDLE),
        ("eva", Office.Role.DECIDE),
        ("per", Office.Role.DECIDE),
        ("rolf", Office.Role.AUDIT),
    ):
        give_office(call, people[key], role)
    for spec in PERSONAS.values():
        if spec.reviewer:
            into_pool(call.programme.authority, people[spec.key], people["sara"])


def into_pool(authority: Authority, person: Person, officer: Person) -> PoolPlace:
    """Give the person a place in the authority's pool, as one who was invited long ago."""
    now = clock.now()
    place, _made = PoolPlace.objects.get_or_create(
        authority=authority,
        person=person,
        ended_at=None,
        defaults={"email": person.email, "invited_by": officer, "since": now, "joined_at": now},
    )
    return place


def accept_terms(person: Person, call: Call) -> None:
    """Accept what the call asks of its reviewers, unless the person has; they have been asked to review in it."""
    if not has_accepted_terms(person, call.pk, call.definition.review):
        run("accept_terms", person, call, confirm=True)


def _place(n: int) -> str:
    """The n-th made-up place; after all of them come their northern, southern … halves."""
    rounds, i = divmod(n, len(_FIRST) * len(_LAST))
    # three of the same letter are written as two (Rönn + näs)
    bare = re.sub(r"(.)\1\1", r"\1\1", _FIRST[i % len(_FIRST)] + _LAST[i // len(_FIRST)])
    return f"{_HALVES[rounds - 1]} {bare}" if 0 < rounds <= len(_HALVES) else bare


def _free_place(n: int, kind: str) -> str:
    """The place of the n-th organisation, or the next one where no organisation of the kind has its name yet: a list with
    two of the same name would be taken for a fault."""
    places = len(_FIRST) * len(_LAST)
    for i in range(n % places, n % places + places * (len(_HALVES) + 1)):
        if not Organisation.objects.filter(name=_named(kind, _place(i))).exists():
            return _place(i)
    return _place(n % places)


def _named(kind: str, place: str) -> str:
    return _ENDINGS[kind].format(place) + " (exempel)"


def organisation(n: int, kind: str, name: str = "") -> Organisation:
    """The n-th fictional organisation of a kind. No two are named alike."""
    number = example_number(n)
    if found := Organisation.objects.filter(number=number).first():
        return found
    place = _free_place(n, kind)
    found, _made = Organisation.objects.get_or_create(
        number=number,
        defaults={
            "name": f"{name} (exempel)" if name else _named(kind, place),
            "kind": kind,
            "street": "Exempelgatan 1",
            "postal_code": "000 00",
            "city": place,
            "signatory_name": "Firmatecknare Exempel",
            "signatory_email": f"firmatecknare-{n}@{DOMAIN}",
            "is_example": True,
            "created_at": clock.now(),
        },
    )
    return found


def speaks_for(person: Person, organisation: Organisation, officer: Person) -> None:
    """Make the person a confirmed member, by the commands."""
    with transaction.atomic():
        claim_organisation(person, organisation.number)
        membership = Membership.objects.get(person=person, organisation=organisation, until=None)
        if not membership.is_confirmed:
            run("confirm_membership", officer, membership)
