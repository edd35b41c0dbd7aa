"""The matrix as tables for people: per noun, each command with who may carry it out in which states."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from workflows.commands import COMMANDS
from workflows.matrix import MOVES, NOUN_STATES, ROLE_NAMES, Noun, Role

_TITLES: dict[Noun, Promise] = {
    Noun.CASE: _("Ärende"),
    Noun.PARTY: _("Part i en ansökan"),
    Noun.MEMBER: _("Plats i en ansökan"),
    Noun.ASSIGNMENT: _("Bedömaruppdrag"),
    Noun.DECISION: _("Senare beslut i ett ärende"),
    Noun.ACCEPTANCE: _("En parts godkännande av villkoren"),
    Noun.DUTY: _("Rapport"),
    Noun.MEMBERSHIP: _("Medlemskap i en organisation"),
    Noun.CALL: _("Omgång"),
    Noun.EXTENSION: _("Begäran om längre tid"),
    Noun.PERSON: _("Person"),
    Noun.AUTHORITY: _("Myndighet"),
    Noun.PLACE: _("Plats i bedömarpoolen"),
    Noun.MEETING: _("Panelens möte"),
    Noun.ITEM: _("Punkt vid panelens möte"),
}


@dataclass(frozen=True)
class Line:
    """One command: a cell per role, with the states in which that role may carry it out."""

    command: str
    title: str
    cells: tuple[str, ...]
    leads_to: str


@dataclass(frozen=True)
class Table:
    """The commands of one noun."""

    noun: Noun
    title: str
    roles: tuple[str, ...]
    lines: tuple[Line, ...]


def tables() -> list[Table]:
    """One table per noun, with the roles that occur in it."""
    return [_table(noun) for noun in Noun]


def _table(noun: Noun) -> Table:
    moves = {name: move for name, move in MOVES.items() if move.noun == noun}
    roles = [role for role in Role if any(role in move.roles for move in moves.values())]
    lines = tuple(
        Line(
            name,
            str(COMMANDS[name].title) if name in COMMANDS else name,
            tuple(_states(noun, move.sources) if role in move.roles else "" for role in roles),
            _states(noun, move.targets),
        )
        for name, move in moves.items()
    )
    return Table(noun, str(_TITLES[noun]), tuple(str(ROLE_NAMES[role]) for role in roles), lines)


def _states(noun: Noun, states: frozenset[str]) -> str:
    return ", ".join(str(word) for state, word in NOUN_STATES[noun].items() if state in states)
