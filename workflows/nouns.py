"""What commands act on: how each noun is fetched and locked, which case it belongs to, and which stream tells its story."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from grants.applications.extensions import Extension
from grants.applications.models import Application, CaseMember, Party
from grants.decisions.models import Acceptance, Decision
from grants.organisations.models import Membership, Person
from grants.programmes.models import Authority, Call
from grants.projects.models import Duty
from reviewers.models import Assignment, PoolPlace
from reviewers.panels import Item, Meeting
from workflows.matrix import Noun


@dataclass(frozen=True)
class NounType:
    """One kind of noun. `state_of` gives the word that the matrix uses; `case_id` finds the case it belongs to."""

    noun: Noun
    model: type[Model]
    state_of: Callable[[Any], str]
    case_id: Callable[[Any], int | None]
    related: tuple[str, ...] = ()

    def fetch(self, pk: int, *, lock: bool = False) -> Any:
        """The noun with what its commands read; `lock` takes its row. Model.DoesNotExist when there is none."""
        rows: QuerySet[Any] = self.model._default_manager.all()
        if self.related:  # select_related without a name follows every key there is
            rows = rows.select_related(*self.related)
        if not lock:
            return rows.get(pk=pk)
        rows = rows.select_for_update(of=("self",))
        found = rows.filter(pk=pk).first()
        # Who waited for the row gets it as it is now, beside what it named before: that does not fit when a version was
        # published meanwhile. The row is ours by now, so the second answer is whole.
        return found if found is not None and not self._torn(found) else rows.get(pk=pk)

    def _torn(self, row: Any) -> bool:
        names = {path.partition("__")[0] for path in self.related}
        return any(getattr(row, f"{name}_id") is not None and getattr(row, name) is None for name in names)


def _fsm(noun: Any) -> str:
    return str(noun.state)


def _own_case(noun: Any) -> int | None:
    return int(noun.application_id)


def _no_case(noun: Any) -> int | None:
    return None


def _membership_state(membership: Membership) -> str:
    if membership.until is not None:
        return "ended"
    return "confirmed" if membership.confirmed_at else "pending"


def _decision_state(decision: Decision) -> str:
    """A first decision follows its case, and has no steps of its own."""
    return str(decision.state) if decision.later else "in_case"


_IN_CASE = ("application__call", "application__version")
NOUNS: dict[Noun, NounType] = {
    kind.noun: kind
    for kind in (
        NounType(Noun.CASE, Application, _fsm, lambda case: int(case.pk), ("call", "version")),
        NounType(Noun.PARTY, Party, lambda p: "confirmed" if p.confirmed_at else "open", _own_case, ("organisation",)),
        NounType(Noun.MEMBER, CaseMember, _fsm, _own_case, ()),
        NounType(Noun.ASSIGNMENT, Assignment, _fsm, _own_case, ("reviewer",)),
        NounType(Noun.ACCEPTANCE, Acceptance, _fsm, _own_case, ("party", "decision")),
        NounType(Noun.DECISION, Decision, _decision_state, _own_case),
        NounType(Noun.DUTY, Duty, _fsm, _own_case),
        NounType(Noun.MEMBERSHIP, Membership, _membership_state, _no_case, ("person", "organisation")),
        NounType(Noun.CALL, Call, lambda call: "any", _no_case, ("version", "programme__authority")),
        NounType(Noun.EXTENSION, Extension, _fsm, _own_case, ("asked_by",)),
        NounType(Noun.PERSON, Person, lambda person: "any", _no_case),
        NounType(Noun.AUTHORITY, Authority, lambda authority: "any", _no_case),
        NounType(Noun.PLACE, PoolPlace, _fsm, _no_case, ("authority",)),
        NounType(Noun.MEETING, Meeting, _fsm, _no_case, ("call__version",)),
        NounType(Noun.ITEM, Item, _fsm, _own_case, ("meeting__call",)),
    )
}
_OF_MODEL = {kind.model: kind.noun for kind in NOUNS.values()}


def noun_of(subject: Model) -> Noun:
    """Which noun this row is."""
    return _OF_MODEL[type(subject)]


def state_of(subject: Model) -> str:
    """The state the matrix knows the row by."""
    return NOUNS[noun_of(subject)].state_of(subject)


def stream_of(subject: Model) -> str:
    """The stream that tells the noun's story: the case's for all that belongs to a case."""
    kind = NOUNS[noun_of(subject)]
    case = kind.case_id(subject)
    if case is not None:
        return f"case:{case}"
    if isinstance(subject, Membership):
        return f"organisation:{subject.organisation_id}"
    return f"{kind.noun}:{subject.pk}"
