"""Money is an integer number of öre, shares are basis points; this is the only place that rounds.

The rule: half away from zero, once, at the end of a calculation (häradsrätt of public accounting: whole öre).
"""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language

from grants.numbers import PLAIN

ORE_PER_KRONA = 100
FULL_SHARE = 10_000  # basis points in 100 %
LARGEST_KRONOR = 10_000_000_000
NBSP = "\u00a0"
# A krona has two decimals, never three: three digits after a comma or a point are thousands.
_COMMAS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d{1,2})?", re.ASCII)
_POINTS = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d{1,2})?", re.ASCII)


def rounded(amount: Decimal) -> int:
    """Round `amount` (öre) to whole öre, half away from zero."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def kronor(amount: int) -> int:
    """Whole kronor as öre: `kronor(600_000)` is 600 000 kr."""
    return amount * ORE_PER_KRONA


def share_of(ore: int, basis_points: int) -> int:
    """`basis_points` of `ore`, in öre."""
    return rounded(Decimal(ore) * basis_points / FULL_SHARE)


def ratio_bp(part: int, whole: int) -> int:
    """`part` of `whole` in basis points; 0 when there is no whole."""
    return rounded(Decimal(part) * FULL_SHARE / whole) if whole else 0


def written(ore: int, language: str | None = None) -> str:
    """An amount as people write it, in the reader's language unless another is given: '580 000 kr', in English
    'SEK 580,000'. Öre only when there are any."""
    sign, (whole, rest) = "\u2212" if ore < 0 else "", divmod(abs(ore), ORE_PER_KRONA)
    if _is_english(language):
        return f"{sign}SEK{NBSP}{whole:,}" + (f".{rest:02d}" if rest else "")
    return f"{sign}{whole:,}".replace(",", NBSP) + (f",{rest:02d}" if rest else "") + f"{NBSP}kr"


def written_share(basis_points: int, language: str | None = None) -> str:
    """A share as people write it, in the reader's language unless another is given: '77,6 %', in English '77.6%'."""
    text = f"{Decimal(basis_points) / 100:.2f}".rstrip("0").rstrip(".")
    return f"{text}%" if _is_english(language) else text.replace(".", ",") + f"{NBSP}%"


def _is_english(language: str | None) -> bool:
    return (language or get_language() or "sv").startswith("en")


def read(text: str) -> int:
    """Öre from what a person typed: '12 000', '12000,50', '12 000 kr'. ValueError when it is not an amount."""
    bare = "".join(text.strip().lower().removesuffix("kr").removeprefix("sek").split())
    if _COMMAS.fullmatch(bare):
        bare = bare.replace(",", "")
    elif _POINTS.fullmatch(bare):
        bare = bare.replace(".", "")
    if not PLAIN.fullmatch(bare):
        raise ValueError(text)
    amount = Decimal(bare.replace(",", "."))
    if abs(amount) > LARGEST_KRONOR:
        raise ValueError(text)
    return int(amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) * ORE_PER_KRONA)  # once, however many decimals
