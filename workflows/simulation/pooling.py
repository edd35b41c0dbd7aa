"""The demonstration's reviewers: what they can, where they belong and what that leads to, by the commands that they run."""

from datetime import date, timedelta
from typing import Any

from grants import clock
from grants.applications.models import CaseState
from grants.organisations.models import Organisation, Person
from grants.programmes.models import Authority
from reviewers.models import Assignment, AssignmentState, PoolPlace
from workflows.commands.base import run
from workflows.demo import DOMAIN
from workflows.pool_forms import competence_choices
from workflows.simulation import people

REVIEWERS = ("mira", "tove", "hugo", "ines")
A_YEAR = timedelta(days=365)


def tell(persons: dict[str, Person]) -> None:
    """Profiles, an invitation that waits, one tie that the next declaration meets and one that is found too late."""
    for authority in Authority.objects.filter(pool__person__in=[persons[key] for key in REVIEWERS]).distinct():
        known = [key for key, _label in competence_choices(authority)]
        for n, key in enumerate(REVIEWERS):
            can = [competence for i, competence in enumerate(known) if i % len(REVIEWERS) in (n, (n + 1) % 4)]
            told: dict[str, Any] = {
                "competences": can,
                "languages": ["sv", "en"] if n % 2 else ["sv"],
                "load_cap": 8 + 2 * n,
            }
            run("change_profile", persons[key], _place(authority, persons[key]), **told)
        university = people.organisation(350, Organisation.Kind.UNIVERSITY)
        _belongs(authority, persons["hugo"], university, None)
        run("invite_reviewer", persons["sara"], authority, email=f"ny-bedomare@{DOMAIN}")
        _tie(authority, AssignmentState.OFFERED)
        _tie(authority, AssignmentState.LODGED)


def _tie(authority: Authority, state: str) -> None:
    """Somebody whose assignment is in this state says that they worked for a party of the case not long ago."""
    rows = Assignment.objects.filter(
        state=state, application__state=CaseState.ASSESSING, application__call__programme__authority=authority
    )
    assignment = rows.select_related("reviewer", "application").order_by("pk").last()
    if assignment is None:
        return
    party = assignment.application.parties.select_related("organisation").order_by("position", "pk").first()
    if party is not None:
        _belongs(authority, assignment.reviewer, party.organisation, clock.today() - A_YEAR)


def _belongs(authority: Authority, person: Person, organisation: Organisation, until: date | None) -> None:
    told: dict[str, Any] = {
        "number": organisation.number,
        "name": "",
        "kind": "",
        "relation": "employed",
        "since": None,
    }
    run("add_affiliation", person, _place(authority, person), until=until, **told)


def _place(authority: Authority, person: Person) -> PoolPlace:
    return PoolPlace.objects.active().get(authority=authority, person=person)
