"""What is asked of whoever answers by a personal link."""

from django import forms
from django.utils.translation import gettext_lazy as _l

from grants.fields import LineField, TextField
from workflows.forms import ActForm


class NameForm(ActForm):
    """The name of whoever answers by a personal link."""

    name = LineField(label=_l("Ditt namn"), help_text=_l("Du svarar för organisationen."), max_length=120)
    confirm = forms.BooleanField(
        label=_l("Jag har rätt att företräda organisationen"),
        error_messages={"required": _l("Bekräfta att du får företräda organisationen.")},
    )


class DeclineForm(ActForm):
    """Declining by a personal link."""

    name = LineField(label=_l("Ditt namn"), help_text=_l("Du svarar för organisationen."), max_length=120)
    reason = TextField(label=_l("Varför avböjer ni"), max_length=2000, rows=3, required=False)
