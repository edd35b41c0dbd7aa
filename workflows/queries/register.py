"""The register of conflicts of interest (jäv): one row for each finding, declaration and ruling, of the cases one serves on. A
reader's own cases are not in it, neither those that they applied in nor those that they review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from grants.applications import access
from grants.cleaning import clean_line
from grants.organisations.models import Person
from grants.programmes.models import Call
from grants.spreadsheets import Cell, Table
from reviewers.conflicts import Conflict
from reviewers.models import Assignment
from workflows.queries.lists import calls_of_staff

PAGE = 50


@dataclass(frozen=True)
class Register:
    """One page of the register."""

    page: Page[Conflict]
    calls: list[Call]
    chosen: str
    total: int


def rows_for(person: Person, call: str = "") -> QuerySet[Conflict]:
    """What the person may read of the register, the newest first."""
    seen = access.office_counts(person, case="application_id", call="application__call_id")
    assigned = Assignment.objects.filter(application=OuterRef("application"), reviewer=OuterRef("reviewer"))
    rows = Conflict.objects.filter(seen).select_related("application__call__version", "reviewer", "ruled_by")
    if call:
        rows = rows.filter(application__call__slug=call)
    return rows.annotate(
        first_read_at=Subquery(assigned.values("first_read_at")[:1]),
        lodged_at=Subquery(assigned.values("lodged_at")[:1]),
    ).order_by("-found_at", "-pk")


def register_of(person: Person, query: Mapping[str, str]) -> Register | None:
    """One page; None for those who do not work at an authority. A fixed number of queries."""
    calls = list(calls_of_staff(person))
    if not calls:
        return None
    chosen = clean_line(query.get("omgang", ""))[:60]
    chosen = chosen if chosen in {call.slug for call in calls} else ""
    page = Paginator(rows_for(person, chosen), PAGE).get_page(query.get("page"))
    return Register(page, calls, chosen, page.paginator.count)


def table_of(person: Person, call: str = "") -> Table:
    """The whole register as a table for a file."""
    columns = [
        _("Omgång"), _("Diarienummer"), _("Bedömare"), _("Hur det blev känt"), _("Grund"), _("Beskrivning"),
        _("Funnet"), _("Utfall"), _("Avgjort av"), _("Avgjort"), _("Skäl"), _("Hade läst"), _("Läste först"),
        _("Hade lämnat bedömning"), _("Lämnade"),
    ]  # fmt: skip
    rows: list[Sequence[Cell]] = [
        (
            row.application.call.slug,
            row.application.number,
            row.reviewer.name,
            row.get_source_display(),
            row.ground_name,
            row.told,
            row.found_at,
            row.get_state_display(),
            row.ruled_by.name if row.ruled_by else "",
            row.ruled_at,
            row.reason,
            _("ja") if row.had_read else _("nej"),
            row.first_read_at,  # type: ignore[attr-defined]  # annotated
            _("ja") if row.had_lodged else _("nej"),
            row.lodged_at,  # type: ignore[attr-defined]  # annotated
        )
        for row in rows_for(person, call).iterator(500)
    ]
    return Table("javsregister", columns, rows)
