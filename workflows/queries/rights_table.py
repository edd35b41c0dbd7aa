"""The matrix as tables for people: per noun, each command with who may carry it out in which states."""

from dataclasses import dataclass

from workflows.commands import COMMANDS
from workflows.matrix import MOVES, NOUN_STATES, ROLE_NAMES, Noun, Role


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
    return Table(noun, tuple(str(ROLE_NAMES[role]) for role in roles), lines)


def _states(noun: Noun, states: frozenset[str]) -> str:
    return ", ".join(str(word) for state, word in NOUN_STATES[noun].items() if state in states)
