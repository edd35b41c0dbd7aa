"""Assignments, conflicts of interest and score sheets. Whoever judges declares first and sees nothing before that."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from grants import clock
from grants.applications.models import Application, CaseState
from grants.refusal import Refusal, Refused
from grants.templatetags.writing import when
from reviewers.models import OPEN_ASSIGNMENT, Assignment, AssignmentState, ScoreSheet
from reviewers.scoring import faults
from workflows import forms
from workflows.commands.base import Act, command
from workflows.commands.disqualified import stands_outside
from workflows.matrix import Role


def lodged_count(case: Application) -> int:
    """How many score sheets count."""
    return case.assignments.filter(state=AssignmentState.LODGED).count()


def someone_left_to_ask(act: Act) -> Refusal | None:
    """The pool has reviewers who can be asked."""
    if forms.reviewer_pool(act).exists():
        return None
    return Refusal("empty_pool", _("Alla bedömare har redan tillfrågats eller kan inte bedöma det här ärendet."))


@command(
    "assign",
    _l("Utse bedömare"),
    guards=(
        stands_outside,
        someone_left_to_ask,
    ),
    form=forms.AssignForm,
    explain=_l("Var och en prövar först om den är jävig, och ser ansökan först därefter."),
    button=_l("Utse"),
    primary=True,
)
def assign(act: Act) -> None:
    """Offer the application to reviewers; each starts with the declaration."""
    case = act.the_case
    if found := _already_asked(act):
        raise Refused(found)
    made = []
    for reviewer in act.data["reviewers"]:
        assignment = Assignment.objects.create(
            application=case, reviewer=reviewer, assigned_by=act.person, assigned_at=clock.now(), due=act.data["due"]
        )
        assignment.application = case
        act.begin(assignment)
        act.also("offered", assignment, reviewer=reviewer.pk)
        made.append(assignment.pk)
    act.note = {"assignments": made}


def _already_asked(act: Act) -> list[Refusal]:
    """Reviewers whom a colleague asked while the form stood open."""
    taken = act.the_case.assignments.filter(reviewer__in=act.data["reviewers"]).select_related(
        "reviewer", "assigned_by"
    )
    return [
        Refusal(
            "taken",
            _("%(reviewer)s tillfrågades %(when)s av %(who)s.")
            % {"reviewer": a.reviewer.name, "when": when(a.assigned_at), "who": a.assigned_by.name},
            field="reviewers",
        )
        for a in taken
    ]


def assessment_goes_on(act: Act) -> Refusal | None:
    """Assignments live while the case is being assessed."""
    if act.the_case.state == CaseState.ASSESSING:
        return None
    return Refusal("assessment_over", _("Bedömningen av ansökan är avslutad."))


@command(
    "declare",
    _l("Pröva om du är jävig"),
    guards=(assessment_goes_on,),
    form=forms.DeclareForm,
    explain=_l("Du ser ansökan först när du har svarat att du inte är jävig."),
    button=_l("Lämna svaret"),
    primary=True,
)
def declare(act: Act) -> None:
    """The declaration of conflict of interest (FL 16 and 18 §§), before any content is visible."""
    assignment: Assignment = act.subject
    answer = act.data["answer"]
    assignment.declared_at, assignment.conflict_text = clock.now(), act.data.get("text", "")
    verb = {"no": "declare_free", "unsure": "declare_unsure", "yes": "conflict"}[answer]
    act.note = {"answer": answer}
    act.move(assignment, verb, "declared_at", "conflict_text")
    end_if_enough(act)


@command(
    "rule_conflict",
    _l("Avgör jäv"),
    guards=(stands_outside, assessment_goes_on),
    form=forms.RuleForm,
    button=_l("Avgör"),
    primary=True,
)
def rule_conflict(act: Act) -> None:
    """Someone else than the reviewer decides whether there is a conflict (FL 18 §): in a case that one reviews an office
    gives nothing."""
    assignment: Assignment = act.subject
    assignment.ruled_by = act.actor
    act.note = {"conflicted": act.data["conflicted"]}
    act.move(assignment, "conflict" if act.data["conflicted"] == "yes" else "rule_free", "ruled_by")
    end_if_enough(act)


def no_proposal_yet(act: Act) -> Refusal | None:
    """A conflict that is found later still changes what is prepared, but not what a decision-maker already reads."""
    state = act.the_case.state
    if state in (CaseState.ASSESSING, CaseState.ASSESSED):
        return None
    if state == CaseState.PROPOSED:
        text = _("Ett förslag till beslut är lämnat. Det behöver lämnas tillbaka först.")
        return Refusal("proposed", text, helper=_("beslutsfattaren"))
    return Refusal("assessment_over", _("Bedömningen av ansökan är avslutad."))


def stands_outside_unless_own(act: Act) -> Refusal | None:
    """Reviewers report their own conflict whatever they are to the parties; about others it is an officer's step."""
    return None if act.actor is not None and act.subject.reviewer_id == act.actor.pk else stands_outside(act)


@command(
    "report_conflict",
    _l("Anmäl jäv"),
    guards=(stands_outside_unless_own, no_proposal_yet),
    form=forms.ReasonForm,
    explain=_l("Åtkomsten till ansökan upphör genast, och en lämnad bedömning räknas inte längre."),
    button=_l("Anmäl jäv"),
)
def report_conflict(act: Act) -> None:
    """A conflict found later: access ends in the same transaction and a lodged sheet no longer counts. When too few are
    left the assessment opens again."""
    assignment, case = act.subject, act.the_case
    assignment.conflict_text = act.data["reason"]
    assignment.ruled_by = act.actor if Role.OFFICER in act.roles else None
    act.note = {
        "had_read": assignment.first_read_at is not None,
        "had_lodged": assignment.lodged_at is not None,
    }
    act.move(assignment, "conflict", "conflict_text", "ruled_by")
    if case.state == CaseState.ASSESSED and lodged_count(case) < case.definition.the_review.quorum:
        act.move(case, "reopen_assessment")
        act.also("reopened_assessment", case, source=CaseState.ASSESSED)
    end_if_enough(act)


@command("decline_assignment", _l("Avböj uppdraget"), form=forms.ReasonForm, button=_l("Avböj"))
def decline_assignment(act: Act) -> None:
    """The reviewer cannot do it; the officer is told."""
    act.move(act.subject, "decline")
    end_if_enough(act)


@command(
    "remove_reviewer",
    _l("Ta tillbaka uppdraget"),
    guards=(stands_outside,),
    form=forms.ReasonForm,
    button=_l("Ta tillbaka"),
)
def remove_reviewer(act: Act) -> None:
    """The officer takes an assignment back."""
    act.move(act.subject, "remove")
    end_if_enough(act)


def sheet_is_whole(act: Act) -> list[Refusal]:
    """Every criterion has a score and a reason."""
    sheet = ScoreSheet.objects.filter(assignment=act.subject).first()
    scores = list(sheet.scores.all()) if sheet else []
    found = faults(sheet, scores, act.the_case.definition)
    return [Refusal("sheet", fault.text, link=f"review#{fault.field}") for fault in found]


@command(
    "lodge",
    _l("Lämna bedömning"),
    guards=(assessment_goes_on, sheet_is_whole),
    explain=_l("En lämnad bedömning kan inte ändras. Därefter ser du de andras lämnade bedömningar."),
    button=_l("Lämna bedömning"),
    primary=True,
)
def lodge(act: Act) -> None:
    """Lodge the score sheet; when enough are lodged and nobody is still working, the assessment ends."""
    assignment: Assignment = act.subject
    assignment.lodged_at = clock.now()
    act.move(assignment, "lodge", "lodged_at")
    end_if_enough(act)


def end_if_enough(act: Act) -> None:
    """End the assessment when the quorum is reached and no assignment is open any more."""
    case = act.the_case
    if case.state != CaseState.ASSESSING:
        return
    states = list(case.assignments.values_list("state", flat=True))
    if any(state in OPEN_ASSIGNMENT for state in states):
        return
    if states.count(AssignmentState.LODGED) >= case.definition.the_review.quorum:
        act.move(case, "end_assessment")
        act.also("end_assessment", case, source=CaseState.ASSESSING)


def quorum_reached(act: Act) -> Refusal | None:
    """The call's quorum of lodged sheets is there."""
    quorum, have = act.the_case.definition.the_review.quorum, lodged_count(act.the_case)
    if have >= quorum:
        return None
    text = ngettext(
        "Omgången kräver minst %(quorum)d lämnad bedömning. Nu är det %(have)d.",
        "Omgången kräver minst %(quorum)d lämnade bedömningar. Nu är det %(have)d.",
        quorum,
    ) % {"quorum": quorum, "have": have}
    return Refusal("quorum", text, helper=_("bedömarna"))


@command(
    "end_assessment",
    _l("Avsluta bedömningen"),
    guards=(
        stands_outside,
        quorum_reached,
    ),
    explain=_l("Bedömningar som inte är lämnade räknas inte, och de som har dem mister åtkomsten."),
    button=_l("Avsluta bedömningen"),
)
def end_assessment(act: Act) -> None:
    """Go on with the sheets that are lodged."""
    case = act.the_case
    for assignment in case.assignments.filter(state__in=OPEN_ASSIGNMENT).select_related("reviewer"):
        assignment.application = case
        source = assignment.state
        act.move(assignment, "end")
        act.also("ended_unlodged", assignment, source=source)
    act.move(case, "end_assessment")
