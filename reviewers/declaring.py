"""Calls in which reviewers do not learn whose application they read: one declares once against the call's whole list of parties
and persons, from which nothing can be told about who is in which application. The answers settle every assignment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models

from grants import clock
from grants.applications.blind import is_blind
from grants.applications.models import Application, CaseMember, CaseState, Submission
from grants.cleaning import clean_line, swedish_key
from grants.organisations.models import Person
from grants.programmes.models import Call

GONE = (
    "conflicted",
    "declined",
    "removed",
    "ended",
)  # states of an assignment in which the case is not the reviewer's any more
NOT_LISTED = (CaseState.DRAFT, CaseState.LAPSED, CaseState.WITHDRAWN)


class CallDeclaration(models.Model):
    """What a reviewer answered about the parties of a call that were listed then. Parties that come later are asked about in a
    declaration of their own; what was answered stays."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    listed = models.JSONField(default=list)  # keys of Entry
    conflicted = models.JSONField(default=list)
    unsure = models.JSONField(default=list)
    text = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["call", "person"], name="call_declaration")]


def hides_parties(case: Application) -> bool:
    """Whether reviewers of the case do not learn who applies."""
    return is_blind(case.definition)


def is_named(assignment: Any) -> bool:
    """Whether the reviewer is told what the application is called and whose it is: not in a call that hides it, and no longer
    when the case is not theirs."""
    return assignment.state not in GONE and not hides_parties(assignment.application)


@dataclass(frozen=True, order=True)
class Entry:
    """An organisation or a person on the list. `key` is all that is stored of it."""

    sorted_by: str
    key: str
    name: str
    number: str  # of an organisation; empty: a person


@dataclass(frozen=True)
class Answers:
    """Everything that one reviewer has answered in one call, in keys."""

    listed: frozenset[str]
    conflicted: frozenset[str]
    unsure: frozenset[str]
    text: str


def entries_of(cases: Iterable[int]) -> dict[int, set[Entry]]:
    """Every party and person of these cases as they were submitted last; two queries."""
    ids = list(cases)
    found: dict[int, set[Entry]] = {case: set() for case in ids}
    standing = Submission.objects.filter(application__in=ids).order_by("application", "-n").distinct("application")
    for case, parties in standing.values_list("application_id", "content__parties"):
        for party in parties:
            found[case].add(_entry(party["name"], party["number"]))
            found[case] |= {
                _entry(party[field])
                for field in ("contact_name", "signatory_name", "confirmed_name")
                if party.get(field)
            }
    worked = CaseMember.objects.filter(application__in=ids, person__isnull=False)
    for case, name in worked.values_list("application_id", "person__name"):
        if name:
            found[case].add(_entry(name))
    return found


def _entry(name: str, number: str = "") -> Entry:
    line = clean_line(name)
    key = f"o:{number}" if number else f"p:{line.casefold()}"
    return Entry(swedish_key(line), key, line, number)


def parties_of(call: Call) -> list[Entry]:
    """The call's whole list, by name; the same party or person once."""
    cases = Application.objects.filter(call=call).exclude(state__in=NOT_LISTED).values_list("pk", flat=True)
    found: dict[str, Entry] = {}
    for entry in sorted(set[Entry]().union(*entries_of(cases).values())):
        found.setdefault(entry.key, entry)
    return list(found.values())


def answers_of(person: int, call: int) -> Answers:
    """What the reviewer has answered in the call so far."""
    rows: Any = list(CallDeclaration.objects.filter(person=person, call=call).order_by("pk"))
    return Answers(
        frozenset(key for row in rows for key in row.listed),
        frozenset(key for row in rows for key in row.conflicted),
        frozenset(key for row in rows for key in row.unsure),
        "\n\n".join(row.text for row in rows if row.text),
    )


def unanswered(person: int, call: Call) -> list[Entry]:
    """What is on the list and the reviewer has not answered about."""
    answered = answers_of(person, call.pk).listed
    return [entry for entry in parties_of(call) if entry.key not in answered]


def answer_about(case: int, answers: Answers) -> str:
    """What the answers say of one case: "yes", "unsure" or "no" as in a declaration; empty when something in it has not been
    answered about."""
    keys = {entry.key for entry in entries_of([case])[case]}
    if not keys or not keys <= answers.listed:
        return ""
    if keys & answers.conflicted:
        return "yes"
    return "unsure" if keys & answers.unsure else "no"
