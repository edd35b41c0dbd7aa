"""Reports and the people's own steps: opening, reminders once each, returning, closing, and standing in for one another."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail

from grants import clock
from grants.applications.models import Application, CaseState
from grants.organisations.models import Membership, Organisation
from grants.projects.models import Duty, DutyState
from grants.refusal import NotVisible, Refused
from tests.engine import herd
from tests.engine.asking import happened, refused
from tests.engine.stage import quick_letters
from tests.factories import World
from workflows import jobs, stepping, sweeps
from workflows.commands import run
from workflows.commands.organisations import claim_organisation
from workflows.models import Event, Notice, Task
from workflows.queries.turns import mine
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def case(world: World, monkeypatch: pytest.MonkeyPatch) -> Application:
    quick_letters(monkeypatch)
    case = herd.to_grant(world, 1)[0]
    life.approve(case, world.eva)
    jobs.run_pending()
    life.accept_all(case)
    return life.fresh(case)


def first(case: Application) -> Duty:
    return Duty.objects.filter(application=case).order_by("n")[0]


class TestReports:
    def test_a_report_opens_at_its_time(self, world: World, case: Application) -> None:
        duty = first(case)
        refusal = refused("open_duty", None, duty)
        assert (refusal.code, refusal.changes_at) == ("early", duty.opens_at)
        clock.move(duty.opens_at - MOMENT)
        sweeps.run_due()
        assert first(case).state == DutyState.PLANNED
        clock.move(duty.opens_at)
        sweeps.run_due()
        assert first(case).state == DutyState.OPEN
        assert Notice.objects.filter(case=case, kind="open_duty").count() == 1

    def test_each_reminder_is_sent_once_at_its_time(self, world: World, case: Application) -> None:
        duty = first(case)
        plan = case.definition.reporting
        stepping.walk(duty.due + timedelta(days=30), clock.move)
        sent = [e.data["days"] for e in Event.objects.filter(name="remind", data__id=duty.pk).order_by("seq")]
        expected = [d for d in plan.remind_days_before if duty.due - timedelta(days=d) >= duty.opens_at]
        assert sent == [*expected, *(-d for d in plan.remind_days_after)]
        assert set(sent) >= {60, 30, 7} or duty.opens_at > duty.due - timedelta(days=60)
        for event in Event.objects.filter(name="remind", data__id=duty.pk):
            assert event.at == duty.due - timedelta(days=event.data["days"])
        assert Notice.objects.filter(case=case, kind="remind", event__data__id=duty.pk).count() == len(sent)

    def test_who_was_asleep_is_reminded_once_and_not_three_times(self, world: World, case: Application) -> None:
        duty = first(case)
        clock.move(duty.due + timedelta(days=20))  # the clock stood still all that time
        sweeps.run_due()
        sweeps.run_due()
        assert [e.data["days"] for e in Event.objects.filter(name="remind", data__id=duty.pk)] == [
            -max(case.definition.reporting.remind_days_after)
        ]

    def test_a_filed_report_is_not_reminded_of(self, world: World, case: Application) -> None:
        duty = first(case)
        stepping.walk(duty.opens_at, clock.move)
        life.report(duty, world.karin, world.rng)
        before = Event.objects.filter(name="remind", data__id=duty.pk).count()
        stepping.walk(duty.due + timedelta(days=30), clock.move)
        assert Event.objects.filter(name="remind", data__id=duty.pk).count() == before

    def test_a_report_with_holes_is_not_filed(self, world: World, case: Application) -> None:
        duty = first(case)
        stepping.walk(duty.opens_at, clock.move)
        with pytest.raises(Refused) as answer:
            run("file_report", world.karin, duty)
        assert {r.code for r in answer.value.refusals} == {"report"}
        assert all(r.link.startswith("report#") for r in answer.value.refusals)

    def test_a_returned_report_is_filed_again(self, world: World, case: Application) -> None:
        duty = first(case)
        stepping.walk(duty.opens_at, clock.move)
        life.report(duty, world.karin, world.rng)
        assert refused("file_report", world.karin, duty).code == "state"
        run("return_report", world.sara, duty, reason="Mer om resultaten.")
        assert first(case).return_reason == "Mer om resultaten."
        life.report(first(case), world.karin, world.rng)
        assert list(duty.reports.values_list("n", flat=True)) == [1, 2]

    def test_the_last_approved_report_closes_the_case(self, world: World, case: Application) -> None:
        world.report_all(case)
        fresh = life.fresh(case)
        assert fresh.state == CaseState.CLOSED
        assert happened(case).count("closed_case") == 1
        assert not Task.objects.filter(case=case, finished=None).exists()
        jobs.run_pending()
        assert not Notice.objects.filter(case=case, sent_at=None).exists()


class TestTurns:
    def inbox(self, person: Any) -> set[int]:
        return set(Task.objects.filter(mine(person)).values_list("pk", flat=True))

    def test_a_deputy_has_the_absent_ones_turns_during_that_time_only(self, world: World) -> None:
        case = herd.submitted(world, 1)[0]
        run("take_case", world.sara, case)
        task = Task.objects.get(case=case, finished=None).pk
        assert task in self.inbox(world.sara)
        assert task not in self.inbox(world.jonas)
        today = clock.today()
        run("appoint_deputy", world.sara, world.sara, deputy=world.jonas, since=today, until=today + timedelta(days=2))
        assert task in self.inbox(world.jonas)
        clock.move(clock.now() + timedelta(days=4))
        assert task not in self.inbox(world.jonas)

    def test_nobody_appoints_a_deputy_for_another(self, world: World) -> None:
        with pytest.raises(NotVisible):
            run("appoint_deputy", world.jonas, world.sara, deputy=world.jonas, since=date.min, until=date.max)

    def test_a_free_turn_is_everyones_who_holds_the_office(self, world: World) -> None:
        case = herd.to_reject(world, 1)[0]
        task = Task.objects.get(case=case, finished=None).pk
        assert task in self.inbox(world.eva) & self.inbox(world.per)
        assert task not in self.inbox(world.sara) | self.inbox(world.karin) | self.inbox(world.rolf)


class TestMemberships:
    def test_a_claim_twice_is_once(self, world: World) -> None:
        pia = people.make_person("pia", "Pia Ny")
        for _ in range(2):
            claim_organisation(pia, world.organisation.number)
        assert Membership.objects.filter(person=pia).count() == 1
        assert Event.objects.filter(name="claim_organisation", actor=pia).count() == 1

    def test_who_was_refused_may_claim_again_but_is_nobody_meanwhile(self, world: World) -> None:
        pia = people.make_person("pia", "Pia Ny")
        claim_organisation(pia, world.organisation.number)
        membership = Membership.objects.get(person=pia)
        run("refuse_membership", world.sara, membership, reason="Okänd.")
        assert refused("confirm_membership", world.sara, membership).code == "state"
        claim_organisation(pia, world.organisation.number)
        assert Membership.objects.filter(person=pia).count() == 2

    def test_nobody_confirms_themselves(self, world: World) -> None:
        body = people.organisation(40, Organisation.Kind.COMPANY)
        for person in (world.karin, world.sara):
            claim_organisation(person, body.number)
        with pytest.raises(NotVisible):
            run("confirm_membership", world.karin, Membership.objects.get(person=world.karin, organisation=body))
        assert (
            refused("confirm_membership", world.sara, Membership.objects.get(person=world.sara, organisation=body)).code
            == "own_case"
        )

    def test_no_mail_goes_to_the_outbox_before_a_job_runs(self, world: World) -> None:
        herd.drafts(world, 1)
        assert not mail.outbox
