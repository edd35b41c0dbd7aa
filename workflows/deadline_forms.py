"""What the commands about the closing time ask for."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.fields import MomentField, TextField
from workflows.forms import ActForm, future

LONGEST = 2000  # characters of a reason


class AskForm(ActForm):
    """Why one needs more time, and that one knows what is shown to whom."""

    reason = TextField(
        label=_l("Varför behöver ni längre tid"),
        help_text=_l("Handläggaren ser ditt namn, din e-postadress och det du skriver här. Utkastet ser ingen."),
        max_length=LONGEST,
        rows=4,
    )


class GrantForm(ActForm):
    """Until when, and why."""

    due = MomentField(label=_l("Ny sista tid för den här ansökan"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))
    reason = TextField(label=_l("Skäl"), help_text=_l("Läses av den som bad om tiden."), max_length=LONGEST, rows=4)

    def clean_due(self) -> Any:
        """A moment within a year from now."""
        return future(self.cleaned_data["due"])


class IncidentForm(ActForm):
    """What happened, and the closing time that makes up for it."""

    began_at = MomentField(label=_l("Avbrottet började"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))
    ended_at = MomentField(label=_l("Avbrottet slutade"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))
    text = TextField(
        label=_l("Vad hände"), help_text=_l("Visas för alla på omgångens sida."), max_length=LONGEST, rows=4
    )
    text_en = TextField(label=_l("Samma sak på engelska"), max_length=LONGEST, rows=4, required=False)
    closes_at = MomentField(label=_l("Ny sista tid för alla"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))

    def clean_began_at(self) -> datetime:
        """Something that has happened, not something that is expected."""
        began: datetime = self.cleaned_data["began_at"]
        if began > clock.now():
            raise forms.ValidationError(_("Avbrottet har inte börjat än."), code="ahead")
        return began

    def clean_closes_at(self) -> Any:
        """A moment within a year from now."""
        return future(self.cleaned_data["closes_at"])

    def clean(self) -> dict[str, Any]:
        """It ended after it began."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("began_at") and data.get("ended_at") and data["ended_at"] < data["began_at"]:
            self.add_error("ended_at", _("Avbrottet kan inte sluta innan det började."))
        return data
