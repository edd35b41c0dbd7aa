"""What is wrong with a call's text, in words for officers: each rule by its name, beside what the reader of files says of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from grants.programmes.faults import Fault

LONGEST = 300  # characters of what a file says of itself

WORDS: dict[str, Promise] = {
    "file": _("Filen går inte att läsa"),
    "yaml": _(
        "Det är inte enkel YAML: kontrollera indrag och tecken, och att inget står två gånger eller lånas med & och *"
    ),
    "unknown-key": _("Nyckeln finns inte"),
    "missing-key": _("En nyckel saknas"),
    "missing-swedish": _("Den svenska texten saknas"),
    "wrong-value": _("Värdet är av fel slag eller utanför sina gränser"),
    "does-not-fit": _("Nycklar som hör ihop saknar varandra"),
    "repeated-id": _("Samma id eller roll står två gånger"),
    "unknown-reference": _("Det som pekas ut finns inte"),
    "show-if-forward": _("Ett villkor för att visa en fråga pekar framåt"),
    "show-if-never": _("Ett villkor för att visa en fråga kan aldrig uppfyllas"),
    "check-kinds": _("En kontroll jämför saker av olika slag"),
    "dates-order": _("Tiderna kommer i fel ordning"),
    "weights-sum": _("Vikterna eller utbetalningarna blir inte 100 tillsammans"),
    "scale-anchors": _("Ett betyg saknar sin beskrivning"),
    "limits-clash": _("Gränser som inte kan uppfyllas samtidigt"),
    "stage-data": _("Ett steg är på men saknar det som det behöver"),
    "role-nobody": _("En roll som ingen kan ha"),
    "report-early": _("En rapport ska lämnas innan projektet har börjat eller beslutet har fattats"),
    "report-unreached": _("En rapport kommer efter det längsta projektet"),
    "report-final": _("Ingen rapport är den sista"),
    "same-slug": _("Omgångens namn, slug, stämmer inte med sidan"),
}


@dataclass(frozen=True)
class Told:
    """One fault for a page: where, what rule, and what exactly."""

    line: int
    column: int
    path: str
    what: Promise | str
    exactly: str
    nearest: str


def told(faults: Iterable[Fault]) -> list[Told]:
    """The faults in order, none longer than a person reads."""
    return [
        Told(
            fault.line,
            fault.column,
            fault.path[:LONGEST],
            WORDS.get(fault.rule, WORDS["file"]),
            fault.message[:LONGEST],
            fault.nearest,
        )
        for fault in faults
    ]
