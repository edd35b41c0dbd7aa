"""What sending a letter again asks for."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.letters.channels import PORTAL
from grants.letters.deliveries import UNDELIVERED, Delivery
from workflows.forms import ActForm


class DeliveryField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django has it without arguments at run time
    """A choice among what has been sent."""

    def label_from_instance(self, obj: Any) -> str:
        """Which decision, to whom, and how it went."""
        return _("%(party)s, %(address)s: %(state)s (beslut version %(n)d)") % {
            "party": obj.party.name,
            "address": obj.address or _("ingen adress"),
            "state": obj.get_status_display(),
            "n": obj.decision.version,
        }


class ResendForm(ActForm):
    """Which letter, and to which address."""

    delivery = DeliveryField(queryset=Delivery.objects.none(), label=_l("Vilket utskick"), widget=forms.RadioSelect)
    address = forms.EmailField(
        label=_l("Ny e-postadress"), help_text=_l("Tomt: samma som förut."), max_length=254, required=False
    )

    sure = forms.BooleanField(
        label=_l("Adressen är rätt, fast parten inte har uppgett den"),
        help_text=_l("Behövs när adressen inte är den valda partens. Brevet går dit med personuppgifter."),
        required=False,
    )

    def build(self) -> None:
        """What was sent of the case, but for the portal; what did not arrive is chosen when it is one."""
        rows = Delivery.objects.filter(decision__application=self.act.the_case).exclude(channel=PORTAL)
        field: Any = self.fields["delivery"]
        field.queryset = rows.select_related("party__organisation", "decision")
        field.empty_label = None
        lost = [row.pk for row in rows if row.status in UNDELIVERED]
        self.fields["delivery"].initial = lost[-1] if lost else None

    def clean(self) -> dict[str, Any]:
        """There is an address."""
        data: dict[str, Any] = super().clean() or {}
        chosen = data.get("delivery")
        data["address"] = data.get("address") or (chosen.address if chosen else "")
        if chosen and not data["address"] and "address" not in self.errors:
            self.add_error("address", _("Parten har ingen adress. Skriv en."))
        elif chosen and not data.get("sure") and data["address"].lower() not in self._known(chosen):
            text = _("Adressen hör inte till %(party)s. Kontrollera den och kryssa i att den är rätt.")
            self.add_error("sure", text % {"party": chosen.party.name})
        return data

    def _known(self, chosen: Delivery) -> set[str]:
        """The addresses that the party gave, and those it has been written to before."""
        own = {chosen.address, chosen.party.contact_email, chosen.party.signatory_email}
        return {address.lower() for address in own}
