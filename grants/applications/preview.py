"""An application as its readers see it: a frozen document and the call's definition become sections, tables and files.

One function for the preview, the reviewers' page and the case page, so that an applicant sees exactly what is read.
Shown by templates/applications/_reading.html with `reading`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from grants import money
from grants.applications import agreements
from grants.applications.answers import Key
from grants.applications.checklist import ROLE_WORDS
from grants.applications.showing import Shown
from grants.budgets.rules import PartyBudget, total_applied, total_cost
from grants.organisations.kinds import OrganisationKind
from grants.programmes.definition import CallDefinition, PartyRole
from grants.programmes.questions import Column, Question, Section


@dataclass(frozen=True)
class Said:
    """One answer: running text, a list of chosen options, a day, or a table. Empty when nothing was answered."""

    text: str = ""
    items: tuple[str, ...] = ()
    day: date | None = None
    rows: tuple[tuple[tuple[str, str], ...], ...] = ()  # of a table: the column's heading and what stands under it
    party: str = ""  # whose answer, when each party answers for itself

    @property
    def is_empty(self) -> bool:
        """Whether there is no answer."""
        return not (self.text or self.items or self.day or self.rows)


@dataclass(frozen=True)
class Entry:
    """A question with what was answered: by the application, or by each of its parties."""

    id: str
    label: str
    spoken: str  # the language of the label
    said: tuple[Said, ...]
    is_long: bool = False
    heads: tuple[str, ...] = ()  # of the columns, when the answer is a table
    criterion: str = ""  # id of the criterion under which it is assessed
    criterion_title: str = ""


@dataclass(frozen=True)
class Part:
    """A section of the form."""

    id: str
    number: int
    title: str
    spoken: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class PartyLine:
    """A party as it stood when the document was frozen."""

    id: int
    name: str
    number: str
    role: str
    kind: str
    is_need_owner: bool
    contact_name: str
    contact_email: str
    signatory_name: str
    signatory_email: str
    confirmed_name: str


@dataclass(frozen=True)
class CostRow:
    """One type of cost over the years, in öre."""

    label: str
    amounts: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class BudgetPart:
    """One party's budget as a table, in öre; shares in basis points."""

    party: str
    years: tuple[int, ...]
    rows: tuple[CostRow, ...]
    sums: tuple[int, ...]
    total: int
    applied: int
    own: int
    share: int


@dataclass(frozen=True)
class FileLine:
    """A file that belongs to the document; it can be opened when the document says of which application it is."""

    rule: str
    title: str
    name: str
    pages: int
    sha256: str
    application: int | None


@dataclass(frozen=True)
class Reading:
    """Everything that a reader of the application reads."""

    title: str
    starts_on: date | None
    ends_on: date | None
    parts: tuple[Part, ...]
    parties: tuple[PartyLine, ...]
    budgets: tuple[BudgetPart, ...]
    files: tuple[FileLine, ...]
    cost: int
    applied: int
    own: int
    share: int
    max_grant: int
    max_share: int
    withheld: int | None = None  # files that stay closed to who reads without identities; None: it is read as it is


def reading(content: Mapping[str, Any], definition: CallDefinition, language: str) -> Reading:
    """The frozen document (grants.applications.freezing.freeze) in the words of the call, in `language`."""
    names = {p["id"]: p["name"] for p in content["parties"]}
    values: dict[Key, Any] = {(a["question"], a["party"]): a["value"] for a in content["answers"]}
    budgets = [
        PartyBudget(
            b["party"],
            names.get(b["party"], ""),
            {(c["type"], c["year"]): c["ore"] for c in b["costs"]},
            b["applied_ore"],
        )
        for b in content["budgets"]
    ]
    cost, applied = total_cost(budgets), total_applied(budgets)
    starts_on, ends_on = _day(content["starts_on"]), _day(content["ends_on"])
    shown = Shown(definition.questions(), values, agreements.facts(starts_on, ends_on, len(names), budgets))
    parts = (_part(n, s, shown, names, definition, language) for n, s in enumerate(definition.sections, 1))
    return Reading(
        title=content["title"],
        starts_on=starts_on,
        ends_on=ends_on,
        parts=tuple(parts),
        parties=tuple(_party_line(p) for p in content["parties"]),
        budgets=tuple(_budget(b, definition, language) for b in budgets),
        files=tuple(_files(content, definition, language)),
        cost=cost,
        applied=applied,
        own=cost - applied,
        share=money.ratio_bp(applied, cost),
        max_grant=definition.budget.max_grant_ore,
        max_share=definition.budget.max_share_bp,
        withheld=content.get("withheld"),
    )


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return None


def _part(
    number: int,
    section: Section,
    shown: Shown,
    names: Mapping[int, str],
    definition: CallDefinition,
    language: str,
) -> Part:
    entries = []
    for question in section.questions:
        parties: list[int | None] = [*names] if question.per_party else [None]
        said = tuple(
            _said(
                question,
                shown.answer(question, party),
                language,
                names.get(party, "") if party else "",
            )
            for party in parties
            if shown.has(question, party)
        )
        if not said or question.kind == "file":  # files are read below, all together
            continue
        criterion = definition.criterion(question.criterion or "")
        entries.append(
            Entry(
                id=question.id,
                label=question.label.read(language),
                spoken=question.label.spoken(language),
                said=said,
                is_long=question.kind == "long",
                heads=tuple(column.label.read(language) for column in question.columns),
                criterion=question.criterion or "",
                criterion_title=criterion.title.read(language) if criterion else "",
            )
        )
    return Part(
        section.id,
        number,
        section.title.read(language),
        section.title.spoken(language),
        tuple(entries),
    )


def _said(question: Question, value: Any, language: str, party: str) -> Said:
    if value in (None, "", []):
        return Said(party=party)
    labels = {o.id: o.label.read(language) for o in question.options}
    match question.kind:
        case "choices":
            chosen = value if isinstance(value, list) else [value]
            return Said(items=tuple(labels.get(str(x), str(x)) for x in chosen), party=party)
        case "choice":
            return Said(labels.get(str(value), str(value)), party=party)
        case "yesno":
            return Said(
                {"yes": _("Ja"), "no": _("Nej")}.get(str(value), str(value)),
                party=party,
            )
        case "table":
            heads = [column.label.read(language) for column in question.columns]
            rows = (zip(heads, written(question, row, language), strict=True) for row in value)
            return Said(rows=tuple(map(tuple, rows)), party=party)
        case "date" if found := _day(value):
            return Said(day=found, party=party)
        case "money":
            return Said(_money(str(value), language), party=party)
        case _:
            return Said(str(value), party=party)


def written(question: Question, row: Mapping[str, str], language: str) -> list[str]:
    """The cells of a row of a table as they are read, one for each column; a dash where nothing stands."""
    return [_cell(column, row.get(column.id, ""), language) for column in question.columns]


def _cell(column: Column, text: str, language: str) -> str:
    if column.kind == "money" and text:
        return _money(text, language)
    return {o.id: o.label.read(language) for o in column.options}.get(text, text) or "–"


def _money(text: str, language: str) -> str:
    try:
        return money.written(money.read(text), language)
    except ValueError:
        return text  # a draft may hold what is not an amount; the checklist says so


def _party_line(party: Mapping[str, Any]) -> PartyLine:
    return PartyLine(
        id=party["id"],
        name=party["name"],
        number=party["number"],
        role=ROLE_WORDS[PartyRole(party["role"])](),
        kind=str(OrganisationKind(party["kind"]).label),
        is_need_owner=party["is_need_owner"],
        contact_name=party["contact_name"],
        contact_email=party["contact_email"],
        signatory_name=party["signatory_name"],
        signatory_email=party["signatory_email"],
        confirmed_name=party["confirmed_name"],
    )


def _budget(budget: PartyBudget, definition: CallDefinition, language: str) -> BudgetPart:
    years = tuple(sorted({year for _kind, year in budget.costs}))
    rows = []
    for kind in definition.budget.cost_types:
        amounts = tuple(budget.costs.get((kind.id, year), 0) for year in years)
        if any(amounts):
            rows.append(CostRow(kind.label.read(language), amounts, sum(amounts)))
    return BudgetPart(
        party=budget.name,
        years=years,
        rows=tuple(rows),
        sums=tuple(sum(ore for (_kind, y), ore in budget.costs.items() if y == year) for year in years),
        total=budget.total,
        applied=budget.applied or 0,
        own=budget.own_financing,
        share=money.ratio_bp(budget.applied or 0, budget.total),
    )


def _files(content: Mapping[str, Any], definition: CallDefinition, language: str) -> Iterator[FileLine]:
    titles = {rule.id: rule.title.read(language) for rule in definition.files}
    for item in content["attachments"]:
        title = titles.get(item["rule"], item["name"])
        application = content.get("application")
        yield FileLine(
            item["rule"],
            title,
            item["name"],
            item["pages"],
            item["sha256"],
            application,
        )
