"""Whose turn it is in a noun, and to do what: its state says it, and in a case also the stages that its call has switched on
and, while it is assessed, how many reviewers are on their way.

The flows open tasks by this, and check_integrity compares with it. In most states it asks the database
nothing.
"""

from typing import Any

from grants.applications.models import Application, CaseState
from grants.decisions import hearings
from grants.decisions.models import DecisionState, Outcome
from reviewers.loads import HELD
from reviewers.models import Assignment, AssignmentState
from workflows.matrix import ASSESSING_TURNS, CLOSING_TURNS, HEARING_TURNS, TURNS, Turn
from workflows.nouns import noun_of, state_of


def turn_in(subject: Any) -> Turn | None:
    """Whose turn it is now; None when it is nobody's."""
    state = state_of(subject)
    if isinstance(subject, Application):
        if state == CaseState.SUBMITTED and not subject.definition.stages.formal_check:
            return None  # the clock passes it on
        if state == CaseState.ASSESSED and (kind := _to_be_heard(subject)):
            return HEARING_TURNS[kind]
        if state == CaseState.ASSESSING and (kind := _to_be_assessed(subject)):
            return ASSESSING_TURNS[kind]
        if state == CaseState.WITHDRAWN and not _is_written_off(subject):
            return CLOSING_TURNS["write_off"]
    return TURNS.get((noun_of(subject), state))


def _is_written_off(case: Application) -> bool:
    """Whether it is, or a proposal to do so goes on by itself."""
    return any(d.outcome == Outcome.WRITTEN_OFF and d.state != DecisionState.VOID for d in case.decisions.all())


def _to_be_assessed(case: Application) -> str:
    """Whether reviewers are to be replaced, or there are as many as the call wants and they are at work."""
    asked: list[Assignment] = list(case.assignments.all())
    if sum(a.state in HELD for a in asked) >= case.definition.the_review.reviewers:
        return "follow"
    replaced = {a.replaces_id for a in asked}
    left = (AssignmentState.CONFLICTED, AssignmentState.DECLINED)
    return "replace" if any(a.state in left and a.pk not in replaced for a in asked) else ""


def _to_be_heard(case: Application) -> str:
    """Which hearing comes next: one that is called, or the first that the call asks for and that has not been held."""
    if hearings.asked_for(case) and hearings.called(case):
        return "interview"
    first = next(iter(hearings.lacking(case)), "")
    return "call_in" if first == hearings.HearingKind.INTERVIEW else first
