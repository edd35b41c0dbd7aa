"""When and where people meet: the part that the forms of interviews and of panels' meetings have in common."""

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants.fields import LineField, MomentField
from workflows.forms import ActForm, future


class AppointmentForm(ActForm):
    """When, and in a room, at a link or both."""

    mark_optional = False  # one of place and link is needed
    starts_at = MomentField(label=_l("När"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))
    place = LineField(
        label=_l("Plats"), help_text=_l("Lämna tomt om mötet hålls på distans."), max_length=200, required=False
    )
    meeting_url = forms.URLField(
        label=_l("Länk till mötet"),
        help_text=_l("Lämna tomt om alla möts på plats."),
        max_length=400,
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"], message=_l("Skriv en adress som börjar med https://."))],
    )

    def clean_starts_at(self) -> Any:
        """A moment within a year from now."""
        return future(self.cleaned_data["starts_at"])

    def clean(self) -> dict[str, Any]:
        """Those who are to come have to know where to go."""
        data: dict[str, Any] = super().clean() or {}
        if not (data.get("place") or data.get("meeting_url") or {"place", "meeting_url"} & set(self.errors)):
            self.add_error("place", _("Ange en plats eller en länk."))
        return data
