"""What is written at a panel's table about one application, as a form; and what one tries on the meeting's page."""

from collections.abc import Mapping

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from grants.decisions.hearings import Recommendation
from grants.fields import TextField
from reviewers.panel_texts import LONGEST_DEPARTURE, LONGEST_TEXT
from reviewers.sheets import fingerprint


class PanelItemForm(forms.Form):
    """Everything that the panel writes of an item. Nothing is required until the item is done."""

    mark_optional = False

    recommendation = forms.ChoiceField(
        label=_("Panelen rekommenderar"),
        choices=[(key, capfirst(label)) for key, label in Recommendation.choices],
        widget=forms.RadioSelect,
        required=False,
    )
    amount = forms.CharField(
        label=_("Belopp, kr"),
        help_text=_("Lämna tomt för det belopp som är sökt."),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "an-money", "autocomplete": "off"}),
    )
    text = TextField(
        label=_("Vad panelen kommer fram till"),
        help_text=_("Står i protokollet och följer med ärendet till beslutet."),
        rows=8,
        required=False,
    )
    departure = TextField(
        label=_("Skäl att gå ifrån rangordningen"),
        help_text=_("Behövs när en ansökan med lägre plats går före den här, eller när den här går före en med högre."),
        rows=3,
        required=False,
    )

    def __init__(self, values: Mapping[str, str], typed: Mapping[str, str]) -> None:
        super().__init__(initial={**values, **typed}, auto_id="%s")
        self.values = values
        self.fields["text"].widget.attrs["data-limit"] = LONGEST_TEXT
        self.fields["departure"].widget.attrs["data-limit"] = LONGEST_DEPARTURE

    def seen(self) -> dict[str, str]:
        """Fingerprints of what the form is drawn with, by field."""
        return {name: fingerprint(text) for name, text in self.values.items()}
