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


def needed(definition: CallDefinition, content: Mapping[str, Any] | None) -> frozenset[str]:
    """The competences that an application with this frozen content asks for. What always holds is asked also of one that
    was never submitted."""
    shown = _shown(definition, content) if content and any(c.needed_when for c in competences_of(definition)) else None
    return frozenset(
        one.id
        for one in competences_of(definition)
        if one.needed_when is None or (shown is not None and shown.meets(one.needed_when))
    )


def needs(cases: Iterable[Application]) -> dict[int, frozenset[str]]:
    """The competences that each application asks for; one query."""
    rows = list(cases)
    found = Submission.objects.filter(application__in=[case.pk for case in rows])
    submitted = dict(found.order_by("application", "-n").distinct("application").values_list("application", "content"))
    return {case.pk: needed(case.definition, submitted.get(case.pk)) for case in rows}


def knowledge(person: Person) -> frozenset[str]:
    """What the reviewer has said that they know. Costs a query when the profile was not read with the person."""
    profile: Profile | None = getattr(person, "profile", None)
    return frozenset(profile.competences) if profile else frozenset()


def names_of(competences: Iterable[str], definition: CallDefinition) -> str:
    """The competences by what the call calls them: 'Data och AI-teknik, Juridik'."""
    wanted, language = set(competences), (get_language() or "sv")[:2]
    return ", ".join(one.label.read(language) for one in competences_of(definition) if one.id in wanted)


def competences_of(definition: CallDefinition) -> tuple[Competence, ...]:
    """What the call knows of competences; nothing in a call without review."""
    return definition.review.competences if definition.review else ()


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
