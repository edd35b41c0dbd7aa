"""Score sheets: written by whoever has been cleared, lodged once."""

from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.refusal import Refusal
from reviewers.models import Assignment, ScoreSheet
from reviewers.scoring import faults
from workflows.commands.base import Act, command
from workflows.commands.quorum import assessment_goes_on, end_if_enough


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
