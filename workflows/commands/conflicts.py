"""Conflicts of interest (jäv, FL 16–18 §§). Whoever judges declares first and sees nothing before that."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import CaseState
from grants.refusal import Refusal
from reviewers import conflicts
from reviewers.conflicts import Conflict, Source, Standing
from reviewers.models import Assignment
from workflows import forms
from workflows.commands.base import Act, command
from workflows.commands.disqualified import stands_outside
from workflows.commands.finding import hold, own_is_own, standing_of, ties_of, write_row, write_ties
from workflows.commands.pool import terms_accepted
from workflows.commands.quorum import assessment_goes_on, end_if_enough, lodged_count
from workflows.matrix import Role

ANSWERS = {"no": "declare_free", "unsure": "declare_unsure", "yes": "conflict"}


def shows_parties(act: Act) -> Refusal | None:
    """In a call where reviewers do not learn who applies, one declares against its whole list of parties instead."""
    if not act.the_case.definition.the_review.blind:
        return None
    text = _("Omgången är anonym. Jäv prövas mot hela omgångens lista över parter.")
    return Refusal("blind", text, helper=_("du själv"), link="declare_parties")


def settle(act: Act, answer: str, text: str) -> None:
    """Let the assignment follow the reviewer's answer. Nobody answers themselves free of what the system knows: then somebody
    else rules (FL 18 §). What is found and said stands in the register."""
    assignment: Assignment = act.subject
    hold([assignment.reviewer_id])
    ties = ties_of(act)
    if answer != "yes" and ties:
        answer = "yes" if conflicts.is_ruled(ties) else "unsure"
    state = Standing.CONFLICTED if answer == "yes" else Standing.OPEN
    rows = write_ties(act, state)
    if text or (answer != "no" and not rows):
        rows.append(
            write_row(act, source=Source.DECLARED, text=text, state=state if answer != "no" else Standing.FREE).pk
        )
    assignment.declared_at, assignment.conflict_text = clock.now(), text
    act.note |= {"found": len(ties), "conflicts": rows}
    act.move(assignment, ANSWERS[answer], "declared_at", "conflict_text")
    end_if_enough(act)


@command(
    "declare",
    _l("Pröva om du är jävig"),
    guards=(assessment_goes_on, terms_accepted, shows_parties),
    form=forms.DeclareForm,
    explain=_l("Du ser ansökan först när du har svarat att du inte är jävig."),
    button=_l("Lämna svaret"),
    primary=True,
)
def declare(act: Act) -> None:
    """The declaration of conflict of interest (FL 16 and 18 §§), before any content is visible."""
    act.note = {"answer": act.data["answer"]}
    settle(act, act.data["answer"], act.data.get("text", ""))


@command(
    "rule_conflict",
    _l("Avgör jäv"),
    guards=(stands_outside, assessment_goes_on, own_is_own),
    form=forms.RuleForm,
    button=_l("Avgör"),
    primary=True,
)
def rule_conflict(act: Act) -> None:
    """Someone else than the reviewer decides whether there is a conflict (FL 18 §): in a case that one reviews an office
    gives nothing. A sheet that was lodged before the tie was found counts again when there is none."""
    assignment: Assignment = act.subject
    assignment.ruled_by, state = act.actor, standing_of(act)
    rows = Conflict.objects.filter(application=act.the_case, reviewer=assignment.reviewer_id)
    write_ties(act)
    if not rows.filter(state=Standing.OPEN).exists():
        write_row(act, source=Source.DECLARED, text=assignment.conflict_text)
    opened = list(rows.filter(state=Standing.OPEN).values_list("pk", flat=True))
    ruling = {"state": state, "ruled_by": act.actor, "ruled_at": clock.now(), "reason": act.data["reason"]}
    rows.filter(pk__in=opened).update(**ruling)
    act.note = {"conflicted": act.data["conflicted"], "conflicts": opened}
    free = "restore" if assignment.lodged_at else "rule_free"
    act.move(assignment, "conflict" if state == Standing.CONFLICTED else free, "ruled_by")
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
    source = Source.REPORTED if act.actor is not None and assignment.reviewer_id == act.actor.pk else Source.OFFICER
    row = write_row(act, source=source, text=act.data["reason"], state=Standing.CONFLICTED)
    if assignment.ruled_by is not None:
        Conflict.objects.filter(pk=row.pk).update(ruled_by=assignment.ruled_by)
    act.note = {"had_read": row.had_read, "had_lodged": row.had_lodged, "conflicts": [row.pk]}
    act.move(assignment, "conflict", "conflict_text", "ruled_by")
    if case.state == CaseState.ASSESSED and lodged_count(case) < case.definition.the_review.quorum:
        act.move(case, "reopen_assessment")
        act.also("reopened_assessment", case, source=CaseState.ASSESSED)
    end_if_enough(act)
