"""What a panel writes about one application, saved field by field without overwriting what was not seen.

As with a score sheet (reviewers/sheets.py) a page carries a fingerprint of each text that it was drawn with, and a text that
somebody else has changed since is a conflict, not a loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grants import clock, money
from grants.cleaning import clean, clean_line
from grants.decisions.hearings import Recommendation
from grants.organisations.models import Person
from reviewers.panels import Item, ItemState, Meeting, MeetingState
from reviewers.sheets import fingerprint

LONGEST_TEXT = 8000  # characters; the minutes print them
LONGEST_DEPARTURE = 4000
FIELDS = ("recommendation", "amount", "text", "departure")
AT_THE_TABLE = ("recommendation", "amount", "text")  # while the item is up; a departure as long as the meeting goes on
_LONGEST = {"text": LONGEST_TEXT, "departure": LONGEST_DEPARTURE}


@dataclass(frozen=True)
class Saved:
    """What saving led to. Fields in `conflicts` hold something else than the page was drawn with and were left so; fields in
    `shut` cannot be written in (any longer)."""

    values: dict[str, str]
    saved_at: datetime | None
    conflicts: tuple[str, ...] = ()
    shut: tuple[str, ...] = ()


def read(item: Item) -> dict[str, str]:
    """What is written of the item, as text by field."""
    amount = "" if item.amount_ore is None else str(item.amount_ore // money.ORE_PER_KRONA)
    return {
        "recommendation": item.recommendation,
        "amount": amount,
        "text": item.text,
        "departure": item.departure,
    }


def open_fields(meeting: Meeting, item: Item) -> tuple[str, ...]:
    """The fields that can be written in now."""
    if meeting.state != MeetingState.OPEN:
        return ()
    return FIELDS if item.state == ItemState.UP else ("departure",)


def tidy(field: str, raw: str, applied_ore: int) -> str:
    """What is stored of what was typed or chosen. ValueError with the reason when it cannot be."""
    if field in _LONGEST:
        return clean(raw)[: _LONGEST[field]]
    line = clean_line(raw)
    if field == "recommendation":
        if line and line not in Recommendation.values:
            raise ValueError(field)
        return line
    if not line:
        return ""
    ore = money.read(line)
    if not 0 <= ore <= applied_ore:
        raise ValueError(field)
    return str(ore // money.ORE_PER_KRONA)


def save(pk: int, person: Person, typed: Mapping[str, str], seen: Mapping[str, str]) -> Saved:
    """Save these texts, each only if it is still what was `seen` (fingerprints by field). The caller has a transaction and has
    checked that the person may write here. The item's row is held, as closing the meeting holds it; the meeting is read
    after that, so nothing is written in one that has just been closed."""
    item = Item.objects.select_for_update(of=("self",)).get(pk=pk)
    meeting = Meeting.objects.get(pk=item.meeting_id)
    values = read(item)
    differing = {field: text for field, text in typed.items() if text != values[field]}
    may = open_fields(meeting, item)
    shut = tuple(field for field in differing if field not in may)
    conflicts = tuple(
        field for field in differing if field not in shut and seen.get(field, "") != fingerprint(values[field])
    )
    changed = {f: text for f, text in differing.items() if f not in shut and f not in conflicts}
    if changed:
        values |= changed
        for field, text in changed.items():
            _set(item, field, text)
        item.version, item.saved_at, item.saved_by = item.version + 1, clock.now(), person
        item.save(
            update_fields=["text", "recommendation", "amount_ore", "departure", "version", "saved_at", "saved_by"]
        )
    return Saved(values, item.saved_at, conflicts, shut)


def _set(item: Item, field: str, text: str) -> None:
    if field == "amount":
        item.amount_ore = int(text) * money.ORE_PER_KRONA if text else None
    else:
        setattr(item, field, text)
