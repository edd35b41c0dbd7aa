"""The letter's fonts: Source Sans 3 in three static weights (SIL Open Font License).

reportlab embeds TrueType outlines only, so the variable web fonts of the pages cannot be used here.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

DEFAULT_FOLDER: Final = Path(__file__).resolve().parents[2] / "node_modules" / "@expo-google-fonts" / "source-sans-3"
_WEIGHTS: Final = ("400Regular", "600SemiBold", "700Bold")


class FontsMissingError(RuntimeError):
    """The font folder does not hold the three weights."""


@dataclass(frozen=True, slots=True)
class Font:
    """One registered font: the name that reportlab knows it by, and what it can show."""

    name: str
    codepoints: frozenset[int]


@dataclass(frozen=True, slots=True)
class FontSet:
    """The three weights of a letter."""

    regular: Font
    semibold: Font
    bold: Font


def font_folder() -> Path:
    """``settings.LETTER_FONTS`` when Django is configured with it, else the folder of the npm package."""
    if settings.configured and getattr(settings, "LETTER_FONTS", None):
        return Path(settings.LETTER_FONTS)
    return DEFAULT_FOLDER


@functools.lru_cache(maxsize=8)
def load(folder: Path) -> FontSet:
    """Register the fonts of ``folder`` once in the process; parsing them is the expensive part.

    The files may lie as in the npm package (a folder for each weight) or directly in ``folder``.
    Raises :exc:`FontsMissingError` when a weight is not there.
    """
    return FontSet(*(_register(folder, weight) for weight in _WEIGHTS))


def _register(folder: Path, weight: str) -> Font:
    file = f"SourceSans3_{weight}.ttf"
    path = next((p for p in (folder / weight / file, folder / file) if p.is_file()), None)
    if path is None:
        raise FontsMissingError(f"{file} is not in {folder}; install the assets or set LETTER_FONTS")
    # Two folders may hold different versions of the font: the name must not be shared between them.
    name = f"Letter-{weight}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    font = TTFont(name, str(path), shapable=False)
    pdfmetrics.registerFont(font)
    # A paragraph asks for the family of its font, even when nothing in it is bold or italic.
    pdfmetrics.registerFontFamily(name, name, name, name, name)
    return Font(name, frozenset(font.face.charToGlyph))
