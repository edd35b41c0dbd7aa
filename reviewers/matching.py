"""What an application asks reviewers to know, by what was submitted and what its call says, and who knows it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import get_language

from grants.applications.agreements import facts
from grants.applications.answers import Key
from grants.applications.models import Application, Submission
from grants.applications.showing import Shown
from grants.budgets.rules import PartyBudget
from grants.organisations.models import Person
from grants.programmes.definition import CallDefinition
from grants.programmes.judging import Competence
from reviewers.pool import Profile


def needs(cases: Iterable[Application]) -> dict[int, frozenset[str]]:
    """The competences that each application asks for; one query, and none in calls that ask for the same of all."""
    rows = list(cases)
    conditional = [case.pk for case in rows if any(c.needed_when for c in _competences(case.definition))]
    found = Submission.objects.filter(application__in=conditional).order_by("application", "-n").distinct("application")
    submitted = dict(found.values_list("application", "content")) if conditional else {}
    return {case.pk: _needed(case.definition, submitted.get(case.pk)) for case in rows}


class Fits:
    """What these reviewers know of what these applications ask for; two queries."""

    def __init__(self, cases: Iterable[Application], people: Iterable[Person]) -> None:
        rows = list(cases)
        self.needs = needs(rows)
        own = Profile.objects.filter(person__in=[person.pk for person in people])
        self.knows = {pk: frozenset(known) for pk, known in own.values_list("person", "competences")}
        self._names = {
            one.id: one.label.read((get_language() or "sv")[:2])
            for definition in {case.version_id: case.definition for case in rows}.values()
            for one in _competences(definition)
        }

    def of(self, case: int, person: int) -> frozenset[str]:
        """What the reviewer knows of what the application asks for."""
        return self.needs[case] & self.knows.get(person, frozenset())

    def words(self, case: int, person: int) -> str:
        """'Data och AI-teknik, Juridik'; nothing when they know none of it, or nothing is asked for."""
        return self.named(self.of(case, person))

    def named(self, competences: Iterable[str]) -> str:
        """The competences by what the call calls them."""
        return ", ".join(sorted(self._names.get(one, one) for one in competences))


def _competences(definition: CallDefinition) -> tuple[Competence, ...]:
    return definition.review.competences if definition.review else ()


def _needed(definition: CallDefinition, content: Mapping[str, Any] | None) -> frozenset[str]:
    shown = _shown(definition, content) if content else None
    return frozenset(
        one.id
        for one in _competences(definition)
        if one.needed_when is None or (shown is not None and shown.meets(one.needed_when))
    )


def _shown(definition: CallDefinition, content: Mapping[str, Any]) -> Shown:
    """The frozen answers with what conditions can ask about beside them."""
    values: dict[Key, Any] = {(a["question"], a["party"]): a["value"] for a in content["answers"]}
    budgets = [
        PartyBudget(b["party"], "", {(c["type"], c["year"]): c["ore"] for c in b["costs"]}, b["applied_ore"])
        for b in content["budgets"]
    ]
    starts_on, ends_on = (
        date.fromisoformat(day) if (day := content[key]) else None for key in ("starts_on", "ends_on")
    )
    return Shown(definition.questions(), values, facts(starts_on, ends_on, len(content["parties"]), budgets))
