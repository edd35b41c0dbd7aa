"""Colleagues and partners in one application: invited by mail, each with one right, and seeing and writing no more."""

import re
from http import HTTPStatus

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from grants.applications.models import Answer, Application, CaseMember, Party
from grants.budgets import sheets
from grants.organisations.models import Person
from grants.refusal import Refused
from tests.pages.asking import act, get, queries
from tests.pages.workspace.drafts import SignIn, body, long_question, step, step_of
from workflows import jobs, rights
from workflows.commands import run
from workflows.commands.applying import erase_draft
from workflows.matrix import Role


@pytest.fixture
def partner(page: Client, draft: Application) -> Party:
    """A second party in the draft."""
    page.post(step(draft, "parter"), {"do": "add", "number": body(7101).number})
    return draft.parties.get(organisation__number="000000-7101")


@pytest.fixture
def paul(db: None) -> Person:
    return Person.objects.create_user("paul@exempel.invalid", name="Paul Part")


def let_in(draft: Application, by: Person, who: Person, right: str) -> CaseMember:
    run("invite_member", by, draft, email=who.email, right=right)
    member = draft.members.get(email=who.email, ended_at=None)
    run("join_case", who, member)
    return draft.members.get(pk=member.pk)


class TestInviting:
    def test_from_the_mail_to_the_application(
        self, page: Client, draft: Application, sign_in: SignIn, paul: Person
    ) -> None:
        act(page, "invite_member", draft.pk, email="Paul@Exempel.invalid", right="read")
        jobs.run_pending()
        letter = next(m for m in mail.outbox if m.to == ["paul@exempel.invalid"])
        address = re.search(r"https?://[^/\s]+(/act/join_case/\d+/)", str(letter.body))
        assert address is not None
        client = sign_in(paul)
        assert client.get(reverse("preview", args=[draft.pk])).status_code == HTTPStatus.NOT_FOUND
        assert draft.title in get(client, "my_cases")
        assert "läser" in client.get(address[1]).content.decode()
        joined = client.post(address[1], {"key": "once"})
        assert joined["Location"] == reverse("workspace", args=[draft.pk])
        assert draft.title in get(client, "workspace", draft.pk)
        again = client.post(address[1], {"key": "once"}, follow=True)
        assert again.status_code == HTTPStatus.OK

    def test_the_invitation_is_for_that_address_only(self, draft: Application, karin: Person, paul: Person) -> None:
        run("invite_member", karin, draft, email=paul.email, right="edit")
        member = draft.members.get(email=paul.email)
        stranger = Person.objects.create_user("annan@exempel.invalid", name="Annan")
        assert rights.roles_of(stranger, member, draft, None) == frozenset()
        assert rights.roles_of(paul, member, draft, None) == {Role.INVITED}
        assert rights.roles_on_case(paul, draft) == frozenset()

    def test_nobody_is_invited_twice_or_without_end(self, draft: Application, karin: Person, paul: Person) -> None:
        for email in (paul.email, karin.email):
            if email == paul.email:
                run("invite_member", karin, draft, email=email, right="read")
            with pytest.raises(Refused) as refused:
                run("invite_member", karin, draft, email=email, right="edit")
            assert refused.value.refusals[0].code == "member_already"
        member = draft.members.get(email=paul.email)
        for _n in range(4):
            run("invite_again", karin, member)
        with pytest.raises(Refused) as refused:
            run("invite_again", karin, member)
        assert refused.value.refusals[0].code == "asked_often"

    def test_an_invitation_goes_with_the_draft(self, draft: Application, karin: Person, paul: Person) -> None:
        run("invite_member", karin, draft, email=paul.email, right="read")
        erase_draft(draft)
        assert not draft.members.filter(email=paul.email).exists()

    def test_saying_no_leaves_no_address_behind(self, draft: Application, karin: Person, paul: Person) -> None:
        run("invite_member", karin, draft, email=paul.email, right="read")
        member = draft.members.get(email=paul.email)
        run("refuse_invitation", paul, member)
        member.refresh_from_db()
        assert (member.state, member.email) == ("ended", "")


class TestRights:
    def test_a_reader_reads_and_writes_nothing(
        self, draft: Application, karin: Person, paul: Person, sign_in: SignIn
    ) -> None:
        let_in(draft, karin, paul, "read")
        client, question = sign_in(paul), long_question(draft)
        assert client.get(reverse("preview", args=[draft.pk])).status_code == HTTPStatus.OK
        assert client.post(step_of(draft, question), {question.id: "Nej"}).status_code == HTTPStatus.CONFLICT
        saved = client.post(reverse("save_answer", args=[draft.pk]), {"name": question.id, "value": "Nej"})
        assert saved.status_code == HTTPStatus.FORBIDDEN
        assert not Answer.objects.filter(application=draft).exists()

    def test_a_partner_fills_in_their_own_part_and_no_other(
        self, draft: Application, partner: Party, karin: Person, paul: Person, sign_in: SignIn
    ) -> None:
        let_in(draft, karin, paul, f"party:{partner.pk}")
        client, first = sign_in(paul), draft.parties.get(role="coordinator")
        year = draft.definition.project.earliest_start.year
        kind = draft.definition.budget.cost_types[0].id
        sent = {
            f"{name}-{party.pk}{rest}": amount
            for party in (first, partner)
            for name, rest, amount in (("c", f"-{kind}-{year}", "60 000"), ("a", "", "12 000"))
        }
        assert (
            client.post(step(draft, "budget"), sent).status_code == HTTPStatus.CONFLICT
        )  # the others' are handed back
        others, own = sheets.read(draft.pk, [(first.pk, ""), (partner.pk, "")])
        assert (own.total, own.applied) == (6_000_000, 1_200_000)
        assert (others.total, others.applied) == (0, None)
        shown = client.get(step(draft, "budget")).content.decode()
        assert f"a-{partner.pk}" in shown
        assert f"a-{first.pk}" not in shown

    def test_a_partner_answers_what_is_asked_of_the_party_only(
        self, draft: Application, partner: Party, karin: Person, paul: Person, sign_in: SignIn
    ) -> None:
        let_in(draft, karin, paul, f"party:{partner.pk}")
        client, first = sign_in(paul), draft.parties.get(role="coordinator")
        each = next(q for q in draft.definition.questions() if q.per_party)
        whole = long_question(draft)
        address = reverse("save_answer", args=[draft.pk])
        assert client.post(address, {"name": f"{each.id}-{partner.pk}", "value": "Vårt"}).status_code == HTTPStatus.OK
        for name in (f"{each.id}-{first.pk}", whole.id, "title"):
            assert client.post(address, {"name": name, "value": "Ert"}).status_code == HTTPStatus.NOT_FOUND
        sent = {f"{each.id}-{partner.pk}": "Nytt", f"{each.id}-{first.pk}": "Ert", whole.id: "Ert", "title": "Kapad"}
        client.post(step_of(draft, each), sent | {f"v-{each.id}-{partner.pk}": "1"})
        answers = Answer.objects.filter(application=draft)
        assert list(answers.values_list("question", "party_id", "value")) == [(each.id, partner.pk, "Nytt")]
        draft.refresh_from_db()
        assert draft.title == "Rätt ärende"
        assert client.get(step(draft, "bilagor")).status_code == HTTPStatus.NOT_FOUND
        assert client.post(step(draft, "parter"), {"remove": partner.pk}).status_code == HTTPStatus.NOT_FOUND
        added = client.post(step(draft, "parter"), {"do": "add", "number": body(7102).number})
        assert added.status_code == HTTPStatus.NOT_FOUND

    def test_who_may_confirms_for_the_party_and_who_may_not_is_told(
        self, draft: Application, partner: Party, karin: Person, paul: Person, sign_in: SignIn
    ) -> None:
        member = let_in(draft, karin, paul, f"party:{partner.pk}")
        with pytest.raises(Refused) as refused:
            run("confirm_part", paul, partner, name="Paul", confirm=True)
        assert refused.value.refusals[0].code == "may_not_confirm"
        run("invite_party", karin, Party.objects.get(pk=_with_signatory(partner).pk))
        run("change_member", karin, member, right=f"confirm:{partner.pk}")
        client = sign_in(paul)
        assert reverse("act", args=["confirm_part", partner.pk]) in client.get(step(draft, "granska")).content.decode()
        act(client, "confirm_part", partner.pk, name="Paul Part", confirm="on")
        partner.refresh_from_db()
        assert partner.confirmed_name == "Paul Part"
        assert not draft.invitations.filter(ended_at=None).exists()

    def test_a_partner_of_one_party_does_not_confirm_for_another(
        self, draft: Application, partner: Party, karin: Person, paul: Person
    ) -> None:
        let_in(draft, karin, paul, f"confirm:{partner.pk}")
        other = draft.parties.get(role="coordinator")
        with pytest.raises(Refused):
            run("confirm_part", paul, other, name="Paul", confirm=True)

    def test_pages_of_a_partner_open(
        self, draft: Application, partner: Party, karin: Person, paul: Person, sign_in: SignIn
    ) -> None:
        let_in(draft, karin, paul, f"confirm:{partner.pk}")
        client = sign_in(paul)
        way_in = client.get(reverse("workspace", args=[draft.pk]), follow=True)
        assert way_in.status_code == HTTPStatus.OK
        steps = [s.id for s in way_in.context["room"].steps]
        assert steps[-3:] == ["parter", "budget", "granska"]
        for one in steps:
            assert client.get(step(draft, one)).status_code == HTTPStatus.OK, one


def _with_signatory(party: Party) -> Party:
    Party.objects.filter(pk=party.pk).update(signatory_email="firma@exempel.invalid", signatory_name="Firma")
    return party


class TestChanging:
    def test_a_right_that_is_taken_is_gone_at_once(
        self, draft: Application, karin: Person, paul: Person, sign_in: SignIn
    ) -> None:
        member = let_in(draft, karin, paul, "edit")
        client = sign_in(paul)
        assert client.get(step(draft, "budget")).status_code == HTTPStatus.OK
        run("remove_member", karin, member)
        for name in ("workspace", "preview", "case", "case_members"):
            assert client.get(reverse(name, args=[draft.pk])).status_code == HTTPStatus.NOT_FOUND, name
        assert draft.title not in get(client, "my_cases")
        assert rights.expected([draft])[draft.pk] == rights.existing([draft.pk])[draft.pk]

    def test_somebody_is_left_who_writes(self, draft: Application, karin: Person, ali: Person) -> None:
        run("remove_member", karin, draft.members.get(person=ali))
        own = draft.members.get(person=karin)
        for command, data in (("remove_member", {}), ("change_member", {"right": "read"})):
            with pytest.raises(Refused) as refused:
                run(command, karin, own, **data)
            assert refused.value.refusals[0].code == "last_writer"

    def test_one_may_leave(self, draft: Application, ali: Person) -> None:
        run("remove_member", ali, draft.members.get(person=ali))
        assert not Application.objects.visible_to(ali).exists()

    def test_a_reader_changes_nobody(self, draft: Application, karin: Person, paul: Person) -> None:
        let_in(draft, karin, paul, "read")
        with pytest.raises(Refused):
            run("change_member", paul, draft.members.get(person=paul), right="edit")

    def test_a_party_of_another_application_cannot_be_chosen(
        self, page: Client, draft: Application, karin: Person
    ) -> None:
        answer = act(page, "invite_member", draft.pk, 422, email="ny@exempel.invalid", right="party:999999")
        assert "ny@exempel.invalid" in answer.content.decode()


class TestTable:
    def test_it_says_who_can_do_what(self, page: Client, draft: Application, partner: Party, karin: Person) -> None:
        run("invite_member", karin, draft, email="ny@exempel.invalid", right=f"confirm:{partner.pk}")
        table = page.get(reverse("case_members", args=[draft.pk])).context["members"]
        can = {row.name: row.can for row in table.rows}
        assert can["ny@exempel.invalid"] == (True, False, True, True, False)
        assert can[karin.name] == (True, True, True, False, True)
        assert can["Ali Rezai"] == (True, True, True, False, False)  # nobody has confirmed that he speaks for it

    def test_it_costs_the_same_however_many_there_are(self, page: Client, draft: Application, karin: Person) -> None:
        few = queries(page, "case_members", draft.pk)
        for n in range(12):
            run("invite_member", karin, draft, email=f"n{n}@exempel.invalid", right="read")
        assert queries(page, "case_members", draft.pk) == few <= 16


class TestWhatIsToBeDone:
    @pytest.mark.parametrize(("right", "todo"), [("read", ""), ("edit", "Skriv klart"), ("party", "Fyll i er del")])
    def test_each_is_told_what_is_theirs_to_do(
        self, draft: Application, partner: Party, karin: Person, paul: Person, sign_in: SignIn, right: str, todo: str
    ) -> None:
        let_in(draft, karin, paul, f"party:{partner.pk}" if right == "party" else right)
        client = sign_in(paul)
        for page in (get(client, "my_cases"), get(client, "case", draft.pk)):
            for each in ("Skriv klart", "Fyll i er del"):
                assert (each in page) == (each == todo), (each, right)
