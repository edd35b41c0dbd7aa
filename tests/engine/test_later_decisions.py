"""Decisions after the first: a place on the reserve list, a changed, withdrawn or recovered grant, and writing off. Each is
made by somebody else than who prepared it, has a letter of its own, and the one before is kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.models import Decision, DecisionState, Outcome
from grants.decisions.recovering import recoverable
from grants.letters.models import Document
from grants.refusal import NotVisible, Refused
from tests.engine.stage import quick_letters
from tests.factories import World
from workflows import integrity, jobs
from workflows.commands import run
from workflows.commands.deciding import granted
from workflows.models import Task
from workflows.simulation import life

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def letters_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_letters(monkeypatch)


@pytest.fixture
def project(world: World) -> Application:
    return world.case(CaseState.REPORTING)


def codes(step: str, person: Any, subject: Any, **data: Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        run(step, person, subject, **data)
    return [refusal.code for refusal in caught.value.refusals]


def sent(decision: Decision, world: World) -> Decision:
    life.approve_later(decision, world.eva)
    jobs.run_pending()
    return Decision.objects.get(pk=decision.pk)


def turns(case: Application) -> list[str]:
    return sorted(Task.objects.filter(case=case, finished=None).values_list("kind", flat=True))


class TestAChangedGrant:
    def test_the_old_version_is_kept_and_the_new_one_counts(self, world: World, project: Application) -> None:
        before, first = granted(project.call), project.decisions.get()
        change = life.reconsider(project, world.sara, "propose_change", 0.5)
        assert granted(project.call) == before
        sent(change, world)
        old, new = project.decisions.order_by("version")
        assert (old.state, new.state) == (DecisionState.REPLACED, DecisionState.DISPATCHED)
        assert (old.total_ore, new.replaces_id) == (first.total_ore, first.pk)
        assert granted(project.call) == before - (old.total_ore - new.total_ore)
        assert sum(part["amount_ore"] for part in new.payments) == new.total_ore
        assert set(project.duties.values_list("decision", flat=True)) == {new.pk}
        assert life.fresh(project).state == CaseState.REPORTING
        assert Document.objects.filter(decision=new).count() == 2
        assert not list(integrity.check())

    def test_between_the_decision_and_its_letter_the_money_is_counted_once(
        self, world: World, project: Application
    ) -> None:
        first = project.decisions.get()
        hold = clock.now() + timedelta(days=2)
        change = life.reconsider(project, world.sara, "propose_change", 0.5, hold_until=hold)
        before = granted(project.call)
        life.approve_later(change, world.eva)
        jobs.run_pending()
        assert granted(project.call) == before - first.total_ore + change.total_ore
        assert Decision.objects.get(pk=change.pk).state == DecisionState.DECIDED
        assert not list(integrity.check())

    def test_two_do_it(self, world: World, project: Application) -> None:
        run_by = world.sara
        change = life.reconsider(project, run_by, "propose_change", 0.5)
        with pytest.raises(NotVisible):
            life.approve_later(change, world.karin)
        assert "role" in codes("approve_later", world.sara, change, version=change.version, total=change.total_ore)
        Decision.objects.filter(pk=change.pk).update(prepared_by=world.eva)
        assert codes("approve_later", world.eva, change, version=change.version, total=change.total_ore) == [
            "four_eyes"
        ]

    def test_what_is_signed_is_what_was_shown(self, world: World, project: Application) -> None:
        change = life.reconsider(project, world.sara, "propose_change", 0.5)
        assert codes("approve_later", world.eva, change, version=change.version, total=1) == ["changed"]

    def test_one_at_a_time_and_something_is_changed(self, world: World, project: Application) -> None:
        with pytest.raises(Refused) as caught:
            life.reconsider(project, world.sara, "propose_change", 1)
        assert [r.code for r in caught.value.refusals] == ["same"]
        life.reconsider(project, world.sara, "propose_change", 0.5)
        with pytest.raises(Refused) as caught:
            life.reconsider(project, world.sara, "propose_withdrawal", 0)
        assert [r.code for r in caught.value.refusals] == ["being_made"]

    def test_more_than_was_applied_for_is_refused(self, world: World, project: Application) -> None:
        with pytest.raises(Refused) as caught:
            life.reconsider(project, world.sara, "propose_change", 3)
        assert "more_than_applied" in [r.code for r in caught.value.refusals]

    def test_what_comes_back_is_proposed_anew_or_dropped(self, world: World, project: Application) -> None:
        change = life.reconsider(project, world.sara, "propose_change", 0.5)
        assert "decide_later" in turns(project)
        run("return_later", world.eva, change, reason="Skälen räcker inte.")
        assert "redo_later" in turns(project)
        again = life.reconsider(project, world.sara, "propose_change", 0.6)
        assert Decision.objects.get(pk=change.pk).state == DecisionState.VOID
        assert turns(project).count("decide_later") == 1
        assert "redo_later" not in turns(project)
        run("drop_later", world.sara, again)
        assert not {"decide_later", "redo_later"} & set(turns(project))
        assert not list(integrity.check())

    def test_the_form_begins_with_what_came_back_and_the_next_one_says_what_is_new(
        self, world: World, project: Application, sign_in: Any
    ) -> None:
        change = life.reconsider(project, world.sara, "propose_change", 0.5, reasons="Skäl som inte räcker.")
        run("return_later", world.eva, change, reason="Skälen räcker inte.")
        page = sign_in(world.sara).get(reverse("act", args=["propose_change", project.pk]))
        shown, form = page.content.decode(), page.context["form"]
        assert "lämnades tillbaka" in shown
        assert "Skäl som inte räcker." in shown
        for line in change.lines.all():
            assert form[f"amount_{line.party_id}"].initial == line.max_amount_ore
        other = sign_in(world.sara).get(reverse("act", args=["propose_withdrawal", project.pk]))
        assert "Skäl som inte räcker." not in other.content.decode()
        again = life.reconsider(project, world.sara, "propose_change", 0.5, reasons="Skäl som väl räcker.")
        signing = sign_in(world.eva).get(reverse("act", args=["approve_later", again.pk]))
        assert [change.label for change in signing.context["returned"].changes] == ["Skäl"]
        run("return_later", world.eva, again, reason="Inte heller.")
        run("drop_later", world.sara, again)
        fresh = life.reconsider(project, world.sara, "propose_change", 0.7)
        signing = sign_in(world.eva).get(reverse("act", args=["approve_later", fresh.pk]))
        assert signing.context["returned"] is None  # nobody went on with that one

    def test_nobody_outside_knows_of_it_before_its_letter(
        self, world: World, project: Application, sign_in: Any
    ) -> None:
        change = life.reconsider(project, world.sara, "propose_change", 0.5, reasons="ETT SÄRSKILT SKÄL")
        page: Client = sign_in(world.karin)
        shown = page.get(reverse("case", args=[project.pk])).content.decode()
        assert "ETT SÄRSKILT SKÄL" not in shown
        assert "Ett nytt förslag ligger" not in shown
        mail.outbox.clear()
        sent(change, world)
        shown = page.get(reverse("case", args=[project.pk])).content.decode()
        assert "ETT SÄRSKILT SKÄL" in shown
        assert any(world.karin.email in message.to for message in mail.outbox)


class TestTakingBack:
    def test_a_withdrawn_grant_leaves_what_each_may_keep(self, world: World, project: Application) -> None:
        other = granted(project.call, besides=project)
        decision = sent(life.reconsider(project, world.sara, "propose_withdrawal", 0.25), world)
        assert granted(project.call) == other + decision.total_ore > other
        with pytest.raises(Refused) as caught:
            life.reconsider(project, world.sara, "propose_change", 0.1)
        assert [r.code for r in caught.value.refusals] == ["no_grant"]

    def test_a_recovery_leaves_the_grant_as_it_is(self, world: World, project: Application) -> None:
        before = granted(project.call)
        decision = sent(life.reconsider(project, world.sara, "propose_recovery", 0.25), world)
        assert granted(project.call) == before
        assert decision.state == DecisionState.DISPATCHED
        assert project.decisions.in_force().get().outcome == Outcome.GRANT
        assert not list(integrity.check())

    def test_the_same_money_is_not_demanded_twice(self, world: World, project: Application) -> None:
        sent(life.reconsider(project, world.sara, "propose_recovery", 0.75), world)
        with pytest.raises(Refused) as caught:
            life.reconsider(project, world.sara, "propose_recovery", 0.5)
        assert [r.code for r in caught.value.refusals] == ["too_much_back"]
        sent(life.reconsider(project, world.sara, "propose_recovery", 0.2), world)

    def test_what_may_be_kept_is_not_demanded_back(self, world: World, project: Application) -> None:
        granted_first = project.decisions.get().total_ore
        kept = sent(life.reconsider(project, world.sara, "propose_withdrawal", 0.4), world).total_ore
        bound = recoverable(project.decisions.prefetch_related("lines"))
        assert sum(bound.values()) == granted_first - kept

    def test_a_project_that_has_closed_is_given_nothing_more(self, world: World, project: Application) -> None:
        change = life.reconsider(project, world.sara, "propose_change", 0.5)
        Application.objects.filter(pk=project.pk).update(state=CaseState.CLOSED)
        assert codes("approve_later", world.eva, change, version=change.version, total=change.total_ore) == ["moved_on"]

    def test_nobody_pays_back_more_than_they_were_given(self, world: World, project: Application, sign_in: Any) -> None:
        page: Client = sign_in(world.sara)
        address = reverse("act", args=["propose_recovery", project.pk])
        form = page.get(address).context["form"]
        data = {name: form[name].value() or "" for name in form.fields} | {
            "reasons": "Fel kostnader.",
            "repay_by": "2099-01-01",
        }
        party = project.decisions.get().lines.first()
        data[f"amount_{party.party_id}"] = party.max_amount_ore // 100 + 1
        answer = page.post(address, data)
        assert answer.status_code == 422
        assert answer.context["form"].errors[f"amount_{party.party_id}"]
        data[f"amount_{party.party_id}"] = "1"
        assert page.post(address, data).status_code == 302


class TestTheReserveList:
    def test_a_case_waits_and_is_granted_when_there_is_money(self, world: World) -> None:
        case = world.case(CaseState.ASSESSED)
        life.propose(case, world.sara, Outcome.RESERVE)
        life.approve(case, world.eva)
        jobs.run_pending()
        assert life.fresh(case).state == CaseState.RESERVE
        assert turns(case) == ["reserve"]
        assert granted(case.call, None) == granted(case.call, case)
        life.propose(case, world.sara)
        run("return_proposal", world.eva, case, reason="Vänta.")
        assert life.fresh(case).state == CaseState.RESERVE
        life.propose(case, world.sara)
        life.approve(case, world.eva)
        jobs.run_pending()
        assert life.fresh(case).state == CaseState.ACCEPTING
        assert [d.state for d in case.decisions.order_by("version")] == ["replaced", "returned", "dispatched"]
        assert not list(integrity.check())

    def test_the_applicant_may_leave_it(self, world: World) -> None:
        case = world.case(CaseState.ASSESSED)
        life.propose(case, world.sara, Outcome.RESERVE)
        life.approve(case, world.eva)
        jobs.run_pending()
        run("withdraw", world.karin, case, reason="")
        assert life.fresh(case).state == CaseState.WITHDRAWN
        assert not list(integrity.check())
        sent(life.reconsider(case, world.sara, "write_off"), world)
        assert [d.state for d in case.decisions.order_by("version")] == ["replaced", "dispatched"]
        assert not list(integrity.check())


class TestWritingOff:
    def test_a_withdrawn_application_is_written_off_by_a_decision(self, world: World) -> None:
        case = world.case(CaseState.ASSESSING)
        run("withdraw", world.karin, case, reason="")
        assert turns(case) == ["write_off"]
        decision = life.reconsider(case, world.sara, "write_off")
        assert turns(case) == ["decide_later"]
        run("return_later", world.eva, decision, reason="Skälen.")
        run("drop_later", world.sara, decision)
        assert turns(case) == ["write_off"]
        sent(life.reconsider(case, world.sara, "write_off"), world)
        assert turns(case) == []
        assert life.fresh(case).state == CaseState.WITHDRAWN
        assert Document.objects.filter(application=case, kind="decision").count() == 2
        with pytest.raises(Refused) as caught:
            life.reconsider(case, world.sara, "write_off")
        assert [r.code for r in caught.value.refusals] == ["written_off"]
        assert not list(integrity.check())
