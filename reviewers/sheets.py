"""What a reviewer has written: a score sheet as named texts, and saving it without overwriting what was not seen.

Every field is compared and set on its own: a page carries a fingerprint of each text it was drawn with, and a text that
has changed since is a conflict, not a loss. Only a cleared assignment can be written in.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from grants import clock
from grants.cleaning import clean, clean_line
from grants.programmes.definition import CallDefinition
from reviewers.models import Assignment, AssignmentState, Score, ScoreSheet

REMARKS = ("strengths", "weaknesses")
RECOMMENDATIONS = tuple(str(choice) for choice, _label in ScoreSheet._meta.get_field("recommendation").choices or ())
LONGEST_STORED = 20_000  # characters; a draft may be longer than what can be lodged, but not without end


@dataclass(frozen=True)
class Saved:
    """What saving led to. Fields in `conflicts` hold something else than the page was drawn with and were left so."""

    values: dict[str, str]
    saved_at: datetime | None
    conflicts: tuple[str, ...] = ()
    is_open: bool = True  # False: the sheet cannot be written in (any longer), and nothing was saved


def field_names(definition: CallDefinition) -> list[str]:
    """Every field of the sheet, in the order of the form."""
    scored = [f"{kind}-{criterion.id}" for criterion in definition.criteria for kind in ("value", "reason")]
    return [*scored, *REMARKS, "recommendation"]


def read(sheet: ScoreSheet | None, scores: Iterable[Score], definition: CallDefinition) -> dict[str, str]:
    """The sheet as text by field; empty text where nothing has been written."""
    values = dict.fromkeys(field_names(definition), "")
    for score in scores:
        if f"value-{score.criterion}" in values:
            values[f"value-{score.criterion}"] = "" if score.value is None else str(score.value)
            values[f"reason-{score.criterion}"] = score.reason
    if sheet is not None:
        values |= {name: getattr(sheet, name) for name in (*REMARKS, "recommendation")}
    return values


def sheet_of(assignment: Assignment) -> ScoreSheet | None:
    """The assignment's sheet; none before the first saving."""
    return getattr(assignment, "sheet", None)


def scores_of(sheet: ScoreSheet | None) -> list[Score]:
    """The sheet's scores."""
    return list(sheet.scores.all()) if sheet is not None else []


def fingerprint(text: str) -> str:
    """A short stand-in for a text, by which a page shows what it was drawn with."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def tidy(field: str, raw: str, definition: CallDefinition) -> str:
    """What is stored of what was typed or chosen. ValueError when the form offers no such choice."""
    if field.startswith("reason-") or field in REMARKS:
        return clean(raw)[:LONGEST_STORED]
    chosen = clean_line(raw)
    review = definition.the_review
    offered = [str(n) for n in range(review.lowest, review.highest + 1)]
    if chosen and chosen not in (RECOMMENDATIONS if field == "recommendation" else offered):
        raise ValueError(field)
    return chosen


def save(
    assignment: Assignment, definition: CallDefinition, typed: Mapping[str, str], seen: Mapping[str, str]
) -> Saved:
    """Save these texts by field, each only if it is still what was `seen` (fingerprints by field). The caller holds the
    lock on the assignment, which lodging takes too, and has checked that the person may write here."""
    sheet = sheet_of(assignment)
    values = read(sheet, scores_of(sheet), definition)
    if assignment.state != AssignmentState.CLEARED:
        return Saved(values, sheet.saved_at if sheet else None, is_open=False)
    differing = {field: text for field, text in typed.items() if text != values[field]}
    conflicts = tuple(f for f in differing if not _was_seen(values[f], seen.get(f, "")))
    changed = {field: text for field, text in differing.items() if field not in conflicts}
    if changed:
        values |= changed
        sheet = _write(assignment, sheet, values, changed)
    return Saved(values, sheet.saved_at if sheet else None, conflicts)


def _was_seen(stored: str, seen: str) -> bool:
    return seen == fingerprint(stored) if seen else not stored


def _write(
    assignment: Assignment, sheet: ScoreSheet | None, values: Mapping[str, str], changed: Iterable[str]
) -> ScoreSheet:
    remarks = {name: values[name] for name in (*REMARKS, "recommendation")}
    criteria = [field.split("-", 1)[1] for field in changed if field.startswith(("value-", "reason-"))]
    if sheet is None:
        edited = criteria[-1] if criteria else ""
        sheet = ScoreSheet.objects.create(assignment=assignment, saved_at=clock.now(), edited=edited, **remarks)
    else:
        for name, text in remarks.items():
            setattr(sheet, name, text)
        sheet.version, sheet.saved_at = sheet.version + 1, clock.now()
        sheet.edited = criteria[-1] if criteria else sheet.edited
        sheet.save(update_fields=[*remarks, "version", "saved_at", "edited"])
    Score.objects.bulk_create(
        [
            Score(
                sheet=sheet,
                criterion=criterion,
                value=int(values[f"value-{criterion}"]) if values[f"value-{criterion}"] else None,
                reason=values[f"reason-{criterion}"],
            )
            for criterion in sorted(set(criteria))
        ],
        update_conflicts=True,
        unique_fields=["sheet", "criterion"],
        update_fields=["value", "reason"],
    )
    return sheet
