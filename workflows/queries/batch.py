"""What the page on which a whole call is prepared starts from: its assessed applications in rank order, what the panel said,
what each party asked for within the rules, and where the money ends. The same number of queries however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Case, Count, OuterRef, Prefetch, Subquery, Sum, Value, When, prefetch_related_objects

from grants import clock
from grants.applications.access import is_named, office_grants
from grants.applications.models import Application, CaseState, Party
from grants.decisions import limits
from grants.decisions.de_minimis import Part, received
from grants.decisions.hearings import Hearing, HearingKind, Recommendation, asked_for, lacking
from grants.decisions.models import NOT_BEFORE_HEARING, DecisionLine, DecisionState, Outcome
from grants.money import ORE_PER_KRONA, kronor, share_of
from grants.organisations.models import Person
from grants.programmes.models import Call
from reviewers.ranking import Ranked, ranked
from workflows.commands.base import Act
from workflows.commands.deciding import granted
from workflows.commands.disqualified import stands_outside
from workflows.matrix import MOVES
from workflows.queries.hearings import RECOMMENDED_ORE
from workflows.queries.lists import NOT_SEEN_BY_STAFF

TOGETHER = ("grant", "reserve", "rejection")  # what may be proposed of many at once, in the order of the choices
OUTCOMES: tuple[Outcome, ...] = tuple(Outcome(value) for value in TOGETHER if value in Outcome.values)
_FOLLOWS = {Recommendation.FUND: "grant", Recommendation.RESERVE: "reserve", Recommendation.REJECT: "rejection"}
_CALL = "decision__application__call"
NEXT_TO_GRANT = OUTCOMES[1]  # what is left for whom the panel would fund or keep when the money is spent
_PREPARED_FROM = MOVES["propose"].sources


@dataclass(frozen=True)
class PartyFacts:
    """A party with what it asked for, and what is suggested that it gets."""

    pk: int
    name: str
    number: str
    cost_ore: int
    applied_ore: int
    suggested_ore: int
    share_bp: int
    basis: str
    aid: tuple[Part, ...] = ()  # de minimis aid that it has received before


@dataclass(frozen=True)
class CaseFacts:
    """An application that can be prepared, with what is known and what is suggested. `stop` says why this person cannot."""

    ranked: Ranked
    parties: tuple[PartyFacts, ...]
    recommendation: str  # the panel's, or nothing
    panel_ore: int | None
    lacks: tuple[str, ...]  # what must be held before a grant
    stop: str
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    outcome: str = ""  # suggested; nothing: not now

    @property
    def case(self) -> Application:
        """The application."""
        return self.ranked.case

    @property
    def suggested_ore(self) -> int:
        """What all parties are suggested to get."""
        return sum(party.suggested_ore for party in self.parties)


@dataclass(frozen=True)
class Money:
    """A call's budget, what of it is decided, and what waits for a decision."""

    budget_ore: int | None
    granted_ore: int
    waiting_ore: int
    waiting: int

    @property
    def left_ore(self) -> int | None:
        """What is left when what waits is decided too."""
        return None if self.budget_ore is None else self.budget_ore - self.granted_ore - self.waiting_ore


@dataclass(frozen=True)
class Desk:
    """A call that somebody has an office on. `own` are the cases of their own, of which the office gives no sight."""

    call: Call
    own: int
    waiting_ore: int
    waiting: int


@dataclass(frozen=True)
class Facts:
    """Everything that the form starts from."""

    call: Call
    cases: tuple[CaseFacts, ...]
    money: Money
    hidden: int  # cases of one's own


def call_of_office(person: Person, slug: str, office: str) -> Desk | None:
    """The call with its version, if this person holds this office on it, with what waits in it. One query."""
    held = office_grants(person, [office]).values("content_object")
    seen = Application.objects.handled_by_office(person).filter(call=OuterRef("call")).values("pk")
    own = Application.objects.filter(call=OuterRef("pk")).exclude(state__in=NOT_SEEN_BY_STAFF).exclude(pk__in=seen)
    proposed = DecisionLine.objects.filter(
        decision__application__call=OuterRef("pk"),
        decision__application__state=CaseState.PROPOSED,
        decision__state=DecisionState.PROPOSED,
        decision__outcome=Outcome.GRANT,
    )
    counted = {"own": _one(own, "call", Count("pk")), "waiting_ore": _one(proposed, _CALL, Sum("max_amount_ore"))}
    counted["waiting"] = _one(proposed, _CALL, Count("decision", distinct=True))
    rows: Any = Call.objects.filter(slug=slug, pk__in=held, version__isnull=False)
    call = rows.select_related("version", "programme__authority").annotate(**counted).first()
    return None if call is None else Desk(call, call.own or 0, call.waiting_ore or 0, call.waiting or 0)


def _one(rows: Any, by: str, figure: Any) -> Subquery:
    return Subquery(rows.order_by().values(by).annotate(figure=figure).values("figure"))


def money_of(desk: Desk) -> Money:
    """What the call has given, and what waits for a decision. One query."""
    budget = desk.call.definition.call_budget
    most = None if budget is None else kronor(budget)
    return Money(most, granted(desk.call), desk.waiting_ore, desk.waiting)


def facts_of(person: Person, desk: Desk) -> Facts:
    """What can be prepared in the call by this officer, best first, with what is suggested of each."""
    call = desk.call
    rows = [r for r in ranked(call, Application.objects.handled_by_office(person)) if r.case.state in _PREPARED_FROM]
    cases: list[Any] = [row.case for row in rows]
    _with_hearings(cases)
    parties, named = parties_of(person, cases)
    money = money_of(desk)
    aid = received({party.organisation_id for of_case in parties.values() for party in of_case}, besides=0)
    found = [
        _case(
            row,
            parties[row.case.pk],
            aid,
            stands_in(person, row.case, named.get(row.case.pk)),
        )
        for row in rows
    ]
    return Facts(call, tuple(_with_outcomes(found, money.left_ore)), money, desk.own)


def parties_of(person: Person, cases: Sequence[Application]) -> tuple[dict[int, list[Any]], dict[int, Party]]:
    """The parties by case, and by case the party that names the person. One query."""
    names_me = Case(When(is_named(person), then=Value(True)), default=Value(False))
    rows = Party.objects.filter(application__in=[case.pk for case in cases]).select_related("organisation")
    found: dict[int, list[Any]] = defaultdict(list)
    named: dict[int, Party] = {}
    for party in rows.annotate(names_me=names_me).order_by("position", "pk"):
        found[party.application_id].append(party)
        if party.names_me:
            named.setdefault(party.application_id, party)
    return found, named


def stands_in(person: Person, case: Application, named: Party | None) -> str:
    """What the commands' own guard says to a person whom this party names; nothing when no party does."""
    act = Act("", person, frozenset(), case, case, clock.now(), memory={"names_actor": named})
    refusal = stands_outside(act)
    return str(refusal.text) if refusal else ""


def _words(row: Ranked) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the lodged sheets say is strong and weak, each text once."""
    return _once(sheet.strengths for sheet in row.sheets), _once(sheet.weaknesses for sheet in row.sheets)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _with_hearings(cases: Sequence[Application]) -> None:
    """Each case with what has been heard about it, and the panel's word with the amount that its meeting closed with. One
    query, where a call asks for any of it."""
    heard = [case for case in cases if asked_for(case)]
    prefetch_related_objects(heard, Prefetch("hearings", Hearing.objects.annotate(panel_ore=RECOMMENDED_ORE)))


def _case(row: Ranked, parties: Sequence[Party], aid: Mapping[int, list[Part]], stop: str) -> CaseFacts:
    case: Any = row.case
    definition = case.definition
    heard = case.hearings.all() if asked_for(case) else ()
    said = [hearing for hearing in heard if hearing.kind == HearingKind.PANEL and hearing.recorded_at]
    panel_ore = said[-1].panel_ore if said else None
    budgets = {budget["party"]: budget for budget in case.budgets or ()}
    facts = [
        _party(party, definition, budgets.get(party.pk), tuple(aid.get(party.organisation_id, ()))) for party in parties
    ]
    most = min(definition.budget.max_grant_ore, panel_ore if panel_ore is not None else row.applied_ore)
    return CaseFacts(
        row,
        tuple(lowered(facts, most)),
        said[-1].recommendation if said else "",
        panel_ore,
        tuple(str(HearingKind(kind).label) for kind in lacking(case)),
        stop,
        *_words(row),
    )


def _party(party: Party, definition: Any, budget: dict[str, Any] | None, aid: tuple[Part, ...]) -> PartyFacts:
    """What was applied for, but no more than the party's usual share of its costs, in whole kronor."""
    rules, kind = definition.decision, party.kind
    share = round(rules.default_intensity.get(kind, definition.budget.max_share) * 100)
    cost = sum(cost["ore"] for cost in budget["costs"]) if budget else 0
    applied = int(budget["applied_ore"]) if budget else 0
    within = share_of(cost, share)
    basis = rules.default_aid_basis.get(kind, rules.aid_bases[0].id)
    suggested = min(applied, within - within % ORE_PER_KRONA)
    number = party.frozen_number or party.organisation.number
    return PartyFacts(party.pk, party.name, number, cost, applied, suggested, share, basis, aid)


def lowered(parties: Sequence[PartyFacts], most_ore: int) -> list[PartyFacts]:
    """The parties with what is suggested lowered in proportion."""
    shares = limits.lowered([party.suggested_ore for party in parties], most_ore)
    return [replace(party, suggested_ore=ore) for party, ore in zip(parties, shares, strict=True)]


def _with_outcomes(cases: Iterable[CaseFacts], left_ore: int | None) -> Iterable[CaseFacts]:
    """What is suggested of each: as the panel says, and down to where the money ends. From the first for which it is not
    enough nobody is suggested, for to step over somebody is a choice to be made and explained. What nobody has judged, or
    cannot be prepared yet, is left for later."""
    is_open = True
    for facts in cases:
        wish = _FOLLOWS.get(Recommendation(facts.recommendation), "") if facts.recommendation else "grant"
        unjudged = facts.ranked.total is None and facts.case.definition.review is not None
        if (
            facts.stop
            or unjudged
            or (wish in NOT_BEFORE_HEARING and facts.lacks)
            or (wish == "grant" and not facts.suggested_ore)
        ):
            wish = ""
        elif wish == "grant":
            is_open = is_open and (left_ore is None or facts.suggested_ore <= left_ore)
            if is_open and left_ore is not None:
                left_ore -= facts.suggested_ore
            if not is_open:
                wish = NEXT_TO_GRANT if facts.recommendation else Outcome.REJECTION
        elif wish not in OUTCOMES:
            wish = NEXT_TO_GRANT
        yield replace(facts, outcome=str(wish))
