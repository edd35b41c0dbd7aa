"""Whose turn it is in a noun, and to do what: its state says it, and in a case also the stages that its call has switched on.

The flows open tasks by this, and check_integrity compares with it. In a call without such stages it asks the database nothing.
"""

from typing import Any

from grants.applications.models import Application, CaseState
from grants.decisions import hearings
from workflows.matrix import HEARING_TURNS, TURNS, Turn
from workflows.nouns import noun_of, state_of


def turn_in(subject: Any) -> Turn | None:
    """Whose turn it is now; None when it is nobody's."""
    state = state_of(subject)
    if isinstance(subject, Application):
        if state == CaseState.SUBMITTED and not subject.definition.stages.formal_check:
            return None  # the clock passes it on
        if state == CaseState.ASSESSED and (kind := _to_be_heard(subject)):
            return HEARING_TURNS[kind]
    return TURNS.get((noun_of(subject), state))


def _to_be_heard(case: Application) -> str:
    """Which hearing comes next: one that is called, or the first that the call asks for and that has not been held."""
    if hearings.asked_for(case) and hearings.called(case):
        return "interview"
    first = next(iter(hearings.lacking(case)), "")
    return "call_in" if first == hearings.HearingKind.INTERVIEW else first
