"""What is asked for when earlier de minimis aid is stated or taken back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import Application, Party
from grants.fields import DayField, KronorField, LineField
from grants.money import written
from grants.organisations.models import EarlierAid
from grants.templatetags.writing import day as written_day
from workflows.forms import ActForm


def stated_in(case: Application) -> QuerySet[EarlierAid]:
    """What is stated of the case's parties and has not been taken back."""
    parties = case.parties.values("organisation")
    return EarlierAid.objects.filter(organisation__in=parties, dropped_at=None).select_related("organisation")


class StateAidForm(ActForm):
    """Who has received what, from whom and when."""

    party = forms.ModelChoiceField(queryset=Party.objects.none(), label=_l("Vilken part"))
    granter = LineField(label=_l("Vem gav stödet"), max_length=200)
    day = DayField(label=_l("Dag för beslutet"), help_text=_l("ÅÅÅÅ-MM-DD"))
    amount = KronorField(label=_l("Belopp, kr"))

    def build(self) -> None:
        """The case's parties."""
        field: Any = self.fields["party"]
        field.queryset = self.act.the_case.parties.select_related("organisation")
        field.label_from_instance = lambda party: f"{party.name}, {party.organisation.number}"
        field.widget.choices = field.choices

    def clean_day(self) -> Any:
        """What has been decided already."""
        day = self.cleaned_data["day"]
        if day and day > clock.today():
            raise forms.ValidationError(_("Välj en dag som inte ligger i framtiden."))
        return day

    def clean_amount(self) -> int:
        """Something."""
        ore: int = self.cleaned_data["amount"]
        if ore <= 0:
            raise forms.ValidationError(_("Skriv ett belopp som är större än noll."))
        return ore


class DropAidForm(ActForm):
    """Which statement was wrong."""

    aid = forms.ModelChoiceField(queryset=EarlierAid.objects.none(), label=_l("Vilken anteckning"))

    def build(self) -> None:
        """What stands."""
        field: Any = self.fields["aid"]
        field.queryset = stated_in(self.act.the_case)
        field.label_from_instance = lambda aid: (
            f"{aid.organisation.name}: {aid.granter}, {written_day(aid.day)}, {written(aid.amount_ore)}"
        )
        field.widget.choices = field.choices
