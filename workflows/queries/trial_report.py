"""What a dry run led to, for officers: its report in their words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from grants.applications.models import CaseState
from grants.programmes.definition import CallDefinition
from workflows.queries.trial_words import happening, reason


@dataclass(frozen=True)
class Report:
    """The report of workflows.simulation.dryrun, states and questions by their names."""

    applications: int
    at_a_boundary: int
    accepted_at_boundaries: int
    not_tried: int
    states: list[tuple[str, int]]
    dead_ends: list[dict[str, Any]]
    never_shown: list[str]
    unexpected: list[str]
    refusals: list[tuple[str, str, int]]  # code, what it stands for, how often
    calendar: list[tuple[str, str]]

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to look at."""
        return not (self.dead_ends or self.never_shown or self.unexpected)

    @property
    def refused(self) -> int:
        """How many steps were refused."""
        return sum(n for _code, _words, n in self.refusals)


def read(report: dict[str, Any], definition: CallDefinition | None) -> Report:
    """The report as it was kept."""
    language = (get_language() or "sv")[:2]
    asked = {q.id: q.label.read(language) for q in definition.questions()} if definition else {}
    reports = {r.id: r.title.read(language) for r in definition.reporting.reports} if definition else {}
    return Report(
        **{key: report[key] for key in ("applications", "at_a_boundary", "accepted_at_boundaries", "not_tried")},
        states=[(_state(state), n) for state, n in report["states"].items()],
        dead_ends=[end | {"state": _state(end["state"])} for end in report["dead_ends"]],
        never_shown=[asked.get(name, name) for name in report["never_shown"]],
        unexpected=list(report["unexpected"]),
        refusals=[(code, reason(code), n) for code, n in report["refusals"].items()],
        calendar=[(day, happening(what, reports)) for day, what in report["calendar"]],
    )


def _state(state: str) -> str:
    return str(CaseState(state).label) if state in CaseState.values else state
