"""The formal check, the decision and the acceptance of its conditions: four eyes, the law's particulars, dates and money."""

from datetime import timedelta
from typing import Any

import pytest

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.limits import Line, excesses
from grants.decisions.models import Acceptance, AcceptanceState, Decision
from grants.letters.models import Document
from grants.programmes.models import Office
from grants.refusal import NotVisible, Refused
from tests.engine import herd
from tests.engine.asking import happened, refused
from tests.engine.stage import link_to, quick_letters
from tests.factories import World
from workflows import jobs, stepping, sweeps
from workflows.commands import run, why_not
from workflows.commands.calls import give_office
from workflows.models import Invitation, Notice, Task
from workflows.simulation import life

pytestmark = pytest.mark.django_db
MOMENT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def _letters(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_letters(monkeypatch)


def lines(case: Application, ore: int = 1_000_000) -> list[dict[str, Any]]:
    basis = case.definition.decision.aid_bases[0].id
    return [
        {"party": pk, "max_amount_ore": ore, "intensity_bp": 5000, "aid_basis": basis}
        for pk in case.parties.values_list("pk", flat=True)
    ]


class TestTheFormalCheck:
    def test_nothing_is_judged_while_the_call_is_open(self, world: World) -> None:
        case = world.submitted()
        for command in ("pass_formal", "ask_completion", "propose_rejection"):
            refusal = refused(command, world.sara, case)
            assert (refusal.code, refusal.changes_at) == ("call_open", case.call.closes_at)

    def test_the_date_of_a_completion_is_a_limit_to_the_microsecond(self, world: World) -> None:
        case = herd.submitted(world, 1)[0]
        due = clock.now() + timedelta(days=10)
        run("ask_completion", world.sara, case, request_text="Intyg.", due=due)
        assert refused("submit", world.karin, case, arrived_at=due, confirm=True).code == "completion_over"
        assert refused("end_completion", None, case).code == "in_time"
        run("submit", world.karin, case, arrived_at=due - MOMENT, confirm=True)
        fresh = life.fresh(case)
        assert (fresh.state, fresh.completion_due) == (CaseState.SUBMITTED, None)

    def test_a_completion_that_does_not_come_ends_with_the_last_submission(self, world: World) -> None:
        case = herd.submitted(world, 1)[0]
        due = clock.now() + timedelta(days=10)
        run("ask_completion", world.sara, case, request_text="Intyg.", due=due)
        Application.objects.filter(pk=case.pk).update(title="Ändrad")
        clock.move(due + sweeps.IN_FLIGHT - MOMENT)
        sweeps.run_due()
        assert life.fresh(case).state == CaseState.COMPLETING
        clock.move(due + sweeps.IN_FLIGHT)
        sweeps.run_due()
        fresh = life.fresh(case)
        assert (fresh.state, fresh.title) == (CaseState.SUBMITTED, case.title)
        assert set(Notice.objects.filter(case=case, kind="end_completion").values_list("person", flat=True)) == {
            world.karin.pk,
            world.sara.pk,
        }

    def test_more_time_moves_the_turn_and_the_sweep(self, world: World) -> None:
        case = herd.submitted(world, 1)[0]
        due, later = clock.now() + timedelta(days=10), clock.now() + timedelta(days=20)
        run("ask_completion", world.sara, case, request_text="Intyg.", due=due)
        run("extend_completion", world.sara, case, due=later)
        assert Task.objects.get(case=case, finished=None).due == later
        clock.move(due)
        sweeps.run_due()
        assert life.fresh(case).state == CaseState.COMPLETING
        run("recall_completion", world.sara, case)
        assert life.fresh(case).state == CaseState.SUBMITTED

    def test_a_returned_formal_rejection_comes_back_to_the_check(self, world: World) -> None:
        case = herd.to_reject(world, 1)[0]
        run("return_proposal", world.eva, case, reason="Läs igen.")
        assert life.fresh(case).state == CaseState.SUBMITTED
        assert Task.objects.get(case=case, finished=None).kind == "check"
        assert case.decisions.get().return_reason == "Läs igen."
        assert Notice.objects.get(case=case, kind="return_proposal").person == world.sara

    def test_a_case_is_taken_and_handed_over_with_its_turns(self, world: World) -> None:
        case = herd.submitted(world, 1)[0]
        run("take_case", world.sara, case)
        assert refused("take_case", world.sara, case).code == "mine_already"
        assert Task.objects.get(case=case, finished=None).owner == world.sara
        run("hand_over", world.sara, case, colleague=world.jonas)
        assert Task.objects.get(case=case, finished=None).owner == world.jonas
        assert life.fresh(case).handled_by == world.jonas


class TestTheDecision:
    def test_who_prepared_it_does_not_make_it(self, world: World) -> None:
        case = herd.to_reject(world, 1)[0]
        give_office(case.call, world.sara, Office.Role.DECIDE)
        refusal = refused("approve", world.sara, case, version=1, total=0)
        assert refusal.code == "four_eyes"
        assert refusal.helper
        run("approve", world.eva, case, version=1, total=0)
        decision = case.decisions.get()
        assert (decision.prepared_by, decision.decided_by) == (world.sara, world.eva)

    def test_what_is_signed_is_what_was_shown(self, world: World) -> None:
        case = herd.to_grant(world, 1)[0]
        total = Decision.objects.get(application=case).total_ore
        for version, shown in ((1, total - 100), (2, total)):
            assert refused("approve", world.eva, case, version=version, total=shown).code == "changed"
        run("approve", world.eva, case, version=1, total=total)

    @pytest.mark.parametrize(("field", "code"), [("reasons", "law_reasons"), ("participants", "law_participants")])
    def test_the_law_asks_for_particulars(self, world: World, field: str, code: str) -> None:
        case = herd.to_reject(world, 1)[0]
        case.decisions.update(**{field: "  "})
        assert refused("approve", world.eva, case, version=1, total=0).code == code

    def test_the_amounts_keep_to_the_application_and_the_call(self, world: World) -> None:
        case = herd.assessing(world, 1, "mira", "tove")[0]
        for assignment in case.assignments.select_related("reviewer"):
            life.review(assignment, world.rng)
        for ore, codes in ((0, {"no_amount"}), (10**9, {"max_grant", "more_than_applied"})):
            with pytest.raises(Refused) as answer:
                life.propose(case, world.sara, lines=lines(case, ore))
            assert {r.code for r in answer.value.refusals} == codes
        assert refused_code(lambda: life.propose(case, world.sara, starts_on=None, lines=lines(case))) == "period"
        life.propose(case, world.sara, lines=lines(case))
        assert life.fresh(case).state == CaseState.PROPOSED

    def test_a_party_gets_no_larger_share_than_the_call_gives_to_each(self, world: World) -> None:
        each = world.call("uppskalning-2023").definition.budget  # 70 per cent
        (one,) = excesses(each, 1000, [Line("A", 100, 7000), Line("B AB", 100, 7001)])
        assert (one.code, one.line) == ("max_share", 1)
        assert "B AB är 70,01" in one.text
        whole = world.call("starta-2023").definition.budget  # a share of the project as a whole
        assert not list(excesses(whole, 1000, [Line("A", 100, 10_000)]))

    def test_a_proposal_comes_back_with_the_next_version(self, world: World) -> None:
        case = herd.to_grant(world, 1)[0]
        run("return_proposal", world.per, case, reason="För mycket.")
        life.propose(case, world.sara, lines=lines(case))
        assert list(case.decisions.values_list("version", "state")) == [(1, "returned"), (2, "proposed")]

    def test_a_held_letter_leaves_at_its_time_and_is_not_seen_before(self, world: World) -> None:
        case = herd.assessing(world, 1, "mira", "tove")[0]
        for assignment in case.assignments.select_related("reviewer"):
            life.review(assignment, world.rng)
        hold = clock.now() + timedelta(days=3)
        life.propose(case, world.sara, hold_until=hold, lines=lines(case))
        life.approve(case, world.eva)
        jobs.run_pending()
        assert Document.objects.filter(application=case, kind="decision").count() == 2
        assert refused("dispatch", None, case).code == "held"
        clock.move(hold - MOMENT)
        sweeps.run_due()
        assert life.fresh(case).state == CaseState.DECIDED
        assert not Notice.objects.filter(case=case, kind="dispatch").exists()
        clock.move(hold)
        sweeps.run_due()
        assert life.fresh(case).state == CaseState.ACCEPTING
        assert Notice.objects.filter(case=case, kind="dispatch").count() == 1

    def test_nothing_leaves_without_its_letter(self, world: World) -> None:
        case = herd.to_reject(world, 1)[0]
        life.approve(case, world.eva)
        assert refused("dispatch", None, case).code == "no_letter"

    def test_the_call_is_decided_with_its_last_case(self, world: World) -> None:
        first, second = herd.to_reject(world, 2)
        life.approve(first, world.eva)
        jobs.run_pending()
        life.approve(second, world.eva)
        assert world.call().decided_at is None  # what is decided is not told before the letters leave
        jobs.run_pending()
        assert world.call().decided_at == clock.now()
        assert "decided_call" in happened(second)

    def test_an_officer_of_another_call_does_not_know_of_it(self, world: World) -> None:
        case = herd.to_reject(world, 1)[0]
        other, _body = world.other_applicant()
        give_office(world.call("gemensamma-2023"), other, Office.Role.DECIDE)
        with pytest.raises(NotVisible):
            run("approve", other, case)
        with pytest.raises(NotVisible):
            why_not(other, case)


def refused_code(step: Any) -> str:
    with pytest.raises(Refused) as answer:
        step()
    assert len(answer.value.refusals) == 1
    return answer.value.refusals[0].code


class TestAccepting:
    @pytest.fixture
    def case(self, world: World) -> Application:
        case = herd.to_grant(world, 1)[0]
        life.approve(case, world.eva)
        jobs.run_pending()
        return life.fresh(case)

    def test_each_party_by_its_own_link_and_the_last_begins_the_project(self, world: World, case: Application) -> None:
        life.accept_all(case, leave=1)
        assert life.fresh(case).state == CaseState.ACCEPTING
        assert not case.duties.exists()
        life.accept_all(case)
        assert life.fresh(case).state == CaseState.REPORTING
        assert case.duties.count() == len(case.decisions.get().schedule)
        assert not Invitation.objects.filter(application=case, ended_at=None).exists()

    def test_a_link_answers_once(self, world: World, case: Application) -> None:
        acceptance = case.acceptances.order_by("pk")[0]
        link = link_to(acceptance.pk, "accept")
        run("accept", None, acceptance, link=link, name="Nina", confirm=True)
        with pytest.raises(NotVisible):
            run("decline_part", None, acceptance, link=Invitation.objects.get(pk=link.pk), name="Nina")

    def test_after_the_date_the_officer_is_asked_and_may_give_more_time(self, world: World, case: Application) -> None:
        acceptance = case.acceptances.order_by("pk")[0]
        assert refused("pass_date", None, acceptance).code == "in_time"
        stepping.walk(acceptance.due + timedelta(seconds=1), clock.move)
        acceptance = Acceptance.objects.get(pk=acceptance.pk)
        assert acceptance.state == AcceptanceState.OVERDUE
        assert Task.objects.get(subject_id=acceptance.pk, kind="chase", finished=None).owner == world.sara
        assert Notice.objects.filter(case=case, kind="pass_date", person=world.sara).exists()
        old = link_to(acceptance.pk, "accept")
        run("extend_acceptance", world.sara, acceptance, due=clock.now() + timedelta(days=7))
        with pytest.raises(NotVisible):
            run("accept", None, acceptance, link=Invitation.objects.get(pk=old.pk), name="Nina", confirm=True)
        new = link_to(acceptance.pk, "accept")
        run("accept", None, acceptance, link=new, name="Nina", confirm=True)
        told = Notice.objects.get(case=case, kind="extend_acceptance")
        assert (told.invitation, told.email) == (new, new.email)

    def test_a_party_that_declines_is_told_of_and_the_project_does_not_begin(
        self, world: World, case: Application
    ) -> None:
        first = case.acceptances.order_by("pk")[0]
        run("decline_part", None, first, link=link_to(first.pk, "accept"), name="Nina", reason="Nej.")
        life.accept_all(case)
        assert life.fresh(case).state == CaseState.ACCEPTING
        told = set(Notice.objects.filter(case=case, kind="decline_part").values_list("person", flat=True))
        assert told == {world.sara.pk, world.karin.pk}
        run("decline_grant", world.karin, case, reason="")
        assert life.fresh(case).state == CaseState.DECLINED

    def test_declining_the_grant_gives_its_money_back_and_ends_the_links(self, world: World, case: Application) -> None:
        run("decline_grant", world.karin, case, reason="")
        assert set(case.acceptances.values_list("state", flat=True)) == {"declined"}
        assert not Invitation.objects.filter(application=case, ended_at=None).exists()
        assert not Task.objects.filter(case=case, finished=None).exists()
