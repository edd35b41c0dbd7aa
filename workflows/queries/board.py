"""The board of a call: its applications in the order of their scores, with the money there is and how far reviewers agree.

Everything is narrowed to what the person sees by an office; in a case of one's own one sees nothing, so a place is a place
among those shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grants.applications.models import Application
from grants.cleaning import clean_line
from grants.decisions.models import MADE, Decision, DecisionLine
from grants.money import kronor
from grants.organisations.models import Person
from grants.programmes.judging import Criterion
from grants.programmes.models import Call
from grants.refusal import NotVisible
from reviewers import figures, pictures
from reviewers.figures import Adjustment, LeftOut, Places, Strictness
from reviewers.ranking import Ranked, ranked
from workflows.queries.lists import NOT_SEEN_BY_STAFF, calls_of_staff

VIEWS = ("", "justerat", "utan")


@dataclass(frozen=True)
class BoardRow:
    """One application on the board."""

    ranked: Ranked
    strip: pictures.Strip | None
    in_words: str
    amount_ore: int  # what is granted when that is decided, otherwise what is asked for
    is_decided: bool
    accumulated_ore: int
    fits: bool | None  # above the line; None when the call has no budget of its own
    is_first_below: bool
    adjusted: Decimal | None
    places: Places | None
    left_out: list[LeftOut]


@dataclass(frozen=True)
class Histogram:
    """How the scores of one criterion are spread."""

    criterion: Criterion
    title: str
    counts: list[tuple[int, int]]
    picture: pictures.Bars


@dataclass(frozen=True)
class Board:
    """Everything on the page."""

    call: Call
    view: str
    rows: list[BoardRow]
    applied_ore: int
    budget_ore: int | None
    above_ore: int
    wide: int
    hidden: int
    adjustment: Adjustment
    reviewers: list[Strictness]
    histograms: list[Histogram]
    whiskers: pictures.Whiskers | None
    whiskers_narrow: pictures.Whiskers | None  # the same for a phone
    pile: pictures.Pile | None
    pile_narrow: pictures.Pile | None

    @property
    def left_ore(self) -> int:
        """What is left of the money when everything above the line gets what it asks for."""
        return (self.budget_ore or 0) - self.above_ore


def call_of_staff(person: Person, slug: str) -> Call:
    """A call that the person works on and that has an assessment. NotVisible otherwise."""
    call = calls_of_staff(person).filter(slug=slug).first()
    if call is None or call.definition.review is None:
        raise NotVisible(slug)
    return call


def rows_for(person: Person, call: Call) -> list[Ranked]:
    """The call's ranking as this person sees it."""
    return ranked(call, Application.objects.handled_by_office(person))


def board_of(person: Person, slug: str, query: Mapping[str, str]) -> Board:
    """The board; the same number of queries however many applications there are."""
    call = call_of_staff(person, slug)
    view = clean_line(query.get("visa", ""))
    rows, review = rows_for(person, call), call.definition.the_review
    totals = figures.totals_of(rows)
    adjustment = figures.adjusted(totals)
    budget = call.definition.call_budget
    budget_ore = kronor(budget) if budget is not None else None
    shown = _rows(rows, call, adjustment, budget_ore)
    reviewers = figures.strictness(rows, adjustment)
    amounts = [(row.ranked.case.number or "", row.amount_ore) for row in shown]
    counts = figures.distribution(rows, review)
    return Board(
        call=call,
        view=view if view in VIEWS else "",
        rows=shown,
        applied_ore=sum(row.ranked.applied_ore for row in shown),
        budget_ore=budget_ore,
        above_ore=sum(row.amount_ore for row in shown if row.fits),
        wide=sum(bool(row.strip and row.strip.is_wide) for row in shown),
        hidden=call.applications.exclude(state__in=NOT_SEEN_BY_STAFF).count()
        - Application.objects.handled_by_office(person).filter(call=call).count(),
        adjustment=adjustment,
        reviewers=reviewers,
        histograms=_histograms(review.criteria, counts),
        whiskers=pictures.whiskers(reviewers, review),
        whiskers_narrow=pictures.whiskers(reviewers, review, narrow=True),
        pile=pictures.pile(amounts, budget_ore),
        pile_narrow=pictures.pile(amounts, budget_ore, pictures.NARROW),
    )


def _histograms(criteria: tuple[Criterion, ...], counts: Mapping[str, Mapping[int, int]]) -> list[Histogram]:
    language = (get_language() or "sv")[:2]
    return [
        Histogram(one, one.title.read(language), sorted(counts[one.id].items()), pictures.bars(counts[one.id]))
        for one in criteria
    ]


def decided_amounts(call: Call) -> dict[int, int]:
    """What the call's decided cases have been granted, in öre; 0 when they were rejected; one query."""
    lines = DecisionLine.objects.filter(decision__in=Decision.objects.counting().filter(application__call=call))
    found = dict(lines.values_list("decision__application").annotate(total=Sum("max_amount_ore")).order_by())
    decided = Application.objects.filter(call=call, decisions__state__in=MADE)
    return {pk: found.get(pk, 0) for pk in decided.values_list("pk", flat=True)}


def _rows(rows: list[Ranked], call: Call, adjustment: Adjustment, budget_ore: int | None) -> list[BoardRow]:
    decided, stands = decided_amounts(call), figures.places(rows)
    found = []
    accumulated, is_below = 0, False
    for row in rows:
        review = row.case.definition.the_review
        amount = decided.get(row.case.pk, row.applied_ore)
        accumulated += amount
        was_above, is_below = (
            not is_below,
            is_below or row.total is None or (budget_ore is not None and accumulated > budget_ore),
        )
        values = [sheet.values for sheet in row.sheets]
        left_out = figures.left_out(row.sheets, review)
        found.append(
            BoardRow(
                ranked=row,
                strip=pictures.strip(values, review),
                in_words=_in_words(left_out),
                amount_ore=amount,
                is_decided=row.case.pk in decided,
                accumulated_ore=accumulated,
                fits=None if budget_ore is None else not is_below,
                is_first_below=budget_ore is not None and was_above and is_below,
                adjusted=adjustment.means.get(row.case.pk),
                places=stands.get(row.case.pk),
                left_out=left_out,
            )
        )
    return found


def _in_words(sheets: list[LeftOut]) -> str:
    """The reviewers' totals, for those who do not see the picture."""
    told = ", ".join(number_format(one.own, 1) for one in sheets if one.own is not None)
    return _("Bedömarnas vägda poäng: %(scores)s") % {"scores": told} if told else ""
