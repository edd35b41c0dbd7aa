"""Whether an uploaded file is a PDF that can be kept and handed out: readable, open and passive."""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from django.utils.translation import gettext as _

DEEPEST = 40
MOST_OBJECTS = 100_000
MEGABYTE = 1024 * 1024
# What a reader would carry out rather than show.
ACTIVE = frozenset({"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/Movie", "/Sound"})
# A small file can unfold to more than the memory of the machine; no page of ours needs as much as this.
pikepdf.settings.set_qpdf_limits(flate_max_memory=128 * MEGABYTE, run_length_max_memory=128 * MEGABYTE)


class Unfit(ValueError):  # noqa: N818 (it says what the applicant can do, in words)
    """The file cannot be used; the text is for the applicant."""


def pages_of(content: bytes) -> int:
    """The number of pages of a PDF that can be kept. Raises Unfit with the reason."""
    if not content.startswith(b"%PDF-") and b"%PDF-" not in content[:1024]:
        raise Unfit(_("Filen är inte en PDF, vad den än heter. Spara dokumentet som PDF och välj den filen."))
    try:
        with pikepdf.open(io.BytesIO(content), suppress_warnings=True) as found:
            if found.is_encrypted:
                raise Unfit(_("Filen är låst med lösenord eller kryptering. Spara en öppen version."))
            pages = len(found.pages)
            if _is_active(found):
                raise Unfit(_("Filen innehåller skript eller startar program. Skriv ut den till en ny PDF."))
    except pikepdf.PasswordError:
        raise Unfit(_("Filen är låst med lösenord eller kryptering. Spara en öppen version.")) from None
    except Unfit:
        raise
    except (pikepdf.PdfError, pikepdf.PikepdfError, ValueError, TypeError, RuntimeError, RecursionError, MemoryError):
        raise Unfit(_("Filen är skadad och går inte att läsa. Spara om den som PDF.")) from None
    if pages == 0:
        raise Unfit(_("Filen har inga sidor."))
    return pages


def _is_active(found: pikepdf.Pdf) -> bool:
    for n, item in enumerate((found.trailer, *found.objects)):
        if n > MOST_OBJECTS:
            raise Unfit(_("Filen är för sammansatt för att kontrolleras. Skriv ut den till en ny PDF."))
        if any(_acts(part) for part in _parts(item)):
            return True
    return False


def _parts(item: Any, depth: int = 0) -> Iterator[Any]:
    """A dictionary, and those written inside it; what it only refers to has a turn of its own."""
    if depth > DEEPEST:  # what lies deeper is not looked at, so it is not let in either
        raise Unfit(_("Filen är för sammansatt för att kontrolleras. Skriv ut den till en ny PDF."))
    if isinstance(item, pikepdf.Stream):
        item = item.stream_dict
    if isinstance(item, pikepdf.Dictionary):
        yield item
        for _key, value in item.items():
            if isinstance(value, (pikepdf.Dictionary, pikepdf.Array)) and not value.is_indirect:
                yield from _parts(value, depth + 1)
    elif isinstance(item, pikepdf.Array):
        for value in item:
            if isinstance(value, (pikepdf.Dictionary, pikepdf.Array)) and not value.is_indirect:
                yield from _parts(value, depth + 1)


def _acts(item: pikepdf.Dictionary) -> bool:
    """Whether the dictionary is an action that does something, or holds a script (an XFA form has scripts of its own)."""
    action = item.get("/S")
    return "/JS" in item or "/XFA" in item or (isinstance(action, pikepdf.Name) and str(action) in ACTIVE)
