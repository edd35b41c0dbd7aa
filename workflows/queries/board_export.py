"""What an assessment led to, as tables: for the archive, and so that anybody can calculate it again.

The tables hold what the figures are made of (weights, scale, every score of every lodged sheet) beside the figures, so that
the ranking can be reproduced from the file alone. The first table says how.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.organisations.kinds import OrganisationKind
from grants.organisations.models import Person
from grants.programmes.models import Call
from grants.spreadsheets import Cell, Table
from reviewers import figures
from reviewers.models import Assignment, AssignmentState
from reviewers.ranking import Ranked
from reviewers.scoring import weighted
from workflows.queries.board import call_of_staff, decided_amounts, rows_for

KRONOR = 100
TITLES: dict[str, Promise] = {
    "om-filen": _l("Så är filen gjord"),
    "ansokningar": _l("Ansökningar"),
    "kriterier": _l("Kriterier"),
    "bedomningar": _l("Bedömningar"),
    "poang": _l("Poäng"),
    "bedomare": _l("Bedömare"),
}


@dataclass(frozen=True)
class _Asked:
    """A call, its ranked applications as somebody sees them, and who it is."""

    call: Call
    person: Person
    rows: list[Ranked]


def tables(person: Person, slug: str, names: Iterable[str] = TITLES) -> list[Table]:
    """These tables of the call's assessment, as this person sees it. The same number of queries whatever their length."""
    call = call_of_staff(person, slug)
    asked = _Asked(call, person, rows_for(person, call))
    return [_MADE[name](asked) for name in names]


def _language() -> str:
    return (get_language() or "sv")[:2]


def _about(asked: _Asked) -> Table:
    call, rows = asked.call, asked.rows
    review, budget = call.definition.the_review, call.definition.call_budget
    found: list[tuple[str, Cell]] = [
        (_("Omgång"), call.title),
        (_("Diarienummer"), call.definition.number),
        (_("Uttaget"), clock.now()),
        (_("Uttaget av"), asked.person.name),
        (_("Ansökningar i filen"), len(rows)),
        (_("Omgångens budget, kr"), budget),
        (_("Lägsta poäng"), review.lowest),
        (_("Högsta poäng"), review.highest),
        (
            _("Så räknas vägda poäng"),
            _(
                "Summan av poäng gånger vikt, delad med summan av vikterna, avrundad till två decimaler (hälften uppåt)."
            ),
        ),
        (_("Så räknas ansökans poäng"), _("Medelvärdet av de lämnade bedömningarnas vägda poäng, avrundat likadant.")),
        (_("Så räknas platsen"), _("Ett plus antalet ansökningar med högre poäng. Lika poäng delar plats.")),
        (
            _("Så räknas justerade poäng"),
            _(
                "Minsta kvadratmetoden med en nivå per ansökan och en per bedömare. Bedömarnas nivåer, vägda med antalet "
                "bedömningar, blir noll. Visas vid sidan av och avgör ingenting."
            ),
        ),
    ]
    return Table("om-filen", (_("Uppgift"), _("Värde")), [list(row) for row in found])


def _applications(asked: _Asked) -> Table:
    rows = asked.rows
    adjustment, stands = figures.adjusted(figures.totals_of(rows)), figures.places(rows)
    decided = decided_amounts(asked.call)
    columns = (
        _("Plats"), _("Diarienummer"), _("Titel"), _("Koordinator"), _("Slag"), _("Län"), _("Läge"), _("Bedömningar"),
        _("Poäng"), _("Lägsta"), _("Högsta"), _("Stor spridning"), _("Justerade poäng"), _("Bästa plats utan en"),
        _("Sämsta plats utan en"), _("Sökt, kr"), _("Beviljat, kr"),
    )  # fmt: skip
    found: list[list[Cell]] = []
    for row in rows:
        total = row.summary.total if row.summary else None
        place = stands.get(row.case.pk)
        granted = decided.get(row.case.pk)
        found.append(
            [
                row.place,
                row.case.number,
                row.case.title,
                row.coordinator,
                str(OrganisationKind(row.kind).label) if row.kind else "",
                row.county,
                str(row.case.get_state_display()),
                len(row.sheets),
                total.mean if total else None,
                total.lowest if total else None,
                total.highest if total else None,
                bool(row.summary and row.summary.is_wide),
                adjustment.means.get(row.case.pk),
                place.best if place else None,
                place.worst if place else None,
                Decimal(row.applied_ore) / KRONOR,
                Decimal(granted) / KRONOR if granted is not None else None,
            ]
        )
    return Table("ansokningar", columns, [list(row) for row in found])


def _criteria(asked: _Asked) -> Table:
    language = _language()
    rows: list[list[Cell]] = [
        [one.id, one.title.read(language), Decimal(str(one.weight))] for one in asked.call.definition.criteria
    ]
    return Table("kriterier", (_("Kriterium"), _("Namn"), _("Vikt, procent")), [list(row) for row in rows])


def _lodged(rows: Iterable[Ranked]) -> list[Assignment]:
    cases = {row.case.pk: row.case for row in rows}
    found = list(
        Assignment.objects.filter(application__in=cases, state=AssignmentState.LODGED, sheet__isnull=False)
        .select_related("reviewer", "sheet")
        .prefetch_related("sheet__scores")
        .order_by("application__number", "assigned_at", "pk")
    )
    for assignment in found:
        assignment.application = cases[assignment.application_id]
    return found


def _sheets(asked: _Asked) -> Table:
    columns = (
        _("Diarienummer"), _("Bedömare"), _("Lämnad"), _("Vägda poäng"), _("Rekommendation"), _("Styrkor"), _("Svagheter"),
    )  # fmt: skip
    found: list[list[Cell]] = []
    for one in _lodged(asked.rows):
        values = {score.criterion: score.value for score in one.sheet.scores.all()}
        found.append(
            [
                one.application.number,
                one.reviewer.name,
                one.lodged_at,
                weighted(values, one.application.definition.the_review),
                str(one.sheet.get_recommendation_display()),
                one.sheet.strengths,
                one.sheet.weaknesses,
            ]
        )
    return Table("bedomningar", columns, [list(row) for row in found])


def _scores(asked: _Asked) -> Table:
    columns = (_("Diarienummer"), _("Bedömare"), _("Kriterium"), _("Poäng"), _("Skäl"))
    found: list[list[Cell]] = []
    for one in _lodged(asked.rows):
        given = {score.criterion: score for score in one.sheet.scores.all()}
        for criterion in one.application.definition.criteria:
            if score := given.get(criterion.id):
                found.append([one.application.number, one.reviewer.name, criterion.id, score.value, score.reason])
    return Table("poang", columns, [list(row) for row in found])


def _reviewers(asked: _Asked) -> Table:
    columns = (
        _("Bedömare"), _("Bedömningar"), _("Medelpoäng"), _("Lägsta"), _("Högsta"), _("Skillnad mot andra på samma ansökningar"),
        _("Jämförda ansökningar"), _("Nivå i justeringen"),
    )  # fmt: skip
    found = figures.strictness(asked.rows, figures.adjusted(figures.totals_of(asked.rows)))
    return Table(
        "bedomare",
        columns,
        [
            [
                one.name,
                one.sheets,
                one.totals.mean,
                one.totals.lowest,
                one.totals.highest,
                one.beside,
                one.compared,
                one.effect,
            ]
            for one in found
        ],
    )


_MADE: dict[str, Callable[[_Asked], Table]] = {
    "om-filen": _about,
    "ansokningar": _applications,
    "kriterier": _criteria,
    "bedomningar": _sheets,
    "poang": _scores,
    "bedomare": _reviewers,
}
