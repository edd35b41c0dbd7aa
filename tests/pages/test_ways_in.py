"""Ways in without a role: personal links, a new application, public pages and the demonstration."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from grants.models import DemoClock
from grants.organisations.models import Membership
from tests.factories import World
from tests.pages.asking import act, get, queries
from workflows import links
from workflows.commands import COMMANDS
from workflows.commands.organisations import claim_organisation
from workflows.models import Event, Invitation, Notice
from workflows.simulation import people
from workflows.wording import HAPPENED

S = CaseState


SignIn = Callable[..., Client]


pytestmark = pytest.mark.django_db


class TestPersonalLinks:
    def link(self, case: Application) -> Invitation:
        return Invitation.objects.filter(application=case, purpose="accept", ended_at=None)[0]

    def test_a_party_accepts_once(self, world: World, client: Client) -> None:
        case = world.case(S.ACCEPTING)
        invitation = self.link(case)
        url = reverse("personal_link", args=[links.token(invitation)])
        response = client.get(url)
        page = response.content.decode()
        assert case.title in page
        assert response["X-Robots-Tag"].startswith("noindex")
        assert "no-store" in response["Cache-Control"]
        assert client.post(url, {"command": "accept", "key": "a", "name": ""}).status_code == 422
        assert client.post(url, {"command": "approve", "key": "a"}).status_code == 422
        data = {"command": "accept", "key": "a", "name": "Amina Yusuf", "confirm": "on"}
        assert "mottaget" in client.post(url, data).content.decode()
        again = client.post(url, data)
        assert again.status_code == 410
        assert "Amina Yusuf" in again.content.decode()
        assert client.get(url).status_code == 410
        assert Event.objects.filter(name="accept", data__link=invitation.pk).count() == 1

    def test_a_party_declines(self, world: World, client: Client) -> None:
        case = world.case(S.ACCEPTING)
        url = reverse("personal_link", args=[links.token(self.link(case))])
        answer = client.post(
            url, {"command": "decline_part", "key": "b", "name": "Amina Yusuf", "reason": "Vi hinner inte"}
        )
        assert answer.status_code == 200
        assert case.acceptances.filter(state="declined").count() == 1

    def test_a_party_confirms_its_part(self, world: World, client: Client, sign_in: SignIn) -> None:
        case = world.draft("gemensamma-2023")
        party = case.parties.exclude(role="coordinator").first()
        assert party is not None
        type(party).objects.filter(pk=party.pk).update(
            confirmed_at=None, confirmed_name="", signatory_email="firma@exempel.invalid", signatory_name="Firma"
        )
        response = act(sign_in(world.karin), "invite_party", party.pk)
        assert response["Location"] == reverse("workspace_step", args=[case.pk, "parter"])
        client.logout()
        invitation = Invitation.objects.get(purpose="confirm", subject_id=party.pk, ended_at=None)
        url = reverse("personal_link", args=[links.token(invitation)])
        assert party.name in client.get(url).content.decode()
        assert client.post(url, {"command": "confirm_part", "name": "Firma", "confirm": "on"}).status_code == 200
        party.refresh_from_db()
        assert party.confirmed_name == "Firma"

    def test_a_wrong_link_is_not_found(self, world: World, client: Client) -> None:
        invitation = self.link(world.case(S.ACCEPTING))
        good = links.token(invitation)
        for token in (good[:-1], good + "x", "x", "å", "%00", good.swapcase()):
            assert client.get(f"/lank/{token}/").status_code == 404
            assert client.post(f"/lank/{token}/", {}).status_code == 404


class TestStarting:
    def test_somebody_new_claims_an_organisation_and_drafts(self, world: World, sign_in: SignIn) -> None:
        call = world.open()
        person = people.make_person("ny", "Ny Person")
        client = sign_in(person)
        url = reverse("start_application", args=[call.slug])
        assert "Organisationsnummer" in client.get(url).content.decode()
        assert client.post(url, {"number": "12"}).status_code == 422
        unknown = client.post(url, {"number": "000000-0999"})
        assert unknown.status_code == 422
        assert "ny för oss" in unknown.content.decode()
        data = {"number": "000000-0999", "name": "Nya föreningen (exempel)", "kind": "civil_society"}
        for _click in range(2):
            made = client.post(url, data)
            assert made.status_code == 302
        case = Application.objects.get(created_by=person)
        assert made["Location"] == reverse("workspace", args=[case.pk])
        membership = Membership.objects.get(person=person)
        assert not membership.is_confirmed
        assert "membership" in get(client, "act", "submit", case.pk)

    def test_one_of_ones_own_organisations(self, world: World, sign_in: SignIn) -> None:
        call = world.open()
        client = sign_in(world.karin)
        url = reverse("start_application", args=[call.slug])
        assert world.organisation.name in client.get(url).content.decode()
        for wrong in ("999999", "x", "9" * 40, "-1"):
            assert client.post(url, {"organisation": wrong}).status_code == 422
        assert client.post(url, {"organisation": world.organisation.pk}).status_code == 302

    def test_a_closed_call_says_so_and_a_hidden_one_is_not_there(self, world: World, sign_in: SignIn) -> None:
        client = sign_in(world.karin)
        page = client.get(reverse("start_application", args=["starta-2022"])).content.decode()
        assert "closed" in page
        data = {"organisation": world.organisation.pk}
        assert client.post(reverse("start_application", args=["starta-2022"]), data).status_code == 409
        assert client.get(reverse("start_application", args=["no-such"])).status_code == 404

    def test_an_officer_confirms_a_membership(self, world: World, sign_in: SignIn) -> None:
        world.open()
        person = people.make_person("ny", "Ny Person")
        claim_organisation(person, world.organisation.number)
        membership = Membership.objects.get(person=person)
        assert "Väntar på handläggaren" in get(sign_in(person), "memberships")
        get(sign_in(person), "act", "confirm_membership", membership.pk, status=404)
        assert "Ny Person" in get(sign_in(world.sara), "memberships")
        response = act(sign_in(world.sara), "confirm_membership", membership.pk)
        assert response["Location"] == reverse("memberships")
        membership.refresh_from_db()
        assert membership.is_confirmed


class TestPublicAndDemo:
    def test_the_matrix_is_open_to_anyone(self, world: World, client: Client) -> None:
        page = get(client, "matrix")
        assert all(name in page for name in COMMANDS)
        assert queries(client, "matrix") == 0

    def test_notices_are_ones_own(self, world: World, sign_in: SignIn, client: Client) -> None:
        case = world.case(S.ACCEPTING)
        page = get(sign_in(world.karin), "notices")
        assert str(HAPPENED["submit"]) in page
        assert "/lank/" not in page
        sign_in(world.karin).post(reverse("notices"))
        assert not Notice.objects.filter(person=world.karin, read_at=None).exists()
        assert case.title not in get(sign_in(world.other_applicant()[0]), "notices")
        client.logout()
        assert client.get(reverse("notices")).status_code == 302

    def test_outside_a_demonstration_there_is_no_demonstration(self, world: World, client: Client) -> None:
        assert client.post(reverse("demo_role"), {"persona": "sara"}).status_code == 404
        assert client.post(reverse("demo_clock"), {"step": "day"}).status_code == 404
        assert client.get(reverse("demo_tour")).status_code == 404

    def test_roles_are_taken_and_links_shown_in_a_demonstration(
        self, world: World, client: Client, settings: Any
    ) -> None:
        world.case(S.ACCEPTING)
        settings.DEMO = True
        assert client.post(reverse("demo_role"), {"persona": "nobody"}).status_code == 404
        response = client.post(reverse("demo_role"), {"persona": "sara", "next": "/inkorg/"})
        assert response["Location"] == "/inkorg/"
        assert "Sara Lindqvist" in get(client, "inbox")
        assert "/lank/" in get(client, "notices")
        assert "Rundtur" in get(client, "demo_tour")
        client.logout()
        assert "/lank/" in get(client, "notices")

    def test_the_clock_is_moved_forward_only(self, world: World, client: Client, settings: Any) -> None:
        settings.DEMO = True
        DemoClock.objects.create(pk=1, stands_at=clock.now())
        for data in ({"step": "to", "to": "2001-01-01 10:00"}, {"step": "to", "to": "x"}, {"step": "no"}, {}):
            assert client.post(reverse("demo_clock"), data).status_code == 302
        assert DemoClock.objects.get().stands_at == clock.now()
