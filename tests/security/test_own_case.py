"""Nobody takes part in a case of their own (FL 16 and 17 §§): not whoever belongs to a party, nor whom a party names."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.access import staff_in
from grants.applications.models import Application, CaseState
from grants.letters.models import Document
from grants.organisations.models import Membership, Person
from grants.refusal import NotVisible
from tests.engine.asking import refused
from tests.factories import World
from tests.numbers.meter import metered
from workflows import integrity, jobs, rights, stepping
from workflows.commands import COMMANDS, run
from workflows.commands.disqualified import stands_outside
from workflows.matrix import MOVES, Noun, Role
from workflows.models import Notice, Task
from workflows.queries.inbox import inbox_of
from workflows.queries.turns import mine
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
S = CaseState


def belongs(person: Person, case: Application, *, confirmed: bool = True) -> Membership:
    """Make somebody a member of the organisation that coordinates."""
    by = {"confirmed_at": clock.now(), "confirmed_by": person} if confirmed else {}
    body = case.parties.get(role="coordinator").organisation
    return Membership.objects.create(person=person, organisation=body, **by)


def staff_client(sign_in, person: Person) -> Client:
    client: Client = sign_in(person)
    session = client.session
    session["second_factor"] = True
    session.save()
    return client


def titles(person: Person) -> list[str]:
    return [row.title for group in inbox_of(person).groups for row in group.rows]


class TestMembers:
    """An office gives whoever belongs to a party nothing in the case, from the moment they do until they no longer do."""

    @pytest.mark.parametrize("who", ["sara", "eva", "rolf"])
    @pytest.mark.parametrize("confirmed", [True, False])
    def test_the_case_does_not_exist_for_them(self, world: World, sign_in, who: str, confirmed: bool) -> None:
        case, person = world.case(S.PROPOSED), world.people[who]
        client = staff_client(sign_in, person)
        assert case.title in client.get(reverse("cases")).content.decode()
        belongs(person, case, confirmed=confirmed)
        assert rights.roles_on_case(person, case) == frozenset()
        assert not Application.objects.visible_to(person).filter(pk=case.pk).exists()
        receipt = Document.objects.filter(application=case).first()
        assert receipt is not None
        addresses = [
            ("case", case.pk),
            ("project", case.pk),
            ("document", receipt.pk),
            ("letter_preview", case.pk, "sv"),
        ]
        for name, *args in addresses:
            assert client.get(reverse(name, args=args)).status_code == 404, name
        for page in (reverse("cases"), reverse("cases") + f"?sok={case.number}", reverse("inbox")):
            assert case.title not in client.get(page).content.decode(), page
        assert not Task.objects.filter(mine(person), case=case).exists()
        with pytest.raises(NotVisible):
            run("approve", person, case)
        assert list(integrity.check()) == []

    def test_only_what_they_are_as_applicants_is_left(self, world: World, sign_in) -> None:
        case = world.closed(world.submitted())
        run("take_case", world.sara, case)
        assert "Din tur" in staff_client(sign_in, world.sara).get(reverse("case", args=[case.pk])).content.decode()
        belongs(world.sara, case)
        case.members.create(person=world.sara, right="edit")
        rights.settle(case)
        assert rights.roles_on_case(world.sara, life.fresh(case)) == {Role.APPLICANT}
        page = staff_client(sign_in, world.sara).get(reverse("case", args=[case.pk])).content.decode()
        assert "Din tur" not in page

    def test_a_party_that_is_added_counts_at_once(self, world: World) -> None:
        case, added = world.submitted(), people.organisation(77, "company")
        Membership.objects.create(person=world.sara, organisation=added)
        assert Role.OFFICER in rights.roles_on_case(world.sara, case)
        run("unlock", world.karin, case)
        party = case.parties.create(organisation=added, role="participant", position=9)
        assert rights.roles_on_case(world.sara, case) == frozenset()
        party.delete()
        assert Role.OFFICER in rights.roles_on_case(world.sara, case)

    def test_whoever_has_left_is_an_officer_again(self, world: World) -> None:
        case = world.case(S.PROPOSED)
        membership = belongs(world.eva, case)
        Membership.objects.filter(pk=membership.pk).update(until=clock.now())
        life.approve(case, world.eva)

    def test_it_is_neither_handed_over_nor_told_to_them(self, world: World) -> None:
        case = world.case(S.ASSESSED)
        belongs(world.jonas, case)
        belongs(world.per, case)
        assert world.jonas not in staff_in(case, "handle_call")
        life.propose(case, world.sara)
        told = set(Notice.objects.filter(case=case, kind="propose").values_list("person", flat=True))
        assert world.eva.pk in told
        assert world.per.pk not in told


class TestNobodyIsLost:
    """A case that its officer may not handle any more is somebody else's, or at least known to somebody."""

    def test_what_they_had_taken_is_their_colleagues(self, world: World) -> None:
        case = world.closed(world.submitted())
        run("take_case", world.sara, case)
        assert not Task.objects.filter(mine(world.jonas), case=case).exists()
        belongs(world.sara, case)
        assert Task.objects.filter(mine(world.jonas), case=case).exists()
        assert not Task.objects.filter(mine(world.sara), case=case).exists()
        assert not Task.objects.filter(mine(world.rolf), case=case).exists()
        run("ask_completion", world.jonas, case, request_text="Intyg.", due=clock.now() + timedelta(days=3))
        stepping.walk(clock.now() + timedelta(days=4), clock.move, jobs.run_pending)
        told = Notice.objects.filter(case=case, kind="end_completion").values_list("person", flat=True)
        assert world.jonas.pk in told
        assert world.sara.pk not in told
        run("take_case", world.jonas, life.fresh(case))

    @pytest.mark.parametrize(("state", "office"), [(S.SUBMITTED, "handle_call"), (S.PROPOSED, "decide_call")])
    def test_when_everybody_belongs_the_registrar_is_told(self, world: World, sign_in, state: str, office: str) -> None:
        case = world.closed(world.submitted())
        if state != S.SUBMITTED:
            case = world.onwards(case, state)
        *most, last = Person.objects.filter(offices__call=case.call, offices__role=office, offices__until=None)
        for person in most:
            belongs(person, case)
        assert titles(world.rolf) == []
        belongs(last, case)
        (title,) = titles(world.rolf)
        assert title.startswith("Ingen som har uppdraget får delta: ")
        client = staff_client(sign_in, world.rolf)
        page = client.get(reverse("inbox")).content.decode()
        assert reverse("case", args=[case.pk]) in page
        assert client.get(reverse("case", args=[case.pk])).status_code == 200


class TestNamed:
    """What an applicant writes on a party stops every step, and takes no sight away."""

    def named(self, case: Application, person: Person, field: str = "signatory_email") -> None:
        case.parties.filter(role="coordinator").update(**{field: person.email.title()})

    @pytest.mark.parametrize("field", ["signatory_email", "contact_email"])
    @pytest.mark.parametrize(
        ("state", "command", "who"),
        [
            (S.SUBMITTED, "take_case", "sara"),
            (S.SUBMITTED, "pass_formal", "sara"),
            (S.ASSESSED, "propose", "sara"),
            (S.PROPOSED, "approve", "eva"),
        ],
    )
    def test_a_step_in_the_case(self, world: World, state: str, command: str, who: str, field: str) -> None:
        case, person = world.case(state) if state != S.SUBMITTED else world.closed(world.submitted()), world.people[who]
        self.named(case, person, field)
        refusal = refused(command, person, case)
        assert refusal.code == "own_party"
        assert "16 §" in refusal.text
        assert case.parties.get(role="coordinator").name in refusal.text
        assert Application.objects.visible_to(person).filter(pk=case.pk).exists()

    def test_more_time_for_a_party(self, world: World) -> None:
        case = world.case(S.ACCEPTING)
        self.named(case, world.sara)
        acceptance = case.acceptances.first()
        assert refused("extend_acceptance", world.sara, acceptance).code == "own_party"

    @pytest.mark.parametrize("command", ["return_report", "approve_report"])
    def test_a_report(self, world: World, command: str) -> None:
        case = world.case(S.REPORTING)
        duty = case.duties.order_by("due").first()
        assert duty is not None
        stepping.walk(max(duty.due - timedelta(days=1), clock.now()), clock.move, jobs.run_pending)
        (report, *_more) = life.open_duties(case)
        life.report(report, case.created_by, world.rng)
        self.named(case, world.sara)
        assert refused(command, world.sara, report).code == "own_party"

    def test_they_may_hand_it_over(self, world: World) -> None:
        case = world.closed(world.submitted())
        run("take_case", world.sara, case)
        self.named(case, world.sara)
        run("hand_over", world.sara, case, colleague=world.jonas)
        assert life.fresh(case).handled_by == world.jonas

    def test_it_is_asked_once_a_page(self, world: World, sign_in) -> None:
        case = world.case(S.PROPOSED)
        client, address = staff_client(sign_in, world.eva), reverse("case", args=[case.pk])
        client.get(address)
        with metered() as cost:
            assert client.get(address).status_code == 200
        assert cost.queries <= 20, "\n".join(cost.sql)

    def test_every_step_that_an_office_takes_in_a_case_asks(self) -> None:
        """But for handing it over; whoever reviews reports a conflict of their own, which asks by a guard of its own."""
        offices = {Role.OFFICER, Role.DECIDER}
        in_no_case = {Noun.MEMBERSHIP, Noun.CALL, Noun.MEETING, Noun.AUTHORITY, Noun.PLACE}
        steps = {n for n, move in MOVES.items() if move.roles & offices and move.noun not in in_no_case}
        guarded = {name for name, command in COMMANDS.items() if stands_outside in command.guards}
        assert guarded == steps - {"hand_over", "report_conflict"}
