"""Calls that hide who applies: one declares once against the whole list, the answers settle every assignment, and no page, notice
or mail tells a reviewer whose application it is."""

import pytest
from django.core import mail
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseMember
from grants.programmes.loading import publish
from reviewers import declaring
from reviewers.declaring import CallDeclaration
from reviewers.models import Affiliation, Assignment, AssignmentState, Conflict
from tests.engine import herd
from tests.engine.asking import refused
from tests.factories import World
from tests.signing_in import signed_in
from workflows import jobs
from workflows.commands import run
from workflows.models import Notice
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
S = AssignmentState


@pytest.fixture
def cases(world: World) -> list[Application]:
    """Two applications of a call that hides who applies, each with a party of its own, offered to two reviewers."""
    call = world.call()
    text = call.version.text.source
    assert "  declare_days: 7\n" in text
    publish(call, text.replace("  declare_days: 7\n", "  declare_days: 7\n  blind: true\n"))
    first, second = herd.drafts(world, 2)
    for n, case in enumerate((first, second)):
        party = case.parties.exclude(role="coordinator").order_by("pk").first()
        party.organisation = people.organisation(400 + n, "company")
        party.save()
    found = []
    for case in (first, second):
        run("submit", world.karin, case, confirm=True)
        found.append(case)
    clock.move(world.call().closes_at)
    herd.forget_mail()
    for case in found:
        run("pass_formal", world.sara, case)
        world.assigned(case, "mira", "tove")
    return [life.fresh(case) for case in found]


def of(case: Application, who: str) -> Assignment:
    return case.assignments.select_related("reviewer").get(reviewer__email__startswith=who)


def keys(case: Application) -> list[str]:
    return [entry.key for entry in declaring.entries_of([case.pk])[case.pk]]


def own_key(case: Application) -> str:
    """The party that is in this application alone."""
    body = case.parties.exclude(role="coordinator").order_by("pk").first().organisation
    return f"o:{body.number}"


def declare(world: World, case: Application, who: str = "mira", **answers: object) -> None:
    listed = [entry.key for entry in declaring.unanswered(world.people[who].pk, case.call)]
    told = {"listed": listed, "conflicted": [], "unsure": [], "text": ""} | answers
    run("declare_parties", world.people[who], of(case, who), **told)
    jobs.run_pending()


def states(cases: list[Application], who: str = "mira") -> list[str]:
    return [of(case, who).state for case in cases]


class TestDeclaring:
    def test_the_list_has_everybody_once_by_name_and_nothing_else(self, cases: list[Application]) -> None:
        listed = declaring.parties_of(cases[0].call)
        assert [e.key for e in listed] == list(dict.fromkeys(e.key for e in listed))
        assert {e.key for e in listed} == set(keys(cases[0])) | set(keys(cases[1]))
        assert [e.sorted_by for e in listed] == sorted(e.sorted_by for e in listed)

    def test_one_answer_opens_every_assignment(self, world: World, cases: list[Application]) -> None:
        declare(world, cases[0])
        assert states(cases) == [S.CLEARED, S.CLEARED]
        assert states(cases, "tove") == [S.OFFERED, S.OFFERED]
        assert not Conflict.objects.exists()

    def test_a_ticked_party_closes_its_case_and_no_other(self, world: World, cases: list[Application]) -> None:
        declare(world, cases[0], conflicted=[own_key(cases[1])], text="Min bror.")
        assert states(cases) == [S.CLEARED, S.CONFLICTED]
        assert [(row.application_id, row.text) for row in Conflict.objects.all()] == [(cases[1].pk, "Min bror.")]

    def test_unsure_is_ruled_by_somebody_else(self, world: World, cases: list[Application]) -> None:
        declare(world, cases[0], unsure=[own_key(cases[0])], text="En gammal kollega.")
        assert states(cases) == [S.UNSURE, S.CLEARED]
        run("rule_conflict", world.sara, of(cases[0], "mira"), conflicted="no", reason="Länge sedan.")
        assert states(cases) == [S.CLEARED, S.CLEARED]

    def test_what_the_system_knows_is_ruled_too(self, world: World, cases: list[Application]) -> None:
        body = cases[0].parties.exclude(role="coordinator").order_by("pk").first().organisation
        Affiliation.objects.create(person=world.mira, organisation=body)
        declare(world, cases[1])
        assert states(cases) == [S.UNSURE, S.CLEARED]

    def test_an_assignment_that_comes_later_follows_the_answer(self, world: World, cases: list[Application]) -> None:
        world.assigned(cases[0], "ines")
        declare(world, cases[0], "ines")
        run("assign", world.sara, cases[1], reviewers=[world.ines], due=clock.now())
        jobs.run_pending()
        assert states(cases, "ines") == [S.CLEARED, S.CLEARED]

    def test_when_parties_have_come_the_whole_list_is_asked_about_again(
        self, world: World, cases: list[Application]
    ) -> None:
        declare(world, cases[0])
        CaseMember.objects.create(application=cases[0], person=world.ali, right="read")
        assert [e.name for e in declaring.unanswered(world.mira.pk, cases[0].call)] == [world.ali.name]
        page = signed_in(world.tove).get(reverse("act", args=["declare_parties", of(cases[0], "tove").pk]))
        listed = [entry.key for entry in declaring.parties_of(cases[0].call)]
        assert all(key in page.content.decode() for key in listed)
        CaseMember.objects.create(application=cases[0], person=world.ines, right="read")
        told = {"listed": listed, "conflicted": [], "unsure": [], "text": ""}
        assert refused("declare_parties", world.tove, of(cases[0], "tove"), **told).code == "changed"
        declare(world, cases[0], "tove")
        assert states(cases, "tove") == [S.CLEARED, S.CLEARED]
        assert CallDeclaration.objects.filter(person=world.tove).count() == 1

    def test_the_two_kinds_of_declaration_do_not_mix(self, world: World, cases: list[Application]) -> None:
        refusal = refused("declare", world.mira, of(cases[0], "mira"), answer="no", text="")
        assert (refusal.code, refusal.link) == ("blind", "declare_parties")


class TestSeeing:
    """Before and after the declaration: in no list, on no page, in no notice and no mail."""

    def secrets(self, cases: list[Application]) -> list[str]:
        parties = [p.organisation.name for case in cases for p in case.parties.select_related("organisation")]
        return [*(case.title for case in cases), *parties]

    def test_no_page_of_the_reviewers_tells_whose_it_is(self, world: World, cases: list[Application]) -> None:
        client = signed_in(world.mira)
        mine = of(cases[0], "mira")

        def pages() -> str:
            addresses = [reverse("review_queue"), reverse("inbox"), reverse("notices"), reverse("reviewer_profile")]
            addresses += [reverse("act", args=[name, mine.pk]) for name in ("decline_assignment", "declare", "lodge")]
            texts = [client.get(address).content.decode() for address in addresses]
            if of(cases[0], "mira").state != S.CLEARED:
                texts.append(client.get(reverse("review", args=[mine.pk])).content.decode())
            return " ".join(texts)

        for secret in self.secrets(cases):
            assert secret not in pages()
        declare(world, cases[0])
        for secret in self.secrets(cases):
            assert secret not in pages()
        run("report_conflict", world.mira, mine, reason="Jag känner igen det.")
        for secret in self.secrets(cases):
            assert secret not in pages()

    def test_the_list_does_not_say_who_is_in_which(self, world: World, cases: list[Application]) -> None:
        client = signed_in(world.mira)
        page = client.get(reverse("act", args=["declare_parties", of(cases[0], "mira").pk])).content.decode()
        other = client.get(reverse("act", args=["declare_parties", of(cases[1], "mira").pk])).content.decode()
        for case in cases:
            assert own_key(case) in page
            assert own_key(case) in other
            assert case.title not in page

    def test_no_mail_tells_it(self, world: World, cases: list[Application]) -> None:
        run("remove_reviewer", world.sara, of(cases[1], "mira"), reason="Fel.")
        jobs.run_pending()
        to_mira = [m for m in mail.outbox if m.to == [world.mira.email]]
        assert len(to_mira) == Notice.objects.filter(person=world.mira).count() >= 3
        for message in to_mira:
            assert not [s for s in self.secrets(cases) if s in message.subject + message.body]
        assert any(str(cases[0].number) in m.subject for m in to_mira)


def test_an_answer_about_a_part_of_the_list_is_no_answer(world: World, cases: list[Application]) -> None:
    """Otherwise one could find out by trying which party an application is of."""
    first = cases[0]
    everything = [entry.key for entry in declaring.parties_of(first.call)]
    for left_out in (own_key(first), everything[0]):
        listed = [key for key in everything if key != left_out]
        told = {"listed": listed, "conflicted": [], "unsure": [], "text": ""}
        assert refused("declare_parties", world.mira, of(first, "mira"), **told).code == "changed"
    assert not CallDeclaration.objects.exists()
    assert states(cases) == [S.OFFERED, S.OFFERED]
