"""The demonstration's persons: fictional, with roles that can be taken without a password, in a demo only."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DOMAIN = "exempel.invalid"  # a name that no mail server serves (RFC 2606)


@dataclass(frozen=True)
class Persona:
    """Somebody whose role a visitor can take."""

    key: str
    name: str
    role: Promise | str
    description: Promise | str
    title: Promise | str = ""
    staff: bool = False
    reviewer: bool = False

    @property
    def email(self) -> str:
        """The address that the person signs in by."""
        return f"{self.key}@{DOMAIN}"


_PERSONAS = (
    Persona("karin", "Karin Holm", _("sökande"), _("Björkdala kommun (exempel), skriver och skickar in")),
    Persona("ali", "Ali Rezai", _("sökande"), _("Lillåns Grannar (exempel), har projekt som rapporterar")),
    Persona(
        "sara",
        "Sara Lindqvist",
        _("handläggare"),
        _("Kontrollerar, utser bedömare, förbereder beslut"),
        _("handläggare"),
        True,
    ),
    Persona("jonas", "Jonas Ek", _("handläggare"), _("Saras kollega och ersättare"), _("handläggare"), True),
    Persona("eva", "Eva Norling", _("beslutsfattare"), _("Godkänner eller lämnar tillbaka"), _("enhetschef"), True),
    Persona("per", "Per Sandberg", _("beslutsfattare"), _("Ersätter Eva"), _("avdelningschef"), True),
    Persona("mira", "Mira Dahl", _("bedömare"), _("Prövar jäv och bedömer"), reviewer=True),
    Persona("tove", "Tove Lund", _("bedömare"), _("Prövar jäv och bedömer"), reviewer=True),
    Persona("hugo", "Hugo Frisk", _("bedömare"), _("Prövar jäv och bedömer"), reviewer=True),
    Persona("ines", "Ines Berg", _("bedömare"), _("Prövar jäv och bedömer"), reviewer=True),
    Persona(
        "rolf", "Rolf Arkelid", _("registrator"), _("Läser, följer händelser och granskar"), _("registrator"), True
    ),
)
PERSONAS: dict[str, Persona] = {p.key: p for p in _PERSONAS}
