"""A draft in the call that is open, and who writes in it."""

import pytest
from django.test import Client

from grants.applications.models import Application, CaseMember
from grants.organisations.models import Person
from grants.programmes.models import Call
from tests.factories import World
from tests.pages.workspace.drafts import SignIn
from workflows import rights
from workflows.commands.applying import create_draft


@pytest.fixture
def call(world: World) -> Call:
    """A call that asks its parties to confirm, while it is open."""
    found = next(c for c in Call.objects.order_by("slug") if c.definition.stages.partner_confirmation)
    return world.open(found.slug)


@pytest.fixture
def karin(world: World) -> Person:
    return world.karin


@pytest.fixture
def ali(db: None) -> Person:
    return Person.objects.create_user("en.annan@exempel.invalid", name="Ali Rezai")


@pytest.fixture
def draft(world: World, call: Call, karin: Person, ali: Person) -> Application:
    """Karin's draft, in which Ali writes too."""
    case = create_draft(karin, call, world.organisation, "Rätt ärende")
    CaseMember.objects.create(application=case, person=ali, right=CaseMember.Right.EDIT)
    rights.settle(case)
    return case


@pytest.fixture
def page(sign_in: SignIn, karin: Person) -> Client:
    return sign_in(karin)
