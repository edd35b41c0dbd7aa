"""Conflicts of interest in calls where reviewers do not learn who applies: one declares once against the call's whole list of
parties, and every assignment, also one that comes later, follows what was answered."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import CaseState
from grants.refusal import Refusal, Refused
from reviewers import declaring
from reviewers.declaring import CallDeclaration
from reviewers.models import Assignment, AssignmentState
from workflows import conflict_forms as forms
from workflows import jobs
from workflows.commands.base import Act, command, run
from workflows.commands.conflicts import settle
from workflows.commands.pool import terms_accepted
from workflows.commands.quorum import assessment_goes_on


def hides_parties(act: Act) -> Refusal | None:
    """In other calls one declares in each case, with its parties before one's eyes."""
    if act.the_case.definition.the_review.blind:
        return None
    return Refusal("not_blind", _("Omgången är inte anonym. Jäv prövas i varje ärende."), link="declare")


@command(
    "declare_parties",
    _l("Pröva jäv mot omgångens parter"),
    guards=(assessment_goes_on, terms_accepted, hides_parties),
    form=forms.DeclarePartiesForm,
    explain=_l(
        "Omgången är anonym: du får inte veta vem som har sökt vad. Här står alla som söker, i bokstavsordning. Du svarar en "
        "gång för hela omgången, och en gång till om det kommer nya parter."
    ),
    button=_l("Lämna svaret"),
    primary=True,
)
def declare_parties(act: Act) -> None:
    """The declaration against the call's whole list (FL 16 and 18 §§). This assignment follows it now, the reviewer's others in
    the call by a job each: a transaction holds one case."""
    data, assignment = act.data, act.subject
    new = {entry.key for entry in declaring.unanswered(assignment.reviewer_id, act.the_case.call)}
    if not new <= set(data["listed"]):  # an answer about some of them would tell whose application this is
        raise Refused(
            [Refusal("changed", _("Listan har ändrats sedan sidan ritades. Gå igenom den igen."), field="listed")]
        )
    there = {entry.key for entry in declaring.parties_of(act.the_case.call)}
    answered = [key for key in data["listed"] if key in there]
    row = CallDeclaration.objects.create(
        call=act.the_case.call,
        person=assignment.reviewer,
        at=clock.now(),
        listed=answered,
        conflicted=[key for key in data["conflicted"] if key in answered],
        unsure=[key for key in data["unsure"] if key in answered],
        text=data.get("text", ""),
    )
    act.note = {"declaration": row.pk}
    follow_answers(act)
    jobs.defer_declared(assignment.reviewer_id)


def follow_answers(act: Act) -> None:
    """Let an assignment that is offered follow what its reviewer has answered about the call's parties, if that is all of
    them. What the reviewer wrote belongs to the register when it says something about this case."""
    answers = declaring.answers_of(act.subject.reviewer_id, act.the_case.call_id)
    if answer := declaring.answer_about(act.the_case.pk, answers):
        settle(act, answer, answers.text if answer != "no" else "")


def is_answered(act: Act) -> Refusal | None:
    """Every party and person of the case has been answered about."""
    answers = declaring.answers_of(act.subject.reviewer_id, act.the_case.call_id)
    if declaring.answer_about(act.the_case.pk, answers):
        return None
    return Refusal("unanswered", _("Bedömaren har inte svarat om alla parter."))


@command("follow_declaration", _l("Följ svaret om jäv"), guards=(assessment_goes_on, hides_parties, is_answered))
def follow_declaration(act: Act) -> None:
    """An assignment in a call whose parties the reviewer has answered about already."""
    follow_answers(act)


def to_follow(reviewer: int | None = None) -> Iterator[int]:
    """The offered assignments that a declaration answers, of one reviewer or of all."""
    declared = CallDeclaration.objects.filter(call=OuterRef("application__call"), person=OuterRef("reviewer"))
    rows = Assignment.objects.filter(
        Exists(declared), state=AssignmentState.OFFERED, application__state=CaseState.ASSESSING
    )
    if reviewer is not None:
        rows = rows.filter(reviewer=reviewer)
    for pk, case, who, call in rows.order_by("pk").values_list(
        "pk", "application_id", "reviewer_id", "application__call"
    ):
        if declaring.answer_about(case, declaring.answers_of(who, call)):
            yield pk


def follow_declared(reviewer: int) -> None:
    """Let every offered assignment of the reviewer follow what they have declared."""
    for pk in list(to_follow(reviewer)):
        run("follow_declaration", None, pk)
