"""A score sheet that is only read: by its reviewer before and after lodging, by the other reviewers, by the officer; and
what has changed from one lodged version to the next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grants.programmes.definition import CallDefinition
from reviewers import scoring, sheets
from reviewers.forms import Step, steps_of
from reviewers.lodged import LodgedSheet, Piece, differences
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
class Change:
    """One field that is not what it was in the version before, word by word."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Version:
    """A version that was lodged and then opened again, with what the next one changed, when there is one."""

    n: int
    lodged_at: datetime
    reopened_at: datetime | None
    reopened_by: str
    reason: str
    sheet: "ReadSheet"
    changes: tuple[Change, ...] | None


@dataclass(frozen=True)
class ReadSheet:
    """A sheet that is only read: one's own, or another reviewer's."""

    reviewer: str
    lodged_at: datetime | None
    sheet: ScoreSheet
    recommendation: str
    scores: list[OwnScore]
    weighted: Decimal | None
    versions: tuple[Version, ...] = ()  # the earlier ones, newest first
    of_earlier: int | None = None  # the submission that was read, when it is not the one that stands
    values: Mapping[str, int | None] = field(default_factory=dict)
    key: int = 0  # of the assignment


def in_words(field_name: str, text: str) -> str:
    """What stands in a field, as it is read."""
    if field_name == "recommendation":
        return str(dict(ScoreSheet._meta.get_field("recommendation").flatchoices).get(text, text))
    return text


def read_sheet(
    assignment: Assignment,
    definition: CallDefinition,
    lodged: Iterable[LodgedSheet] = (),
    standing: int | None = None,
) -> ReadSheet | None:
    """The assignment's sheet as it is read; none before the first saving. `lodged` are its versions, if they are to be
    there too, and `standing` is the number of the submission that stands."""
    sheet = sheets.sheet_of(assignment)
    if sheet is None:
        return None
    fields = sheets.read(sheet, sheets.scores_of(sheet), definition)
    versions = sorted(lodged, key=lambda one: one.n)
    is_lodged = bool(versions) and versions[-1].reopened_at is None
    now = versions[-1].fields if is_lodged else None
    return _read(
        assignment,
        fields,
        definition,
        assignment.lodged_at,
        versions=_versions(assignment, versions[:-1] if is_lodged else versions, now, definition),
        of_earlier=_earlier(versions[-1], standing) if is_lodged else None,
    )


def _earlier(version: LodgedSheet, standing: int | None) -> int | None:
    return version.submission if standing is not None and version.submission < standing else None


def _versions(
    assignment: Assignment, past: list[LodgedSheet], now: Mapping[str, str] | None, definition: CallDefinition
) -> tuple[Version, ...]:
    found = []
    following: list[Mapping[str, str] | None] = [*(one.fields for one in past[1:]), now]
    for one, after in zip(past, following, strict=True) if past else ():
        found.append(
            Version(
                n=one.n,
                lodged_at=one.lodged_at,
                reopened_at=one.reopened_at,
                reopened_by=one.reopened_by.name if one.reopened_by else "",
                reason=one.reopen_reason,
                sheet=_read(assignment, one.fields, definition, one.lodged_at),
                changes=tuple(_changes(one.fields, after, definition)) if after is not None else None,
            )
        )
    return tuple(reversed(found))


def _changes(before: Mapping[str, str], after: Mapping[str, str], definition: CallDefinition) -> Iterable[Change]:
    read = [{name: in_words(name, text) for name, text in fields.items()} for fields in (before, after)]
    for difference in differences(*read):
        yield Change(_label(difference.field, definition), difference.pieces)


def _label(name: str, definition: CallDefinition) -> str:
    kind, _dash, criterion_id = name.partition("-")
    criterion = definition.criterion(criterion_id)
    title = criterion.title.read((get_language() or "sv")[:2]) if criterion else criterion_id
    match kind:
        case "value":
            return _("Poäng för %(criterion)s") % {"criterion": title}
        case "reason":
            return _("Skäl för %(criterion)s") % {"criterion": title}
        case _:
            return {"strengths": _("Styrkor"), "weaknesses": _("Svagheter")}.get(kind, _("Rekommendation"))


def _read(
    assignment: Assignment,
    fields: Mapping[str, str],
    definition: CallDefinition,
    lodged_at: datetime | None,
    versions: tuple[Version, ...] = (),
    of_earlier: int | None = None,
) -> ReadSheet:
    language = (get_language() or "sv")[:2]
    values: dict[str, int | None] = {}
    scores = []
    for criterion in definition.criteria:
        text = fields.get(f"value-{criterion.id}", "")
        value = values[criterion.id] = int(text) if text else None
        scores.append(
            OwnScore(
                criterion.title.read(language),
                criterion.title.spoken(language),
                criterion.weight,
                value,
                next((step for step in steps_of(criterion, language) if step.value == value), None),
                fields.get(f"reason-{criterion.id}", ""),
            )
        )
    written = {name: fields.get(name, "") for name in (*sheets.REMARKS, "recommendation")}
    return ReadSheet(
        reviewer=assignment.reviewer.name,
        lodged_at=lodged_at,
        sheet=ScoreSheet(**written),
        recommendation=in_words("recommendation", written["recommendation"]),
        scores=scores,
        weighted=scoring.weighted(values, definition.the_review),
        versions=versions,
        of_earlier=of_earlier,
        values=values,
        key=assignment.pk,
    )
