"""What becomes of each simulated case, by chance from a seed: how it ends, and what happens on the way there."""

import random
from dataclasses import dataclass
from enum import StrEnum

from grants.applications.models import CaseState


class End(StrEnum):
    """How a case ends."""

    GRANTED = "granted"  # reports, and closes with the last report
    REJECTED = "rejected"
    FORMALLY_REJECTED = "formally_rejected"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"
    LAPSED = "lapsed"
    DISCARDED = "discarded"


class Twist(StrEnum):
    """What does not go the straight way."""

    REPLACED = "replaced"  # unlocked and submitted again
    CHANGED_MIND = "changed_mind"  # unlocked, and the changes thrown away
    COMPLETED = "completed"  # completion asked for and answered
    EXPIRED = "expired"  # completion asked for and not answered
    CONFLICTED = "conflicted"
    UNSURE = "unsure"
    REVIEWER_DECLINED = "reviewer_declined"
    RETURNED = "returned"  # the proposal is sent back, and approved when it comes again
    HELD = "held"  # the letter leaves later than the decision
    ACCEPTED_LATE = "accepted_late"
    PART_DECLINED = "part_declined"
    REPORT_LATE = "report_late"
    REPORT_RETURNED = "report_returned"


@dataclass(frozen=True)
class CasePlan:
    """One case's fate. `withdrawn_in` is the state from which a withdrawn one is taken back."""

    end: End
    twists: frozenset[Twist] = frozenset()
    withdrawn_in: str = CaseState.SUBMITTED

    def has(self, twist: Twist) -> bool:
        """Whether this happens on the way."""
        return twist in self.twists


WEIGHTS: dict[End, int] = {
    End.GRANTED: 40,
    End.REJECTED: 24,
    End.FORMALLY_REJECTED: 8,
    End.WITHDRAWN: 8,
    End.DECLINED: 8,
    End.LAPSED: 8,
    End.DISCARDED: 4,
}
ASSESSED = frozenset({End.GRANTED, End.REJECTED, End.DECLINED})
SUBMITTED = ASSESSED | {End.FORMALLY_REJECTED, End.WITHDRAWN}
# How often something happens, in percent, and in which cases. Of two that exclude each other the first stands.
CHANCES: tuple[tuple[Twist, int, frozenset[End]], ...] = (
    (Twist.REPLACED, 15, SUBMITTED),
    (Twist.CHANGED_MIND, 8, SUBMITTED),
    (Twist.COMPLETED, 15, ASSESSED),
    (Twist.EXPIRED, 10, ASSESSED | {End.FORMALLY_REJECTED}),
    (Twist.CONFLICTED, 15, ASSESSED),
    (Twist.UNSURE, 15, ASSESSED),
    (Twist.REVIEWER_DECLINED, 12, ASSESSED),
    (Twist.RETURNED, 15, ASSESSED | {End.FORMALLY_REJECTED}),
    (Twist.HELD, 12, ASSESSED),
    (Twist.ACCEPTED_LATE, 25, frozenset({End.GRANTED})),
    (Twist.PART_DECLINED, 50, frozenset({End.DECLINED})),
    (Twist.REPORT_LATE, 30, frozenset({End.GRANTED})),
    (Twist.REPORT_RETURNED, 30, frozenset({End.GRANTED})),
)
EXCLUDING = ((Twist.REPLACED, Twist.CHANGED_MIND), (Twist.COMPLETED, Twist.EXPIRED))
# States that only some cases pass: whoever asks for cases in one of them gets every case there.
ONLY_BY: dict[str, CasePlan] = {
    CaseState.COMPLETING: CasePlan(End.GRANTED, frozenset({Twist.COMPLETED})),
    CaseState.WITHDRAWN: CasePlan(End.WITHDRAWN),
    CaseState.DECLINED: CasePlan(End.DECLINED),
    CaseState.LAPSED: CasePlan(End.LAPSED),
}


def plans(n: int, rng: random.Random, until: str = "") -> list[CasePlan]:
    """The fates of `n` cases. The first few are one of each end, so that even a small simulation has them all."""
    if until in ONLY_BY:
        return [ONLY_BY[until]] * n
    ends = list(WEIGHTS)[:n]
    ends += rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=n - len(ends))
    rng.shuffle(ends)
    return [_plan(end, rng) for end in ends]


def _plan(end: End, rng: random.Random) -> CasePlan:
    twists = {twist for twist, percent, ends in CHANCES if rng.randrange(100) < percent and end in ends}
    for first, second in EXCLUDING:
        if first in twists:
            twists.discard(second)
    stages = (CaseState.SUBMITTED, CaseState.ASSESSING, CaseState.PROPOSED)
    return CasePlan(end, frozenset(twists), rng.choice(stages))
