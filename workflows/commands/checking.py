"""The officer's formal check: pass it, ask for completion, or propose a formal rejection; and who handles the case."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.freezing import restore
from grants.decisions.models import Decision, Outcome
from grants.refusal import Refusal
from grants.templatetags.writing import when
from workflows import forms, proposal_forms
from workflows.commands.applying import standing
from workflows.commands.base import Act, command
from workflows.commands.deciding import next_version
from workflows.commands.disqualified import stands_outside
from workflows.models import Task


def judging_has_begun(act: Act) -> Refusal | None:
    """Until the cut-off that gathers it, or its closing time, the applicant may replace the application: nothing is judged."""
    case, begins = act.the_case, act.the_case.judged_from
    if begins is None or clock.now() >= begins:
        return None
    text = _("Omgången är öppen till %(when)s. Till dess kan sökanden ändra ansökan.")
    if case.gathered_at is not None:
        text = _("Ansökan kom in till avstämningen %(when)s och bedöms därefter. Till dess kan sökanden ändra den.")
    elif begins != case.call.closes_at:
        text = _("Ansökan har egen sista tid, %(when)s. Till dess kan sökanden ändra den.")
    return Refusal("call_open", text % {"when": when(begins)}, changes_at=begins)


def no_working_copy(act: Act) -> Refusal | None:
    """An application that is being changed is not judged."""
    if act.the_case.working_copy:
        return Refusal("being_changed", _("Sökanden har låst upp ansökan och ändrar i den."), helper=_("sökanden"))
    return None


def someone_else(act: Act) -> Refusal | None:
    """The case is not one's own already."""
    if act.actor is not None and act.the_case.handled_by_id == act.actor.pk:
        return Refusal("mine_already", _("Du handlägger redan ärendet."))
    return None


@command(
    "take_case",
    _l("Ta ärendet"),
    guards=(stands_outside, someone_else),
    explain=_l("Du blir ärendets handläggare."),
    button=_l("Ta ärendet"),
)
def take_case(act: Act) -> None:
    """The officer takes the case, and its open tasks with it."""
    _give(act, act.person.pk)


@command("hand_over", _l("Lämna över till en kollega"), form=forms.ColleagueForm, button=_l("Lämna över"))
def hand_over(act: Act) -> None:
    """A colleague gets the case and its open tasks."""
    _give(act, act.data["colleague"].pk)


def _give(act: Act, person_id: int) -> None:
    case = act.the_case
    act.note = {"from": case.handled_by_id, "to": person_id}
    case.handled_by_id = person_id
    case.save(update_fields=["handled_by"])
    Task.objects.filter(case=case, finished=None, office="officer").update(owner_id=person_id)


@command(
    "pass_formal",
    _l("Godkänn formell kontroll"),
    guards=(stands_outside, judging_has_begun, no_working_copy),
    explain=_l("Ansökan uppfyller de formella kraven och går vidare till bedömning."),
    button=_l("Godkänn"),
    primary=True,
)
def pass_formal(act: Act) -> None:
    """The formal requirements are met; where the case goes next is the call's business."""
    act.the_case.handled_by = act.the_case.handled_by or act.actor
    _pass_on(act, "handled_by")


def _pass_on(act: Act, *fields: str) -> None:
    review = act.the_case.definition.stages.review
    act.move(act.the_case, "pass_to_assessment" if review else "pass_without_assessment", *fields)


@command("pass_unchecked", _l("Låt ansökan gå vidare"), guards=(judging_has_begun, no_working_copy))
def pass_unchecked(act: Act) -> None:
    """In a call without a formal check the application goes on as soon as it is to be judged."""
    _pass_on(act)


@command(
    "ask_completion",
    _l("Begär komplettering"),
    guards=(stands_outside, judging_has_begun, no_working_copy),
    form=forms.CompletionForm,
    explain=_l("Sökanden får ett meddelande och kan ändra ansökan till den tid du anger."),
    button=_l("Begär komplettering"),
)
def ask_completion(act: Act) -> None:
    """Ask the applicant for what is missing (FL 20 §), until a date."""
    case = act.the_case
    case.completion_request, case.completion_due = act.data["request_text"], act.data["due"]
    case.handled_by = case.handled_by or act.actor
    act.note = {"due": act.data["due"].isoformat()}
    act.move(case, "request_completion", "completion_request", "completion_due", "handled_by")


@command(
    "extend_completion",
    _l("Förläng tiden för komplettering"),
    guards=(stands_outside,),
    form=forms.LaterForm,
    button=_l("Förläng"),
)
def extend_completion(act: Act) -> None:
    """Give the applicant more time."""
    case = act.the_case
    case.completion_due = act.data["due"]
    case.save(update_fields=["completion_due"])
    Task.objects.filter(case=case, finished=None, kind="complete").update(due=case.completion_due)
    act.note = {"due": act.data["due"].isoformat()}


@command(
    "recall_completion",
    _l("Ta tillbaka begäran"),
    guards=(stands_outside,),
    explain=_l("Ärendet kommer tillbaka till dig. Det som sökanden har ändrat men inte skickat in gäller inte."),
    button=_l("Ta tillbaka"),
)
def recall_completion(act: Act) -> None:
    """The officer no longer needs the completion; the last submission stands."""
    _back(act)


def completion_is_over(act: Act) -> Refusal | None:
    """The date has passed."""
    due = act.the_case.completion_due
    if due is not None and act.arrived_at >= due:
        return None
    return Refusal("in_time", _("Tiden för komplettering har inte gått ut."), changes_at=due)


@command("end_completion", _l("Avsluta komplettering"), guards=(completion_is_over,))
def end_completion(act: Act) -> None:
    """The date went by: the case goes back to the officer with the last submission."""
    _back(act)


def _back(act: Act) -> None:
    case = act.the_case
    last = standing(case)
    assert last is not None
    restore(case, last, act.actor or last.submitted_by)
    case.completion_due = None
    act.move(case, "end_completion", "title", "starts_on", "ends_on", "completion_due")


@command(
    "propose_rejection",
    _l("Föreslå formellt avslag"),
    guards=(stands_outside, judging_has_begun, no_working_copy),
    form=proposal_forms.FormalRejectionForm,
    explain=_l("Ansökan uppfyller inte de formella kraven. Beslutsfattaren får förslaget."),
    button=_l("Lämna förslaget"),
)
def propose_rejection(act: Act) -> None:
    """Prepare a rejection without assessment."""
    case = act.the_case
    case.handled_by = case.handled_by or act.actor
    decision = Decision.objects.create(
        application=case,
        version=next_version(case),
        outcome=Outcome.FORMAL_REJECTION,
        reasons=act.data["reasons"],
        participants=act.data["participants"],
        prepared_by=act.person,
    )
    act.note = {"decision": decision.pk}
    act.move(case, "propose_formal_rejection", "handled_by")
