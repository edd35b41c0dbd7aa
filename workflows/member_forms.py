"""What is asked of whoever lets somebody in to work in an application."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.applications.models import CaseMember
from grants.fields import AddressField
from grants.programmes.definition import PartyRole
from workflows.forms import ActForm


def right_value(right: str, party: int | None) -> str:
    """A right and its party as one choice."""
    return right if party is None else f"{right}:{party}"


def read_right(value: str) -> tuple[str, int | None]:
    """A choice as the right and its party."""
    right, _colon, party = value.partition(":")
    return right, int(party) if party else None


def right_choices(act: Any) -> list[Any]:
    """What can be chosen: rights in the whole application, then those for each party."""
    rights = CaseMember.Right
    case = act.the_case
    whole: list[Any] = [(rights.READ, _("Läsa hela ansökan")), (rights.EDIT, _("Skriva i hela ansökan och skicka in"))]
    groups: list[Any] = [(_("Hela ansökan"), whole)]
    for party in case.parties.select_related("organisation"):
        own: list[Any] = [(right_value(rights.PARTY, party.pk), _("Läsa allt och fylla i partens budget och svar"))]
        if case.definition.stages.partner_confirmation and party.role != PartyRole.COORDINATOR:
            own.append((right_value(rights.CONFIRM, party.pk), _("Samma sak, och bekräfta för organisationen")))
        groups.append((party.name, own))
    return groups


class ChangeForm(ActForm):
    """What a person may do."""

    right = forms.ChoiceField(label=_l("Vad får personen göra"))

    def build(self) -> None:
        """What the application's parties allow, and what the person may do now."""
        field: Any = self.fields["right"]
        field.choices = right_choices(self.act)
        if isinstance(self.act.subject, CaseMember):
            field.initial = right_value(self.act.subject.right, self.act.subject.party_id)


class InviteForm(ChangeForm):
    """Whom to let in, and to what."""

    field_order = ("email", "right")
    email = AddressField(
        label=_l("Personens e-post"), help_text=_l("Adressen som personen loggar in med."), max_length=254
    )

    def clean_email(self) -> str:
        """Addresses are the same whatever their capitals."""
        return str(self.cleaned_data["email"]).lower()
