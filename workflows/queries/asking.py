"""What the act page shows beside the steps about reviewers: who can be asked and why, and who cannot and why not."""

from dataclasses import dataclass
from typing import Any

from reviewers.asking import obstacles
from reviewers.loads import HELD, with_loads
from reviewers.matching import knowledge, names_of, needs
from reviewers.models import AssignmentState
from workflows.commands.base import Act


@dataclass(frozen=True)
class Candidate:
    """A reviewer who can be asked, with what they already have and what they know of what the application is about."""

    box: Any
    load: str
    fits: str


def assign(act: Act, form: Any) -> dict[str, Any]:
    """The reviewers who can be asked, with their load, and the others with why not; who has been asked already; and how
    many the call wants."""
    case = act.the_case
    found = with_loads(case.call, form.fields["reviewers"].queryset)
    stopped = obstacles(case, [person for person, _load in found])
    asks = needs([case])[case.pk]
    boxes = {str(box.data["value"]): box for box in form["reviewers"]}
    asked = list(case.assignments.select_related("reviewer").order_by("assigned_at", "pk"))
    return {
        "candidates": [
            Candidate(boxes[str(p.pk)], load.words, names_of(asks & knowledge(p), case.definition))
            for p, load in found
            if p.pk not in stopped
        ],
        "stopped": [stopped[p.pk].text for p, _load in found if p.pk in stopped],
        "asked": [(a.reviewer.name, str(AssignmentState(a.state).label)) for a in asked],
        "wanted": case.definition.the_review.reviewers,
        "quorum": case.definition.the_review.quorum,
        "working": sum(a.state in HELD for a in asked),
    }
