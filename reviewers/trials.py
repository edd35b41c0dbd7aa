"""What somebody tries on a meeting's page, as a line of text in its address: nothing is stored until it is adopted.

`o12.b7-400000`: the item 12 lifted above the line, the amount of the item 7 set to 400 000 kronor.
"""

import re

from grants.money import ORE_PER_KRONA
from reviewers.funding import Trial

_PART = re.compile(r"o(?P<over>[0-9]{1,12})|b(?P<item>[0-9]{1,12})-(?P<kronor>[0-9]{1,10})")
MOST = 60  # changes in one trial; a longer line would not fit an address


def parse(text: str) -> Trial:
    """What the line says; parts that say nothing are passed over."""
    amounts: dict[int, int] = {}
    lifted: dict[int, None] = {}
    for part in text.split(".")[:MOST]:
        found = _PART.fullmatch(part)
        if found is None:
            continue
        if found["over"]:
            lifted[int(found["over"])] = None
        else:
            amounts[int(found["item"])] = int(found["kronor"]) * ORE_PER_KRONA
    return Trial(amounts, tuple(lifted))


def written(trial: Trial) -> str:
    """The line that says this."""
    lifted = [f"o{item}" for item in trial.lifted]
    amounts = [f"b{item}-{ore // ORE_PER_KRONA}" for item, ore in trial.amounts.items()]
    return ".".join((lifted + amounts)[-MOST:])
