"""Ways in and around the places of an application that a hostile reader of the code found, each tried again."""

from typing import Any

import pytest
from django.core import mail
from django.db.models import OuterRef
from django.test import Client
from django.urls import reverse

from grants.applications import access
from grants.applications.models import Application, CaseMember, Party
from grants.fields import AddressField
from grants.organisations.models import Person
from grants.refusal import Refused
from tests.factories import World
from tests.pages.workspace.drafts import body, step
from tests.signing_in import signed_in
from workflows import jobs, rights
from workflows.commands import run
from workflows.simulation import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(world: World) -> Application:
    """A draft by Karin in a call whose parties confirm, with a second party."""
    case = world.draft("gemensamma-2023")
    Party.objects.filter(application=case).update(confirmed_at=None, confirmed_name="")
    return case


@pytest.fixture
def partner(draft: Application) -> Party:
    return draft.parties.exclude(role="coordinator").order_by("pk")[0]


@pytest.fixture
def paul(db: None) -> Person:
    return people.make_person("paul", "Paul Part")


@pytest.fixture
def page(world: World) -> Client:
    return signed_in(world.karin)


def let_in(draft: Application, by: Person, who: Person, right: str) -> CaseMember:
    run("invite_member", by, draft, email=who.email, right=right)
    member = draft.members.get(email=who.email, ended_at=None, joined_at=None)
    run("join_case", who, member)
    return draft.members.get(pk=member.pk)


def is_own(person: Person, case: Application) -> bool:
    return Person.objects.filter(access.is_own_case(OuterRef("pk"), case.pk), pk=person.pk).exists()


def code(command: str, who: Person, subject: Any, **data: Any) -> str:
    with pytest.raises(Refused) as refused:
        run(command, who, subject, **data)
    return refused.value.refusals[0].code


@pytest.mark.parametrize("leaves", [False, True])
def test_taking_a_party_away_does_not_make_its_worker_impartial(
    draft: Application, partner: Party, world: World, page: Client, leaves: bool
) -> None:
    member = let_in(draft, world.karin, world.sara, f"party:{partner.pk}")
    if leaves:
        run("remove_member", world.sara, member)
    assert is_own(world.sara, draft)
    page.post(step(draft, "parter"), {"remove": partner.pk})
    assert not Party.objects.filter(pk=partner.pk).exists()
    assert is_own(world.sara, draft)
    assert not Application.objects.visible_to(world.sara).filter(pk=draft.pk).exists()


def test_who_acts_for_two_parties_stays_when_one_is_taken_away(
    draft: Application, partner: Party, world: World, page: Client, paul: Person
) -> None:
    page.post(step(draft, "parter"), {"do": "add", "number": body(7102).number})
    other = draft.parties.get(organisation__number="000000-7102")
    for party in (partner, other):
        let_in(draft, world.karin, paul, f"party:{party.pk}")
    page.post(step(draft, "parter"), {"remove": other.pk})
    assert rights.expected([draft])[draft.pk] == rights.existing([draft.pk])[draft.pk]
    assert Application.objects.visible_to(paul).filter(pk=draft.pk).exists()


def test_who_is_not_confirmed_takes_nothing_from_who_is(draft: Application, world: World, paul: Person) -> None:
    let_in(draft, world.karin, paul, "edit")
    karins = draft.members.get(person=world.karin)
    assert code("remove_member", paul, karins) == "not_confirmed"
    assert code("change_member", paul, karins, right="read") == "not_confirmed"
    assert code("discard", paul, draft) == "not_confirmed"
    assert code("remove_member", world.karin, karins) == "last_writer"  # Paul could not submit


def test_a_right_that_goes_back_and_forth_is_no_flood_of_mail(draft: Application, world: World, paul: Person) -> None:
    run("invite_member", world.karin, draft, email="offer@exempel.invalid", right="read")
    invited = draft.members.get(email="offer@exempel.invalid")
    run("change_member", world.karin, invited, right="edit")
    assert code("change_member", world.karin, invited, right="edit") == "same"
    jobs.run_pending()
    assert len([m for m in mail.outbox if m.to == ["offer@exempel.invalid"]]) == 1
    joined = let_in(draft, world.karin, paul, "read")
    for n in range(4):
        run("change_member", world.karin, joined, right=("edit", "read")[n % 2])
    assert code("change_member", world.karin, joined, right="edit") == "asked_often"


def test_an_invitation_carries_no_words_of_the_applicants(draft: Application, world: World) -> None:
    Application.objects.filter(pk=draft.pk).update(title="Verifiera ditt bank-id: https://evil.example/x")
    run("invite_member", world.karin, draft, email="offer@exempel.invalid", right="read")
    jobs.run_pending()
    letter = next(m for m in mail.outbox if m.to == ["offer@exempel.invalid"])
    assert "evil.example" not in letter.subject + str(letter.body)
    assert world.karin.email in str(letter.body)


def test_who_signs_for_a_party_is_not_for_its_clerk_to_say(
    draft: Application, partner: Party, world: World, paul: Person
) -> None:
    let_in(draft, world.karin, paul, f"party:{partner.pk}")
    before = partner.signatory_email
    sent = {f"p{partner.pk}-signatory_email": paul.email, f"p{partner.pk}-contact_name": "Ny Kontakt"}
    signed_in(paul).post(step(draft, "parter"), sent)
    partner.refresh_from_db()
    assert (partner.signatory_email, partner.contact_name) == (before, "Ny Kontakt")


def test_nobody_confirms_for_the_other_side(draft: Application, partner: Party, world: World) -> None:
    right = f"confirm:{partner.pk}"
    assert code("invite_member", world.karin, draft, email=world.karin.email, right=right) == "member_already"
    CaseMember.objects.create(application=draft, person=world.karin, party=partner, right="confirm")
    rights.settle(draft)
    assert code("confirm_part", world.karin, partner, name="X", confirm=True) == "own_side"


def test_who_was_removed_does_not_follow_the_title(draft: Application, world: World, paul: Person) -> None:
    member = let_in(draft, world.karin, paul, "read")
    run("remove_member", world.karin, member)
    Application.objects.filter(pk=draft.pk).update(title="Hemlig ny titel")
    client = signed_in(paul)
    for name in ("notices", "my_cases"):
        assert "Hemlig ny titel" not in client.get(reverse(name)).content.decode(), name


def test_who_works_in_an_application_does_not_set_the_terms_of_its_call(draft: Application, world: World) -> None:
    let_in(draft, world.karin, world.sara, "read")
    assert code("publish_version", world.sara, draft.call) == "own_application"
    assert code("log_incident", world.sara, draft.call) == "own_application"


def test_two_places_of_one_person_do_not_become_one(
    draft: Application, partner: Party, world: World, paul: Person, page: Client
) -> None:
    row = let_in(draft, world.karin, paul, "read")
    Person.objects.filter(pk=paul.pk).update(email="paul.ny@exempel.invalid")
    paul.refresh_from_db()
    CaseMember.objects.create(application=draft, person=paul, party=partner, right="party")
    answer = page.post(reverse("act", args=["change_member", row.pk]), {"key": "k", "right": f"party:{partner.pk}"})
    assert answer.status_code == 409


def test_the_authority_does_not_read_who_was_let_in(world: World, paul: Person) -> None:
    case = world.draft()
    let_in(case, world.karin, paul, "read")
    run("submit", world.karin, case, confirm=True)
    assert paul.name not in signed_in(world.sara).get(reverse("case", args=[case.pk])).content.decode()


def test_an_address_is_written_with_plain_letters() -> None:
    assert AddressField().clean("ſara@exempel.invalid") == "sara@exempel.invalid"


def test_an_old_invitation_opens_nothing(draft: Application, world: World, paul: Person) -> None:
    run("invite_member", world.karin, draft, email=paul.email, right="read")
    member = draft.members.get(email=paul.email)
    CaseMember.objects.filter(pk=member.pk).update(since=member.since.replace(year=member.since.year - 1))
    assert code("join_case", paul, member) == "old"
