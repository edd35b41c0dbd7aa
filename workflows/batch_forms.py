"""The form in which a whole call is prepared: a row for each application, and what is the same for all.

It is drawn from what is suggested (workflows/queries/batch.py) or from what was typed, and says of every row what is wrong with
it and what is worth knowing. What is wrong stops the sending; what is typed is never lost by it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.applications import period
from grants.decisions import limits
from grants.decisions.de_minimis import reckoning
from grants.decisions.hearings import Recommendation
from grants.decisions.models import NOT_BEFORE_HEARING, Outcome
from grants.fields import DayField, KronorField, LineField, MomentField, ShareField, TextField
from grants.money import written
from workflows.forms import can_be_printed, future, language
from workflows.queries.batch import OUTCOMES, CaseFacts, Facts, PartyFacts

LONGEST = 8000  # characters of a decision's reasons
# What a decision says first, whatever the case. A decision is written in Swedish, whoever prepares it.
STANDARD: dict[str, str] = {
    "grant": "Ansökan svarar mot omgångens syfte. I jämförelse med de andra ansökningarna hör den till dem som bäst uppfyller "
    "kriterierna.",
    "reserve": "Ansökan uppfyller kriterierna, men omgångens pengar räcker inte till den. Den kan komma i fråga om pengar blir "
    "över.",
    "rejection": "Ansökan har bedömts mot omgångens kriterier i konkurrens med de andra ansökningarna. De som uppfyller "
    "kriterierna bättre har gått före.",
}
_AMOUNT = KronorField(required=False)
_SHARE = ShareField(required=False)
_DAY = DayField(required=False)
_MOMENT = MomentField(required=False)
_REASONS = TextField(required=False, max_length=LONGEST, validators=[can_be_printed])
_CONDITIONS = TextField(required=False, max_length=4000, validators=[can_be_printed])
_PARTICIPANTS = LineField(max_length=400, validators=[can_be_printed])
NOT_NOW = ("", _l("inte nu"))


def _choice(options: Mapping[str, Any]) -> forms.ChoiceField:
    return forms.ChoiceField(choices=list(options.items()), required=False)


@dataclass
class Cell:
    """One field: what stands in it, what that means, and what is wrong with it."""

    name: str
    text: str
    value: Any = None
    error: str = ""

    @property
    def id(self) -> str:
        """Where an error leads."""
        return f"f-{self.name}"


@dataclass(frozen=True)
class Check:
    """Something that the rules say of a row. `bad` stops the sending."""

    kind: str  # bad, warn or info
    text: str
    at: str = ""  # the field's id


@dataclass
class Line:
    """One party's fields."""

    party: PartyFacts
    bases: dict[str, Any]  # the aid bases that can be chosen
    amount: Cell
    share: Cell
    basis: Cell


@dataclass
class Row:
    """One application's fields, with what is said of them."""

    facts: CaseFacts
    outcome: Cell
    lines: list[Line]
    reasons: Cell
    conditions: Cell
    starts: Cell
    ends: Cell
    checks: list[Check] = field(default_factory=list)

    @property
    def pk(self) -> int:
        """The application's key."""
        return int(self.facts.case.pk)

    @property
    def is_grant(self) -> bool:
        """Whether money is proposed."""
        return bool(self.outcome.value == Outcome.GRANT)

    @property
    def total_ore(self) -> int:
        """What stands in the parties' fields."""
        return sum(line.amount.value or 0 for line in self.lines)

    @property
    def cells(self) -> Iterator[Cell]:
        """Every field that counts with the outcome that is chosen."""
        yield from (self.outcome, self.reasons)
        if self.is_grant:
            yield from (self.conditions, self.starts, self.ends)
            for line in self.lines:
                yield from (line.amount, line.share, line.basis)

    @property
    def recommended(self) -> str:
        """The panel's word."""
        said = self.facts.recommendation
        return str(Recommendation(said).label) if said else ""


class BatchForm:
    """The whole page as a form. `typed` is by the names of the fields; what is not in it is as suggested."""

    def __init__(self, facts: Facts, typed: Mapping[str, str]) -> None:
        self.facts, self.typed = facts, typed
        self.is_swapped = False  # reasons were exchanged because the outcome was
        self.participants = self._cell("participants", _PARTICIPANTS.clean, _("ingen annan"))
        self.hold_until = self._cell("hold_until", _moment, "")
        self.standard = {
            outcome: self._cell(f"standard-{outcome}", _REASONS.clean, STANDARD[outcome]) for outcome in OUTCOMES
        }
        self.outcomes: dict[str, Any] = dict([NOT_NOW, *((one.value, one.label) for one in OUTCOMES)])
        self.rows = [self._row(case) for case in facts.cases]
        for row in self.rows:
            row.checks = list(self._checks(row))

    def _cell(self, name: str, clean: Callable[[Any], Any], initial: str) -> Cell:
        cell = Cell(name, self.typed.get(name, initial))
        try:
            cell.value = clean(cell.text)
        except forms.ValidationError as fault:
            cell.error = " ".join(fault.messages)
        return cell

    def _row(self, facts: CaseFacts) -> Row:
        case, pk = facts.case, facts.case.pk
        # of the version that the application follows, which may not be the call's newest
        bases = {option.id: option.label.read(language()) for option in case.definition.decision.aid_bases}
        outcome = self._cell(f"outcome-{pk}", _choice(self.outcomes).clean, "" if facts.stop else facts.outcome)
        row = Row(
            facts,
            outcome,
            [self._line(party, bases) for party in facts.parties],
            self._cell(f"reasons-{pk}", _REASONS.clean, drafted(facts, facts.outcome)),
            self._cell(f"conditions-{pk}", _CONDITIONS.clean, ""),
            self._cell(f"starts-{pk}", _DAY.clean, _DAY.prepare_value(case.starts_on) or ""),
            self._cell(f"ends-{pk}", _DAY.clean, _DAY.prepare_value(case.ends_on) or ""),
        )
        self._follow_the_outcome(row)
        return row

    def _line(self, party: PartyFacts, bases: dict[str, Any]) -> Line:
        basis = _choice(bases)
        return Line(
            party,
            bases,
            self._cell(f"amount-{party.pk}", _AMOUNT.clean, _AMOUNT.prepare_value(party.suggested_ore)),
            self._cell(f"share-{party.pk}", _SHARE.clean, _SHARE.prepare_value(party.share_bp)),
            self._cell(f"basis-{party.pk}", basis.clean, party.basis),
        )

    def _follow_the_outcome(self, row: Row) -> None:
        """Reasons that nobody has touched are exchanged when the outcome is another: strengths argue for a grant, weaknesses
        for the rest. Whoever sends it reads the new ones first."""
        chosen = row.outcome.value or ""
        fitting = drafted(row.facts, chosen)
        others = {drafted(row.facts, one) for one in OUTCOMES} - {fitting}
        if not row.facts.outcome:
            others |= {""} - {fitting}
        if chosen and row.reasons.text.strip() in others:
            row.reasons = Cell(row.reasons.name, fitting, fitting, _("Utfallet är ändrat. Läs de nya skälen."))
            self.is_swapped = True

    def reasons_of(self, row: Row) -> str:
        """What the decision will say: what is said in all of its kind, then what is said of this one."""
        standard = self.standard.get(row.outcome.value)
        texts = (standard.value if standard else "", row.reasons.value)
        return "\n\n".join(text.strip() for text in texts if text and text.strip())

    def _checks(self, row: Row) -> Iterator[Check]:
        facts = row.facts
        if facts.stop:
            yield Check("bad" if row.outcome.value else "warn", facts.stop, row.outcome.id)
        if not row.outcome.value:
            if facts.lacks:
                yield Check("info", _lacking(facts))
            return
        yield from (Check("bad", cell.error, cell.id) for cell in row.cells if cell.error)
        text = self.reasons_of(row)
        if not text:
            yield Check("bad", _("Skriv skäl för beslutet."), row.reasons.id)
        elif len(text) > LONGEST:
            yield Check("bad", _("Skälen är tillsammans längre än 8 000 tecken."), row.reasons.id)
        elif not (row.reasons.value or "").strip():
            yield Check("warn", _("Skälen säger inget om just den här ansökan."), row.reasons.id)
        if row.facts.lacks and row.outcome.value in NOT_BEFORE_HEARING:
            yield Check("bad", _lacking(row.facts), row.outcome.id)
        if row.is_grant:
            yield from self._of_money(row)
            yield from self._of_aid(row)
        yield from self._of_rank(row)

    def _of_money(self, row: Row) -> Iterator[Check]:
        """What the call and the application set as bounds. The same is asked again when the proposal is made."""
        facts, at = row.facts, row.lines[0].amount.id if row.lines else ""
        for line in row.lines:
            for cell, text in (
                (line.amount, _("Ange ett belopp, 0 om parten inte får bidrag.")),
                (line.share, _("Ange en stödnivå.")),
            ):
                if cell.value is None and not cell.error:
                    yield Check("bad", f"{line.party.name}: {text}", cell.id)
            if not line.basis.value and not line.basis.error:
                yield Check("bad", f"{line.party.name}: " + _("Välj en stödgrund."), line.basis.id)
        applied = facts.ranked.applied_ore
        if row.total_ore <= 0:
            yield Check("bad", _("Ett bifall ger minst en part ett belopp."), at)
        lines = [limits.Line(line.party.name, line.amount.value or 0, line.share.value or 0) for line in row.lines]
        for one in limits.excesses(facts.case.definition.budget, applied, lines):
            yield Check("bad", one.text, at if one.line is None else row.lines[one.line].share.id)
        if row.total_ore < applied:
            yield Check("info", _("Sänkt %(ore)s från sökt.") % {"ore": written(applied - row.total_ore)})
        for cell, text in ((row.starts, _("Ange när projektet börjar.")), (row.ends, _("Ange när projektet slutar."))):
            if cell.value is None and not cell.error:
                yield Check("bad", text, cell.id)
        if row.starts.value and row.ends.value and row.ends.value <= row.starts.value:
            yield Check("bad", _("Slutdatumet ligger inte efter startdatumet."), row.ends.id)
        elif row.starts.value and row.ends.value:
            project, places = facts.case.definition.project, {"starts_on": row.starts.id, "ends_on": row.ends.id}
            for _code, text, field in period.faults(project, row.starts.value, row.ends.value, is_decided=True):
                yield Check("bad", text, places[field])

    def _of_aid(self, row: Row) -> Iterator[Check]:
        """What each party that gets de minimis aid has received with this. What is too much is refused when it is decided."""
        lines = [
            (n, line.party.name, line.amount.value or 0, line.basis.value or "") for n, line in enumerate(row.lines)
        ]
        aid = {n: line.party.aid for n, line in enumerate(row.lines)}
        for one in reckoning(row.facts.case.definition, lines, aid):
            if one.parts or one.is_over:
                yield Check("warn" if one.is_over else "info", f"{one.words} {one.parts_in_words}".strip())

    def _of_rank(self, row: Row) -> Iterator[Check]:
        """Where the panel and the ranking say something else."""
        facts = row.facts
        wanted = {"fund": "grant", "reserve": "reserve", "reject": "rejection"}.get(facts.recommendation)
        if wanted and wanted != row.outcome.value:
            yield Check("warn", _("Panelen rekommenderar %(outcome)s.") % {"outcome": row.recommended})
        if facts.panel_ore is not None and row.is_grant and row.total_ore != facts.panel_ore:
            yield Check("info", _("Panelen rekommenderar %(ore)s.") % {"ore": written(facts.panel_ore)})
        if row.is_grant or facts.ranked.total is None:
            return
        passed_by = [
            other.facts.case.number or ""
            for other in self.rows
            if other.is_grant and other.facts.ranked.total is not None and other.facts.ranked.total < facts.ranked.total
        ]
        if passed_by:
            text = _("Avsteg från rangordningen: %(others)s föreslås bifall med lägre poäng. Skriv varför i skälen.")
            yield Check("warn", text % {"others": ", ".join(passed_by[:3])})

    @property
    def granted_ore(self) -> int:
        """What all grants cost together."""
        return sum(row.total_ore for row in self.rows if row.is_grant)

    @property
    def applied_ore(self) -> int:
        """What all that are shown have applied for."""
        return sum(row.facts.ranked.applied_ore for row in self.rows)

    @property
    def left_ore(self) -> int | None:
        """What is left of the call's budget after this; None when it has none of its own."""
        left = self.facts.money.left_ore
        return None if left is None else left - self.granted_ore

    @property
    def chosen(self) -> list[Row]:
        """The rows that a proposal is made of."""
        return [row for row in self.rows if row.outcome.value]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many of each outcome."""
        found = [
            (str(word), sum(row.outcome.value == value for row in self.rows)) for value, word in self.outcomes.items()
        ]
        return [(word, n) for word, n in found if n]

    def faults(self) -> list[dict[str, str]]:
        """Everything that stops the sending, with where it is put right."""
        found = [{"text": cell.error, "url": f"#{cell.id}"} for cell in self._common() if cell.error]
        for row in self.rows:
            texts = [check for check in row.checks if check.kind == "bad"]
            found += [{"text": f"{row.facts.case.number}: {one.text}", "url": f"#{one.at}"} for one in texts]
        if self.left_ore is not None and self.left_ore < 0:
            told = {"total": written(self.granted_ore), "left": written(self.facts.money.left_ore or 0)}
            text = _("Förslagen är tillsammans %(total)s men av omgångens budget återstår %(left)s.") % told
            found.append({"text": text, "url": "#summa"})
        if not self.chosen:
            found.append({"text": _("Välj utfall för minst en ansökan."), "url": "#forslag"})
        return found

    def _common(self) -> Iterator[Cell]:
        yield from (self.participants, self.hold_until, *self.standard.values())

    def names(self) -> Iterator[str]:
        """The names of all fields: nothing else that is sent is kept."""
        yield from (cell.name for cell in self._common())
        for row in self.rows:
            for cell in (row.outcome, row.reasons, row.conditions, row.starts, row.ends):
                yield cell.name
            for line in row.lines:
                yield from (line.amount.name, line.share.name, line.basis.name)

    def texts(self) -> dict[str, str]:
        """What stands in the fields that somebody has written in, and in those that were exchanged, by name."""
        kept = {name: self.typed[name] for name in self.names() if name in self.typed}
        return kept | {row.reasons.name: row.reasons.text for row in self.rows if row.reasons.name in kept}

    def proposals(self) -> list[dict[str, Any]]:
        """What the command `propose` is given for each row that is chosen."""
        return [self._proposal(row) for row in self.chosen]

    def _proposal(self, row: Row) -> dict[str, Any]:
        held = self.hold_until.value
        lines = [
            {
                "party": line.party.pk,
                "max_amount_ore": line.amount.value,
                "intensity_bp": line.share.value,
                "aid_basis": line.basis.value,
            }
            for line in row.lines
        ]
        return {
            "case": row.pk,
            "outcome": row.outcome.value,
            "reasons": self.reasons_of(row),
            "special_conditions": row.conditions.value if row.is_grant else "",
            "participants": self.participants.value,
            "starts_on": row.starts.value.isoformat() if row.is_grant else None,
            "ends_on": row.ends.value.isoformat() if row.is_grant else None,
            "lines": lines if row.is_grant else [],
            "hold_until": held.isoformat() if held else None,
        }


def drafted(facts: CaseFacts, outcome: str) -> str:
    """What the reviewers wrote that argues for this outcome."""
    if not outcome:
        return ""
    return "\n\n".join(facts.strengths if outcome == Outcome.GRANT else facts.weaknesses)


def _moment(text: str) -> Any:
    moment = _MOMENT.clean(text)
    return future(moment) if moment else None


def _lacking(facts: CaseFacts) -> str:
    return _("Bidrag kan föreslås först när det här är klart: %(what)s.") % {"what": ", ".join(facts.lacks)}
