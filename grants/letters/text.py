"""The only door for text into a letter.

reportlab's ``Paragraph`` obeys mini-markup: an unescaped ``<img src=...>`` would read a file of the server, and a
stray ``<`` would stop the whole letter. So paragraphs accept only :data:`Markup`, and only this module makes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NewType, Protocol

Markup = NewType("Markup", str)

LIMIT: Final = 20_000
"""Longest text of one paragraph, in characters: longer ones take seconds to break into lines."""

# Controls, soft hyphen, zero-width and bidirectional marks, line separators, variation selectors, surrogates,
# byte order mark, non-characters and tags: nothing that a reader can see, everything that can deceive one.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\uffff"
    "\ufdd0-\ufdef\ud800-\udfff\U000e0000-\U000e0fff]"
)
_ESCAPES: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\n"): "<br/>"}


class TextTooLongError(ValueError):
    """Text above the limit. A decision must never lose words silently, so it is refused and not cut."""


class HasGlyphs(Protocol):
    """A font as seen from here: its name in reportlab and the code points that it can show."""

    @property
    def name(self) -> str:
        """What reportlab knows it by."""

    @property
    def codepoints(self) -> frozenset[int]:
        """The characters it has glyphs for."""


def clean(value: str, limit: int = LIMIT) -> str:
    """Normalise to NFC and drop what cannot be seen; line feeds stay.

    Raises :exc:`TextTooLongError` when the text has more than ``limit`` characters.
    """
    if len(value) > limit:
        raise TextTooLongError(f"{len(value)} characters, at most {limit} can be printed")
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", value))


class TextDoor:
    """Turns text into markup and remembers the characters that no font could show.

    Letters that run from right to left count as missing although a font may have them: reportlab would print them
    in the wrong order and unshaped, which is worse than a visible gap that a person must resolve.
    """

    def __init__(self) -> None:
        self._missing: dict[str, None] = {}

    @property
    def missing(self) -> tuple[str, ...]:
        """Characters that could not be shown, each once, in order of first appearance."""
        return tuple(self._missing)

    def markup(self, value: str, fonts: tuple[HasGlyphs, ...]) -> Markup:
        """Escaped text in the first of ``fonts`` that has each character; a line feed becomes a line break."""
        text = clean(value)
        if fonts[0].codepoints.issuperset(map(ord, text.replace("\n", " "))):
            return Markup(text.translate(_ESCAPES))
        runs: list[tuple[int, str]] = []
        for character in text:
            index, shown = self._place(character, fonts)
            if runs and runs[-1][0] == index:
                runs[-1] = (index, runs[-1][1] + shown)
            else:
                runs.append((index, shown))
        return Markup("".join(_run(fonts[index].name if index else None, run) for index, run in runs))

    def lines(self, values: Iterable[str], fonts: tuple[HasGlyphs, ...]) -> Markup:
        """Several lines of one paragraph; empty ones are left out."""
        return Markup("<br/>".join(self.markup(value, fonts) for value in values if value))

    def _place(self, character: str, fonts: tuple[HasGlyphs, ...]) -> tuple[int, str]:
        if character == "\n":
            return 0, character
        if unicodedata.bidirectional(character) not in ("R", "AL", "AN"):
            for index, font in enumerate(fonts):
                if ord(character) in font.codepoints:
                    return index, character
        self._missing[character] = None
        return 0, f"[U+{ord(character):04X}]"


def _run(font: str | None, text: str) -> str:
    escaped = text.translate(_ESCAPES)
    return f'<font name="{font}">{escaped}</font>' if font else escaped
