"""Who may not take part in a case although their office would let them (jäv, FL 16–18 §§)."""

from django.utils.translation import gettext as _

from grants.applications.models import Party
from grants.organisations.models import Membership
from grants.refusal import Refusal
from workflows.commands.base import Act


def stands_outside(act: Act) -> Refusal | None:
    """Nobody prepares or makes a decision about an organisation that they belong to (jäv, FL 16 §)."""
    if act.actor is None:
        return None
    parties = Party.objects.filter(application=act.the_case).values("organisation")
    own = Membership.objects.filter(person=act.actor, until=None, organisation__in=parties).select_related(
        "organisation"
    )
    if (found := own.first()) is None:
        return None
    text = _("Du hör till %(organisation)s, som är part i ärendet (förvaltningslagen 16 §).") % {
        "organisation": found.organisation.name
    }
    return Refusal("own_organisation", text, helper=_("en kollega"))
