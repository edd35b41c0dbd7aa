"""The step about money: what each party's part costs, per type and year, and how much of it is asked for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from grants import clock, money
from grants.applications.checklist import BUDGET, ROLE_WORDS
from grants.applications.confirming import void
from grants.applications.models import Party
from grants.applications.pages.room import Room, page_language, stamp
from grants.budgets import rules, sheets
from grants.budgets.rules import Finding, PartyBudget
from grants.fields import KronorField
from grants.programmes.definition import PartyRole

LIVE = "X-Live"  # header of what static/anslag/live.js sends
MOST_DIGITS = 19  # of a key
LONGEST_AMOUNT = 40  # characters; an amount has fewer
Typed = dict[str, str]
_kronor = KronorField(required=False)


@dataclass(frozen=True)
class Cell:
    """One amount to fill in. `key` is what the page's script adds up by."""

    name: str
    key: str
    label: str
    text: str
    fault: str = ""
    stored: str = ""
    has_other: bool = False  # somebody else has saved another amount than what was typed


@dataclass(frozen=True)
class Row:
    """One type of cost over the years."""

    id: str
    label: str
    help: str
    cells: tuple[Cell, ...]
    total: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Sheet:
    """One party's budget on the page."""

    party: Party
    role: str
    budget: PartyBudget
    rows: tuple[Row, ...]
    years: tuple[tuple[int, int], ...]  # year, sum in öre
    applied: Cell
    share: int
    findings: tuple[Finding, ...]
    stamp: str
    is_open: bool
    has_clash: bool
    rules_broken: int

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every amount of the sheet."""
        return (*(cell for row in self.rows for cell in row.cells), self.applied)

    @property
    def columns(self) -> int:
        """How many columns the table has."""
        return len(self.years) + 2


@dataclass
class Outcome:
    """What saving led to: faults of what was typed, and the parties whose budget somebody else changed meanwhile."""

    faults: dict[str, str] = field(default_factory=dict)
    clashes: set[int] = field(default_factory=set)
    given_back: list[tuple[str, str]] = field(
        default_factory=list
    )  # amounts that no party or type of cost is there for


def years_of(room: Room) -> list[int]:
    """The years of the budget: the project's, or the first that the call knows; and those that hold amounts already."""
    project, application = room.definition.project, room.application
    first, last = project.earliest_start.year, project.latest_end.year
    start = application.starts_on.year if application.starts_on else first
    end = application.ends_on.year if application.ends_on else start
    years = {year for year in range(first, last + 1) if start <= year <= end} or {first}
    return sorted(years | {year for b in room.found.budgets for (_kind, year) in b.costs})


def show(
    request: HttpRequest,
    room: Room,
    typed: Typed | None = None,
    outcome: Outcome | None = None,
    status: int = HTTPStatus.OK,
    saved_at: datetime | None = None,
) -> HttpResponse:
    """The page of the budget; `typed` holds what was sent and could not be saved."""
    outcome = outcome or Outcome()
    budgets, budget_rules = room.budgets, room.definition.budget
    findings = [x for x in rules.findings(budget_rules, room.found.budgets, page_language()) if room.covers(x.party_id)]
    years = years_of(room)
    made = [
        _sheet(room, party, budget, years, findings, typed or {}, outcome)
        for party, budget in zip(room.parties, budgets, strict=True)
    ]
    cost, applied = rules.total_cost(budgets), rules.total_applied(budgets)
    where = {cell.name: f"{sheet.party.name}, {cell.label}" for sheet in made for cell in sheet.cells}
    faults = [{"text": _fault(where.get(name, ""), text), "url": f"#{name}"} for name, text in outcome.faults.items()]
    context = {
        "room": room,
        "sheets": made,
        "cost": cost,
        "applied": applied,
        "own": cost - applied,
        "share": money.ratio_bp(applied, cost),
        "max_grant": budget_rules.max_grant_ore,
        "max_share": budget_rules.max_share_bp,
        "room_left": budget_rules.max_grant_ore - applied,
        "share_of_project": budget_rules.share_of == "project",
        "findings": findings,
        "demo_grant": room.definition.is_demo("budget.max_grant"),
        "demo_share": room.definition.is_demo("budget.max_share"),
        "kept": _kept(room, findings),
        "errors": faults,
        "saved_at": saved_at,
        "given_back": outcome.given_back,
        "has_clash": bool(outcome.clashes),  # then nothing is saved by itself: whose amounts hold is for people to say
    }
    return render(request, "applications/budget.html", context, status=status)


def _fault(where: str, text: str) -> str:
    """What is wrong with an amount, said far from it: whose, for what and which year comes first."""
    return f"{where}: {text[:1].lower()}{text[1:]}" if where else text


def _kept(room: Room, findings: Sequence[Finding]) -> list[str]:
    """The call's caps that no party breaks, in the call's words."""
    broken = {x.code for x in findings}
    return [c.rule.read(page_language()) for c in room.definition.budget.caps if f"cap_{c.cost}" not in broken]


def _sheet(
    room: Room,
    party: Party,
    budget: PartyBudget,
    years: Sequence[int],
    findings: Sequence[Finding],
    typed: Typed,
    outcome: Outcome,
) -> Sheet:
    language = page_language()
    own = [x for x in findings if x.party_id == party.pk]
    clash = party.pk in outcome.clashes

    def cell(name: str, key: str, label: str, ore: int | None) -> Cell:
        stored = "" if ore is None else _kronor.prepare_value(ore)
        text = typed.get(name, stored)
        has_other = clash and (_read(text)[0] or 0) != (ore or 0)
        return Cell(name, key, label, text, outcome.faults.get(name, ""), stored, has_other)

    rows = tuple(
        Row(
            kind.id,
            kind.label.read(language),
            kind.help.read(language) if kind.help else "",
            tuple(
                cell(
                    f"c-{party.pk}-{kind.id}-{year}",
                    f"cost:{party.pk}:{kind.id}:{year}",
                    f"{kind.label.read(language)} {year}",
                    budget.costs.get((kind.id, year)),
                )
                for year in years
            ),
            budget.of_type(kind.id),
            tuple(x for x in own if x.code == f"cap_{kind.id}"),
        )
        for kind in room.definition.budget.cost_types
    )
    wrong = [name for name in outcome.faults if name.split("-")[1] == str(party.pk)]
    return Sheet(
        party=party,
        role=ROLE_WORDS[PartyRole(party.role)](),
        budget=budget,
        rows=rows,
        years=tuple((y, sum(o for (_k, year), o in budget.costs.items() if year == y)) for y in years),
        applied=cell(f"a-{party.pk}", f"applied:{party.pk}", _("Sökt bidrag, kr"), budget.applied),
        share=money.ratio_bp(budget.applied or 0, budget.total),
        findings=tuple(x for x in own if not x.code.startswith("cap_")),
        stamp=_stamp(budget),
        is_open=bool(own) or bool(wrong) or clash or len(room.parties) <= 3,
        has_clash=clash,
        rules_broken=len(own) + len(wrong),
    )


def _stamp(budget: PartyBudget) -> str:
    return stamp(sorted([*key, ore] for key, ore in budget.costs.items() if ore), budget.applied)


def _read(text: str) -> tuple[int | None, str]:
    """Öre, or what is wrong with the amount."""
    try:
        return _kronor.clean(text[:LONGEST_AMOUNT].strip()), ""
    except ValidationError as error:
        return None, str(error.messages[0])


def label_of(room: Room, name: str) -> str:
    """What an amount of the budget is called: whose, for what and which year. Empty for another name."""
    kind, _dash, rest = name.partition("-")
    party, _dash, what = rest.partition("-")
    whose = next((p.name for p in room.found.parties if str(p.pk) == party), "")
    cost, _dash, year = what.rpartition("-")
    label = next((c.label.read(page_language()) for c in room.definition.budget.cost_types if c.id == cost), "")
    if not whose or (kind == "c") != bool(label) or kind not in ("a", "c"):
        return ""
    return f"{whose}, {label} {year}" if label else f"{whose}, {_('Sökt bidrag, kr')}"


def save(request: HttpRequest, room: Room) -> HttpResponse:
    """Save every budget that was sent whole and that nobody else has changed. Called under the lock."""
    data, outcome = request.POST, Outcome()
    years = years_of(room)
    for party, budget in zip(room.parties, room.budgets, strict=True):
        if f"a-{party.pk}" in data:
            _save_party(room, party, budget, years, data, outcome)
    outcome.given_back = list(_without_a_place(room, years, data))
    room.forget()
    if outcome.faults or outcome.clashes or outcome.given_back:
        typed: Any = {name: value for name, value in data.items() if name.startswith(("c-", "a-"))}
        changed = outcome.clashes or outcome.given_back
        status = HTTPStatus.CONFLICT if changed else HTTPStatus.UNPROCESSABLE_ENTITY
        return show(request, room, typed, outcome, status)
    # saved while it is being written: the page's script takes from the answer what the rules say
    if LIVE in request.headers:
        return show(request, room, saved_at=clock.now())
    messages.success(request, _("Budgeten är sparad och räknad."))
    onward = room.next_step if data.get("go") == "next" else None
    return redirect(onward.url if onward else room.url(BUDGET))


def _without_a_place(room: Room, years: Sequence[int], data: QueryDict) -> Iterator[tuple[str, str]]:
    """Amounts that were sent for what the budget no longer has: a party, a type of cost or a year that is gone."""
    names = {party.pk: party.name for party in room.parties}
    known = {f"a-{pk}" for pk in names}
    kinds = room.definition.budget.cost_types
    known |= {f"c-{pk}-{kind.id}-{year}" for pk in names for kind in kinds for year in years}
    for name in data:
        text = data.get(name, "").strip()
        if text and name.startswith(("c-", "a-")) and name not in known:
            _prefix, pk, *what = name.split("-")
            whose = names.get(int(pk), "") if pk.isascii() and pk.isdecimal() and len(pk) < MOST_DIGITS else ""
            yield " ".join([whose, *what]).strip() or name, text[:LONGEST_AMOUNT]


def _save_party(
    room: Room, party: Party, budget: PartyBudget, years: Sequence[int], data: QueryDict, outcome: Outcome
) -> None:
    costs = dict(budget.costs)
    faults: dict[str, str] = {}
    for kind in room.definition.budget.cost_types:
        for year in years:
            name = f"c-{party.pk}-{kind.id}-{year}"
            if name in data:
                ore, faults[name] = _read(data.get(name, ""))
                costs[(kind.id, year)] = ore or 0
    applied, faults[f"a-{party.pk}"] = _read(data.get(f"a-{party.pk}", ""))
    if wrong := {name: text for name, text in faults.items() if text}:
        outcome.faults |= wrong
        return
    typed = PartyBudget(party.pk, party.name, {key: ore for key, ore in costs.items() if ore}, applied)
    if _stamp(typed) == _stamp(budget):
        return
    if data.get(f"s-{party.pk}", _stamp(budget)) != _stamp(budget):
        outcome.clashes.add(party.pk)
        return
    sheets.write(room.application.pk, party.pk, typed.costs, applied)
    void(party)
