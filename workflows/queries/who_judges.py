"""The matrix of a call: its applications that are being assessed against its reviewers, and who judges what. One query for
each side, one for what ties them together, whatever their number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import Application, CaseState, Party, Submission
from grants.cleaning import clean_line
from grants.organisations.models import Person
from grants.programmes.definition import PartyRole
from grants.programmes.judging import Competence
from grants.programmes.models import Call
from reviewers.asking import pool
from reviewers.conflicts import Ground, known
from reviewers.loads import HELD, Load, with_loads
from reviewers.matching import competences_of, knowledge, names_of, needed
from reviewers.models import Assignment, AssignmentState
from workflows import matchmaking
from workflows.models import AssignmentProposal

S = AssignmentState
PAGE = 100  # applications; a call with more has several pages
P = AssignmentProposal.Phase
STATE_WORDS: dict[str, tuple[str, Promise]] = {  # short: they stand in narrow columns
    S.OFFERED: ("wait", _l("Tillfrågad")),
    S.UNSURE: ("turn", _l("Jäv prövas")),
    S.CLEARED: ("open", _l("Bedömer")),
    S.LODGED: ("done", _l("Lämnad")),
    S.CONFLICTED: ("stop", _l("Jäv")),
    S.DECLINED: ("empty", _l("Avböjt")),
    S.REMOVED: ("empty", _l("Återtagen")),
    S.ENDED: ("empty", _l("Avslutad")),
}


@dataclass(frozen=True)
class Choice:
    """What the matrix is narrowed to; what the address says, made safe."""

    state: str = ""  # "saknar" reviewers, or has "sena"
    competence: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str], competences: Iterable[Competence]) -> "Choice":
        """From the query string. What is no choice is none."""
        state, competence = clean_line(query.get("lage", "")), clean_line(query.get("kompetens", ""))
        known_ones = {one.id for one in competences}
        return cls(state if state in ("saknar", "sena") else "", competence if competence in known_ones else "")


@dataclass(frozen=True)
class Column:
    """A reviewer, with their load and what they know of what the call asks about."""

    pk: int
    name: str
    load: Load
    knows: frozenset[str]
    can: str


@dataclass(frozen=True)
class Cell:
    """One reviewer and one application. With a `pair` it can be ticked; otherwise glyph and word say why not."""

    name: str
    column: int
    pair: str = ""
    checked: bool = False
    fit: str = ""
    glyph: str = ""
    word: str = ""
    about: str = ""
    late: bool = False
    url: str = ""


@dataclass(frozen=True)
class Row:
    """One application with its cells."""

    case: Application
    coordinator: str
    on_way: int
    wanted: int
    asks: str
    cells: tuple[Cell, ...]
    ties: tuple[tuple[str, str], ...]  # reviewer, in words
    reasons: tuple[tuple[str, str], ...] = ()  # proposed reviewer, why

    @property
    def lacks(self) -> bool:
        """Whether fewer than the call wants have it."""
        return self.on_way < self.wanted

    @property
    def is_late(self) -> bool:
        """Whether somebody has let the last day pass."""
        return any(cell.late for cell in self.cells)


@dataclass
class Board:
    """Everything that the page of a call's reviewers shows."""

    call: Call
    columns: list[Column]
    page: Page[Row]
    choice: Choice
    competences: tuple[tuple[str, str], ...]
    lacking: int
    proposal: AssignmentProposal | None
    short: list[tuple[str, str]] = field(default_factory=list)
    told: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def is_going(self) -> bool:
        """Whether a worker is at the proposal or will come to it."""
        return self.proposal is not None and self.proposal.phase in AssignmentProposal.UNDER_WAY

    @property
    def is_ready(self) -> bool:
        """Whether there is a proposal to read and change."""
        return self.proposal is not None and self.proposal.phase == P.READY


def latest(call: Call) -> AssignmentProposal | None:
    """The proposal that is worked on, read, or was carried out last; one that is left by its workers is broken."""
    found: AssignmentProposal | None = call.assignment_proposals.exclude(phase=P.DROPPED).select_related("by").first()
    if found is not None and found.phase in AssignmentProposal.UNDER_WAY and not matchmaking.is_queued(found):
        found.phase = P.BROKEN
    return found


def board_of(person: Person, call: Call, query: Mapping[str, str], ticked: frozenset[str] | None = None) -> Board:
    """The matrix for one officer of the call: no case of their own is in it. `ticked` are the pairs of a form that comes
    back; otherwise those of the proposal that is read are."""
    definition, proposal = call.definition, latest(call)
    found = with_loads(call, pool(call))
    choice = Choice.read(query, competences_of(definition))
    cases = [(case, needed(case.definition, case.content)) for case in _cases(person, call)]
    asked = {case.pk: {a["reviewer"]: a for a in case.asked} for case, _asks in cases}
    proposed = _proposed(proposal)
    if ticked is None:
        ticked = frozenset(f"{case}-{reviewer}" for case, reviewer in proposed)
    columns = [Column(p.pk, p.name, load, knowledge(p), names_of(knowledge(p), definition)) for p, load in found]
    shown = [c for c in columns if not choice.competence or choice.competence in c.knows]
    ties = known([case.pk for case, _asks in cases], [c.pk for c in columns])
    names = {c.pk: c.name for c in columns}
    rows = [
        _row(case, asks, shown, asked[case.pk], ties, ticked, _reasons(case, proposed, names))
        for case, asks in cases
        if not choice.competence or choice.competence in asks
    ]
    lacking = sum(row.lacks for row in rows)
    if choice.state:
        rows = [row for row in rows if (row.lacks if choice.state == "saknar" else row.is_late)]
    board = Board(
        call,
        shown,
        Paginator(rows, PAGE).get_page(query.get("page")),
        choice,
        tuple((one.id, names_of([one.id], definition)) for one in competences_of(definition)),
        lacking,
        proposal,
    )
    if proposal is not None:
        titles = {case.pk: f"{case.number} {case.title}" for case, _asks in cases}
        board.short = [(titles[s["case"]], _why_short(s)) for s in proposal.short if s["case"] in titles]
        board.told = [(titles.get(t["case"], ""), names.get(t["reviewer"], ""), t["text"]) for t in proposal.told]
    return board


def _cases(person: Person, call: Call) -> Any:
    """The cases with their coordinators, what was submitted last and who was asked, in one query."""
    coordinator = Party.objects.filter(application=OuterRef("pk"), role=PartyRole.COORDINATOR)
    standing = Submission.objects.filter(application=OuterRef("pk")).order_by("-n")
    asked = Assignment.objects.filter(application=OuterRef("pk")).order_by("pk")
    fields = JSONObject(id="pk", reviewer="reviewer_id", state="state", due="due")
    rows: Any = Application.objects.handled_by_office(person).filter(call=call, state=CaseState.ASSESSING)
    return (
        rows.select_related("version")
        .annotate(
            coordinator=Subquery(coordinator.values("organisation__name")[:1]),
            content=Subquery(standing.values("content")[:1]),
            asked=ArraySubquery(asked.values(data=fields)),
        )
        .order_by("number", "pk")
    )


def _row(
    case: Any,
    asks: frozenset[str],
    columns: Iterable[Column],
    asked: dict[int, Any],
    ties: Mapping[tuple[int, int], list[Ground]],
    ticked: frozenset[str],
    reasons: tuple[tuple[str, str], ...],
) -> Row:
    cells = tuple(
        _asked(column, asked[column.pk])
        if column.pk in asked
        else _open(column, case.pk, asks, ties.get((case.pk, column.pk)), ticked)
        for column in columns
    )
    tied = tuple(
        (column.name, " ".join(ground.text for ground in ties[case.pk, column.pk]))
        for column in columns
        if (case.pk, column.pk) in ties and column.pk not in asked
    )
    on_way = sum(a["state"] in HELD for a in asked.values())
    wanted = case.definition.the_review.reviewers
    return Row(case, case.coordinator or "", on_way, wanted, names_of(asks, case.definition), cells, tied, reasons)


def _asked(column: Column, assignment: Mapping[str, Any]) -> Cell:
    glyph, word = STATE_WORDS[assignment["state"]]
    due = parse_datetime(assignment["due"])
    waits = assignment["state"] in (S.OFFERED, S.CLEARED)
    return Cell(
        column.name, column.pk, glyph=glyph, word=str(word), late=waits and due is not None and due < clock.now(),
        url=str(assignment["id"]) if assignment["state"] in (S.OFFERED, S.UNSURE, S.CLEARED) else "",
    )  # fmt: skip


def _open(column: Column, case: int, asks: frozenset[str], ties: list[Ground] | None, ticked: frozenset[str]) -> Cell:
    pair = f"{case}-{column.pk}"
    if ties:
        about = " ".join(ground.text for ground in ties)
        return Cell(column.name, column.pk, glyph="stop", word=_("Känt jäv"), about=about)
    if column.load.is_full and pair not in ticked:
        return Cell(column.name, column.pk, glyph="empty", word=_("Fullt"))
    fit = f"{len(asks & column.knows)}/{len(asks)}" if asks else ""
    return Cell(column.name, column.pk, pair, pair in ticked, fit)


def _proposed(proposal: AssignmentProposal | None) -> dict[tuple[int, int], dict[str, Any]]:
    rows = proposal.rows if proposal is not None and proposal.phase == P.READY else []
    return {(row["case"], row["reviewer"]): row for row in rows}


def _reasons(
    case: Application, proposed: Mapping[tuple[int, int], dict[str, Any]], names: Mapping[int, str]
) -> tuple[tuple[str, str], ...]:
    """Who is proposed for the case, each with why in words."""
    return tuple(
        (names.get(reviewer, ""), _why(row, case))
        for (pk, reviewer), row in proposed.items()
        if pk == case.pk and reviewer in names
    )


def _why(row: Mapping[str, Any], case: Application) -> str:
    """'kan data och juridik, får då 3 av 8 uppdrag'."""
    if "load" not in row:
        return _("valdes för hand")
    told = {"have": row["load"], "most": row["most"], "names": names_of(row["knows"], case.definition)}
    load = _("får då %(have)d uppdrag") if row["most"] is None else _("får då %(have)d av %(most)d uppdrag")
    if told["names"]:
        return (_("kan %(names)s") % told) + ", " + load % told
    return _("har plats") + ", " + load % told


def _why_short(short: Mapping[str, Any]) -> str:
    return _(
        "%(lacks)d saknas. Av de andra har %(barred)d jäv eller har lämnat ärendet, och %(full)d har så många uppdrag de "
        "kan ha."
    ) % {"lacks": short["lacks"], "barred": short["barred"], "full": short["full"]}
