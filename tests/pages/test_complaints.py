"""No form complains in a framework's words."""

from typing import Any

import pytest
from django import forms
from django.utils import translation

from grants.fields import DayField, KronorField, MomentField, ShareField, TextField
from reviewers.models import Assignment

STOCK = ("Detta fält", "This field", "Ange ett", "Enter a", "Select a", "Välj ett giltigt", "Ensure", "Säkerställ")
FAULTS = [
    (forms.CharField(), "", "Fyll i det här fältet.", "Fill in this field."),
    (TextField(), "", "Fyll i det här fältet.", "Fill in this field."),
    (
        forms.CharField(max_length=2),
        "abc",
        "Texten får ha högst 2 tecken. Nu har den 3.",
        "The text may have at most 2",
    ),
    (forms.BooleanField(), False, "Kryssa i rutan för att gå vidare.", "Tick the box to go on."),
    (forms.ChoiceField(choices=[("a", "A")]), "b", "Välj ett av alternativen.", "Choose one of the options."),
    (forms.ChoiceField(choices=[("a", "A")]), "", "Välj ett av alternativen.", "Choose one of the options."),
    (forms.MultipleChoiceField(choices=[("a", "A")]), [], "Välj minst ett", "Choose at least one"),
    (forms.ModelChoiceField(Assignment.objects.none()), "", "Välj ett av alternativen.", "Choose one of the options."),
    (forms.IntegerField(), "tolv", "Skriv ett heltal", "Write a whole number"),
    (forms.IntegerField(min_value=1), "0", "Talet ska vara minst 1.", "The number must be at least 1."),
    (forms.DateField(), "i går", "Skriv datumet som", "Write the date as"),
    (forms.EmailField(), "x", "Skriv en e-postadress", "Write an e-mail address"),
    (DayField(), "", "Skriv ett datum", "Write a date"),
    (MomentField(), "", "Skriv ett datum och ett klockslag", "Write a date and a time"),
    (KronorField(), "", "Skriv ett belopp", "Write an amount"),
    (ShareField(), "", "Skriv en andel", "Write a share"),
]


@pytest.mark.parametrize(("field", "typed", "swedish", "english"), FAULTS)
def test_each_fault_has_words_of_our_own(field: forms.Field, typed: Any, swedish: str, english: str) -> None:
    for language, words in (("sv", swedish), ("en", english)):
        with translation.override(language), pytest.raises(forms.ValidationError) as found:
            field.clean(typed)
        with translation.override(language):
            said = " ".join(found.value.messages)
        assert said.startswith(words)
        assert not said.startswith(STOCK)
