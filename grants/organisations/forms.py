"""Forms about persons and organisations."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from grants.fields import LineField


class NameForm(forms.Form):
    """What sign-up asks for beside address and password."""

    name = LineField(label=_("Ditt namn"), max_length=120)
    field_order = ["name", "email", "password1"]

    def signup(self, request: HttpRequest, user: Any) -> None:
        """allauth calls this when the person is saved; the account adapter has stored the name already."""
