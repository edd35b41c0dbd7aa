"""What every application has, whatever its call asks: a title, and the days between which the project runs."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grants.applications.models import Application
from grants.fields import DayField, LineField

BASICS = ("title", "starts_on", "ends_on")
WAS = "was-"  # prefix of the hidden field that says what a basic held when the form was drawn


class BasicsForm(forms.Form):
    """Title and dates. A draft may lack any of them."""

    mark_optional = False
    title = LineField(
        label=gettext_lazy("Projektets titel"),
        help_text=gettext_lazy("Högst 200 tecken. Titeln blir offentlig om ni får bidraget."),
        max_length=200,
        required=False,
    )
    starts_on = DayField(label=gettext_lazy("Projektet börjar"), help_text=gettext_lazy("ÅÅÅÅ-MM-DD"), required=False)
    ends_on = DayField(label=gettext_lazy("Projektet slutar"), help_text=gettext_lazy("ÅÅÅÅ-MM-DD"), required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id="%s")  # ids are what the checklist links to


def held(application: Application) -> dict[str, str]:
    """What the application holds, as the hidden fields carry it."""
    return {name: written(getattr(application, name)) for name in BASICS}


def written(value: Any) -> str:
    """A title or a date as the hidden field carries it."""
    return value.isoformat() if isinstance(value, date) else str(value or "")


def save(application: Application, form: BasicsForm, was: Mapping[str, str]) -> set[str]:
    """Save those of the typed basics that are fit; `was` says what each held when the form was drawn. Returns those
    that somebody else has changed meanwhile: these are left alone, with an error in the form. Called under the lock."""
    form.full_clean()
    clashes, changed = set(), []
    for name in BASICS:
        if name not in form.data or name in form.errors:
            continue
        typed, now = form.cleaned_data[name] or ("" if name == "title" else None), getattr(application, name)
        if typed == now or written(typed) == was.get(name):
            continue
        if name in was and was[name] != written(now):
            clashes.add(name)
            text = _("Någon annan har ändrat detta till ”%(now)s”. Spara igen om det du skrev ska gälla.")
            form.add_error(name, text % {"now": written(now)})
        else:
            setattr(application, name, typed)
            changed.append(name)
    if changed:
        application.save(update_fields=changed)
    return clashes
