"""How every command runs: one transaction with the row locks, the rights, the guards, the change, the event and the turn.

A command module declares its commands with `@command`; pages, jobs, sweeps, the seeds and the tests all call `run`.
`why_not` answers from the same tables and the same guards, so that a button and its POST cannot disagree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_fsm import ConcurrentTransition

from grants import clock
from grants.applications.models import Application, CaseState
from grants.organisations.models import Person
from grants.refusal import NotVisible, Refusal, Refused
from workflows import events, flows, rights
from workflows.matrix import MOVES, Noun, Role
from workflows.models import Event, Invitation
from workflows.nouns import NOUNS, noun_of, state_of, stream_of


@dataclass(frozen=True)
class _Happening:
    """An event still to be written."""

    name: str
    subject: Any
    source: str
    target: str
    key: str | None
    data: dict[str, Any]


@dataclass
class Act:
    """One attempt at one command: who, what, when, with which data. Bodies read it and report through it."""

    command: str
    actor: Person | None
    roles: frozenset[Role]
    subject: Any
    case: Application | None
    arrived_at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    link: Invitation | None = None
    note: dict[str, Any] = field(default_factory=dict)  # goes into the event: ids and codes only
    memory: dict[str, Any] = field(default_factory=dict)  # what guards and body both read, read once
    _unsettled: bool = False
    _moved: bool = False
    _asked: bool = False  # who judges the case is no longer the same
    _queue: list[_Happening] = field(default_factory=list)

    @property
    def person(self) -> Person:
        """The actor of a command that only persons carry out."""
        assert self.actor is not None
        return self.actor

    @property
    def the_case(self) -> Application:
        """The case of a command whose noun belongs to one."""
        assert self.case is not None
        return self.case

    def move(self, subject: Any, transition_name: str, *fields: str) -> None:
        """Carry out a transition, save it with `fields`, and let the turn follow the new state."""
        self._moved = self._moved or subject is self.subject
        getattr(subject, transition_name)()
        changed = {"state", *fields}
        if isinstance(subject, Application):
            subject.state_since = clock.now()
            changed.add("state_since")
        subject.save(update_fields=changed)
        if noun_of(subject) in flows.FLOWS:
            flows.follow(subject, self.the_case.pk)
        self._asked = self._asked or noun_of(subject) == Noun.ASSIGNMENT
        self._unsettled = self._unsettled or isinstance(subject, Application) or self._asked

    def begin(self, subject: Any) -> None:
        """Start the flow of a noun that this command made."""
        flows.begin(subject, self.the_case.pk)
        self._unsettled = True
        self._asked = self._asked or noun_of(subject) == Noun.ASSIGNMENT

    def next_turn(self) -> None:
        """Let the turn follow what is written beside the state of the case."""
        flows.follow(self.the_case, self.the_case.pk)

    def also(self, name: str, subject: Any, *, source: str = "", key: str | None = None, **data: Any) -> None:
        """Record, after the command's own event, something it brought about in another noun of the same transaction."""
        self._queue.append(_Happening(name, subject, source, state_of(subject) if source else "", key, data))

    def grants_changed(self) -> None:
        """Settle the case's grants when the command ends."""
        self._unsettled = True


Guard = Callable[[Act], Refusal | Sequence[Refusal] | None]
Body = Callable[[Act], None]


@dataclass(frozen=True)
class Command:
    """A verb: what it is called, what it asks for, what may stand in its way, and what it does."""

    name: str
    title: Promise
    noun: Noun
    body: Body
    guards: tuple[Guard, ...] = ()
    form: Callable[[Act, Any], forms.Form] | None = None  # (act, POST data or None) → form
    explain: Promise | None = None  # what the command will do, for its page
    button: Promise | None = None
    template: str = ""  # of the act page, when the common one does not do
    primary: bool = False
    locks_call: bool = False  # hold the call's row too, after the case's
    holds: Callable[[Act], None] | None = None  # what else it holds, after the call


COMMANDS: dict[str, Command] = {}


def command(name: str, title: Any, **options: Any) -> Callable[[Body], Body]:
    """Register the function below as the body of the command `name`, which must be a row of MOVES."""

    def register(body: Body) -> Body:
        COMMANDS[name] = Command(name, title, MOVES[name].noun, body, **options)
        return body

    return register


def _wrong_state(act: Act) -> Refusal | None:
    from workflows import wording

    if state_of(act.subject) in MOVES[act.command].sources:
        return None
    return wording.state_refusal(act.subject, stream_of(act.subject), act.roles, act.command)


def _wrong_role(act: Act) -> Refusal | None:
    from workflows import wording

    return None if act.roles & MOVES[act.command].roles else wording.role_refusal(act.command, act.roles)


def _no_such_stage(act: Act) -> Refusal | None:
    if act.case is None or MOVES[act.command].is_there(act.case.definition.stages):
        return None
    return Refusal("stage", _("Omgången har inte det här steget."))


def barred(act: Act) -> list[Refusal]:
    """What the matrix itself says against the command, whatever is sent with it: the role, the state, then the stage."""
    refusal = _wrong_role(act) or _wrong_state(act) or _no_such_stage(act)
    return [refusal] if refusal else []


def refusals(act: Act) -> list[Refusal]:
    """Why the command cannot be carried out now: what the matrix says, then every guard. Empty when it can."""
    if found := barred(act):
        return found
    for guard in COMMANDS[act.command].guards:
        answer = guard(act)
        if isinstance(answer, Refusal):
            found.append(answer)
        elif answer:
            found.extend(answer)
    return found


def prepare(
    name: str,
    actor: Person | None,
    pk: int,
    *,
    link: Invitation | None = None,
    lock: bool = False,
    clockwork: bool = False,
) -> Act:
    """Fetch (and lock: case first) what the command acts on. NotVisible when it does not exist for this actor."""
    kind = NOUNS[MOVES[name].noun]
    try:
        subject = kind.fetch(pk) if kind.noun != Noun.CASE or not lock else kind.fetch(pk, lock=True)
        case_id = kind.case_id(subject)
        case = subject if kind.noun == Noun.CASE else NOUNS[Noun.CASE].fetch(case_id, lock=lock) if case_id else None
        if lock and kind.noun != Noun.CASE:
            subject = kind.fetch(pk, lock=True)  # again: it may have changed while we waited for the case
    except (ObjectDoesNotExist, OverflowError):
        raise NotVisible(pk) from None
    if case is not None and subject is not case:
        subject.application = case
    found = frozenset({Role.CLOCK}) if clockwork else rights.roles_of(actor, subject, case, link)
    if not found:
        raise NotVisible(subject)
    return Act(name, actor, found, subject, case, clock.now(), link=link)


def key_of(name: str, pk: int, actor: Person | None, link: Invitation | None, key: str) -> str:
    """What makes one attempt at one command by one person (or by one link, or the clock) have effect once."""
    who = str(actor.pk) if actor else f"link-{link.pk}" if link else "clock"
    return f"{name}:{pk}:{who}:{key}"[:120]


def run(
    name: str,
    actor: Person | None,
    subject: Model | int,
    /,
    *,
    key: str | None = None,
    arrived_at: datetime | None = None,
    link: Invitation | None = None,
    **data: Any,
) -> Event:
    """Carry out a command. Returns its event; the same `key` again returns the first event and changes nothing.

    Raises Refused with every reason, or NotVisible. `actor` None without a link is the clock.
    """
    pk = subject if isinstance(subject, int) else int(subject.pk)
    full_key = key_of(name, pk, actor, link, key) if key else None
    try:
        with transaction.atomic():
            return _run(name, actor, pk, full_key, arrived_at, link, data)
    except (ConcurrentTransition, IntegrityError):
        # somebody was faster between our read and our write: their effect is now visible, so ask again
        with transaction.atomic():
            return _run(name, actor, pk, full_key, arrived_at, link, data)


def _run(
    name: str,
    actor: Person | None,
    pk: int,
    key: str | None,
    arrived_at: datetime | None,
    link: Invitation | None,
    data: dict[str, Any],
) -> Event:
    act = prepare(name, actor, pk, link=link, lock=True, clockwork=actor is None and link is None)
    if key and (done := Event.objects.filter(key=key).first()):
        return done
    if COMMANDS[name].locks_call:
        act.the_case.call = NOUNS[Noun.CALL].fetch(act.the_case.call_id, lock=True)
    act.data, act.arrived_at = data, arrived_at or act.arrived_at
    if (hold := COMMANDS[name].holds) and not barred(act):
        hold(act)
    if found := refusals(act):
        raise Refused(found)
    before = state_of(act.subject)
    COMMANDS[name].body(act)
    event = _record(act, before, key)
    if act._unsettled and act.case is not None:
        rights.settle(act.case)
    if act._asked and act.the_case.state == CaseState.ASSESSING:
        flows.keep(act.the_case)
    return event


def _record(act: Act, before: str, key: str | None) -> Event:
    """Write the command's own event, then what else it brought about, each with its notices."""
    from workflows import notices  # it reads the commands' table of recipients

    after = state_of(act.subject)
    source, target = (before, after) if act._moved or after != before else ("", "")
    note = act.note | ({"link": act.link.pk} if act.link else {})
    first: Event | None = None
    event: Event | None = None
    for item in (_Happening(act.command, act.subject, source, target, key, note), *act._queue):
        event = events.append(
            stream_of(item.subject),
            item.name,
            actor=act.actor,
            source=item.source,
            target=item.target,
            key=item.key,
            data={"noun": str(noun_of(item.subject)), "id": item.subject.pk, **item.data},
            after=event,
        )
        notices.write(event, item.subject, act.case)
        first = first or event
    assert first is not None
    return first


def why_not(actor: Person | None, subject: Model, case: Application | None = None) -> dict[str, list[Refusal]]:
    """Every command of the noun, with why this actor cannot carry it out now; an empty list means they can."""
    noun = noun_of(subject)
    if case is None and noun == Noun.CASE:
        case = subject  # type: ignore[assignment]  # a case is its own case
    roles = rights.roles_of(actor, subject, case, None)
    if not roles:
        raise NotVisible(subject)
    answers: dict[str, list[Refusal]] = {}
    for name, spec in COMMANDS.items():
        if spec.noun == noun and MOVES[name].roles - {Role.CLOCK, Role.HOLDER}:
            answers[name] = refusals(Act(name, actor, roles, subject, case, clock.now()))
    return answers
