"""When the assessment of a case may end, and whether it goes on: what the commands of reviewing share."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grants.applications.models import Application, CaseState
from grants.refusal import Refusal
from reviewers.models import OPEN_ASSIGNMENT, AssignmentState
from workflows.commands.base import Act


def lodged_count(case: Application) -> int:
    """How many score sheets count. A page that has read the assignments beforehand is asked nothing more."""
    return sum(assignment.state == AssignmentState.LODGED for assignment in case.assignments.all())


def assessment_goes_on(act: Act) -> Refusal | None:
    """Assignments live while the case is being assessed."""
    if act.the_case.state == CaseState.ASSESSING:
        return None
    return Refusal("assessment_over", _("Bedömningen av ansökan är avslutad."))


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
