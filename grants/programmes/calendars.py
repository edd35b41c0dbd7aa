"""The dates of calls, and meetings, as iCalendar (RFC 5545): CRLF, lines of at most 75 octets, moments in UTC, stable UIDs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grants import clock
from grants.programmes.pages_standing import Standing
from grants.templatetags.call_texts import plain

MEDIA_TYPE = "text/calendar; charset=utf-8"
LONGEST_LINE = 75  # octets, without the line break


@dataclass(frozen=True)
class Meeting:
    """Something to come to. `key` is its own for ever, so that a file that is loaded again moves what the first one wrote."""

    key: str
    starts_at: datetime
    title: str
    place: str
    about: str
    url: str


def calendar(standings: Iterable[Standing], name: str) -> str:
    """The announcement, opening, closing and expected decision of each call."""
    return _file(name, (line for standing in standings for line in _events(standing)))


def meeting(one: Meeting) -> str:
    """One meeting; how long it takes is not said."""
    return _file(
        one.title,
        [
            *_head(one.key, one.title),
            f"DTSTART:{stamp(one.starts_at)}",
            f"LOCATION:{escaped(one.place)}",
            f"DESCRIPTION:{escaped(one.about)}",
            f"URL:{one.url}",
            "END:VEVENT",
        ],
    )


def _file(name: str, events: Iterable[str]) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//Anslag//Calls//{(get_language() or 'sv')[:2].upper()}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        *events,
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _head(key: str, summary: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{key}@{urlsplit(settings.BASE_URL).hostname or 'localhost'}"
    yield f"DTSTAMP:{stamp(clock.now())}"
    yield f"SUMMARY:{escaped(summary)}"


def escaped(text: str) -> str:
    """A TEXT value: backslash, comma, semicolon and line breaks escaped."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def folded(line: str) -> str:
    """A content line in pieces of at most 75 octets, never in the middle of a character."""
    pieces, piece, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LONGEST_LINE:
            pieces.append(piece)
            piece, size = "", 1  # the space that continues the line counts
        piece += character
        size += octets
    return "\r\n ".join([*pieces, piece])


def stamp(moment: datetime) -> str:
    """A moment in UTC: 20230914T120000Z."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _events(standing: Standing) -> Iterator[str]:
    call, definition = standing.call, standing.definition
    title = {"call": plain(definition.title)}
    dates: list[tuple[str, str, datetime | date | None, str]] = [
        ("announced", "window.announced", call.announced_at, _("%(call)s annonseras") % title),
        ("opens", "window.opens", call.opens_at, _("%(call)s öppnar") % title),
        ("closes", "window.closes", call.closes_at, _("%(call)s stänger") % title),
        ("decision", "decision.decision_due", definition.decision.decision_due, _("%(call)s: besked väntas") % title),
    ]
    dates += [
        (f"cutoff-{number}", f"window.cutoffs.{number - 1}", cutoff, _("%(call)s: avstämning") % title)
        for number, cutoff in enumerate(definition.window.cutoffs, 1)
    ]
    for name, path, moment, summary in dates:
        if moment is not None:
            yield from _event(standing, name, moment, summary, example=definition.is_demo(path))


def _event(standing: Standing, name: str, moment: datetime | date, summary: str, *, example: bool) -> Iterator[str]:
    slug = standing.call.slug
    if example:
        summary = _("%(what)s (exempel)") % {"what": summary}
    yield from _head(f"{slug}-{name}", summary)
    if isinstance(moment, datetime):
        yield f"DTSTART:{stamp(moment)}"
    else:
        yield f"DTSTART;VALUE=DATE:{moment:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{moment + timedelta(days=1):%Y%m%d}"
    yield f"DESCRIPTION:{escaped(plain(standing.definition.full_title))}"
    yield f"URL:{settings.BASE_URL}{reverse('call', args=[slug])}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"
