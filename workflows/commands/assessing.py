"""Score sheets: written by whoever has been cleared, lodged and frozen, opened again by an officer with a reason; and what
those who have lodged say to each other."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.freezing import sha256
from grants.applications.models import Application, CaseState
from grants.refusal import Refusal
from reviewers import sheets
from reviewers.comments import SheetComment
from reviewers.lodged import LodgedSheet, content_of
from reviewers.models import Assignment, AssignmentState, ScoreSheet
from reviewers.scoring import faults
from workflows import sheet_forms as forms
from workflows.commands.base import Act, command
from workflows.commands.conflicts import no_proposal_yet
from workflows.commands.disqualified import stands_outside
from workflows.commands.quorum import assessment_goes_on, end_if_enough, lodged_count
from workflows.matrix import STAFF


def _sheet(act: Act) -> ScoreSheet | None:
    """The assignment's sheet with its scores, read once an act."""
    if "sheet" not in act.memory:
        rows = ScoreSheet.objects.filter(assignment=act.subject).prefetch_related("scores")
        act.memory["sheet"] = rows.first()
    found: ScoreSheet | None = act.memory["sheet"]
    return found


def sheet_is_whole(act: Act) -> list[Refusal]:
    """Every criterion has a score and a reason."""
    sheet = _sheet(act)
    found = faults(sheet, sheets.scores_of(sheet), act.the_case.definition)
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
    """Lodge the score sheet: freeze it as a version; when enough are lodged and nobody is still working, the assessment
    ends."""
    assignment: Assignment = act.subject
    moment = assignment.lodged_at = clock.now()
    frozen = _freeze(act, assignment, moment)
    act.note = {"sheet": frozen.n, "sha256": frozen.sha256}
    act.move(assignment, "lodge", "lodged_at")
    end_if_enough(act)


def _freeze(act: Act, assignment: Assignment, moment: datetime) -> LodgedSheet:
    """The next version of the sheet, as it is now and about the submission that stands now."""
    sheet = _sheet(act)
    last = LodgedSheet.objects.filter(assignment=assignment).order_by("-n").values_list("n", flat=True).first()
    read = act.the_case.submissions.order_by("-n").values_list("n", flat=True)[0]
    content = content_of(sheets.read(sheet, sheets.scores_of(sheet), act.the_case.definition), read)
    return LodgedSheet.objects.create(
        assignment=assignment,
        n=(last or 0) + 1,
        content=content,
        sha256=sha256(content),
        submission=read,
        lodged_at=moment,
    )


@command(
    "reopen_sheet",
    _l("Öppna bedömningen igen"),
    guards=(stands_outside, no_proposal_yet),
    form=forms.ReopenForm,
    explain=_l(
        "Bedömaren kan ändra och lämna på nytt. Den lämnade versionen finns kvar att läsa, och räknas inte förrän en ny är "
        "lämnad. Är bedömningen avslutad öppnas den igen."
    ),
    button=_l("Öppna igen"),
)
def reopen_sheet(act: Act) -> None:
    """Let a reviewer change what was lodged, as a new version. Who is to write must be able to read: an assessment that has
    ended opens again, whatever the quorum. Until the sheet is lodged anew its reviewer sees the others' no more than before
    the first time: what is put right is one's own reading, not one's distance to the others."""
    assignment, case = act.subject, act.the_case
    stood = LodgedSheet.objects.filter(assignment=assignment).order_by("-n").first()
    if stood is not None:
        stood.reopened_by, stood.reopened_at, stood.reopen_reason = act.person, clock.now(), act.data["reason"]
        stood.save(update_fields=["reopened_by", "reopened_at", "reopen_reason"])
    if case.state == CaseState.ASSESSED:
        act.move(case, "reopen_assessment")
        act.also("reopened_assessment", case, source=CaseState.ASSESSED)
    assignment.lodged_at, assignment.due = None, act.data["due"]
    act.note = {"sheet": stood.n if stood else 0, "due": act.data["due"].isoformat()}
    act.move(assignment, "reopen", "lodged_at", "due")


def has_lodged(act: Act) -> Refusal | None:
    """Who judges speaks with the others when their own sheet is lodged; whoever works at the authority, at any time."""
    if act.roles & STAFF or _lodged_by(act.the_case, act.person.pk):
        return None
    return Refusal("not_lodged", _("Du kan kommentera när du har lämnat din egen bedömning."))


def _lodged_by(case: Application, person: int) -> bool:
    return case.assignments.filter(state=AssignmentState.LODGED, reviewer=person).exists()


def somebody_has_lodged(act: Act) -> Refusal | None:
    """There is something to speak about."""
    if lodged_count(act.the_case):
        return None
    return Refusal("nothing_lodged", _("Ingen bedömning är lämnad än."), helper=_("bedömarna"))


@command(
    "comment_sheet",
    _l("Kommentera bedömningarna"),
    guards=(has_lodged, somebody_has_lodged, stands_outside),
    form=forms.CommentForm,
    explain=_l("Läses av bedömare som har lämnat sin bedömning och av myndigheten. En kommentar kan inte ändras."),
    button=_l("Lämna kommentaren"),
)
def comment_sheet(act: Act) -> None:
    """Say something about the lodged sheets to the others who have lodged, and to the authority."""
    made = SheetComment.objects.create(
        application=act.the_case, author=act.person, text=act.data["text"], written_at=clock.now()
    )
    act.note = {"comment": made.pk, "sha256": sha256(made.text)}
