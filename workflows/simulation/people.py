"""The fictional people and organisations of demonstrations, simulations and tests. No real person, no real number."""

from django.contrib.auth.models import Group
from django.db import transaction

from grants import clock
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Membership, Organisation, Person
from grants.programmes.models import Call, Office
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
    if spec.reviewer:
        person.groups.add(Group.objects.get_or_create(name="reviewers")[0])
    return person


def make_person(key: str, name: str, *, staff: bool = False, reviewer: bool = False) -> Person:
    """Somebody for a test or a simulation."""
    return persona(Persona(key, name, "", "", "", staff, reviewer))


def cast() -> dict[str, Person]:
    """All personas, by key."""
    have = {p.email: p for p in Person.objects.filter(email__in=[spec.email for spec in PERSONAS.values()])}
    return {key: have.get(spec.email) or persona(spec) for key, spec in PERSONAS.items()}


def staff_call(call: Call, people: dict[str, Person]) -> None:
    """Give the authority's personas their offices on a call."""
    for key, role in (
        ("sara", Office.Role.HANDLE),
        ("jonas", Office.Role.HANDLE),
        ("eva", Office.Role.DECIDE),
        ("per", Office.Role.DECIDE),
        ("rolf", Office.Role.AUDIT),
    ):
        give_office(call, people[key], role)


def organisation(n: int, kind: str, name: str = "") -> Organisation:
    """The n-th fictional organisation of a kind. Its place name follows from n."""
    place = _FIRST[n % len(_FIRST)] + _LAST[(n // len(_FIRST)) % len(_LAST)]
    found, _made = Organisation.objects.get_or_create(
        number=example_number(n),
        defaults={
            "name": (name or _ENDINGS[kind].format(place)) + " (exempel)",
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
