"""What forms say when Django itself finds a fault: our own words in place of its stock phrases, for every form there is,
also those of the accounts. Fields of our own (grants/fields.py) say more where they know more."""

from django import forms
from django.core import validators
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

_CHOOSE = _("Välj ett av alternativen.")
_CHOOSE_SOME = _("Välj bland alternativen i listan.")
_DATE = _("Skriv datumet som ÅÅÅÅ-MM-DD, till exempel 2023-12-01.")
WORDS: dict[type[forms.Field], dict[str, Promise]] = {
    forms.Field: {"required": _("Fyll i det här fältet.")},
    forms.BooleanField: {"required": _("Kryssa i rutan för att gå vidare.")},
    forms.ChoiceField: {"required": _CHOOSE, "invalid_choice": _CHOOSE},
    forms.MultipleChoiceField: {
        "required": _("Välj minst ett av alternativen."),
        "invalid_choice": _CHOOSE_SOME,
        "invalid_list": _CHOOSE_SOME,
    },
    forms.ModelChoiceField: {"required": _CHOOSE, "invalid_choice": _CHOOSE},
    forms.ModelMultipleChoiceField: {
        "required": _("Välj minst ett av alternativen."),
        "invalid_choice": _CHOOSE_SOME,
        "invalid_list": _CHOOSE_SOME,
        "invalid_pk_value": _CHOOSE_SOME,
    },
    forms.IntegerField: {"invalid": _("Skriv ett heltal med siffror, till exempel 12.")},
    forms.FloatField: {"invalid": _("Skriv ett tal med siffror, till exempel 12,5.")},
    forms.DecimalField: {"invalid": _("Skriv ett tal med siffror, till exempel 12,5.")},
    forms.DateField: {"invalid": _DATE},
    forms.DateTimeField: {"invalid": _("Skriv tiden som ÅÅÅÅ-MM-DD TT:MM, till exempel 2023-10-02 16:00.")},
    forms.FileField: {"required": _("Välj en fil först."), "empty": _("Filen är tom. Välj en annan.")},
}


def speak() -> None:
    """Put the words in place; once, when the programme starts."""
    for kind, words in WORDS.items():
        # a dictionary of the class's own: Django's classes share their parents'
        kind.default_error_messages = {**vars(kind).get("default_error_messages", {}), **words}  # type: ignore[dict-item]
    validators.validate_email.message = _("Skriv en e-postadress, till exempel namn@exempel.se.")
    validators.MaxLengthValidator.message = ngettext_lazy(
        "Texten får ha högst %(limit_value)d tecken. Nu har den %(show_value)d.",
        "Texten får ha högst %(limit_value)d tecken. Nu har den %(show_value)d.",
        "limit_value",
    )
    validators.MinValueValidator.message = _("Talet ska vara minst %(limit_value)s.")
    validators.MaxValueValidator.message = _("Talet får vara högst %(limit_value)s.")
