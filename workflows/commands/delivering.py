"""A letter that did not arrive is told of, and can be sent again without another decision."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.letters.deliveries import Delivery, DeliveryStatus
from grants.refusal import Refusal
from workflows import delivery_forms as forms
from workflows.commands.base import Act, command
from workflows.commands.disqualified import stands_outside
from workflows.delivering import queue


def has_been_sent(act: Act) -> Refusal | None:
    """There is a letter that has left."""
    if Delivery.objects.filter(decision__application=act.the_case).exists():
        return None
    return Refusal("nothing_sent", _("Inget beslut har skickats än."))


@command(
    "resend_letter",
    _l("Skicka beslutet igen"),
    guards=(stands_outside, has_been_sent),
    form=forms.ResendForm,
    explain=_l("Samma beslut skickas en gång till. Inget nytt beslut fattas."),
    button=_l("Skicka igen"),
)
def resend_letter(act: Act) -> None:
    """Send the same letter once more, to the same address or another."""
    before: Delivery = act.data["delivery"]
    channel = before.channel
    (again,) = queue(before.decision, [(before.party, channel, act.data["address"])])
    act.note = {"decision": before.decision_id, "delivery": again.pk, "after": before.pk}


def still_stands(act: Act) -> Refusal | None:
    """What has been noted is noted."""
    row = Delivery.objects.filter(pk=act.data.get("delivery", 0), decision__application=act.the_case).first()
    if row is not None and row.status in (DeliveryStatus.WAITING, DeliveryStatus.SENT):
        return None
    return Refusal("noted", _("Det är redan antecknat."))


@command("note_undelivered", _l("Anteckna att brevet inte kom fram"), guards=(still_stands,))
def note_undelivered(act: Act) -> None:
    """A letter could not be handed over, or it came back."""
    row = Delivery.objects.select_for_update().get(pk=act.data["delivery"])
    row.status = act.data["status"]
    row.save(update_fields=["status"])
    act.note = {"decision": row.decision_id, "delivery": row.pk, "status": row.status}
