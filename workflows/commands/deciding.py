"""The decision: prepared by one, made by another, issued when its letter is ready (FL 31–33 §§)."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from pydantic import ValidationError

from grants import clock
from grants.applications import period
from grants.applications.freezing import sha256
from grants.applications.models import Application, CaseState
from grants.decisions.de_minimis import is_de_minimis, statements
from grants.decisions.models import BEING_MADE, Acceptance, Decision, DecisionLine, DecisionState, Outcome
from grants.letters.models import Document
from grants.letters.naming import field_name
from grants.letters.printable import obstacles
from grants.money import kronor, written
from grants.organisations.models import Organisation
from grants.programmes.models import Call
from grants.projects.schedule import as_rows, duties_for, payments_for
from grants.refusal import Refusal, Refused
from workflows import delivering, forms, jobs, links, particulars, proposal_forms
from workflows.commands.amounts import too_much
from workflows.commands.base import Act, command
from workflows.commands.calls import note_if_decided
from workflows.commands.disqualified import stands_outside
from workflows.commands.hearing import heard_before_a_grant, no_interview_ahead
from workflows.commands.projects import begin_project
from workflows.models import Invitation
from workflows.papers import LANGUAGES, frozen_letters, letter_data


def next_version(case: Application) -> int:
    """The number of the case's next decision."""
    return (case.decisions.order_by("-version").values_list("version", flat=True).first() or 0) + 1


def being_made(case: Application) -> Decision:
    """The decision that is proposed, or made and not sent yet. Decision.DoesNotExist when there is none. A page that has read
    the case's decisions with their lines is not asked again."""
    for decision in case.decisions.all():
        if decision.state in BEING_MADE:
            decision.application = case
            return decision
    raise Decision.DoesNotExist


def decision_of(act: Act) -> Decision:
    """What the act is about: a later decision itself, or the one that its case waits for. Read once an act."""
    if "decision" not in act.memory:
        later = isinstance(act.subject, Decision)
        act.memory["decision"] = act.subject if later else being_made(act.the_case)
    found: Decision = act.memory["decision"]
    return found


def money_left(call: Call, besides: Application) -> int | None:
    """What is left of the call's budget, in öre, besides one case; None when the call has no budget of its own."""
    if call.definition.call_budget is None:
        return None
    return kronor(call.definition.call_budget) - granted(call, besides)


def granted(call: Call, besides: Application | None = None) -> int:
    """What the call has given, in öre, but for one case and for what was declined."""
    counting = Decision.objects.counting().filter(application__call=call)
    counting = counting.exclude(application__state=CaseState.DECLINED).exclude(application=besides)
    total: int | None = DecisionLine.objects.filter(decision__in=counting).aggregate(s=Sum("max_amount_ore"))["s"]
    return total or 0


@command(
    "propose",
    _l("Lämna förslag till beslut"),
    guards=(stands_outside, no_interview_ahead, heard_before_a_grant),
    form=proposal_forms.ProposalForm,
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
        replaces=case.decisions.in_force().first(),  # a place on the reserve list
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
    write_lines(decision, data["lines"])
    act.note = {"decision": decision.pk, "outcome": decision.outcome, "total_ore": total}
    act.move(case, "propose")


def write_lines(decision: Decision, lines: list[dict[str, Any]]) -> None:
    """One line for each party, with the party's name as it is now."""
    parties = {party.pk: party for party in decision.application.parties.select_related("organisation")}
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
        for line in lines
    )


def _line_refusals(act: Act) -> list[Refusal]:
    """What is wrong with the proposed amounts, against the application and the call."""
    case, data = act.the_case, act.data
    if data["outcome"] != Outcome.GRANT:
        return []
    found = []
    if unknown := {
        str(line["aid_basis"]) for line in data["lines"] if not case.definition.aid_basis(line["aid_basis"])
    }:
        text = _("Stödgrunden %(basis)s finns inte i den version av omgången som ansökan följer.")
        found.append(Refusal("aid_basis", text % {"basis": ", ".join(sorted(unknown))}))
    if not any(line["max_amount_ore"] > 0 for line in data["lines"]):
        found.append(Refusal("no_amount", _("Ett bifall ger minst en part ett belopp.")))
    found += too_much(case, data["lines"])
    starts, ends = data.get("starts_on"), data.get("ends_on")
    if not (starts and ends):
        return [*found, Refusal("period", _("Ange när projektet börjar och slutar."), field="starts_on")]
    wrong = period.faults(case.definition.project, starts, ends, is_decided=True)
    return [*found, *(Refusal("period", text, field=field) for _code, text, field in wrong)]


def not_the_preparer(act: Act) -> Refusal | None:
    """Four eyes: whoever prepared a decision never makes it."""
    if act.actor is not None and decision_of(act).prepared_by_id == act.actor.pk:
        text = _("Du har förberett förslaget. Någon annan fattar beslutet.")
        return Refusal("four_eyes", text, helper=_("en annan beslutsfattare"))
    return None


def budget_holds(act: Act) -> Refusal | None:
    """The call's money is enough; checked under the lock on the call when the decision is made."""
    decision = decision_of(act)
    left = money_left(act.the_case.call, act.the_case)
    if left is None or decision.total_ore <= left:
        return None
    text = _("Beslutet är %(total)s men av omgångens budget återstår %(left)s.") % {
        "total": written(decision.total_ore),
        "left": written(left),
    }
    return Refusal("call_budget", text, helper=_("handläggaren kan ändra förslaget"))


def says_what_the_law_asks(act: Act) -> list[Refusal]:
    """A decision cannot be issued incomplete: the particulars of FL 31–33 §§."""
    decision = decision_of(act)
    draft = particulars.Draft(act.the_case, decision.prepared_by, decision, forms.language())
    return [Refusal("law_" + one.code, str(one.missing)) for one in particulars.missing_in(draft)]


def _does_not_fit(fault: Any) -> Refusal:
    """What a letter cannot hold: a name or a text that is longer than its place."""
    field = field_name(".".join(str(part) for part in fault["loc"]))
    return Refusal("unprintable", _("%(field)s får inte plats i brevet.") % {"field": field})


def can_be_printed(act: Act) -> list[Refusal]:
    """Every sign of the letter can be written by its fonts, from left to right: otherwise it would say something else. Asked
    where the decision is made and on that page, not wherever the step is offered: the whole letter is read for it."""
    if not (act.data or "wish" in act.memory):
        return []
    found: dict[str, Refusal] = {}
    for language in LANGUAGES:
        try:
            letter = letter_data(decision_of(act), language)
        except ValidationError as error:
            found |= {refusal.text: refusal for refusal in map(_does_not_fit, error.errors())}
            continue
        for one in obstacles(letter):
            text = _("%(field)s: %(signs)s kan inte skrivas i brevet.") % {"field": one.name, "signs": one.signs}
            helper = _("handläggaren kan be om det registrerade namnet med latinska bokstäver")
            found.setdefault(text, Refusal("unprintable", text, helper=helper))
    return list(found.values())


def is_what_was_shown(act: Act) -> Refusal | None:
    """What is signed is what the page showed; asked only when there is something to compare."""
    if "version" not in act.data:
        return None
    decision = decision_of(act)
    if (act.data["version"], act.data["total"]) == (decision.version, decision.total_ore):
        return None
    return Refusal("changed", _("Förslaget har ändrats sedan sidan visades. Läs igenom det igen."))


def _aided(act: Act) -> list[tuple[int, str, int, str]]:
    """The lines of de minimis aid as its reckoning reads them; most decisions have none, and then nothing is read."""
    decision, definition = decision_of(act), act.the_case.definition
    if decision.outcome != Outcome.GRANT:
        return []
    lines = [line for line in decision.lines.all() if is_de_minimis(definition, line.aid_basis)]
    return [(line.party.organisation_id, line.party_name, line.max_amount_ore, line.aid_basis) for line in lines]


def hold_undertakings(act: Act) -> None:
    """Two calls that decide about the same undertaking come one after the other: its row is held, in the order of the keys."""
    if keys := {line[0] for line in _aided(act)}:
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
        can_be_printed,
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
    decision = decision_of(act)
    decision.acceptance_due = _acceptance_due(decision, act.the_case)
    fields = make(act, decision)
    decision.decide()
    decision.save(update_fields=["state", "acceptance_due", *fields])
    act.move(act.the_case, "decide")


def make(act: Act, decision: Decision) -> tuple[str, ...]:
    """Who decides and when; the letter and its dispatch are a job in the same transaction. The fields to save."""
    decision.decided_by, decision.decided_at = act.person, clock.now()
    decision.letters = frozen_letters(decision)
    act.note = {"decision": decision.pk, "outcome": decision.outcome, "total_ore": decision.total_ore}
    act.note["letters"] = {language: sha256(data) for language, data in decision.letters.items()}
    jobs.defer_letter(decision.pk)
    return ("decided_by", "decided_at", "letters")


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
    decision = decision_of(act)
    fields = give_back(act, decision)
    decision.give_back()
    decision.save(update_fields=["state", *fields])
    back = {Outcome.FORMAL_REJECTION: "return_formal_rejection"}.get(Outcome(decision.outcome), "return_proposal")
    act.move(act.the_case, "return_to_reserve" if decision.replaces_id else back)


def give_back(act: Act, decision: Decision) -> tuple[str, ...]:
    """Why the decision-maker wants it otherwise. The fields to save."""
    decision.return_reason = act.data["reason"]
    act.note = {"decision": decision.pk}
    return ("return_reason",)


def _letters(act: Act) -> list[Document]:
    if "letters" not in act.memory:
        rows = Document.objects.filter(decision=decision_of(act)).order_by("language")
        act.memory["letters"] = list(rows.only("language", "file_id", "unsealed_sha256"))
    found: list[Document] = act.memory["letters"]
    return found


def letter_is_made(act: Act) -> Refusal | None:
    """There is a letter to send, in both languages."""
    return None if len(_letters(act)) >= len(LANGUAGES) else Refusal("no_letter", _("Brevet är inte klart."))


def not_held(act: Act) -> Refusal | None:
    """The letters leave together, at the time that was set."""
    hold = decision_of(act).hold_until
    if hold is None or clock.now() >= hold:
        return None
    return Refusal("held", _("Brevet skickas senare."), changes_at=hold)


@command("dispatch", _l("Expediera beslutet"), guards=(letter_is_made, not_held), locks_call=True)
def dispatch(act: Act) -> None:
    """The letter leaves: the applicant sees outcome and letter from now on, and each party gets its link."""
    case, decision = act.the_case, decision_of(act)
    fields = send(act, decision)
    decision.dispatch()
    decision.save(update_fields=["state", *fields])
    if decision.outcome == Outcome.RESERVE:
        act.move(case, "dispatch_reserve")
    elif decision.outcome != Outcome.GRANT:
        act.move(case, "dispatch_rejection")
    elif not case.definition.stages.acceptance:
        act.move(case, "dispatch_grant_without_acceptance")
        begin_project(act, decision)
    else:
        act.move(case, "dispatch_grant")
        _ask_parties(act, decision)
    note_if_decided(act)


def send(act: Act, decision: Decision) -> tuple[str, ...]:
    """From now on the applicant sees it. What it replaces is replaced in the same moment. The fields to save."""
    if (replaced := decision.replaces) is not None:
        act.move(replaced, "supersede")
        source = DecisionState.DISPATCHED if replaced.later else ""  # a first decision follows its case
        act.also("replaced_decision", replaced, source=source, by=decision.pk)
    decision.dispatched_at = clock.now()
    delivering.queue(decision, delivering.recipients(decision))
    sent = {one.language: {"sha256": one.file_id, "unsealed": one.unsealed_sha256} for one in _letters(act)}
    act.note = {"decision": decision.pk, "letters": sent}
    return ("dispatched_at",)


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
