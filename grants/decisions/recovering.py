"""How much of a grant can be demanded back. Pure; reads each decision's `lines`."""

from collections import defaultdict
from collections.abc import Iterable

from grants.decisions.models import MADE, Decision, DecisionState, Outcome


def recoverable(decisions: Iterable[Decision]) -> dict[int, int]:
    """Öre by party: the most that it has been granted, less what it may keep of a grant that was withdrawn, less what has been
    demanded already. What has been paid is not known here, so it is a bound and no debt."""
    granted: dict[int, int] = defaultdict(int)
    kept: dict[int, int] = {}
    demanded: dict[int, int] = defaultdict(int)
    for decision in decisions:
        for line in decision.lines.all():
            ore = line.max_amount_ore
            if decision.outcome == Outcome.GRANT and decision.state in (*MADE, DecisionState.REPLACED):
                granted[line.party_id] = max(granted[line.party_id], ore)
            elif decision.outcome == Outcome.WITHDRAWAL and decision.state in MADE:
                kept[line.party_id] = ore
            elif decision.outcome == Outcome.RECOVERY and decision.state in MADE:
                demanded[line.party_id] += ore
    return {party: max(0, ore - kept.get(party, 0) - demanded[party]) for party, ore in granted.items()}
