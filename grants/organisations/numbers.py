"""The organisation number: how it is written, and which ones are accepted."""

import re

from django.conf import settings
from stdnum.exceptions import ValidationError
from stdnum.se import orgnr

EXAMPLE_SERIES = "000000"  # no authority gives out numbers in it
_WRITTEN = re.compile(r"(?:16)?(\d{6})-?(\d{4})", re.ASCII)


def is_example(number: str) -> bool:
    """Whether the number is from the series of made-up ones."""
    return number.startswith(EXAMPLE_SERIES)


def tidy(text: str) -> str:
    """The number as it is stored, 'NNNNNN-NNNN'. ValueError when no organisation can have it.

    A person's number is refused too (its third digit is 0 or 1), so that none is stored by mistake. Made-up numbers
    are accepted in a demonstration and in tests only, whatever their last digit.
    """
    found = _WRITTEN.fullmatch(text.replace("\u2013", "-").replace("\u00a0", "").replace(" ", "").strip())
    if found is None:
        raise ValueError(text)
    number = f"{found[1]}-{found[2]}"
    if is_example(number):
        if settings.DEMO or settings.TESTING:
            return number
        raise ValueError(text)
    try:
        orgnr.validate(number)
    except ValidationError:
        raise ValueError(text) from None
    if number[2] in "01":
        raise ValueError(text)
    return number
