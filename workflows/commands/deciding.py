"""The decision: prepared by one, made by another, issued when its letter is ready (FL 31–33 §§)."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.de_minimis import is_de_minimis, statements
from grants.decisions.models import Acceptance, AcceptanceState, Decision, DecisionLine, DecisionState, Outcome
from grants.letters.models import Document
from grants.money import kronor, written
from grants.organisations.models import Organisation
from grants.programmes.models import Call
from grants.projects.schedule import as_rows, duties_for, payments_for
from grants.refusal import Refusal, Refused
from workflows import forms, jobs, link_forms, links
from workflows.commands.base import Act, command
from workflows.commands.calls import note_if_decided
from workflows.commands.disqualified import stands_outside
from workflows.commands.hearing import heard_before_a_grant, no_interview_ahead
from workflows.commands.projects import begin_project
from workflows.models import Invitation


def next_version(case: Application) -> int:
    """The number of the case's next decision."""
    return (case.decisions.order_by("-version").values_list("version", flat=True).first() or 0) + 1


def in_force(case: Application) -> Decision:
    """The decision that is proposed, made or sent."""
    return case.decisions.prefetch_related("lines").get(
        state__in=(DecisionState.PROPOSED, DecisionState.DECIDED, DecisionState.DISPATCHED)
    )


def _decision(act: Act) -> Decision:
    """The same, read once an act."""
    if "decision" not in act.memory:
        act.memory["decision"] = in_force(act.the_case)
    found: Decision = act.memory["decision"]
    return found


def money_left(call: Call, besides: Application) -> int | None:
    """What is left of the call's budget, in öre, besides one case; None when the call has no budget of its own."""
    if call.definition.call_budget is None:
        return None
    return kronor(call.definition.call_budget) - granted(call, besides)


def granted(call: Call, besides: Application | None = None) -> int:
    """What the call has granted, in öre, but for one case and for what was declined."""
    lines = DecisionLine.objects.filter(
        decision__application__call=call, decision__state__in=(DecisionState.DECIDED, DecisionState.DISPATCHED)
    )
    declined = Q(decision__application__state=CaseState.DECLINED)
    total: int | None = (
        lines.exclude(declined).exclude(decision__application=besides).aggregate(s=Sum("max_amount_ore"))["s"]
    )
    return total or 0


@command(
    "propose",
    _l("Lämna förslag till beslut"),
    guards=(stands_outside, no_interview_ahead, heard_before_a_grant),
    form=forms.ProposalForm,
    explain=_l("Beslutsfattaren får förslaget. Den som förbereder ett beslut fattar det aldrig."),
    button=_l("Skicka till beslutsfattare"),
    primary=True,
)
def propose(act: Act) -> None:
    """Prepare a decision: the outcome, what each party gets, and everything the law asks a decision to say."""
    case, data = act.the_case, act.data
    if found := _line_refusals(act):
        raise Refused(found)
    granted = data["outcome"] == Outcome.GRANT
    starts, ends = (data["starts_on"], data["ends_on"]) if granted else (None, None)
    total = sum(line["max_amount_ore"] for line in data["lines"])
    duties = duties_for(case.definition, starts, ends) if starts and ends else []
    decision = Decision.objects.create(
        application=case,
        version=next_version(case),
        outcome=data["outcome"],
        reasons=data["reasons"],
        special_conditions=data.get("special_conditions", ""),
        participants=data["participants"],
        starts_on=starts,
        ends_on=ends,
        schedule=as_rows(duties),
        payments=payments_for(case.definition, total, duties) if granted else [],
        prepared_by=act.person,
        hold_until=data.get("hold_until"),
    )
    parties = {party.pk: party for party in case.parties.select_related("organisation")}
    DecisionLine.objects.bulk_create(
        DecisionLine(
            decision=decision,
            party=parties[line["party"]],
            party_name=parties[line["party"]].organisation.name,
            party_number=parties[line["party"]].organisation.number,
            max_amount_ore=line["max_amount_ore"],
            intensity_bp=line["intensity_bp"],
            aid_basis=line["aid_basis"],
        )
        for line in data["lines"]
    )
    act.note = {"decision": decision.pk, "outcome": decision.outcome, "total_ore": total}
    act.move(case, "propose")


def _line_refusals(act: Act) -> list[Refusal]:
    """What is wrong with the proposed amounts, against the application and the call."""
    case, data = act.the_case, act.data
    if data["outcome"] != Outcome.GRANT:
        return []
    found = []
    total = sum(line["max_amount_ore"] for line in data["lines"])
    limit = case.definition.budget.max_grant_ore
    if total <= 0:
        found.append(Refusal("no_amount", _("Ett bifall ger minst en part ett belopp.")))
    if total > limit:
        text = _("Summan är %(total)s. Omgången ger högst %(limit)s per projekt.") % {
            "total": written(total),
            "limit": written(limit),
        }
        found.append(Refusal("max_grant", text))
    if total > case.applied_ore:
        text = _("Summan är %(total)s. Sökt bidrag är %(applied)s.") % {
            "total": written(total),
            "applied": written(case.applied_ore),
        }
        found.append(Refusal("more_than_applied", text))
    if not (data.get("starts_on") and data.get("ends_on")) or data["starts_on"] >= data["ends_on"]:
        found.append(Refusal("period", _("Ange när projektet börjar och slutar."), field="starts_on"))
    return found


def not_the_preparer(act: Act) -> Refusal | None:
    """Four eyes: whoever prepared a decision never makes it."""
    if act.actor is not None and _decision(act).prepared_by_id == act.actor.pk:
        text = _("Du har förberett förslaget. Någon annan fattar beslutet.")
        return Refusal("four_eyes", text, helper=_("en annan beslutsfattare"))
    return None


def budget_holds(act: Act) -> Refusal | None:
    """The call's money is enough; checked under the lock on the call when the decision is made."""
    decision = _decision(act)
    left = money_left(act.the_case.call, act.the_case)
    if left is None or decision.total_ore <= left:
        return None
    text = _("Beslutet är %(total)s men av omgångens budget återstår %(left)s.") % {
        "total": written(decision.total_ore),
        "left": written(left),
    }
    return Refusal("call_budget", text, helper=_("handläggaren kan ändra förslaget"))


def says_what_the_law_asks(act: Act) -> list[Refusal]:
    """A decision cannot be issued incomplete: the particulars of FL 31–33 §§ that are not set by deciding."""
    decision = _decision(act)
    texts = act.the_case.definition.decision
    required = {
        "reasons": (decision.reasons, _("Skäl för beslutet saknas (förvaltningslagen 32 §).")),
        "participants": (decision.participants, _("Vilka som deltog saknas (förvaltningslagen 31 § 5).")),
        "appeal": (texts.appeal.sv, _("Hur beslutet kan överklagas saknas (förvaltningslagen 33 §).")),
        "legal_ground": (texts.legal_ground.sv, _("Den rättsliga grunden saknas.")),
    }
    return [Refusal("law_" + code, text) for code, (value, text) in required.items() if not value.strip()]


def is_what_was_shown(act: Act) -> Refusal | None:
    """What is signed is what the page showed; asked only when there is something to compare."""
    if "version" not in act.data:
        return None
    decision = _decision(act)
    if (act.data["version"], act.data["total"]) == (decision.version, decision.total_ore):
        return None
    return Refusal("changed", _("Förslaget har ändrats sedan sidan visades. Läs igenom det igen."))


def _aided(act: Act) -> list[tuple[int, str, int, str]]:
    """The lines of a grant as the reckoning of de minimis aid reads them."""
    if _decision(act).outcome != Outcome.GRANT:
        return []
    if "aided" not in act.memory:
        rows = _decision(act).lines.select_related("party")
        act.memory["aided"] = [(r.party.organisation_id, r.party_name, r.max_amount_ore, r.aid_basis) for r in rows]
    found: list[tuple[int, str, int, str]] = act.memory["aided"]
    return found


def hold_undertakings(act: Act) -> None:
    """Two calls that decide about the same undertaking come one after the other: its row is held, in the order of the keys."""
    definition = act.the_case.definition
    keys = {line[0] for line in _aided(act) if is_de_minimis(definition, line[3])}
    if keys:
        list(Organisation.objects.filter(pk__in=keys).select_for_update(no_key=True).order_by("pk"))


def within_de_minimis(act: Act) -> list[Refusal]:
    """No undertaking gets more de minimis aid than it may, with what it has received from us and from others."""
    found = statements(act.the_case.definition, act.the_case.pk, _aided(act))
    return [
        Refusal("de_minimis", f"{one.words} {one.parts_in_words}".strip(), helper=_("handläggaren kan ändra förslaget"))
        for one in found
        if one.is_over
    ]


@command(
    "approve",
    _l("Fatta beslut"),
    guards=(
        stands_outside,
        not_the_preparer,
        says_what_the_law_asks,
        is_what_was_shown,
        budget_holds,
        within_de_minimis,
    ),
    locks_call=True,  # two approvals can never overspend a call
    holds=hold_undertakings,  # nor what an undertaking may receive
    form=forms.ApproveForm,
    explain=_l("Beslutet är fattat när du godkänner. Brevet skapas och skickas därefter."),
    button=_l("Godkänn och fatta beslut"),
    primary=True,
)
def approve(act: Act) -> None:
    """Make the decision; the letter and its dispatch are a job in the same transaction."""
    case = act.the_case
    decision = _decision(act)
    decision.decide()
    decision.decided_by, decision.decided_at = act.person, clock.now()
    decision.acceptance_due = _acceptance_due(decision, case)
    decision.save(update_fields=["state", "decided_by", "decided_at", "acceptance_due"])
    act.note = {"decision": decision.pk, "outcome": decision.outcome, "total_ore": decision.total_ore}
    act.move(case, "decide")
    jobs.defer_letter(decision.pk)


def _acceptance_due(decision: Decision, case: Application) -> Any:
    if decision.outcome != Outcome.GRANT or not case.definition.stages.acceptance:
        return None
    leaves = max(decision.hold_until or clock.now(), clock.now())
    return leaves.astimezone(clock.SWEDEN).date() + timedelta(days=case.definition.acceptance.days)


@command(
    "return_proposal",
    _l("Lämna tillbaka förslaget"),
    guards=(stands_outside,),
    form=forms.ReasonForm,
    explain=_l("Handläggaren får tillbaka ärendet med ditt skäl."),
    button=_l("Lämna tillbaka"),
)
def return_proposal(act: Act) -> None:
    """Send the proposal back with a reason; the decision-maker does not edit it."""
    case = act.the_case
    decision = _decision(act)
    decision.give_back()
    decision.return_reason = act.data["reason"]
    decision.save(update_fields=["state", "return_reason"])
    act.note = {"decision": decision.pk}
    formal = decision.outcome == Outcome.FORMAL_REJECTION
    act.move(case, "return_formal_rejection" if formal else "return_proposal")


def letter_is_made(act: Act) -> Refusal | None:
    """There is a letter to send, in both languages."""
    have = Document.objects.filter(decision=_decision(act)).count()
    return None if have >= 2 else Refusal("no_letter", _("Brevet är inte klart."))


def not_held(act: Act) -> Refusal | None:
    """The letters leave together, at the time that was set."""
    hold = _decision(act).hold_until
    if hold is None or clock.now() >= hold:
        return None
    return Refusal("held", _("Brevet skickas senare."), changes_at=hold)


@command("dispatch", _l("Expediera beslutet"), guards=(letter_is_made, not_held), locks_call=True)
def dispatch(act: Act) -> None:
    """The letter leaves: the applicant sees outcome and letter from now on, and each party gets its link."""
    case = act.the_case
    decision = _decision(act)
    decision.dispatch()
    decision.dispatched_at = clock.now()
    decision.save(update_fields=["state", "dispatched_at"])
    act.note = {"decision": decision.pk}
    if decision.outcome != Outcome.GRANT:
        act.move(case, "dispatch_rejection")
    elif not case.definition.stages.acceptance:
        act.move(case, "dispatch_grant_without_acceptance")
        begin_project(act, decision)
    else:
        act.move(case, "dispatch_grant")
        _ask_parties(act, decision)
    note_if_decided(act)


def _ask_parties(act: Act, decision: Decision) -> None:
    assert decision.acceptance_due is not None
    due = datetime.combine(decision.acceptance_due, time(23, 59, 59), tzinfo=clock.SWEDEN)
    for line in decision.lines.select_related("party"):
        acceptance = Acceptance.objects.create(application=act.the_case, decision=decision, party=line.party, due=due)
        acceptance.application = act.the_case
        email = line.party.signatory_email or line.party.contact_email
        links.invite(line.party, Invitation.Purpose.ACCEPT, acceptance, email)
        act.begin(acceptance)
        act.also("asked_acceptance", acceptance, party=line.party_id)


@command("accept", _l("Godkänn villkoren"), form=link_forms.NameForm, button=_l("Godkänn villkoren"), primary=True)
def accept(act: Act) -> None:
    """A party accepts the conditions (projektparts godkännande); with the last one the project begins."""
    _answer(act, "accept")
    case = act.the_case
    if not case.acceptances.exclude(state=AcceptanceState.ACCEPTED).exists():
        act.move(case, "start_reporting")
        act.also("started_reporting", case, source=CaseState.ACCEPTING)
        begin_project(act, act.subject.decision)


@command("decline_part", _l("Avböj"), form=link_forms.DeclineForm, button=_l("Avböj"))
def decline_part(act: Act) -> None:
    """A party will not take part on these conditions; the officer and the applicant are told."""
    _answer(act, "decline")


def _answer(act: Act, verb: str) -> None:
    acceptance: Acceptance = act.subject
    acceptance.answered_at, acceptance.answered_name = clock.now(), act.data["name"]
    act.move(acceptance, verb, "answered_at", "answered_name")
    links.end(Invitation.Purpose.ACCEPT, acceptance.pk)


@command(
    "extend_acceptance",
    _l("Ge längre tid"),
    guards=(stands_outside,),
    form=forms.LaterForm,
    button=_l("Ge längre tid"),
)
def extend_acceptance(act: Act) -> None:
    """A later date, and a new link."""
    acceptance: Acceptance = act.subject
    acceptance.due = act.data["due"]
    links.invite(
        acceptance.party,
        Invitation.Purpose.ACCEPT,
        acceptance,
        acceptance.party.signatory_email or acceptance.party.contact_email,
    )
    act.note = {"due": act.data["due"].isoformat()}
    act.move(acceptance, "extend", "due")


def date_has_passed(act: Act) -> Refusal | None:
    """The party's time is over."""
    if clock.now() > act.subject.due:
        return None
    return Refusal("in_time", _("Tiden har inte gått ut."), changes_at=act.subject.due)


@command("pass_date", _l("Fråga handläggaren"), guards=(date_has_passed,))
def pass_date(act: Act) -> None:
    """A party has not answered in time: the officer is asked to get in touch."""
    act.move(act.subject, "pass_date")


@command(
    "decline_grant",
    _l("Avböj bidraget"),
    form=forms.WithdrawForm,
    explain=_l("Hela bidraget avböjs och ärendet avslutas. Det går inte att ångra."),
    button=_l("Avböj bidraget"),
)
def decline_grant(act: Act) -> None:
    """The coordinator declines the whole grant."""
    case = act.the_case
    for acceptance in case.acceptances.filter(state__in=(AcceptanceState.WAITING, AcceptanceState.OVERDUE)):
        acceptance.application = case
        act.move(acceptance, "decline")
    act.move(case, "decline")
    Invitation.objects.filter(application=case, ended_at=None).update(ended_at=clock.now())
