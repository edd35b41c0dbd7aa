"""The signing page of a call: every proposal that waits, exactly as it will be signed, what has changed since it was seen, and
what somebody may not decide. The same number of queries however many there are."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.de_minimis import Part, is_de_minimis, received, reckoning
from grants.decisions.models import Decision, DecisionState, Outcome
from grants.money import written
from grants.organisations.models import Person
from grants.programmes.models import Call
from reviewers.models import AssignmentState
from workflows.commands.base import Act
from workflows.commands.deciding import not_the_preparer, says_what_the_law_asks
from workflows.queries.batch import Desk, Money, money_of, parties_of, stands_in
from workflows.queries.decision_diff import Returned, returned

Shown = Mapping[int, tuple[int, int]]  # case → version and total as a page showed them
_ROW = re.compile(r"([0-9]{1,18})-([0-9]{1,6})-([0-9]{1,15})")
MOST_SHOWN = 2_000


@dataclass(frozen=True)
class Row:
    """One proposal. `stops` says why this person does not decide it; `moved` what is not as their page showed it."""

    case: Any
    decision: Decision
    coordinator: str
    parties: int
    total_ore: int
    notes: tuple[str, ...]
    returned: Returned | None
    stops: tuple[str, ...]
    moved: str = ""

    @property
    def is_grant(self) -> bool:
        """Whether money is given."""
        return bool(self.decision.outcome == Outcome.GRANT)

    @property
    def outcome(self) -> str:
        """What is decided, in a word."""
        return str(Outcome(self.decision.outcome).label)

    @property
    def applied_ore(self) -> int:
        """What was applied for."""
        return int(self.case.applied_ore)

    @property
    def stands_for(self) -> str:
        """What the form sends back, so that what is signed is what was shown."""
        return f"{self.case.pk}-{self.decision.version}-{self.total_ore}"


@dataclass(frozen=True)
class Signing:
    """Everything on the page."""

    call: Call
    rows: list[Row]  # that this person can decide
    apart: list[Row]  # that somebody else has to
    money: Money
    hidden: int
    gone: list[str] = field(default_factory=list)  # numbers that stood on the page that was sent
    shown: frozenset[int] | None = None  # what that page showed

    @property
    def total_ore(self) -> int:
        """What is signed, in öre."""
        return sum(row.total_ore for row in self.rows)

    @property
    def applied_ore(self) -> int:
        """What was applied for in what is signed."""
        return sum(row.applied_ore for row in self.rows)

    @property
    def parties(self) -> int:
        """How many parties get a line."""
        return sum(row.parties for row in self.rows)

    @property
    def left_ore(self) -> int | None:
        """What is left of the budget when all of it is signed."""
        if self.money.budget_ore is None:
            return None
        return self.money.budget_ore - self.money.granted_ore - self.total_ore

    @property
    def spent_ore(self) -> int:
        """What is decided with this."""
        return self.money.granted_ore + self.total_ore

    @property
    def preparers(self) -> list[str]:
        """Who prepared what is signed."""
        return sorted({row.decision.prepared_by.name for row in self.rows})

    @property
    def holds(self) -> list[Any]:
        """Until when the letters are held, each moment once, and None for those that leave at once."""
        found = {row.decision.hold_until for row in self.rows}
        return sorted(found, key=lambda moment: (moment is None, moment))

    @property
    def has_moved(self) -> bool:
        """Whether what is signed is not what the page that was sent showed."""
        return bool(self.gone) or any(row.moved for row in self.rows)

    @property
    def signed(self) -> list[Row]:
        """What the page that was sent showed, of what can be decided."""
        return [row for row in self.rows if self.shown is None or row.case.pk in self.shown]

    def signed_rows(self) -> list[dict[str, Any]]:
        """What the command `approve` is given for each."""
        return [{"case": row.case.pk, "version": row.decision.version, "total": row.total_ore} for row in self.signed]

    def objections(self, is_confirmed: bool) -> list[tuple[str, str]]:
        """What stops the signing of what is shown, and where it is put right."""
        found = []
        if not self.signed:
            found.append((_("Det finns inget att besluta."), "#undertecknas"))
        if self.left_ore is not None and self.left_ore < 0:
            told = {"total": written(self.total_ore), "left": written(self.left_ore + self.total_ore)}
            text = _(
                "Besluten är tillsammans %(total)s men av omgångens budget återstår %(left)s. Lämna tillbaka något."
            )
            found.append((text % told, "#budget"))
        if not is_confirmed:
            found.append((_("Bekräfta att du har läst besluten."), "#f-confirm"))
        return found


def shown_of(texts: Iterable[str]) -> Shown:
    """What the page that was sent showed of each case."""
    rows = (_ROW.fullmatch(text) for text in list(texts)[:MOST_SHOWN])
    return {int(row[1]): (int(row[2]), int(row[3])) for row in rows if row}


def signing_of(person: Person, desk: Desk, shown: Shown | None = None) -> Signing:
    """What waits for a decision in the call, as this person may decide it; compared with what a page has shown them."""
    call = desk.call
    waiting = Application.objects.handled_by_office(person).filter(call=call, state=CaseState.PROPOSED)
    conflicts = Count("assignments", filter=Q(assignments__state=AssignmentState.CONFLICTED))
    cases = list(waiting.select_related("version").annotate(disqualified=conflicts).order_by("number", "pk"))
    decisions = _decisions(cases)
    parties, named = parties_of(person, cases)
    bodies = {party.pk: party.organisation_id for of_case in parties.values() for party in of_case}
    aid = received(_aided(cases, decisions, bodies), besides=0)
    rows = []
    for case in cases:
        case.call = call
        if case.pk not in decisions:  # made between the two queries
            continue
        decision, before = decisions[case.pk]
        stops = _stops(person, case, decision, stands_in(person, case, named.get(case.pk)))
        coordinator = next((party.name for party in parties[case.pk] if party.role == "coordinator"), "")
        row = _row(case, decision, before, coordinator, len(parties[case.pk]), stops, shown)
        rows.append(_with_aid(row, bodies, aid))
    mine = [row for row in rows if not row.stops]
    gone = [] if shown is None else _gone(person, call, set(shown) - {row.case.pk for row in mine})
    keys = None if shown is None else frozenset(shown)
    apart = [row for row in rows if row.stops]
    return Signing(call, mine, apart, money_of(desk), desk.own, gone, keys)


def _decisions(cases: Sequence[Application]) -> dict[int, tuple[Decision, Decision | None]]:
    """Each case's proposal, and the version before it. Two queries."""
    versions: dict[int, list[Decision]] = defaultdict(list)
    rows = Decision.objects.filter(application__in=cases).select_related("prepared_by").prefetch_related("lines")
    for decision in rows.order_by("version"):
        versions[decision.application_id].append(decision)
    return {
        case: (found[-1], found[-2] if len(found) > 1 else None)
        for case, found in versions.items()
        if found[-1].state == DecisionState.PROPOSED
    }


def _aided(
    cases: Sequence[Any], decisions: Mapping[int, tuple[Decision, Decision | None]], bodies: Mapping[int, int]
) -> set[int]:
    """The undertakings that would get de minimis aid."""
    return {
        bodies[line.party_id]
        for case in cases
        if case.pk in decisions
        for line in decisions[case.pk][0].lines.all()
        if is_de_minimis(case.definition, line.aid_basis)
    }


def _with_aid(row: Row, bodies: Mapping[int, int], aid: Mapping[int, list[Part]]) -> Row:
    """The row with what it says of de minimis aid; what would exceed a limit is not for signing."""
    lines = [
        (bodies[line.party_id], line.party_name, line.max_amount_ore, line.aid_basis)
        for line in row.decision.lines.all()
    ]
    said = reckoning(row.case.definition, lines if row.is_grant else [], aid)
    over = tuple(f"{one.words} {one.parts_in_words}".strip() for one in said if one.is_over)
    notes = tuple(_("Försumbart stöd %(ore)s") % {"ore": written(one.new_ore)} for one in said if not one.is_over)
    return replace(row, notes=(*row.notes, *notes), stops=(*row.stops, *over))


def _stops(person: Person, case: Application, decision: Decision, named: str) -> tuple[str, ...]:
    """Why this person does not decide the case: the command's own guards, asked of what has been read."""
    act = Act("approve", person, frozenset(), case, case, clock.now(), memory={"decision": decision})
    own = not_the_preparer(act)
    found = [named, str(own.text) if own else "", *(str(refusal.text) for refusal in says_what_the_law_asks(act))]
    return tuple(text for text in found if text)


def _row(
    case: Any,
    decision: Decision,
    before: Decision | None,
    coordinator: str,
    parties: int,
    stops: tuple[str, ...],
    shown: Shown | None,
) -> Row:
    total = decision.total_ore
    back = returned(decision, case.definition, before) if before else None
    is_grant = decision.outcome == Outcome.GRANT
    seen = shown.get(case.pk) if shown else None
    moved = ""
    if seen is not None and seen != (decision.version, total):
        told = {"old": written(seen[1]), "new": written(total), "version": decision.version}
        moved = _("Ändrat sedan du läste sidan: var %(old)s, är nu %(new)s, version %(version)s.") % told
    return Row(
        case,
        decision,
        coordinator,
        len(decision.lines.all()) if is_grant else parties,
        total,
        tuple(_notes(case, decision, total)),
        back,
        stops,
        moved,
    )


def _notes(case: Any, decision: Decision, total: int) -> Iterable[str]:
    """What is worth knowing before one signs."""
    if decision.outcome != Outcome.GRANT:
        yield str(Outcome(decision.outcome).label).capitalize()
    elif total < case.applied_ore:
        yield _("Sänkt %(ore)s") % {"ore": written(case.applied_ore - total)}
    if decision.special_conditions.strip():
        yield _("Särskilda villkor")
    if case.disqualified:
        yield ngettext("%(n)d bedömare jävig", "%(n)d bedömare jäviga", case.disqualified) % {"n": case.disqualified}


def _gone(person: Person, call: Call, keys: set[int]) -> list[str]:
    """The numbers of cases that stood on the page and are not there to decide any more."""
    if not keys:
        return []
    rows = Application.objects.handled_by_office(person).filter(call=call, pk__in=keys)
    return sorted(number or "" for number in rows.values_list("number", flat=True))
