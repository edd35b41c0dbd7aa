"""Why a proposed grant is too much, as refusals."""

from collections.abc import Mapping, Sequence
from typing import Any

from grants.applications.models import Application
from grants.decisions.limits import Line, excesses
from grants.refusal import Refusal


def too_much(case: Application, lines: Sequence[Mapping[str, Any]]) -> list[Refusal]:
    """Every limit that a grant of these lines is above."""
    names = {party.pk: party.name for party in case.parties.select_related("organisation")}
    stated = [Line(names[line["party"]], line["max_amount_ore"], line["intensity_bp"]) for line in lines]
    found = excesses(case.definition.budget, case.applied_ore, stated)
    return [Refusal(one.code, one.text) for one in found]
