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
