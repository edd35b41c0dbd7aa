"""A score sheet that is only read: by its reviewer before and after lodging, by the other reviewers, by the officer."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import get_language

from grants.programmes.definition import CallDefinition
from reviewers import scoring, sheets
from reviewers.forms import Step, steps_of
from reviewers.models import Assignment, ScoreSheet


@dataclass(frozen=True)
class OwnScore:
    """One criterion of a sheet that is only read."""

    title: str
    spoken: str
    weight: float
    value: int | None
    step: Step | None
    reason: str


@dataclass(frozen=True)
class ReadSheet:
    """A sheet that is only read: one's own, or another reviewer's."""

    reviewer: str
    lodged_at: datetime | None
    sheet: ScoreSheet
    recommendation: str
    scores: list[OwnScore]
    weighted: Decimal | None


def in_words(field: str, text: str) -> str:
    """What stands in a field, as it is read."""
    if field == "recommendation":
        return str(dict(ScoreSheet._meta.get_field("recommendation").flatchoices).get(text, text))
    return text


def read_sheet(assignment: Assignment, definition: CallDefinition) -> ReadSheet | None:
    """The assignment's sheet as it is read; none before the first saving."""
    sheet = sheets.sheet_of(assignment)
    if sheet is None:
        return None
    language = (get_language() or "sv")[:2]
    given = {s.criterion: s for s in sheets.scores_of(sheet)}
    scores = []
    for criterion in definition.criteria:
        score = given.get(criterion.id)
        step = next((x for x in steps_of(criterion, language) if score and x.value == score.value), None)
        scores.append(
            OwnScore(
                criterion.title.read(language),
                criterion.title.spoken(language),
                criterion.weight,
                score.value if score else None,
                step,
                score.reason if score else "",
            )
        )
    return ReadSheet(
        reviewer=assignment.reviewer.name,
        lodged_at=assignment.lodged_at,
        sheet=sheet,
        recommendation=in_words("recommendation", sheet.recommendation),
        scores=scores,
        weighted=scoring.weighted({k: s.value for k, s in given.items()}, definition.the_review),
    )
