"""What an undertaking has received in de minimis aid (försumbart stöd) from others, as it is stated in a case."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.organisations.models import EarlierAid
from grants.refusal import Refusal
from workflows import aid_forms as forms
from workflows.commands.base import Act, command
from workflows.commands.disqualified import stands_outside


def something_is_stated(act: Act) -> Refusal | None:
    """There is a statement to take back."""
    if forms.stated_in(act.the_case).exists():
        return None
    return Refusal("nothing_stated", _("Inget tidigare försumbart stöd är antecknat."), link="state_aid")


@command(
    "state_aid",
    _l("Anteckna tidigare försumbart stöd"),
    guards=(stands_outside,),
    form=forms.StateAidForm,
    explain=_l("Stödet räknas med när ett beslut om försumbart stöd till organisationen fattas, i alla omgångar."),
    button=_l("Anteckna"),
)
def state_aid(act: Act) -> None:
    """Write down what a party has received from somebody else."""
    party, data = act.data["party"], act.data
    aid = EarlierAid.objects.create(
        organisation=party.organisation,
        granter=data["granter"],
        day=data["day"],
        amount_ore=data["amount"],
        stated_by=act.person,
    )
    act.note = {"aid": aid.pk, "party": party.pk}


@command(
    "drop_aid",
    _l("Ta tillbaka en anteckning om försumbart stöd"),
    guards=(stands_outside, something_is_stated),
    form=forms.DropAidForm,
    explain=_l("Anteckningen räknas inte längre. Den finns kvar i historiken."),
    button=_l("Ta tillbaka"),
)
def drop_aid(act: Act) -> None:
    """Take back what was stated wrongly."""
    aid = EarlierAid.objects.select_for_update().get(pk=act.data["aid"].pk)
    if aid.dropped_at is None:
        aid.dropped_by, aid.dropped_at = act.person, clock.now()
        aid.save(update_fields=["dropped_by", "dropped_at"])
    act.note = {"aid": aid.pk}
