"""A call's applications in the order of their scores: what the board, the panel and the export start from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from grants.applications.models import Application, CaseState, Party, Submission
from grants.programmes.definition import PartyRole
from grants.programmes.models import Call
from reviewers.models import Assignment, AssignmentState
from reviewers.scoring import Summary, summary

# From when a case can have a place until its project is at an end; what was withdrawn or formally rejected has none.
RANKED_STATES = (
    CaseState.ASSESSING, CaseState.ASSESSED, CaseState.PROPOSED, CaseState.DECIDED, CaseState.RESERVE,
    CaseState.ACCEPTING, CaseState.REPORTING, CaseState.CLOSED,
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """One lodged sheet: criterion → score, and what it says on the whole."""

    assignment: int
    reviewer: int
    name: str
    values: dict[str, int | None]
    strengths: str = ""
    weaknesses: str = ""


@dataclass(frozen=True)
class Ranked:
    """One application with its place. `place` is shared by those with the same total, and None without lodged sheets."""

    case: Application
    place: int | None
    coordinator: str
    county: str
    kind: str
    applied_ore: int
    sheets: tuple[Judged, ...]
    summary: Summary | None

    @property
    def total(self) -> Decimal | None:
        """The mean of the lodged sheets' weighted scores."""
        return self.summary.total.mean if self.summary and self.summary.total else None


def ranked(call: Call, cases: QuerySet[Application] | None = None) -> list[Ranked]:
    """The call's applications from the assessment on, the best first; those without sheets last, by number. `cases` narrows
    them to those that the reader may see. What was decided without any assessment is not there. Three queries, however many
    there are."""
    rows = list(_with_facts((cases if cases is not None else Application.objects.all()).filter(call=call)))
    sheets = judged([case.pk for case in rows])
    found = []
    for case in rows:
        values = [sheet.values for sheet in sheets.get(case.pk, ())]
        figures = summary(values, case.definition.the_review) if values and case.definition.review else None
        if figures or case.state in (CaseState.ASSESSING, CaseState.ASSESSED):
            found.append((case, figures))
    found.sort(key=lambda pair: (-_total(pair[1]), pair[0].number or "", pair[0].pk))
    return [_ranked(case, figures, place, sheets) for (case, figures), place in zip(found, _places(found), strict=True)]


def judged(cases: Iterable[int]) -> dict[int, list[Judged]]:
    """The lodged sheets of these cases in figures, by case, in the order in which the reviewers were asked; two queries."""
    rows = (
        Assignment.objects.filter(application__in=list(cases), state=AssignmentState.LODGED, sheet__isnull=False)
        .select_related("reviewer", "sheet")
        .prefetch_related("sheet__scores")
        .order_by("assigned_at", "pk")
    )
    found: dict[int, list[Judged]] = {}
    for row in rows:
        values = {score.criterion: score.value for score in row.sheet.scores.all()}
        one = Judged(row.pk, row.reviewer_id, row.reviewer.name, values, row.sheet.strengths, row.sheet.weaknesses)
        found.setdefault(row.application_id, []).append(one)
    return found


def _with_facts(cases: QuerySet[Application]) -> QuerySet[Any]:
    coordinator = Party.objects.filter(application=OuterRef("pk"), role=PartyRole.COORDINATOR)
    standing = Submission.objects.filter(application=OuterRef("pk")).order_by("-n")
    rows: QuerySet[Any] = (
        cases.filter(state__in=RANKED_STATES)
        .select_related("version", "call")
        .annotate(
            coordinator=Subquery(coordinator.values("organisation__name")[:1]),
            county=Subquery(coordinator.values("organisation__municipality__county")[:1]),
            kind=Subquery(coordinator.values("organisation__kind")[:1]),
            budgets=Subquery(standing.values("content__budgets")[:1]),
        )
    )
    return rows


def _ranked(case: Any, figures: Summary | None, place: int | None, sheets: dict[int, list[Judged]]) -> Ranked:
    return Ranked(
        case=case,
        place=place,
        coordinator=case.coordinator or "",
        county=case.county or "",
        kind=case.kind or "",
        applied_ore=sum(budget["applied_ore"] for budget in case.budgets or ()),
        sheets=tuple(sheets.get(case.pk, ())),
        summary=figures,
    )


def _total(figures: Summary | None) -> Decimal:
    return figures.total.mean if figures and figures.total else Decimal(-1)


def _places(found: Sequence[tuple[Application, Summary | None]]) -> list[int | None]:
    """1, 2, 2, 4: who has the same total shares the place."""
    places: list[int | None] = []
    for n, (_case, figures) in enumerate(found, 1):
        if figures is None or figures.total is None:
            places.append(None)
        elif n > 1 and _total(found[n - 2][1]) == _total(figures):
            places.append(places[-1])
        else:
            places.append(n)
    return places
