"""What the commands about interviews and panels ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.decisions.hearings import Recommendation, called
from grants.fields import LineField, MomentField, TextField
from workflows.appointment_forms import AppointmentForm
from workflows.forms import ActForm

LONGEST = 8000  # characters of what was said


class CallForm(AppointmentForm):
    """When and where an interview is, and with whom."""

    participants = LineField(label=_l("Vilka som deltar från myndigheten"), max_length=400)


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
