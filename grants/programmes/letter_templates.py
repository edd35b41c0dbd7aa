"""What a call may say in its letters in its own words: templates with named fields, and nothing else.

A template is a sentence with fields as `{project}`. There is no logic, no format and no way into the objects behind: a
field is replaced by a text, and that text is never read as a template again. Which fields there are depends on the kind of
letter; a field that a kind has no value for is a fault, found before the call is published.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from grants.programmes.law import LegalText
from grants.programmes.questions import Model, Text

LONGEST: Final = 2000  # characters of one template


class LetterKind(StrEnum):
    """Each kind of letter that a decision can make."""

    GRANT = "grant"
    REJECTION = "rejection"
    FORMAL_REJECTION = "formal_rejection"
    WRITTEN_OFF = "written_off"
    RESERVE = "reserve"
    CHANGE = "change"
    WITHDRAWAL = "withdrawal"
    RECOVERY = "recovery"


class LetterTexts(Model):
    """What the letters of one kind say otherwise than usual. The first six are templates; see the fields below."""

    title: Text | None = None
    heading: Text | None = None
    opening: Text | None = None
    decision: Text | None = None
    meaning: Text | None = None
    closing: Text | None = None
    legal_ground: LegalText | None = None
    appeal: LegalText | None = None

    def templates(self) -> Iterator[tuple[str, Text]]:
        """The parts that are templates and are written out here."""
        for part in PARTS:
            text: Text | None = getattr(self, part)
            if text is not None:
                yield part, text


PARTS: Final = ("title", "heading", "opening", "decision", "meaning", "closing")
GIVING: Final = frozenset({LetterKind.GRANT, LetterKind.CHANGE})  # kinds that give each party an amount
OF_ANOTHER: Final = frozenset({LetterKind.CHANGE, LetterKind.WITHDRAWAL, LetterKind.RECOVERY})  # of an earlier decision


@dataclass(frozen=True)
class TemplateField:
    """One field: its name, what stands there instead, an example, and the kinds of letters that have it."""

    name: str
    meaning: str
    example: str
    kinds: frozenset[LetterKind] = frozenset(LetterKind)


FIELDS: Final = (
    TemplateField("authority", "The authority's short name.", "Exempelmyndigheten"),
    TemplateField("number", "The case number (diarienummer).", "2024-00017"),
    TemplateField("version", "The number of this version of the decision.", "2"),
    TemplateField("date", "The day of the decision; in a preview, that it is set on decision.", "20 juni 2024"),
    TemplateField("project", "The project's title.", "Rätt ärende till rätt handläggare"),
    TemplateField("coordinator", "The coordinating organisation.", "Björkdala kommun"),
    TemplateField("call", "The call's full name.", "Lokal data för lokala behov"),
    TemplateField("programme", "The programme's name.", "Exempelprogrammet"),
    TemplateField("officer", "Who handles and presents the case.", "Sara Lindqvist"),
    TemplateField(
        "total",
        "The sum of all parties: what is granted, and in a recovery what is to be repaid.",
        "580 000 kr",
        GIVING | {LetterKind.RECOVERY},
    ),
    TemplateField(
        "due",
        "The last day to accept the conditions, if the call has that stage, and in a recovery to repay.",
        "15 juli 2024",
        GIVING | {LetterKind.RECOVERY},
    ),
    TemplateField("start", "The first day of the project.", "1 augusti 2024", GIVING),
    TemplateField("end", "The last day of the project.", "31 juli 2025", GIVING),
    TemplateField("earlier_date", "The day of the decision that this one is about.", "20 juni 2024", OF_ANOTHER),
    TemplateField("earlier_version", "The number of that decision's version.", "1", OF_ANOTHER),
    TemplateField("earlier_total", "What that decision granted in all.", "600 000 kr", OF_ANOTHER),
)

_BRACES: Final = re.compile(r"\{([^{}]*)\}|[{}]")
_NAME: Final = re.compile(r"[a-z_]+")


def fields_of(kind: LetterKind) -> dict[str, TemplateField]:
    """The fields that letters of this kind have, by name."""
    return {field.name: field for field in FIELDS if kind in field.kinds}


def faults(template: str, kind: LetterKind) -> Iterator[str]:
    """What is wrong with a template for this kind of letter, in words; nothing when it can be used."""
    known = fields_of(kind)
    for found in _BRACES.finditer(template):
        where, name = f"character {found.start() + 1}", found[1]
        if name is None:
            yield f"{where}: a brace alone; braces stand only around the name of a field, as {{project}}"
        elif not _NAME.fullmatch(name):
            yield f"{where}: {found[0]} is not a field; only a name stands within the braces, as {{project}}"
        elif name not in known and any(field.name == name for field in FIELDS):
            yield f"{where}: {found[0]} has no value in a letter of the kind {kind}"
        elif name not in known:
            yield f"{where}: there is no field {found[0]}; there are {', '.join(known)}"
    if len(template) > LONGEST:
        yield f"longer than {LONGEST} characters"


def names_in(template: str) -> tuple[str, ...]:
    """The names of the fields in a template that is right, in order."""
    return tuple(found[1] for found in _BRACES.finditer(template) if found[1])


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its fields replaced. What has no value stands as `[name]`, for a preview to show."""
    return _BRACES.sub(lambda found: values.get(found[1] or "") or f"[{found[1] or found[0]}]", template)
