"""Conflicts of interest (jäv, FL 16–18 §§). Whoever judges declares first and sees nothing before that."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import CaseState
from grants.refusal import Refusal
from reviewers.models import Assignment
from workflows import forms
from workflows.commands.base import Act, command
from workflows.commands.disqualified import stands_outside
from workflows.commands.quorum import assessment_goes_on, end_if_enough, lodged_count
from workflows.matrix import Role


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
        "had_lodged": assignment.versions.exists(),
    }
    act.move(assignment, "conflict", "conflict_text", "ruled_by")
    if case.state == CaseState.ASSESSED and lodged_count(case) < case.definition.the_review.quorum:
        act.move(case, "reopen_assessment")
        act.also("reopened_assessment", case, source=CaseState.ASSESSED)
    end_if_enough(act)
