"""From draft to submission and back: time limits to the microsecond, who may, and that what was submitted stands."""

from datetime import timedelta
from typing import Any

import pytest

from grants import clock
from grants.applications.answers import save_answer
from grants.applications.models import Application, CaseMember, CaseState
from grants.letters.models import Document
from grants.organisations.models import Membership
from grants.refusal import NotVisible, Refused
from tests.engine import herd
from tests.engine.asking import granted, happened, refused
from tests.engine.stage import quick_letters
from tests.factories import World
from workflows import jobs, rights, stepping, sweeps
from workflows.commands import run, why_not
from workflows.commands.applying import create_draft
from workflows.commands.organisations import claim_organisation
from workflows.matrix import Role
from workflows.models import Event, Invitation, Notice
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
MOMENT = timedelta(microseconds=1)


def closes(case: Application) -> Any:
    assert case.call.closes_at is not None
    return case.call.closes_at


def a_text(case: Application) -> Any:
    return next(q for q in case.definition.questions() if q.kind == "long" and not q.per_party and not q.show_if)


def write(case: Application, world: World, text: str) -> None:
    question = a_text(case)
    version = case.answers.get(question=question.id, party=None).version
    save_answer(case, question, None, text, world.karin, version)


class TestTheWindow:
    def test_what_arrives_as_it_closes_is_late(self, world: World) -> None:
        case = world.draft()
        refusal = refused("submit", world.karin, case, arrived_at=closes(case), confirm=True)
        assert refusal.code == "closed"
        assert refusal.helper

    def test_what_arrives_a_moment_before_is_in_time(self, world: World) -> None:
        case = world.draft()
        clock.move(closes(case) + timedelta(seconds=20))  # it arrived in time and was read later
        run("submit", world.karin, case, arrived_at=closes(case) - MOMENT, confirm=True)
        assert case.submissions.get().arrived_at == closes(case) - MOMENT
        assert life.fresh(case).state == CaseState.SUBMITTED

    def test_a_call_that_has_not_opened_takes_no_draft_and_says_when_it_does(self, world: World) -> None:
        call = world.call("gemensamma-2023")
        with pytest.raises(Refused) as answer:
            create_draft(world.karin, call, world.organisation)
        assert answer.value.refusals[0].code == "not_open"
        assert answer.value.refusals[0].changes_at == call.opens_at

    def test_an_incomplete_draft_is_told_everything_that_is_missing(self, world: World) -> None:
        case = create_draft(world.karin, world.open(), world.organisation)
        with pytest.raises(Refused) as answer:
            run("submit", world.karin, case, confirm=True)
        assert len(answer.value.refusals) > 5
        assert all(r.code.startswith("incomplete_") and "#" in r.link and r.text for r in answer.value.refusals)

    def test_what_no_letter_can_say_is_told_while_it_can_be_written_otherwise(self, world: World) -> None:
        case = world.draft()
        party = case.parties.get(role="coordinator")
        Application.objects.filter(pk=case.pk).update(title="Fest \U0001f389 för alla")
        case.parties.filter(pk=party.pk).update(signatory_name="\u05d0\u05d1 Andersson")
        with pytest.raises(Refused) as answer:
            run("submit", world.karin, life.fresh(case), confirm=True)
        title, signatory = answer.value.refusals
        assert (title.code, signatory.code) == ("unprintable", "unprintable")
        assert "U+1F389 PARTY POPPER" in title.text
        assert title.link.endswith("#title")
        assert party.name in signatory.text
        assert signatory.link == f"parter#party-{party.pk}"
        Application.objects.filter(pk=case.pk).update(title="Łódź, Ångström och Dvořák")
        case.parties.filter(pk=party.pk).update(signatory_name="Ω. Andersson")
        assert run("submit", world.karin, life.fresh(case), confirm=True)

    def test_the_same_key_has_effect_once(self, world: World) -> None:
        case = world.draft()
        first = run("submit", world.karin, case, key="k", confirm=True)
        assert run("submit", world.karin, case, key="k", confirm=True) == first
        assert case.submissions.count() == 1
        assert refused("submit", world.karin, case, key="other", confirm=True).code == "locked"


class TestTheWorkingCopy:
    def test_unlocking_leaves_the_submission_standing(self, world: World) -> None:
        case = world.submitted()
        before = case.submissions.get().sha256
        run("unlock", world.karin, case)
        assert refused("unlock", world.karin, case).code == "unlocked"
        write(life.fresh(case), world, "Ändrat.")
        fresh = life.fresh(case)
        assert (fresh.state, fresh.working_copy, fresh.is_editable) == (CaseState.SUBMITTED, True, True)
        assert case.submissions.get().sha256 == before

    def test_dropping_the_copy_restores_what_was_submitted(self, world: World) -> None:
        case = world.submitted()
        question = a_text(case)
        stood = case.answers.get(question=question.id, party=None).value
        run("unlock", world.karin, case)
        write(life.fresh(case), world, "Ändrat.")
        Application.objects.filter(pk=case.pk).update(title="Annan titel")
        run("drop_copy", world.karin, case)
        fresh = life.fresh(case)
        assert case.answers.get(question=question.id, party=None).value == stood
        assert fresh.title == case.title
        assert not fresh.working_copy
        assert refused("drop_copy", world.karin, case).code == "not_unlocked"

    def test_submitting_again_replaces_and_keeps_the_number(self, world: World) -> None:
        case = world.submitted()
        run("unlock", world.karin, case)
        write(life.fresh(case), world, "Ändrat.")
        life.submit(case, world.karin)
        fresh = life.fresh(case)
        assert fresh.number == case.number
        assert list(case.submissions.values_list("n", flat=True).order_by("n")) == [1, 2]
        assert len(set(case.submissions.values_list("sha256", flat=True))) == 2

    def test_when_the_call_closes_the_submission_stands(self, world: World) -> None:
        case = world.submitted()
        question = a_text(case)
        stood = case.answers.get(question=question.id, party=None).value
        run("unlock", world.karin, case)
        write(life.fresh(case), world, "Ändrat.")
        stepping.walk(closes(case) + sweeps.IN_FLIGHT, clock.move)
        assert not life.fresh(case).working_copy
        assert case.answers.get(question=question.id, party=None).value == stood
        assert refused("unlock", world.karin, case).code == "closed"
        assert happened(case)[-1] == "end_copy"


class TestWho:
    def test_an_unconfirmed_member_drafts_but_does_not_submit(self, world: World) -> None:
        pia = people.make_person("pia", "Pia Ny")
        claim_organisation(pia, world.organisation.number)
        case = world.draft(person=pia)
        refusal = refused("submit", pia, case, confirm=True)
        assert refusal.code == "membership"
        assert "handläggare" in refusal.helper
        membership = Membership.objects.get(person=pia)
        run("confirm_membership", world.sara, membership)
        run("submit", pia, case, confirm=True)
        assert Notice.objects.filter(kind="confirm_membership", person=pia).count() == 1

    def test_an_unconfirmed_member_sees_no_other_case_of_the_organisation(self, world: World) -> None:
        theirs = world.draft()
        pia = people.make_person("pia", "Pia Ny")
        claim_organisation(pia, world.organisation.number)
        run("confirm_membership", world.sara, Membership.objects.get(person=pia))
        assert not Application.objects.visible_to(pia).exists()
        with pytest.raises(NotVisible):
            run("withdraw", pia, theirs, reason="")

    def test_who_was_refused_or_deactivated_sees_nothing(self, world: World) -> None:
        case = world.draft()
        world.karin.is_active = False
        world.karin.save()
        assert not Application.objects.visible_to(world.karin).exists()
        with pytest.raises(NotVisible):
            run("discard", world.karin, case)

    def test_staff_do_not_see_drafts(self, world: World) -> None:
        case = world.draft()
        for person in (world.sara, world.eva, world.rolf):
            assert not Application.objects.visible_to(person).exists()
            assert rights.roles_on_case(person, case) == frozenset()
        with pytest.raises(NotVisible):
            why_not(world.sara, case)

    def test_why_not_names_every_command_of_the_noun(self, world: World) -> None:
        case = world.submitted()
        answers = why_not(world.karin, case)
        assert not answers["withdraw"]
        assert not answers["unlock"]
        assert [r.code for r in answers["approve"]] == ["role"]
        assert answers["approve"][0].helper == "beslutsfattare"
        assert "lapse" not in answers  # the clock's


class TestTheEndOfADraft:
    def test_lapsing_erases_what_was_written(self, world: World) -> None:
        case = world.draft()
        Invitation.objects.filter(application=case).update(ended_at=None)
        stepping.walk(closes(case) + sweeps.IN_FLIGHT, clock.move)
        fresh = life.fresh(case)
        assert (fresh.state, fresh.title, fresh.number) == (CaseState.LAPSED, "", None)
        for kept in (
            case.answers,
            case.attachments,
            case.cost_lines,
            case.applied_grants,
            case.parties,
            case.invitations,
        ):
            assert not kept.exists()
        assert Notice.objects.filter(case=case, kind="lapse", person=world.karin).count() == 1
        assert rights.roles_on_case(world.karin, fresh) == {Role.APPLICANT}
        jobs.run_pending()

    def test_not_a_moment_before_the_call_closes(self, world: World) -> None:
        case = world.draft()
        refusal = refused("lapse", None, case)
        assert (refusal.code, refusal.changes_at) == ("still_open", closes(case))
        clock.move(closes(case) - MOMENT)
        sweeps.run_due()
        assert life.fresh(case).state == CaseState.DRAFT

    def test_discarding_erases_at_once_and_tells_nobody(self, world: World) -> None:
        case = world.draft()
        run("discard", world.karin, case)
        assert not case.answers.exists()
        assert not Notice.objects.filter(case=case, kind="discard").exists()
        assert refused("discard", world.karin, case).code == "state"

    def test_a_sweep_twice_is_a_sweep_once(self, world: World) -> None:
        case = herd.drafts(world, 1)[0]
        clock.move(closes(case))
        assert sweeps.run_due() > 0
        events = Event.objects.count()
        assert sweeps.run_due() == 0
        assert Event.objects.count() == events


class TestWithdrawing:
    def test_it_ends_assignments_links_proposals_and_access(self, world: World) -> None:
        case = herd.assessing(world, 1, "mira", "tove", "hugo")[0]
        mira, tove, hugo = case.assignments.select_related("reviewer").order_by("pk")
        life.review(mira, world.rng)
        run("declare", tove.reviewer, tove, answer="no", text="")
        assert (tove.reviewer_id, "review_case") in granted(case)
        run("withdraw", world.karin, case, reason="")
        assert list(case.assignments.order_by("pk").values_list("state", flat=True)) == ["lodged", "ended", "ended"]
        assert granted(case) == {(world.karin.pk, "edit_case")}
        assert not Invitation.objects.filter(application=case, ended_at=None).exists()
        told = Notice.objects.filter(case=case, kind="ended_unlodged").values_list("person", flat=True)
        assert set(told) == {tove.reviewer_id, hugo.reviewer_id}

    def test_a_proposal_falls(self, world: World) -> None:
        case = herd.to_reject(world, 1)[0]
        run("withdraw", world.karin, case, reason="")
        assert case.decisions.get().state == "void"
        assert refused("approve", world.eva, case, version=1, total=0).code == "state"

    def test_a_decision_that_has_not_been_sent_falls_and_no_letter_leaves(self, world: World) -> None:
        case = herd.to_reject(world, 1)[0]
        life.approve(case, world.eva)
        run("withdraw", world.karin, case, reason="")
        jobs.run_pending()
        assert life.fresh(case).state == "withdrawn"
        assert case.decisions.get().state == "void"
        assert not Document.objects.filter(application=case, kind="decision").exists()
        assert not Notice.objects.filter(case=case, kind="dispatch").exists()

    def test_not_after_the_letter(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        quick_letters(monkeypatch)
        case = herd.to_reject(world, 1)[0]
        life.approve(case, world.eva)
        jobs.run_pending()
        assert refused("withdraw", world.karin, case, reason="").code == "state"


class TestParties:
    def test_a_new_link_voids_the_one_before(self, world: World) -> None:
        case = create_draft(world.karin, world.open(), world.organisation)
        party = case.parties.get()
        run("invite_party", world.karin, party)
        old = Invitation.objects.get(subject_id=party.pk, ended_at=None)
        run("invite_party", world.karin, party)
        with pytest.raises(NotVisible):
            run("confirm_part", None, party, link=Invitation.objects.get(pk=old.pk), name="N", confirm=True)
        new = Invitation.objects.get(subject_id=party.pk, ended_at=None)
        run("confirm_part", None, party, link=new, name="Nina", confirm=True)
        party.refresh_from_db()
        assert party.confirmed_name == "Nina"
        new.refresh_from_db()
        assert new.ended_at is not None

    def test_without_an_address_there_is_nobody_to_ask(self, world: World) -> None:
        case = create_draft(world.karin, world.open(), world.organisation)
        case.parties.update(signatory_email="")
        assert refused("invite_party", world.karin, case.parties.get()).code == "no_contact"

    def test_a_link_for_one_party_is_nothing_to_another(self, world: World) -> None:
        first, second = (create_draft(world.karin, world.open(), world.organisation).parties.get() for _ in range(2))
        run("invite_party", world.karin, first)
        link = Invitation.objects.get(subject_id=first.pk, ended_at=None)
        with pytest.raises(NotVisible):
            run("confirm_part", None, second, link=link, name="N", confirm=True)

    def test_a_partner_is_told_whose_step_it_is(self, world: World) -> None:
        case = world.draft()
        paul = people.make_person("paul", "Paul Part")
        CaseMember.objects.create(
            application=case, person=paul, right=CaseMember.Right.PARTY, party=case.parties.last()
        )
        rights.settle(case)
        assert Application.objects.visible_to(paul).get() == case
        refusal = refused("submit", paul, case, confirm=True)
        assert (refusal.code, refusal.helper) == ("role", "sökande")
