"""The page where an officer prepares a decision, and the turn that leads to a step."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.models import Decision, Outcome
from reviewers.models import ScoreSheet
from tests.engine import herd
from tests.engine.test_every_state import signed_in
from tests.engine.test_planted_faults import change
from tests.factories import World
from tests.letters.reading import text_of
from workflows.commands import COMMANDS, prepare, run
from workflows.matrix import MOVES
from workflows.models import Event
from workflows.proposal_forms import ProposalForm
from workflows.queries import case_page
from workflows.simulation import life

pytestmark = pytest.mark.django_db
S = CaseState


def page(client: Client, case: Application, **typed: str) -> str:
    address = reverse("act", args=["propose", case.pk])
    return (client.post(address, typed) if typed else client.get(address)).content.decode()


def test_the_sum_of_what_is_proposed_stands_below(world: World) -> None:
    case = world.case(S.ASSESSED)
    client = signed_in(world.sara)
    fields = ProposalForm(prepare("propose", world.sara, case.pk)).fields
    filled = sum(fields[f"amount_{party.pk}"].initial for party in case.parties.all())
    shown = f"{filled // 100:,}".replace(",", "\u00a0")
    assert f'data-sum="grant">{shown}<' in page(client, case)
    first, second = case.parties.order_by("position")[:2]
    typed = {f"amount_{p.pk}": "0" for p in case.parties.all()}
    typed |= {f"amount_{first.pk}": "10 000", f"amount_{second.pk}": "många", "outcome": "grant"}
    answer = page(client, case, **typed)
    assert 'data-sum="grant">10\u00a0000<' in answer
    assert answer.count('data-cell="grant:') == case.parties.count()


def test_what_is_filled_in_keeps_to_the_application_and_the_share(world: World) -> None:
    case = world.case(S.ASSESSED)
    fields = ProposalForm(prepare("propose", world.sara, case.pk)).fields
    assert fields["outcome"].initial is None  # nothing is decided by not choosing
    budgets = case.submissions.order_by("-n")[0].content["budgets"]
    assert len(budgets) > 1
    for budget in budgets:
        amount, share = (fields[f"{name}_{budget['party']}"].initial for name in ("amount", "share"))
        most = sum(cost["ore"] for cost in budget["costs"]) * share / 10_000
        assert 0 < amount <= min(budget["applied_ore"], most)
        assert amount == budget["applied_ore"] or amount > most - 100


def test_a_letter_cannot_be_held_until_a_time_that_has_passed(world: World) -> None:
    case = world.case(S.ASSESSED)
    form = ProposalForm(prepare("propose", world.sara, case.pk), {"hold_until": "2020-01-01 10:00"})
    assert "passerat" in form.errors["hold_until"][0]
    later = clock.now() + timedelta(days=2)
    form = ProposalForm(prepare("propose", world.sara, case.pk), {"hold_until": f"{later:%Y-%m-%d} 10:00"})
    assert "hold_until" not in form.errors


def test_a_turn_does_not_lead_to_a_step_that_is_refused(world: World) -> None:
    case = world.onwards(world.closed(world.submitted()), S.ASSESSING)
    assert case_page.read(world.sara, case.pk).turn.url == reverse("act", args=["assign", case.pk])
    for assignment in world.assigned(case, "mira", "tove", "hugo", "ines"):
        run("decline_assignment", assignment.reviewer, assignment, reason="Hinner inte.")
    turn = case_page.read(world.sara, case.pk).turn
    assert turn.mine
    assert not turn.url
    assert "redan tillfrågats" in turn.text


def test_what_the_reviewers_wrote_stands_folded_beside_the_reasons(world: World) -> None:
    case = world.case(S.ASSESSED)
    sheet = ScoreSheet.objects.get(assignment__reviewer=world.mira)
    change(ScoreSheet, sheet.pk, strengths="Tydligt & väl känt behov.")
    answer = page(signed_in(world.sara), case)
    reasons = answer.index('name="reasons"')
    assert "Vad Mira Dahl skrev" in answer[:reasons]
    assert answer.index("Tydligt &amp; väl känt behov.") < reasons
    assert answer.count('<details class="an-words">') == 3
    assert '<details class="an-words" open' not in answer


def test_the_basis_of_each_party_has_a_row_of_its_own(world: World) -> None:
    case = world.case(S.ASSESSED)
    answer = page(signed_in(world.sara), case)
    assert answer.count('class="an-second"') == case.parties.count()


def test_what_a_reviewer_wrote_is_taken_into_the_reasons_and_nothing_that_was_typed_is_lost(world: World) -> None:
    case = world.case(S.ASSESSED)
    client, first = signed_in(world.sara), case.assignments.order_by("pk")[0]
    party = case.parties.order_by("position")[0]
    shown = page(client, case)
    assert f'name="cite" value="{first.pk}-strengths"' in shown
    typed = {"reasons": "Egna ord.", f"amount_{party.pk}": "många", "outcome": "grant", "participants": "Ingen annan"}
    answer = page(client, case, **typed, cite=f"{first.pk}-strengths")
    assert f"Egna ord.\n\n{first.sheet.strengths}" in answer
    for text in ('value="många"', "Ingen annan"):
        assert text in answer
    assert not Decision.objects.filter(application=case).exists()
    for wrong in ("x", "", "-", f"{first.pk}-reviewer", "9" * 40 + "-strengths", "0-weaknesses", "\x00"):
        assert "Egna ord." in page(client, case, **typed, cite=wrong)
    assert not Decision.objects.filter(application=case).exists()


def test_what_came_back_says_why_and_begins_with_what_it_said(world: World) -> None:
    case = world.case(S.PROPOSED)
    before = case.decisions.prefetch_related("lines").get()
    run("return_proposal", world.eva, case, reason="Skälen säger inget om kostnaderna.")
    client = signed_in(world.sara)
    assert "Skälen säger inget om kostnaderna." in client.get(reverse("case", args=[case.pk])).content.decode()
    assert "Skälen säger inget om kostnaderna." in page(client, case)
    form = ProposalForm(prepare("propose", world.sara, case.pk))
    assert form["reasons"].value() == before.reasons
    assert form["outcome"].value() == before.outcome
    assert form["ends_on"].value() == f"{before.ends_on}"
    for line in before.lines.all():
        assert form.fields[f"amount_{line.party_id}"].initial == line.max_amount_ore
    outside = signed_in(world.karin).get(reverse("case", args=[case.pk])).content.decode()
    assert "Skälen säger inget" not in outside


def test_the_letter_can_be_read_before_anything_is_handed_in(world: World) -> None:
    case = world.case(S.ASSESSED)
    client, address = signed_in(world.sara), reverse("act", args=["propose", case.pk])
    form = ProposalForm(prepare("propose", world.sara, case.pk))
    typed = {name: value for name in form.fields if (value := form[name].value()) is not None} | {
        "outcome": "rejection",
        "reasons": "Det här skälet syns i brevet.",
        "hold_until": "",
        "key": "one",
    }
    before = Event.objects.count(), ProcrastinateJob.objects.count()
    for language, says in (("sv", "Förhandsvisning:"), ("en", "Preview:")):
        paper = client.post(address, typed | {"brev": language})
        assert paper["Content-Type"] == "application/pdf"
        said = text_of(paper.content)
        assert "Det här skälet syns i brevet." in said
        assert says in said
    assert (Event.objects.count(), ProcrastinateJob.objects.count()) == before
    assert not case.decisions.exists()
    unfinished = client.post(address, typed | {"reasons": "", "brev": "sv"})
    assert unfinished.status_code == 422
    assert 'name="key" value="one"' not in unfinished.content.decode()  # another page beside, which is sent on its own
    assert client.post(address, typed).status_code == 302  # the same key: what was looked at is handed in
    assert case.decisions.get().reasons == "Det här skälet syns i brevet."
    assert (
        client.post(address, typed | {"brev": "sv"}).status_code == 409
    )  # nothing to look at, and it is not said to be


def test_a_formal_rejection_that_came_back_is_not_what_a_proposal_in_substance_begins_with(world: World) -> None:
    case = world.closed(world.submitted())
    run("propose_rejection", world.sara, case, reasons="Intyg saknas.", participants="ingen annan")
    run("return_proposal", world.eva, life.fresh(case), reason="Intyget finns.")
    case = world.onwards(life.fresh(case), S.ASSESSED)
    assert ProposalForm(prepare("propose", world.sara, case.pk)).returned is None
    world.propose(case)
    shown = signed_in(world.eva).get(reverse("act", args=["approve", case.pk]))
    assert shown.context["returned"] is None


def test_a_letter_that_was_held_is_held_still(world: World) -> None:
    case = world.case(S.ASSESSED)
    hold = clock.now() + timedelta(days=5)
    life.propose(case, world.sara, Outcome.RESERVE, hold_until=hold)
    run("return_proposal", world.eva, life.fresh(case), reason="Skälen räcker inte.")
    assert ProposalForm(prepare("propose", world.sara, case.pk)).fields["hold_until"].initial == hold
    clock.move(hold + timedelta(hours=1))
    assert ProposalForm(prepare("propose", world.sara, case.pk)).fields["hold_until"].initial is None


def test_every_proposal_can_be_read_as_a_letter_first() -> None:
    written = {name for name, spec in COMMANDS.items() if getattr(spec.form, "makes_letter", False)}
    proposed = {name for name, move in MOVES.items() if name.startswith("propose")} | {"write_off"}
    assert written == proposed


def test_a_project_goes_on_no_longer_than_the_call_allows(world: World) -> None:
    case = world.case(S.ASSESSED)
    rules = case.definition.project
    late = rules.latest_start + timedelta(days=30)  # the decision may come late
    typed = {"outcome": "grant", "starts_on": f"{late}", "ends_on": f"{rules.latest_end}"}
    act = prepare("propose", world.sara, case.pk)
    assert not {"starts_on", "ends_on"} & set(ProposalForm(act, typed).errors)
    too_long = typed | {"ends_on": f"{rules.latest_end + timedelta(days=1)}"}
    assert "ends_on" in ProposalForm(act, too_long).errors
    too_early = typed | {"starts_on": f"{rules.earliest_start - timedelta(days=1)}"}
    assert "starts_on" in ProposalForm(act, too_early).errors


def test_the_inbox_leads_to_where_more_than_one_is_decided_at_once(world: World) -> None:
    first, _second = herd.to_reject(world, 2)
    address = reverse("signing", args=[first.call.slug])
    assert address in signed_in(world.eva).get(reverse("inbox")).content.decode()
    run("return_proposal", world.eva, first, reason="Skälen räcker inte.")
    assert address not in signed_in(world.eva).get(reverse("inbox")).content.decode()
