"""The sheets of a case as the authority reads them: what stands, what was lodged before, and what is said about them."""

from collections.abc import Sequence
from dataclasses import dataclass

from grants.applications.models import Application
from grants.organisations.models import Person
from grants.refusal import NotVisible
from reviewers.comments import PackCopy, SheetComment
from reviewers.models import Assignment, AssignmentState
from reviewers.reading import ReadSheet, read_sheet
from workflows.matrix import MOVES, Noun, Role
from workflows.queries import actions, sides
from workflows.queries.case_page import find_case


@dataclass(frozen=True)
class Entry:
    """One reviewer's sheet: as it stands, or what is left of it to read while it is open again or no longer counts."""

    read: ReadSheet
    state: str
    counts: bool
    is_open: bool  # opened again: what its reviewer writes now is theirs until it is lodged
    actions: list[actions.Action]
    copies: Sequence[PackCopy]


@dataclass(frozen=True)
class CaseSheets:
    """What the template reads."""

    case: Application
    entries: list[Entry]
    comments: Sequence[SheetComment]
    highest: int
    can_comment: bool


def read(person: Person, pk: int) -> CaseSheets:
    """The whole page, in a fixed number of queries. NotVisible for everyone but the authority, and in a case of one's own."""
    case, roles = find_case(person, pk)
    if not sides.is_staff(roles) or case.definition.review is None:
        raise NotVisible(case)
    standing = case.submissions.order_by("-n").values_list("n", flat=True).first()
    rows = Assignment.objects.filter(application=case, versions__isnull=False).distinct()
    rows = rows.select_related("reviewer", "sheet").prefetch_related("sheet__scores", "versions__reopened_by", "copies")
    entries = [
        Entry(
            read=found,
            state=str(AssignmentState(one.state).label),
            counts=one.state == AssignmentState.LODGED,
            is_open=max(one.versions.all(), key=lambda version: version.n).reopened_at is not None,
            actions=actions.row_actions(Noun.ASSIGNMENT, one.pk, one.state, roles & {Role.OFFICER}),
            copies=list(one.copies.all()),
        )
        for one in rows.order_by("assigned_at", "pk")
        if (found := read_sheet(one, case.definition, one.versions.all(), standing)) is not None
    ]
    return CaseSheets(
        case=case,
        entries=entries,
        comments=list(SheetComment.objects.filter(application=case).select_related("author")),
        highest=case.definition.review.highest,
        can_comment=bool(roles & MOVES["comment_sheet"].roles) and case.state in MOVES["comment_sheet"].sources,
    )
