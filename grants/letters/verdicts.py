"""Verdicts in plain words: what the file is, what that means, and what one can do."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .verify import Finding


@dataclass(frozen=True)
class Words:
    """A verdict for people."""

    title: Promise
    text: Promise
    advice: Promise | str = ""


_ASK = _("Be avsändaren om filen som myndigheten skickade, eller fråga myndigheten.")

WORDS: dict[Finding, Words] = {
    Finding.ISSUED: Words(
        _("Brevet är äkta"),
        _("Filen är exakt den som myndigheten utfärdade. Ingenting i den har ändrats."),
    ),
    Finding.APPENDED: Words(
        _("Något har lagts till efter brevet"),
        _(
            "Filen börjar med hela det brev som myndigheten utfärdade, men efter det ligger något som inte hör dit. Det syns "
            "inte när filen läses, och läsprogram kan ändå säga att stämpeln är giltig."
        ),
        _ASK,
    ),
    Finding.UPDATED: Words(
        _("Brevet har ändrats efter att det utfärdades"),
        _(
            "I filen ligger det brev som myndigheten utfärdade, men någon har skrivit en ändring efter det. Det du läser kan "
            "vara något annat än beslutet: en kommentar eller ett annat belopp. Läsprogram kan ändå säga att stämpeln är "
            "giltig."
        ),
        _ASK,
    ),
    Finding.SIGNED_AFTER: Words(
        _("Någon annan har skrivit under brevet efteråt"),
        _(
            "I filen ligger det brev som myndigheten utfärdade, men en underskrift har lagts till efter det. Den är inte "
            "myndighetens, och med den kan också annat ha ändrats."
        ),
        _ASK,
    ),
    Finding.STRIPPED: Words(
        _("Stämpeln är borttagen"),
        _(
            "Texten är den som myndigheten utfärdade, men filen saknar myndighetens elektroniska stämpel. Den kan därför inte "
            "visa någon annan att den är äkta."
        ),
        _ASK,
    ),
    Finding.RESIGNED: Words(
        _("Stämpeln är utbytt mot någon annans underskrift"),
        _(
            "Filen är gjord av ett brev som myndigheten utfärdade, men underskriften i den är inte myndighetens stämpel."
        ),
        _ASK,
    ),
    Finding.DAMAGED: Words(
        _("Stämpeln är skadad"),
        _("Filen är gjord av ett brev som myndigheten utfärdade, men stämpeln i den har ändrats och gäller inte."),
        _ASK,
    ),
    Finding.CHANGED: Words(
        _("Filen är inte den som utfärdades"),
        _(
            "Filen är gjord av ett brev härifrån, men den har skrivits om. Innehållet kan vara ändrat, och det går inte att "
            "säga vad. Det händer också utan avsikt, till exempel när ett brev sparas på nytt i ett annat program."
        ),
        _ASK,
    ),
    Finding.UNREGISTERED: Words(
        _("Stämpeln är vår, men brevet finns inte bland de skickade"),
        _(
            "Filen har den stämpel som används här och är inte ändrad, men något sådant brev har inte skickats. Ett beslut "
            "gäller inte för att det är stämplat."
        ),
        _("Fråga myndigheten innan du litar på den."),
    ),
    Finding.FOREIGN: Words(
        _("Filen är inte härifrån"),
        _(
            "Filen är underskriven av någon annan och finns inte bland de brev som har skickats. Vad underskriften är värd "
            "går inte att se här."
        ),
        _("Fråga den som har skrivit under, eller myndigheten som filen säger sig komma från."),
    ),
    Finding.UNKNOWN: Words(
        _("Filen finns inte bland de brev som har skickats"),
        _(
            "Den har inte heller någon stämpel. En utskrift, en inskannad kopia eller ett brev som har sparats på nytt går "
            "inte att känna igen, även om texten är riktig."
        ),
        _ASK,
    ),
    Finding.ENCRYPTED: Words(
        _("Filen är låst"),
        _(
            "Filen är låst med lösenord eller kryptering. Breven härifrån är aldrig låsta, så filen är inte den som skickades."
        ),
        _ASK,
    ),
    Finding.TOO_LARGE: Words(
        _("Filen är för stor"),
        _("Filen är större än 5 MB. Inget brev härifrån är så stort, så filen är inte ett av dem."),
    ),
    Finding.NOT_PDF: Words(
        _("Filen är inte en PDF"),
        _("Breven skickas som PDF. Välj filen med brevet, inte en bild eller en text av det."),
    ),
}
