"""From a text that somebody typed or uploaded to a proposal for a call: checked first, and kept only when it is right."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from grants.organisations.models import Person
from grants.programmes.definition import CallDefinition
from grants.programmes.faults import Fault, LoadingError
from grants.programmes.models import Call, CallProposal, Programme
from grants.programmes.reading import parse_call, place_in

LARGEST = 256 * 1024  # bytes; a call is some tens of kB, and what is larger takes seconds to read
MOST_FAULTS = 100  # shown of one text


@dataclass(frozen=True)
class Checked:
    """What a text turned out to be: a definition, or what is wrong with it."""

    text: str
    definition: CallDefinition | None = None
    faults: list[Fault] = field(default_factory=list)
    more: int = 0  # faults that are not listed


class UnreadableError(ValueError):
    """The file is no text at all, or too much of it; says which, for the person who chose it."""


def text_of(upload: "UploadedFile[Any] | None", typed: str) -> str:
    """The text of the file, or what was typed when there is none. UnreadableError when it is not read at all."""
    if upload is None:
        return read_text(typed.encode("utf-8", "replace"))
    if (upload.size or 0) > LARGEST:
        raise UnreadableError(too_large())
    return read_text(upload.read(LARGEST + 1))


def too_large() -> str:
    """Said of a text beyond the limit."""
    return _("Texten är större än %(kb)d kB. En omgång är några tiotal kB.") % {"kb": LARGEST // 1024}


def read_text(raw: bytes) -> str:
    """The bytes as text with one kind of line break."""
    if len(raw) > LARGEST:
        raise UnreadableError(too_large())
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        said = _("Filen är inte text i UTF-8. Det första som inte går att läsa står på rad %(line)d.")
        raise UnreadableError(said % {"line": line}) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check(text: str, *, slug: str = "", programmes: tuple[str, ...] = ()) -> Checked:
    """Whether the text is a definition, of the call `slug` when it is given and else of a new one, in one of `programmes`."""
    try:
        definition = parse_call(text, slug)
    except LoadingError as error:
        return Checked(text, None, list(error.faults[:MOST_FAULTS]), max(0, len(error.faults) - MOST_FAULTS))
    found = list(_misplaced(text, definition, slug, programmes))
    return Checked(text, None if found else definition, found)


def _misplaced(text: str, definition: CallDefinition, slug: str, programmes: tuple[str, ...]) -> list[Fault]:
    """What is right in itself but belongs elsewhere."""
    found = []
    if slug and definition.slug != slug:
        said = _("Filen är till omgången %(other)s. Den här sidan är till %(slug)s.")
        found.append(("slug", said % {"other": definition.slug, "slug": slug}, "same-slug"))
    if not slug and Call.objects.filter(slug=definition.slug).exists():
        said = _("Det finns redan en omgång som heter %(slug)s. Ge den nya ett eget namn, slug.")
        found.append(("slug", said % {"slug": definition.slug}, "same-slug"))
    if definition.programme not in programmes:
        said = _("Omgången kan inte ligga i programmet %(other)s. Här går det med: %(right)s.")
        right = ", ".join(programmes)
        found.append(("programme", said % {"other": definition.programme, "right": right}, "unknown-reference"))
    return [Fault(slug, said, *place_in(text, path), path=path, rule=rule) for path, said, rule in found]


def keep(person: Person, programme: Programme, slug: str, text: str, call: Call | None) -> CallProposal:
    """The text as a proposal that can be left and come back to; the same text again is the same proposal."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    proposal, _new = CallProposal.objects.get_or_create(
        slug=slug,
        by=person,
        sha256=digest,
        published=None,
        defaults={"programme": programme, "call": call, "text": text},
    )
    return proposal
