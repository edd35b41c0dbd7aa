"""What a grant may amount to, whether it is the first or a changed one: the application's sum and the call's limits (the
call's definition: ``budget``)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from grants.money import written, written_share
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


def excesses(rules: BudgetRules, applied_ore: int, lines: Sequence[Line], language: str) -> Iterator[Excess]:
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
            share, most_share = (written_share(bp, language) for bp in (line.intensity_bp, rules.max_share_bp))
            yield Excess("max_share", text % {"party": line.party, "share": share, "most": most_share}, number)
