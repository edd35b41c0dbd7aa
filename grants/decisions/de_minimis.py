"""De minimis aid (försumbart stöd): what an undertaking has received during the years that count, and how much more it may.

The limits stand in the law file, with the rate. Own grants are read from the decisions, others from what has been
stated. A grant counts on the day of its decision.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from grants import clock
from grants.applications.models import CaseState
from grants.decisions.models import Decision, DecisionLine
from grants.money import written
from grants.organisations.models import EarlierAid
from grants.programmes.definition import CallDefinition
from grants.programmes.law import DeMinimis, de_minimis
from grants.templatetags.writing import day as written_day


@dataclass(frozen=True)
class Part:
    """One grant that counts: on which day, by whom, how much."""

    day: date
    granter: str
    ore: int
    is_known: bool = True  # the letter has left, or somebody has stated it


@dataclass(frozen=True)
class Statement:
    """What one undertaking has received during the years that count, and what the decision adds."""

    name: str
    limit: DeMinimis
    begins: date
    parts: tuple[Part, ...]
    new_ore: int

    @property
    def earlier_ore(self) -> int:
        """What it has received before."""
        return sum(part.ore for part in self.parts)

    @property
    def known_ore(self) -> int:
        """The part of it that may be told: a decision whose letter has not left is nobody's to know."""
        return sum(part.ore for part in self.parts if part.is_known)

    @property
    def total_ore(self) -> int:
        """What it has received with this."""
        return self.earlier_ore + self.new_ore

    @property
    def is_over(self) -> bool:
        """Whether that is more than it may."""
        return self.total_ore > self.limit.ore

    @property
    def words(self) -> str:
        """The statement in a sentence, for pages and letters."""
        return _(
            "Försumbart stöd till %(name)s: %(new)s i det här beslutet och %(earlier)s tidigare sedan %(day)s, tillsammans "
            "%(total)s av högst %(limit)s."
        ) % {
            "name": self.name,
            "new": written(self.new_ore),
            "earlier": written(self.known_ore),
            "day": written_day(self.begins),
            "total": written(self.known_ore + self.new_ore),
            "limit": written(self.limit.ore),
        }

    @property
    def parts_in_words(self) -> str:
        """What came before, grant by grant; of what has not left only that it is there."""
        told = [f"{written_day(part.day)} {part.granter} {written(part.ore)}" for part in self.parts if part.is_known]
        if len(told) < len(self.parts):
            told.append(_("därtill beslut som inte är skickade än"))
        return "; ".join(told)


def reckoned(name: str, parts: Iterable[Part], new_ore: int, day: date) -> Statement:
    """What of these grants counts on this day."""
    limit = de_minimis(day)
    begins = limit.begins(day)
    counting = tuple(sorted((p for p in parts if begins <= p.day <= day), key=lambda p: (p.day, p.granter, p.ore)))
    return Statement(name, limit, begins, counting, new_ore)


def received(organisations: Collection[int], besides: int, before: datetime | None = None) -> dict[int, list[Part]]:
    """Every grant of de minimis aid that these undertakings have received, but in one case; to a moment, when one is given. Two
    queries, and none when nobody is asked about."""
    found: dict[int, list[Part]] = defaultdict(list)
    if not organisations:
        return found
    own = DecisionLine.objects.filter(
        party__organisation__in=organisations,
        max_amount_ore__gt=0,
        decision__in=Decision.objects.counting(),
    ).exclude(decision__application=besides)
    own = own.exclude(decision__application__state=CaseState.DECLINED)
    if before is not None:  # another machine's clock may be a little ahead: what is made now counts whatever it says
        own = own.filter(decision__decided_at__lte=before)
    rows = own.select_related("party", "decision__application__version")
    for line in rows:
        case, decided_at = line.decision.application, line.decision.decided_at
        if decided_at and is_de_minimis(case.definition, line.aid_basis):
            sent = line.decision.dispatched_at is not None
            part = Part(decided_at.astimezone(clock.SWEDEN).date(), case.number or "", line.max_amount_ore, sent)
            found[line.party.organisation_id].append(part)
    stated = EarlierAid.objects.filter(organisation__in=organisations, dropped_at=None)
    stated = stated if before is None else stated.filter(stated_at__lte=before)
    for aid in stated:
        found[aid.organisation_id].append(Part(aid.day, aid.granter, aid.amount_ore))
    return found


def is_de_minimis(definition: CallDefinition, basis: str) -> bool:
    """Whether a grant on this basis is de minimis aid."""
    found = definition.aid_basis(basis)
    return found is not None and found.de_minimis


Line = tuple[int, str, int, str]  # of a decision: organisation, name, öre, aid basis


def reckoning(
    definition: CallDefinition,
    lines: Iterable[Line],
    aid: Mapping[int, Iterable[Part]],
    decided_at: datetime | None = None,
) -> list[Statement]:
    """What is to be said of each undertaking that gets de minimis aid by these lines, beside what it has received."""
    day = (decided_at or clock.now()).astimezone(clock.SWEDEN).date()
    return [
        reckoned(name, aid.get(organisation, ()), ore, day)
        for organisation, name, ore, basis in lines
        if ore > 0 and is_de_minimis(definition, basis)
    ]


def statements(
    definition: CallDefinition, case: int, lines: Sequence[Line], decided_at: datetime | None = None
) -> list[Statement]:
    """The same for a decision in a case, with what its undertakings have received read. What was decided is reckoned as it
    was then."""
    aided = {line[0] for line in lines if line[2] > 0 and is_de_minimis(definition, line[3])}
    return reckoning(definition, lines, received(aided, case, decided_at), decided_at)
