"""Proposals of who should judge what: found, changed, carried out by the real steps, and begun again after a worker that
died; and the matrix in which it is all seen."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from grants import clock
from grants.applications.models import Application, CaseMember
from grants.organisations.models import Person
from reviewers.models import Assignment
from reviewers.pool import Affiliation, Profile
from tests.engine import herd
from tests.engine.asking import happened
from tests.factories import World
from workflows import matchmaking
from workflows.models import AssignmentProposal
from workflows.queries.who_judges import board_of
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
P = AssignmentProposal.Phase
DUE = "2023-12-20 16:00"


@pytest.fixture
def cases(world: World) -> list[Application]:
    return herd.assessing(world, 3)


def found(world: World) -> AssignmentProposal:
    proposal = matchmaking.ask(world.sara, world.call())
    matchmaking.carry_out(proposal.pk)
    proposal.refresh_from_db()
    assert proposal.phase == P.READY
    return proposal


def carried_out(world: World, proposal: AssignmentProposal) -> AssignmentProposal:
    assert matchmaking.confirm(world.sara, proposal.pk, clock.now() + timedelta(days=20))
    matchmaking.carry_out(proposal.pk)
    proposal.refresh_from_db()
    return proposal


def pairs_of(proposal: AssignmentProposal) -> set[tuple[int, int]]:
    return {(row["case"], row["reviewer"]) for row in proposal.rows}


def asked() -> set[tuple[int, int]]:
    return set(Assignment.objects.values_list("application_id", "reviewer_id"))


def no_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def here(world: World) -> str:
    return reverse("assignments", args=[world.call().slug])


class TestFinding:
    def test_every_place_is_filled_within_limits_and_without_known_conflicts(
        self, world: World, cases: list[Application]
    ) -> None:
        Affiliation.objects.create(person=world.mira, organisation=world.organisation)
        Profile.objects.create(person=world.tove, load_cap=2)
        proposal = found(world)
        pairs = pairs_of(proposal)
        assert world.mira.pk not in {reviewer for _case, reviewer in pairs}
        assert sum(reviewer == world.tove.pk for _case, reviewer in pairs) == 2
        wanted = 3 * cases[0].definition.the_review.reviewers
        assert len(pairs) + sum(short["lacks"] for short in proposal.short) == wanted
        assert not asked()

    def test_competence_decides(self, world: World, cases: list[Application]) -> None:
        asks = set(matchmaking.needs(cases)[cases[0].pk])
        for person in (world.mira, world.hugo, world.ines):
            Profile.objects.create(person=person, competences=sorted(asks))
        proposal = found(world)
        assert world.tove.pk not in {reviewer for _case, reviewer in pairs_of(proposal)}
        assert all(row["knows"] == sorted(asks) for row in proposal.rows)

    def test_who_has_left_is_not_proposed_again_and_who_is_there_counts(
        self, world: World, cases: list[Application]
    ) -> None:
        first = cases[0]
        for assignment in world.assigned(first, "mira", "tove"):
            if assignment.reviewer == world.mira:
                run_decline(assignment)
        of_first = {reviewer for case, reviewer in pairs_of(found(world)) if case == first.pk}
        assert of_first == {world.hugo.pk, world.ines.pk}

    def test_twice_at_once_is_one(self, world: World, cases: list[Application]) -> None:
        first = matchmaking.ask(world.sara, world.call())
        assert matchmaking.ask(world.jonas, world.call()) == first
        assert ProcrastinateJob.objects.filter(task_name="propose_assignments").count() == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            AssignmentProposal.objects.create(call=world.call(), by=world.sara)

    def test_one_that_nobody_will_take_up_is_given_up(self, world: World, cases: list[Application]) -> None:
        first = matchmaking.ask(world.sara, world.call())
        no_jobs()
        second = matchmaking.ask(world.sara, world.call())
        first.refresh_from_db()
        assert (first.phase, second.phase) == (P.BROKEN, P.WAITING)

    def test_a_worker_that_is_to_stop_leaves_it_to_the_next(self, world: World, cases: list[Application]) -> None:
        proposal = matchmaking.ask(world.sara, world.call())
        with pytest.raises(InterruptedError):
            matchmaking.carry_out(proposal.pk, lambda: True)
        matchmaking.carry_out(proposal.pk)
        proposal.refresh_from_db()
        assert (proposal.phase, proposal.attempt, proposal.percent) == (P.READY, 2, 100)

    def test_a_worker_that_was_passed_writes_nothing(self, world: World, cases: list[Application]) -> None:
        proposal = matchmaking.ask(world.sara, world.call())

        def passed() -> bool:
            AssignmentProposal.objects.filter(pk=proposal.pk).update(attempt=7)
            return False

        matchmaking.carry_out(proposal.pk, passed)
        proposal.refresh_from_db()
        assert (proposal.phase, proposal.rows) == (P.GOING, [])


def run_decline(assignment: Assignment) -> None:
    from workflows.commands import run

    run("decline_assignment", assignment.reviewer, assignment, reason="Hinner inte.")


class TestCarryingOut:
    def test_by_the_real_steps(self, world: World, cases: list[Application]) -> None:
        proposal = found(world)
        done = carried_out(world, proposal)
        assert (done.phase, done.told) == (P.DONE, [])
        assert asked() == pairs_of(proposal)
        assert happened(cases[0])[-4:] == ["assign", "offered", "offered", "offered"]

    def test_again_after_a_worker_that_died_nothing_is_done_twice(self, world: World, cases: list[Application]) -> None:
        proposal = found(world)
        assert matchmaking.confirm(world.sara, proposal.pk, clock.now() + timedelta(days=20))
        calls = iter(range(100))
        with pytest.raises(InterruptedError):
            matchmaking.carry_out(proposal.pk, lambda: next(calls) == 1)
        assert len(asked()) == cases[0].definition.the_review.reviewers
        matchmaking.carry_out(proposal.pk)
        matchmaking.carry_out(proposal.pk)
        proposal.refresh_from_db()
        assert (proposal.phase, proposal.told) == (P.DONE, [])
        assert asked() == pairs_of(proposal)

    def test_what_changed_meanwhile_is_refused_for_that_pair_and_told(
        self, world: World, cases: list[Application]
    ) -> None:
        proposal = found(world)
        case, reviewer = sorted(pairs_of(proposal))[0]
        Affiliation.objects.create(
            person_id=reviewer, organisation=Application.objects.get(pk=case).parties.last().organisation
        )
        tied = set(matchmaking.known([c.pk for c in cases], [reviewer]))
        done = carried_out(world, proposal)
        assert asked() == pairs_of(proposal) - tied
        assert {(t["case"], t["reviewer"]) for t in done.told} == tied & pairs_of(proposal)
        assert all("jävig" in t["text"] for t in done.told)

    def test_only_once_and_not_after_it_was_thrown_away(self, world: World, cases: list[Application]) -> None:
        proposal = found(world)
        due = clock.now() + timedelta(days=20)
        assert matchmaking.confirm(world.sara, proposal.pk, due)
        assert not matchmaking.confirm(world.jonas, proposal.pk, due)
        assert not matchmaking.drop(proposal.pk)
        assert not matchmaking.change(proposal.pk, [cases[0].pk], [world.mira.pk], [])

    def test_what_is_changed_is_what_is_asked(self, world: World, cases: list[Application]) -> None:
        proposal = found(world)
        first, before = cases[0].pk, pairs_of(proposal)
        everybody = [p.pk for p in (world.mira, world.tove, world.hugo, world.ines)]
        assert matchmaking.change(proposal.pk, [first], everybody, [(first, world.ines.pk)])
        proposal.refresh_from_db()
        assert pairs_of(proposal) == {p for p in before if p[0] != first} | {(first, world.ines.pk)}
        carried_out(world, proposal)
        assert asked() == pairs_of(proposal)


class TestMatrix:
    def test_cells_say_how_it_is(self, world: World, cases: list[Application], sign_in: Any) -> None:
        Affiliation.objects.create(person=world.hugo, organisation=world.organisation)
        Profile.objects.create(person=world.ines, load_cap=1)
        world.assigned(cases[0], "mira", "ines")
        board = board_of(world.sara, world.call(), {})
        cells = {row.case.pk: {cell.name: cell for cell in row.cells} for row in board.page.object_list}
        first, second = cells[cases[0].pk], cells[cases[1].pk]
        assert first[world.mira.name].word == "Tillfrågad"
        assert first[world.hugo.name].word == "Känt jäv"
        assert world.organisation.name in first[world.hugo.name].about
        assert second[world.ines.name].word == "Fullt"
        assert second[world.mira.name].pair == f"{cases[1].pk}-{world.mira.pk}"
        page = sign_in(world.sara).get(here(world)).content.decode()
        for said in ("Tillfrågad", "Känt jäv", "Fullt", "1 av 1 samtidigt", "2 av 3 bedömare", world.organisation.name):
            assert said in page, said

    def test_several_are_asked_at_once(self, world: World, cases: list[Application], sign_in: Any) -> None:
        client: Client = sign_in(world.sara)
        ticks = [f"{cases[0].pk}-{world.mira.pk}", f"{cases[0].pk}-{world.tove.pk}", f"{cases[1].pk}-{world.mira.pk}"]
        response = client.post(here(world), {"gor": "utse", "key": "k", "par": ticks, "due": DUE})
        assert response.status_code == 302
        assert {f"{case}-{one}" for case, one in asked()} == set(ticks)
        again = client.post(here(world), {"gor": "utse", "key": "k", "par": ticks, "due": DUE})
        assert again.status_code == 302
        assert len(asked()) == 3

    def test_what_is_refused_is_told_and_nothing_typed_is_lost(
        self, world: World, cases: list[Application], sign_in: Any
    ) -> None:
        world.assigned(cases[0], "mira")
        Profile.objects.create(person=world.tove, load_cap=0)
        client: Client = sign_in(world.sara)
        ticks = [f"{cases[0].pk}-{world.mira.pk}", f"{cases[1].pk}-{world.tove.pk}", f"{cases[1].pk}-{world.hugo.pk}"]
        response = client.post(here(world), {"gor": "utse", "key": "k", "par": ticks, "due": DUE})
        page = response.content.decode()
        assert response.status_code == 409
        assert (cases[1].pk, world.hugo.pk) in asked()
        assert (cases[1].pk, world.tove.pk) not in asked()
        assert f"{world.mira.name} tillfrågades" in page
        assert f"{world.tove.name} har redan 0 uppdrag" in page
        assert re.search(rf'value="{ticks[1]}"[^>]* checked', page)
        assert DUE in page

    @pytest.mark.parametrize("due", ["", "x", "2001-01-01 10:00"])
    def test_a_day_that_is_none_changes_nothing(
        self, world: World, cases: list[Application], sign_in: Any, due: str
    ) -> None:
        tick = f"{cases[0].pk}-{world.mira.pk}"
        response = sign_in(world.sara).post(here(world), {"gor": "utse", "par": tick, "due": due})
        assert response.status_code == 422
        assert re.search(rf'value="{tick}"[^>]* checked', response.content.decode())
        assert not asked()

    @pytest.mark.parametrize("par", ["", "x-y", "1-", "9" * 40 + "-1", "999999-1", "\x00", "1-1-1"])
    def test_no_input_breaks_it(self, world: World, cases: list[Application], sign_in: Any, par: str) -> None:
        client: Client = sign_in(world.sara)
        for what in ("utse", "spara", "utse_forslag", "kasta", "", "x"):
            answer = {"gor": what, "par": par, "due": DUE, "forslag": par, "rad": par, "kolumn": par, "key": par}
            assert client.post(here(world), answer).status_code in (302, 422), (what, par)
        assert client.get(here(world), {"lage": par, "kompetens": par, "page": par}).status_code == 200
        assert not asked()

    def test_narrowed(self, world: World, cases: list[Application]) -> None:
        world.assigned(cases[0], "mira", "tove", "hugo")
        call = world.call()
        shown = [row.case for row in board_of(world.sara, call, {"lage": "saknar"}).page.object_list]
        assert shown == cases[1:]
        assert not board_of(world.sara, call, {"lage": "sena"}).page.object_list
        clock.move(Assignment.objects.latest("due").due + timedelta(seconds=1))
        assert [row.case for row in board_of(world.sara, call, {"lage": "sena"}).page.object_list] == cases[:1]
        Profile.objects.create(person=world.ines, competences=["data"])
        assert [c.name for c in board_of(world.sara, call, {"kompetens": "data"}).columns] == [world.ines.name]

    def test_ones_own_case_is_not_there_nor_proposed(
        self, world: World, cases: list[Application], sign_in: Any
    ) -> None:
        CaseMember.objects.create(application=cases[0], person=world.sara, right="read")
        client: Client = sign_in(world.sara)
        page = client.get(here(world)).content.decode()
        assert str(cases[0].number) not in page
        assert str(cases[1].number) in page
        client.post(here(world), {"gor": "utse", "par": f"{cases[0].pk}-{world.mira.pk}", "due": DUE})
        assert not asked()
        assert cases[0].pk not in {case for case, _one in pairs_of(found(world))}
        assert str(cases[0].number) not in client.get(here(world)).content.decode()

    def test_it_is_the_officers_alone(self, world: World, cases: list[Application], sign_in: Any) -> None:
        others: list[Person] = [world.eva, world.rolf, world.mira, world.karin]
        for person in others:
            client: Client = sign_in(person)
            assert client.get(here(world)).status_code == 404, person
            assert client.post(here(world), {"gor": "foresla"}).status_code == 404, person
        assert not AssignmentProposal.objects.exists()


class TestProposalOnThePage:
    def test_from_asking_to_asked(self, world: World, cases: list[Application], sign_in: Any) -> None:
        Profile.objects.create(person=world.mira, competences=["data"], load_cap=8)
        client: Client = sign_in(world.sara)
        assert client.post(here(world), {"gor": "foresla"}).status_code == 302
        page = client.get(here(world)).content.decode()
        assert 'data-refresh="4"' in page
        proposal = AssignmentProposal.objects.get()
        matchmaking.carry_out(proposal.pk)
        page = client.get(here(world)).content.decode()
        assert "kan Data och AI-teknik, får då" in page
        assert "av 8 samtidigt" in page
        ticked = re.findall(r'name="par" value="([0-9-]+)"[^>]* checked', page)
        proposal.refresh_from_db()
        assert set(ticked) == {f"{case}-{one}" for case, one in pairs_of(proposal)}
        base = {
            "forslag": proposal.pk, "due": DUE, "rad": [c.pk for c in cases],
            "kolumn": [p.pk for p in (world.mira, world.tove, world.hugo, world.ines)],
        }  # fmt: skip
        assert client.post(here(world), base | {"gor": "spara", "par": ticked[1:]}).status_code == 302
        proposal.refresh_from_db()
        assert len(proposal.rows) == len(ticked) - 1
        assert not asked()
        assert client.post(here(world), base | {"gor": "utse_forslag", "par": ticked[1:]}).status_code == 302
        assert "Bedömarna tillfrågas" in client.get(here(world)).content.decode()
        matchmaking.carry_out(proposal.pk)
        assert {f"{case}-{one}" for case, one in asked()} == set(ticked[1:])
        assert "Det senaste förslaget är genomfört" in client.get(here(world)).content.decode()

    def test_thrown_away_and_begun_again(self, world: World, cases: list[Application], sign_in: Any) -> None:
        client: Client = sign_in(world.sara)
        proposal = found(world)
        client.post(here(world), {"gor": "kasta", "forslag": proposal.pk})
        proposal.refresh_from_db()
        assert proposal.phase == P.DROPPED
        assert "Föreslå bedömare" in client.get(here(world)).content.decode()
        second = matchmaking.ask(world.sara, world.call())
        no_jobs()
        assert "bröts" in client.get(here(world)).content.decode()
        matchmaking.ask(world.sara, world.call())
        second.refresh_from_db()
        assert second.phase == P.BROKEN

    def test_what_could_not_be_filled_is_said_with_why(
        self, world: World, cases: list[Application], sign_in: Any
    ) -> None:
        for person in (world.mira, world.tove):
            Profile.objects.create(person=person, load_cap=0)
        found(world)
        page = sign_in(world.sara).get(here(world)).content.decode()
        assert "Det här gick inte att fylla" in page
        assert "2 har så många uppdrag de kan ha" in page


def test_reviews_go_on_after_it(world: World, cases: list[Application]) -> None:
    carried_out(world, found(world))
    for assignment in cases[0].assignments.select_related("reviewer"):
        people.accept_terms(assignment.reviewer, cases[0].call)
        life.review(assignment, world.rng)
    assert life.fresh(cases[0]).state == "assessed"
