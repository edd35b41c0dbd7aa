"""Who a letter is from."""

from typing import Any

from grants.letters.data import Authority, Language
from grants.programmes.models import Authority as CallingAuthority


def sender(authority: CallingAuthority, language: Language) -> Authority:
    """The authority of a call as the sender of its letters."""
    details: dict[str, Any] = authority.details
    contact = " · ".join(str(details[k]) for k in ("phone", "email", "website") if details.get(k))
    in_english = language == "en" and bool(authority.name_en)
    return Authority(
        name=authority.name_en if in_english else authority.name,
        short_name=authority.name_en[:60] if in_english else authority.short_name,
        orgnr=authority.number,
        address=tuple(details.get("address_lines", ())),
        contact=contact[:120],
    )
