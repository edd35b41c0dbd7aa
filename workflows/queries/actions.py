"""What a person can do with a noun now, what they cannot and why, and whose step the rest is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from grants import clock
from grants.applications.models import Application
from grants.organisations.models import Person
from grants.refusal import Refusal
from workflows.commands import COMMANDS, Act, refusals
from workflows.commands.base import key_of
from workflows.matrix import MOVES, ROLE_NAMES, Noun, Role, allowed
from workflows.models import Event
from workflows.queries import sides

# Steps that undo or repeat what has not been done: when they cannot be carried out there is nothing to explain.
ONLY_WHEN_POSSIBLE = frozenset(
    {
        "discard",
        "drop_copy",
        "recall_completion",
        "extend_completion",
        "take_case",
        "ask_extension",
        "rule_tie",
        "resend_letter",
    }
    | {"call_interview", "move_interview", "cancel_interview", "comment_sheet", "drop_aid"}
)
PAGES_OF_SUBJECTS = frozenset({"review", "report", "panel_item"})  # where the subject of a command is written
MOST_REASONS = 4  # of one refused step on a page with other things on it


@dataclass(frozen=True)
class Action:
    """One command as a link, or as a refusal."""

    command: str
    title: str
    url: str
    primary: bool = False
    reasons: tuple[Refusal, ...] = ()
    more: int = 0  # reasons that are not listed here


@dataclass(frozen=True)
class Actions:
    """Everything that can be done with one noun, for one person."""

    can: tuple[Action, ...]
    cannot: tuple[Action, ...]
    others: tuple[tuple[str, tuple[str, ...]], ...]  # whose step it is, and which steps


def open_to_persons(command: str) -> bool:
    """Whether the command has a page: not those that only a personal link or the clock carries out."""
    return command in COMMANDS and bool(MOVES[command].roles - {Role.HOLDER, Role.CLOCK})


def case_actions(person: Person, case: Application, roles: frozenset[Role], events: Sequence[Event]) -> Actions:
    """The case's commands for this person. What refuses for the state alone is asked once: the answer is the same.
    `events` is the case's history, which the page has read."""
    can: list[Action] = []
    cannot: list[Action] = []
    others: dict[str, list[str]] = {}
    wrong_state: list[Refusal] | None = None
    memory: dict[str, Any] = {}  # what the guards of several commands read is read once
    for name, spec in COMMANDS.items():
        move = MOVES[name]
        if spec.noun != Noun.CASE or not open_to_persons(name) or not move.is_there(case.definition.stages):
            continue
        if not roles & move.roles and not (Role.PENDING in roles and Role.APPLICANT in move.roles):
            if sides.is_staff(roles) and case.state in move.sources:
                for role in sorted(move.roles, key=list(Role).index):
                    others.setdefault(str(ROLE_NAMES[role]), []).append(str(spec.title))
            continue
        if case.state not in move.sources and roles & move.roles:
            if wrong_state is None:
                wrong_state = _asked(name, person, case, roles, events, memory)
            found = wrong_state
        else:
            found = _asked(name, person, case, roles, events, memory)
        if not found or name not in ONLY_WHEN_POSSIBLE:
            (cannot if found else can).append(_action(name, case, found))
    can.sort(key=lambda action: not action.primary)
    return Actions(tuple(can), tuple(cannot), tuple((who, tuple(what)) for who, what in others.items()))


def _asked(
    name: str,
    person: Person,
    case: Application,
    roles: frozenset[Role],
    events: Sequence[Event],
    memory: dict[str, Any],
) -> list[Refusal]:
    act = Act(name, person, roles, case, case, clock.now(), memory=memory)
    return sides.discreet(refusals(act), case, roles, events)


def _action(name: str, case: Application, found: list[Refusal]) -> Action:
    spec = COMMANDS[name]
    shown = tuple(with_addresses(found, name, case.pk, case))[:MOST_REASONS]
    return Action(
        name,
        str(spec.title),
        reverse("act", args=[name, case.pk]),
        spec.primary,
        shown,
        max(0, len(found) - MOST_REASONS),
    )


def row_actions(noun: Noun, subject_id: int, state: str, roles: Iterable[Role]) -> list[Action]:
    """The commands that a row of a table offers, by the matrix alone; the command's own page asks its guards."""
    return [
        Action(name, str(spec.title), reverse("act", args=[name, subject_id]), spec.primary)
        for name, spec in COMMANDS.items()
        if spec.noun == noun and open_to_persons(name) and any(allowed(name, state, role) for role in roles)
    ]


def with_addresses(found: Iterable[Refusal], command: str, subject_id: int, case: Application | None) -> list[Refusal]:
    """The refusals with what they point at as addresses."""
    return [replace(r, link=_address(r.link, subject_id, case)) for r in found]


def _address(link: str, subject_id: int, case: Application | None) -> str:
    if link.startswith("/"):
        return link  # about another noun than the command is
    page, sign, field = link.partition("#")
    if page in PAGES_OF_SUBJECTS:
        return reverse(page, args=[subject_id]) + sign + field
    if case is None or not link:
        return ""
    if link in COMMANDS:
        keys = {Noun.CASE: case.pk, Noun.CALL: case.call_id}
        return reverse("act", args=[link, keys.get(COMMANDS[link].noun, subject_id)])
    return reverse("workspace_step", args=[case.pk, page]) + sign + field


def done_before(command: str, subject_id: int, person: Person, key: str) -> Event | None:
    """The event of this very attempt, when it has been carried out already: a double click, or a page sent again."""
    return Event.objects.filter(key=key_of(command, subject_id, person, None, key)).first()
