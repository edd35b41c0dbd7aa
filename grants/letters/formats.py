"""Amounts, percentages, dates and times as Swedish and British readers write them.

Groups of digits, and a number and its unit, are held together by no-break spaces (U+00A0).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from .data import Language

NBSP: Final = "\u00a0"
STOCKHOLM: Final = ZoneInfo("Europe/Stockholm")
_MONTHS: Final[dict[Language, tuple[str, ...]]] = {
    "sv": ("januari", "februari", "mars", "april", "maj", "juni",
           "juli", "augusti", "september", "oktober", "november", "december"),
    "en": ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"),
}  # fmt: skip


def amount(ore: int, language: Language) -> str:
    """An amount in kronor without its unit, for table columns; öre are shown only when there are any."""
    kronor, rest = divmod(ore, 100)
    whole = f"{kronor:,}"
    if language == "en":
        return f"{whole}.{rest:02d}" if rest else whole
    whole = whole.replace(",", NBSP)
    return f"{whole},{rest:02d}" if rest else whole


def money(ore: int, language: Language) -> str:
    """An amount with its unit: ``580 000 kr`` or ``SEK 580,000``."""
    number = amount(ore, language)
    return f"SEK{NBSP}{number}" if language == "en" else f"{number}{NBSP}kr"


def percent(basis_points: int, language: Language) -> str:
    """Per cent without its sign, for table columns: 7800 → ``78``, 7850 → ``78,5``."""
    whole, rest = divmod(basis_points, 100)
    if not rest:
        return str(whole)
    mark = "." if language == "en" else ","
    return f"{whole}{mark}{rest:02d}".rstrip("0")


def long_date(day: date, language: Language) -> str:
    """``20 juni 2023`` or ``20 June 2023``."""
    return f"{day.day}{NBSP}{_MONTHS[language][day.month - 1]}{NBSP}{day.year}"


def local_day(moment: datetime) -> date:
    """The Swedish calendar day of an aware moment: a decision at 23.30 UTC belongs to the next day."""
    return moment.astimezone(STOCKHOLM).date()


def to_the_minute(moment: datetime, language: Language) -> str:
    """Swedish local time as one says when a meeting began: 'den 3 juni 2024 kl. 10.00'."""
    local = moment.astimezone(STOCKHOLM)
    day = long_date(local.date(), language)
    return f"{day} at{NBSP}{local:%H:%M}" if language == "en" else f"{day} kl.{NBSP}{local:%H.%M}"


def to_the_second(moment: datetime, language: Language) -> str:
    """Swedish local time with seconds: a deadline is met or missed by seconds."""
    local = moment.astimezone(STOCKHOLM)
    joiner = "at" if language == "en" else "kl."
    return f"{long_date(local.date(), language)} {joiner}{NBSP}{local:%H:%M:%S}"
