"""What a grant may amount to, whether it is the first or a changed one: the application's sum and the call's limits (the
call's definition: ``budget``)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from grants.money import ORE_PER_KRONA, written, written_share
from grants.programmes.definition import BudgetRules


class Line(NamedTuple):
    """What one party would get: at most so much, in öre, and at most this share of its costs, in basis points."""

    party: str
    amount_ore: int
    intensity_bp: int


class Excess(NamedTuple):
    """What is above a limit, in the reader's words; `line` says whose, when it is one party's."""

    code: str
    text: str
    line: int | None = None


def excesses(rules: BudgetRules, applied_ore: int, lines: Sequence[Line]) -> Iterator[Excess]:
    """Every limit that the lines are above."""
    total = sum(line.amount_ore for line in lines)
    for code, most, text in (
        ("max_grant", rules.max_grant_ore, _("Summan är %(total)s. Omgången ger högst %(most)s per projekt.")),
        ("more_than_applied", applied_ore, _("Summan är %(total)s. Sökt bidrag är %(most)s.")),
    ):
        if total > most:
            yield Excess(code, text % {"total": written(total), "most": written(most)})
    if rules.share_of != "party":
        return
    text = _("Stödnivån för %(party)s är %(share)s. Omgången ger högst %(most)s till varje part.")
    for number, line in enumerate(lines):
        if line.intensity_bp > rules.max_share_bp:
            share, most_share = (written_share(bp) for bp in (line.intensity_bp, rules.max_share_bp))
            yield Excess("max_share", text % {"party": line.party, "share": share, "most": most_share}, number)


def lowered(amounts: Sequence[int], most_ore: int) -> list[int]:
    """Amounts in öre lowered in proportion, in whole kronor, so that together they are what they may be and no more. What is
    left over by rounding goes to the first that have room, a krona each."""
    total, most = sum(amounts), max(0, most_ore - most_ore % ORE_PER_KRONA)
    if total <= most:
        return list(amounts)
    exact = [ore * most // total for ore in amounts]
    shares = [ore - ore % ORE_PER_KRONA for ore in exact]
    rest = (most - sum(shares)) // ORE_PER_KRONA
    for n, ore in enumerate(amounts):
        if rest and shares[n] + ORE_PER_KRONA <= ore:
            shares[n], rest = shares[n] + ORE_PER_KRONA, rest - 1
    return shares
