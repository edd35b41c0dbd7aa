"""What the commands about interviews and panels ask for."""

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.decisions.hearings import Recommendation, called
from grants.fields import LineField, MomentField, TextField
from workflows.forms import ActForm, future

LONGEST = 8000  # characters of what was said


class CallForm(ActForm):
    """When and where an interview is, and with whom."""

    mark_optional = False  # one of place and link is needed
    starts_at = MomentField(label=_l("När"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))
    place = LineField(
        label=_l("Plats"), help_text=_l("Lämna tomt om intervjun hålls på distans."), max_length=200, required=False
    )
    meeting_url = forms.URLField(
        label=_l("Länk till mötet"),
        help_text=_l("Lämna tomt om alla möts på plats."),
        max_length=400,
        required=False,
        assume_scheme="https",
        validators=[URLValidator(schemes=["http", "https"], message=_l("Skriv en adress som börjar med https://."))],
    )
    participants = LineField(label=_l("Vilka som deltar från myndigheten"), max_length=400)

    def clean_starts_at(self) -> Any:
        """A moment within a year from now."""
        return future(self.cleaned_data["starts_at"])

    def clean(self) -> dict[str, Any]:
        """The applicant has to know where to go."""
        data: dict[str, Any] = super().clean() or {}
        if not (data.get("place") or data.get("meeting_url") or {"place", "meeting_url"} & set(self.errors)):
            self.add_error("place", _("Ange en plats eller en länk."))
        return data


class MoveForm(CallForm):
    """The same, with what holds now."""

    def build(self) -> None:
        """What the applicant has been told."""
        if hearing := called(self.act.the_case):
            for name, field in self.fields.items():
                field.initial = getattr(hearing, name)


class RecordForm(ActForm):
    """Who took part, and what was said."""

    participants = LineField(
        label=_l("Vilka deltog"), help_text=_l("Från myndigheten och från sökanden."), max_length=400
    )
    text = TextField(
        label=_l("Sammanfattning"),
        help_text=_l("Läses av dem som förbereder och fattar beslutet. Den går inte att ändra sedan."),
        max_length=LONGEST,
        rows=10,
    )

    def build(self) -> None:
        """Those who were to take part."""
        if hearing := called(self.act.the_case):
            self.fields["participants"].initial = hearing.participants


class PanelForm(ActForm):
    """When the panel met, who took part, what it recommends and why."""

    starts_at = MomentField(label=_l("När panelen träffades"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))
    participants = LineField(label=_l("Vilka deltog"), max_length=400)
    recommendation = forms.ChoiceField(
        label=_l("Panelen rekommenderar"), widget=forms.RadioSelect, choices=Recommendation.choices
    )
    text = TextField(
        label=_l("Varför"),
        help_text=_l("Läses av dem som förbereder och fattar beslutet. Det går inte att ändra sedan."),
        max_length=LONGEST,
        rows=10,
    )

    def clean_starts_at(self) -> Any:
        """Something that has happened."""
        moment = self.cleaned_data["starts_at"]
        if moment > clock.now():
            raise forms.ValidationError(_("Panelen har inte träffats än."), code="ahead")
        return moment
