"""Decisions about a case that is past its own: a grant is changed, withdrawn or recovered, a withdrawn application is written
off (FL 36–39 §§: a decision is changed by a new one, and the old is kept).

Each is prepared by one and made by another as the first decision was. It stands beside the case, whose state it does not
move: a project goes on reporting while its grant is reconsidered.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.decisions.models import Decision, DecisionState, Outcome
from grants.decisions.recovering import recoverable
from grants.projects.models import DutyState
from grants.projects.schedule import from_rows, payments_for
from grants.refusal import Refusal, Refused
from workflows import forms, later_forms
from workflows.commands.amounts import too_much
from workflows.commands.base import Act, command
from workflows.commands.deciding import (
    budget_holds,
    can_be_printed,
    give_back,
    hold_undertakings,
    is_what_was_shown,
    letter_is_made,
    make,
    next_version,
    not_held,
    not_the_preparer,
    says_what_the_law_asks,
    send,
    within_de_minimis,
    write_lines,
)
from workflows.commands.disqualified import stands_outside
from workflows.matrix import MOVES


def _made(act: Act) -> list[Decision]:
    """The case's decisions, read once an act."""
    if "decisions" not in act.memory:
        act.memory["decisions"] = list(act.the_case.decisions.all())
    found: list[Decision] = act.memory["decisions"]
    return found


def _in_force(act: Act) -> Decision | None:
    """What holds now."""
    sent = (d for d in _made(act) if d.state == DecisionState.DISPATCHED and d.outcome != Outcome.RECOVERY)
    return next(sent, None)


def none_is_being_made(act: Act) -> Refusal | None:
    """One proposal at a time."""
    waiting = next((d for d in _made(act) if d.state in (DecisionState.PROPOSED, DecisionState.DECIDED)), None)
    if waiting is None:
        return None
    text = _("Det finns redan ett förslag eller beslut som inte är skickat: %(outcome)s, version %(n)d.")
    return Refusal("being_made", text % {"outcome": waiting.get_outcome_display(), "n": waiting.version})


def has_a_grant(act: Act) -> Refusal | None:
    """There is a grant to decide about."""
    decision = _in_force(act)
    if decision is not None and decision.outcome == Outcome.GRANT:
        return None
    return Refusal("no_grant", _("Det finns inget bidrag som gäller."))


def was_paid_for(act: Act) -> Refusal | None:
    """There is or was a grant that something can be recovered of."""
    decision = _in_force(act)
    if decision is not None and decision.outcome in (Outcome.GRANT, Outcome.WITHDRAWAL):
        return None
    return Refusal("no_grant", _("Projektet har inte fått något bidrag."))


def not_written_off(act: Act) -> Refusal | None:
    """Once is enough."""
    if any(d.outcome == Outcome.WRITTEN_OFF and d.state == DecisionState.DISPATCHED for d in _made(act)):
        return Refusal("written_off", _("Ärendet är redan avskrivet."))
    return None


_COMMON = {"button": _l("Skicka till beslutsfattare"), "template": "workflows/act_propose_later.html"}
_EXPLAIN = _l("Beslutsfattaren får förslaget. Den som förbereder ett beslut fattar det aldrig.")


@command(
    "propose_change",
    _l("Ändra beslutet om bidrag"),
    guards=(stands_outside, none_is_being_made, has_a_grant),
    form=later_forms.ChangeForm,
    explain=_EXPLAIN,
    **_COMMON,
)
def propose_change(act: Act) -> None:
    """Prepare a new version of the grant: other amounts, shares or conditions."""
    grant = _in_force(act)
    assert grant is not None
    if found := [*_nothing_left(act), *too_much(act.the_case, act.data["lines"]), *_changes_nothing(act, grant)]:
        raise Refused(found)
    total = sum(line["max_amount_ore"] for line in act.data["lines"])
    duties = from_rows(grant.schedule, act.the_case.definition)
    _propose(
        act,
        Outcome.GRANT,
        replaces=grant,
        special_conditions=act.data["special_conditions"],
        starts_on=grant.starts_on,
        ends_on=grant.ends_on,
        schedule=grant.schedule,
        payments=payments_for(act.the_case.definition, total, duties),
    )


def _nothing_left(act: Act) -> list[Refusal]:
    if any(line["max_amount_ore"] > 0 for line in act.data["lines"]):
        return []
    return [Refusal("no_amount", _("Ett bidrag som blir noll upphävs i stället."), link="propose_withdrawal")]


def _changes_nothing(act: Act, grant: Decision) -> list[Refusal]:
    now = {line.party_id: (line.max_amount_ore, line.intensity_bp) for line in grant.lines.all()}
    then = {line["party"]: (line["max_amount_ore"], line["intensity_bp"]) for line in act.data["lines"]}
    if now != then or grant.special_conditions != act.data["special_conditions"]:
        return []
    return [Refusal("same", _("Förslaget ändrar inget i det beslut som gäller."))]


@command(
    "propose_withdrawal",
    _l("Upphäv bidraget"),
    guards=(stands_outside, none_is_being_made, has_a_grant),
    form=later_forms.WithdrawalForm,
    explain=_EXPLAIN,
    **_COMMON,
)
def propose_withdrawal(act: Act) -> None:
    """Prepare to withdraw the grant, but for what each party may keep. The project still reports what it has used."""
    grant = _in_force(act)
    assert grant is not None
    _propose(
        act,
        Outcome.WITHDRAWAL,
        replaces=grant,
        starts_on=grant.starts_on,
        ends_on=grant.ends_on,
        schedule=grant.schedule,
    )


@command(
    "propose_recovery",
    _l("Kräv tillbaka bidrag"),
    guards=(stands_outside, none_is_being_made, was_paid_for),
    form=later_forms.RecoveryForm,
    explain=_EXPLAIN,
    **_COMMON,
)
def propose_recovery(act: Act) -> None:
    """Prepare to demand money back. The grant itself stays as it is."""
    if not sum(line["max_amount_ore"] for line in act.data["lines"]):
        raise Refused([Refusal("no_amount", _("Ange vad minst en part ska betala tillbaka."))])
    bound = recoverable(_made(act))
    if any(line["max_amount_ore"] > bound.get(line["party"], 0) for line in act.data["lines"]):
        text = _("Mer kan inte krävas tillbaka än vad som är beviljat och inte redan har krävts eller får behållas.")
        raise Refused([Refusal("too_much_back", text)])
    _propose(act, Outcome.RECOVERY, repay_by=act.data["repay_by"])


@command(
    "write_off",
    _l("Skriv av ärendet"),
    guards=(stands_outside, none_is_being_made, not_written_off),
    form=later_forms.WriteOffForm,
    explain=_EXPLAIN,
    **_COMMON,
)
def write_off(act: Act) -> None:
    """Prepare to close the matter of an application that was taken back."""
    _propose(act, Outcome.WRITTEN_OFF, replaces=_in_force(act))  # a place on the reserve list, if it had one
    act.next_turn()


def _propose(act: Act, outcome: Outcome, **fields: Any) -> None:
    case, data = act.the_case, act.data
    for returned in (d for d in _made(act) if d.later and d.state == DecisionState.RETURNED):
        returned.application = case
        act.move(returned, "make_void")  # what comes now takes its place
        act.also("voided_later", returned, source=DecisionState.RETURNED)
    decision = Decision.objects.create(
        application=case,
        version=next_version(case),
        later=True,
        outcome=outcome,
        reasons=data["reasons"],
        participants=data["participants"],
        prepared_by=act.person,
        hold_until=data.get("hold_until"),
        **fields,
    )
    write_lines(decision, data.get("lines", []))
    act.begin(decision)
    act.note = {"decision": decision.pk, "outcome": outcome, "total_ore": decision.total_ore}


@command(
    "drop_later",
    _l("Släpp förslaget"),
    guards=(stands_outside,),
    explain=_l("Förslaget faller. Det som gäller nu fortsätter att gälla."),
    button=_l("Släpp förslaget"),
)
def drop_later(act: Act) -> None:
    """Nobody goes on with the proposal."""
    act.move(act.subject, "make_void")
    act.note = {"decision": act.subject.pk}
    act.next_turn()


_PROPOSED_BY = {
    Outcome.GRANT: "propose_change",
    Outcome.WITHDRAWAL: "propose_withdrawal",
    Outcome.RECOVERY: "propose_recovery",
    Outcome.WRITTEN_OFF: "write_off",
}


def is_still_about_it(act: Act) -> Refusal | None:
    """The case has not gone on since: a project that has closed is given nothing more."""
    if act.the_case.state in MOVES[_PROPOSED_BY[act.subject.outcome]].sources:
        return None
    text = _("Ärendet har gått vidare sedan förslaget lämnades: %(state)s.") % {
        "state": act.the_case.get_state_display()
    }
    return Refusal("moved_on", text, helper=_("handläggaren kan släppa förslaget"))


def money_is_there(act: Act) -> Refusal | None:
    """What is given is within the call's money; what is taken back always is."""
    return budget_holds(act) if act.subject.outcome == Outcome.GRANT else None


@command(
    "approve_later",
    _l("Fatta beslut i ett beslutat ärende"),
    guards=(
        stands_outside,
        not_the_preparer,
        is_still_about_it,
        says_what_the_law_asks,
        can_be_printed,
        is_what_was_shown,
        money_is_there,
        within_de_minimis,
    ),
    locks_call=True,
    holds=hold_undertakings,
    form=later_forms.ApproveLaterForm,
    template="workflows/act_approve.html",
    explain=_l("Beslutet är fattat när du godkänner. Brevet skapas och skickas därefter."),
    button=_l("Godkänn och fatta beslut"),
    primary=True,
)
def approve_later(act: Act) -> None:
    """Make the decision; the letter and its dispatch are a job in the same transaction."""
    decision: Decision = act.subject
    act.move(decision, "decide", *make(act, decision))


@command(
    "return_later",
    _l("Lämna tillbaka förslaget"),
    guards=(stands_outside,),
    form=forms.ReasonForm,
    explain=_l("Handläggaren får tillbaka förslaget med ditt skäl."),
    button=_l("Lämna tillbaka"),
)
def return_later(act: Act) -> None:
    """Send the proposal back with a reason."""
    act.move(act.subject, "give_back", *give_back(act, act.subject))


@command("dispatch_later", _l("Expediera beslutet"), guards=(letter_is_made, not_held), locks_call=True)
def dispatch_later(act: Act) -> None:
    """The letter leaves; what the decision replaces is replaced, and the reports to come answer to the new amounts."""
    decision: Decision = act.subject
    act.move(decision, "dispatch", *send(act, decision))
    if decision.replaces_id:
        duties = act.the_case.duties.filter(decision=decision.replaces_id).exclude(state=DutyState.APPROVED)
        duties.update(decision=decision)
