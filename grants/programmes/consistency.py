"""What a definition says in one place must fit what it says in another: references, limits, order.

Apart from the schema so that all faults are found at once, not only the first, and so that each can say where in the file
it stands. The rules of forms are in `consistent_forms`, `consistent_conditions` and `consistent_sizes`, all others in
`consistent_rules`; RULES tells what each is for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from grants.programmes.definition import CallDefinition

YES, NO = "yes", "no"  # the answers to a yesno question, as show_if and stored answers write them
INCONSISTENT = "inconsistent"  # the type of the error that carries misfits

Path = tuple[str | int, ...]

# Each rule that a file can break, by the name that `call lint` gives it. The first are of the file and of single keys.
RULES: dict[str, str] = {
    "file": "The file can be read: UTF-8, at most 1 MB, .yaml.",
    "yaml": "Plain YAML: no tabs, anchors, aliases or tags, no key twice, at most 30 levels and 20,000 values.",
    "unknown-key": "Every key is one of those below; the nearest right one is suggested.",
    "missing-key": "Every needed key is there.",
    "missing-swedish": "Every text has `sv`. English may be left out.",
    "wrong-value": "Every value is of its kind and within its limits.",
    "does-not-fit": "Keys that belong together come together: options to a choice, columns to a table, limits to their kinds.",
    "repeated-id": "An id occurs once in its list, and so does a role.",
    "unknown-reference": "What is referred to exists: questions, criteria, cost types, reports, aid bases, law, paths in `demo`.",
    "template-field": "A letter's template has only fields that its kind of letter has a value for, and no other braces.",
    "letter-length": "Names and labels that a letter prints in its head or in a table are short enough for it.",
    "show-if-forward": "`show_if` refers to an earlier question.",
    "show-if-never": "`show_if` can hold: the answers it waits for can be given, by the same party and all at once.",
    "show-if-deep": "`show_if` is at most three levels deep.",
    "check-kinds": "A check and a condition compare days with days, or numbers and amounts with each other.",
    "dates-order": "Moments of the window and days of the project and the decision come in order, and the call is open at all.",
    "weights-sum": "The weights of the criteria sum to 100, and so do the payments.",
    "scale-anchors": "Each score from lowest to highest has its anchor text, in every criterion.",
    "limits-clash": "Limits can be met together: least and most, checks, caps, quorum, grants and the call's budget.",
    "too-large": "Each step of the form, and the budget, can be sent at once when as much is filled in as may be.",
    "stage-data": "A stage that is on has what it needs: `review` with criteria, partners to confirm, conditions to accept.",
    "role-nobody": "Somebody may coordinate, and each role has kinds of organisation that may have it.",
    "report-early": "No report is due before its project has started or before the decision.",
    "report-unreached": "No report comes after the longest project.",
    "report-final": "One report is final, so that a project has an end.",
    "same-slug": "No two files define the same call.",
}


@dataclass(frozen=True)
class Misfit:
    """One thing that does not fit: which rule is broken, at which place of the definition, and how, in words."""

    rule: str
    path: Path
    message: str


def require(definition: "CallDefinition") -> None:
    """Raise one error, for pydantic to pass on, that carries everything that does not fit together."""
    if found := misfits(definition):
        words = "; ".join(misfit.message for misfit in found)
        raise PydanticCustomError(INCONSISTENT, "{words}", {"words": words, "misfits": found})


def misfits(definition: "CallDefinition") -> list[Misfit]:
    """Everything that does not fit together; empty when all does."""
    from grants.programmes import consistent_forms, consistent_rules, consistent_sizes  # they stand on this module

    return [
        *consistent_forms.misfits(definition),
        *consistent_rules.misfits(definition),
        *consistent_sizes.misfits(definition),
        *(
            Misfit("unknown-reference", ("demo", place), f"demo: there is no {path}")
            for place, path in enumerate(definition.demo)
            if not exists(definition, path)
        ),
    ]


def twice(rule: str, ids: Sequence[tuple[Path, str]]) -> list[Misfit]:
    """The second place of each id that occurs more than once. `rule` is what the list holds, in words."""
    seen: dict[str, int] = {}
    found = []
    for path, value in ids:
        seen[value] = seen.get(value, 0) + 1
        if seen[value] == 2:
            found.append(Misfit("repeated-id", path, f"{rule} {value} occurs twice"))
    return found


def exists(value: Any, path: str) -> bool:
    """Whether a dotted path leads to a value: by key, by the `id` or `role` of a list's item or its place from 0."""
    for part in path.split("."):
        if isinstance(value, BaseModel):
            found = part in type(value).model_fields
            value = getattr(value, part, None)
        elif isinstance(value, Mapping):
            keys = {str(key): item for key, item in value.items()}
            found, value = part in keys, keys.get(part)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            named = {str(getattr(item, "id", getattr(item, "role", None))): item for item in value}
            numbered = {str(place): item for place, item in enumerate(value)}
            found, value = part in named | numbered, (numbered | named).get(part)
        else:
            found = False
        if not found:
            return False
    return True
