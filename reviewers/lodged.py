"""Score sheets as they were lodged: each lodging freezes one version, with its hash and which submission was read.

A version is never changed. An officer may open a lodged sheet again, with a reason; what is lodged then is the next version,
and the earlier one stays readable beside it.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from grants.organisations.models import Person

_FROZEN = ["assignment", "n", "content", "sha256", "submission", "lodged_at"]


class LodgedSheet(models.Model):
    """One version of a score sheet: what was lodged, when, and about which submission."""

    assignment = models.ForeignKey("reviewers.Assignment", models.PROTECT, related_name="versions")
    n = models.PositiveSmallIntegerField()
    content = models.JSONField()  # {"submission": n, "fields": the sheet as text by field, see reviewers/sheets.py}
    sha256 = models.CharField(max_length=64)
    submission = models.PositiveIntegerField()  # the number of the submission that was read
    lodged_at = models.DateTimeField()
    reopened_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    reopened_at = models.DateTimeField(null=True)
    reopen_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["n"]
        constraints = [
            models.UniqueConstraint(fields=["assignment", "n"], name="lodged_sheet_number"),
            models.CheckConstraint(
                condition=Q(reopened_by=None, reopened_at=None, reopen_reason="")
                | Q(reopened_by__isnull=False, reopened_at__isnull=False) & ~Q(reopen_reason=""),
                name="lodged_sheet_reopened_by_at",
            ),
        ]
        triggers: ClassVar = [
            pgtrigger.ReadOnly(name="frozen", fields=_FROZEN),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="reopened_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__reopened_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.n} of assignment {self.assignment_id}"

    @property
    def fields(self) -> dict[str, str]:
        """The sheet as text by field."""
        found: dict[str, str] = self.content["fields"]
        return found


def content_of(fields: Mapping[str, str], submission: int) -> dict[str, Any]:
    """What is frozen of a sheet, and what its hash is made of."""
    return {"submission": submission, "fields": dict(fields)}


@dataclass(frozen=True)
class Piece:
    """A run of words that stands in both texts, or in only one of them."""

    kind: str  # "same", "gone" or "new"
    text: str


@dataclass(frozen=True)
class Difference:
    """One field that is not the same in two versions."""

    field: str
    pieces: tuple[Piece, ...]


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    """What has changed from one version to the next, field by field in the order of the sheet, word by word."""
    order = list(dict.fromkeys([*before, *after]))
    changed = [(f, before.get(f, ""), after.get(f, "")) for f in order if before.get(f, "") != after.get(f, "")]
    return [Difference(field, tuple(_pieces(old, new))) for field, old, new in changed]


def _pieces(old: str, new: str) -> Iterator[Piece]:
    a, b = _words(old), _words(new)
    for tag, i, j, k, m in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(a[i:j]))
            continue
        if j > i:
            yield Piece("gone", "".join(a[i:j]))
        if m > k:
            yield Piece("new", "".join(b[k:m]))


def _words(text: str) -> Sequence[str]:
    return re.findall(r"\s*\S+|\s+$", text)
