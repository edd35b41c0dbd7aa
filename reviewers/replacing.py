"""How many reviewers a case lacks since somebody turned out to have a conflict of interest."""

from grants.applications.models import Application
from reviewers.loads import HELD
from reviewers.models import AssignmentState


def to_replace(case: Application) -> int:
    """Those with a conflict whom nobody has replaced, but no more than the call wants in all. One query."""
    if case.definition.review is None:
        return 0
    rows = case.assignments.values_list("state", "replaced_by")
    working = sum(state in HELD for state, _by in rows)
    gone = sum(state == AssignmentState.CONFLICTED and by is None for state, by in rows)
    return min(gone, max(0, case.definition.review.reviewers - working))
