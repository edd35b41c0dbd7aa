"""Who may not take part in a case although their office would let them (jäv, FL 16–18 §§).

In a case of one's own (grants/applications/access.py: is_own_case) an office gives no role at all. Here is what somebody
else has written: it takes no sight away, but it stops every step that the office would take.
"""

from django.utils.translation import gettext as _

from grants.applications.access import is_named
from grants.applications.models import CaseMember, Party
from grants.refusal import Refusal
from workflows.commands.base import Act


def has_no_application_in_it(act: Act) -> Refusal | None:
    """Nobody sets the terms or the times of a call in which they apply (jäv, FL 16 §)."""
    if act.actor is None or not CaseMember.objects.filter(application__call=act.subject, person=act.actor).exists():
        return None
    text = _("Du arbetar eller har arbetat i en ansökan i omgången (förvaltningslagen 16 §).")
    return Refusal("own_application", text, helper=_("en kollega"))


def stands_outside(act: Act) -> Refusal | None:
    """Nobody prepares or makes a decision about a party that they sign for or are the contact of (jäv, FL 16 §). The one
    step left is to hand the case over (FL 17 §)."""
    if act.actor is None:
        return None
    if "names_actor" not in act.memory:
        rows = Party.objects.filter(is_named(act.actor), application=act.the_case).select_related("organisation")
        act.memory["names_actor"] = rows.first()
    if (party := act.memory["names_actor"]) is None:
        return None
    text = _(
        "Du står som firmatecknare eller kontaktperson för %(organisation)s, som är part i ärendet "
        "(förvaltningslagen 16 §)."
    ) % {"organisation": party.name}
    return Refusal("own_party", text, helper=_("en kollega"))
