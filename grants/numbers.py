"""Numbers and days as people type them, read strictly: what is not plainly a number or a day is refused.

static/anslag/values.js reads the same in the browser; a test holds them together.
"""

import re
from datetime import date
from decimal import Decimal

PLAIN = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)", re.ASCII)  # a comma or a point stands before decimals
LARGEST = Decimal(10) ** 12
MOST_DECIMALS = 10  # so that sums are exact
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def number(text: str) -> Decimal:
    """A number: '12', '1 250,5', '-3.25'. ValueError when it is not one, or beyond all reason."""
    bare = "".join(text.split())  # spaces of every kind stand between thousands
    if not PLAIN.fullmatch(bare):
        raise ValueError(text)
    value = Decimal(bare.replace(",", "."))
    _whole, _point, decimals = bare.replace(",", ".").partition(".")
    if abs(value) > LARGEST or len(decimals) > MOST_DECIMALS:
        raise ValueError(text)
    return value


def day(text: str) -> date:
    """A day: '2023-12-01'. ValueError when it is not one."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)
