"""What the fields of a letter are called by those who must mend one."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

NAMES: Final[dict[str, Promise]] = {
    "authority": _l("Myndigheten"),
    "number": _l("Diarienumret"),
    "project_title": _l("Projektets titel"),
    "call_title": _l("Omgångens namn"),
    "call_number": _l("Omgångens nummer"),
    "programme_title": _l("Programmets namn"),
    "coordinator": _l("Koordinatorn"),
    "signatory": _l("Firmatecknaren"),
    "project_manager": _l("Projektledaren"),
    "officer": _l("Handläggaren"),
    "decider": _l("Beslutsfattaren"),
    "decider_title": _l("Beslutsfattarens titel"),
    "participants": _l("Vilka som deltog"),
    "lines": _l("Part"),
    "earlier": _l("Det tidigare beslutet"),
    "repayments": _l("Återbetalning från part"),
    "repayment": _l("Hur pengarna betalas tillbaka"),
    "reasons": _l("Skälen"),
    "special_conditions": _l("Särskilt villkor"),
    "general_conditions": _l("Allmänt villkor"),
    "payments": _l("Betalplanen"),
    "reports": _l("Rapport"),
    "legal_ground": _l("Den rättsliga grunden"),
    "appeal": _l("Hur beslutet kan överklagas"),
    "notice_to": _l("Vem som får beslutet"),
    "wording": _l("Brevets egna ord"),
}


def field_name(path: str) -> str:
    """The name of a field by its dotted path, with its place where it is one of several: ``Part 2``."""
    first, *rest = path.split(".")
    name = str(NAMES.get(first, first))
    if rest and rest[0].isdigit():
        return _("%(field)s %(number)s") % {"field": name, "number": int(rest[0]) + 1}
    return name
