"""What people type, made fit to be stored and sorted: one function for every inlet (forms, query strings, JSON, files)."""

import re
import unicodedata

# C0 and C1 controls but tab and newline, bidi overrides and isolates, zero-width marks, lone surrogates, non-characters
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff0-\uffff\ud800-\udfff]"
)


def clean(text: str) -> str:
    """Running text: NFC, one kind of line break, no invisible or unstorable characters, no space at the ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNFIT.sub("", text)).strip()


def clean_line(text: str) -> str:
    """One line: as `clean`, with every run of white space made one space."""
    return " ".join(clean(text).split())


def swedish_key(text: str) -> str:
    """A key by which code-point order is Swedish order: å, ä and ö come last, in that order."""
    return text.casefold().translate(str.maketrans("åäöéü", "{|}ey"))[:220]
