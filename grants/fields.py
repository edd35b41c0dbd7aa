"""Form fields that clean what people type, and say in words what is wrong with it."""

import re
import unicodedata
from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from grants import clock, money
from grants.cleaning import clean, clean_line


class LineField(forms.CharField):
    """One line of text."""

    def to_python(self, value: Any) -> str:
        """Without line breaks and invisible characters."""
        return clean_line(str(value)) if value not in self.empty_values else ""


class AddressField(forms.EmailField):
    """An e-mail address, without invisible characters and letters that only look like others."""

    def to_python(self, value: Any) -> str:
        """As `clean_line` leaves it; a letter that databases take for a plain one is written as that one."""
        return unicodedata.normalize("NFKC", clean_line(str(value))) if value not in self.empty_values else ""


class TextField(forms.CharField):
    """Running text."""

    widget = forms.Textarea

    def __init__(self, *, rows: int = 6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.update({"rows": rows, "cols": ""})
        if self.max_length:
            self.widget.attrs["data-limit"] = self.max_length

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No maxlength: a browser would cut what is pasted; the server counts and says so."""
        return {k: v for k, v in super().widget_attrs(widget).items() if k != "maxlength"}

    def to_python(self, value: Any) -> str:
        """One kind of line break, no invisible characters."""
        return clean(str(value)) if value not in self.empty_values else ""


class KronorField(forms.Field):
    """An amount typed as people write it; the value is öre."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "an-money", "autocomplete": "off"})
    default_error_messages = {"required": _("Skriv ett belopp i kronor, till exempel 12 000.")}

    def to_python(self, value: Any) -> int | None:
        """Öre, or None when nothing was typed."""
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        try:
            ore = money.read(str(value))
        except ValueError:
            raise ValidationError(_("Skriv ett belopp i kronor, till exempel 12 000."), code="amount") from None
        if ore < 0:
            raise ValidationError(_("Beloppet kan inte vara mindre än noll."), code="negative")
        return ore

    def prepare_value(self, value: Any) -> Any:
        """Whole kronor with thin gaps, as they are typed."""
        return money.written(value, "sv").removesuffix(f"{money.NBSP}kr") if isinstance(value, int) else value


class ShareField(forms.Field):
    """A share typed in per cent; the value is basis points."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "an-money", "autocomplete": "off"})
    default_error_messages = {"required": _("Skriv en andel mellan 0 och 100 procent.")}

    def to_python(self, value: Any) -> int | None:
        """Basis points between 0 and 10 000."""
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        bare = clean_line(str(value)).removesuffix("%").strip().replace(",", ".")
        if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", bare, re.ASCII) or float(bare) > 100:
            raise ValidationError(_("Skriv en andel mellan 0 och 100 procent."), code="share")
        return round(float(bare) * 100)

    def prepare_value(self, value: Any) -> Any:
        """Per cent, as typed."""
        return money.written_share(value).removesuffix(f"{money.NBSP}%") if isinstance(value, int) else value


class DayField(forms.Field):
    """A date typed as ÅÅÅÅ-MM-DD."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "", "autocomplete": "off"})
    default_error_messages = {"required": _("Skriv ett datum, som ÅÅÅÅ-MM-DD.")}

    def to_python(self, value: Any) -> date | None:
        """A date between 1900 and 2200."""
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        text = clean_line(str(value))
        try:
            found = date.fromisoformat(text if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else "?")
        except ValueError:
            raise ValidationError(_("Skriv datumet som ÅÅÅÅ-MM-DD, till exempel 2023-12-01."), code="date") from None
        if not 1900 <= found.year <= 2200:
            raise ValidationError(_("Välj ett årtal mellan 1900 och 2200."), code="year")
        return found

    def prepare_value(self, value: Any) -> Any:
        """As typed."""
        return value.isoformat() if isinstance(value, date) else value


class MomentField(forms.Field):
    """A moment in Swedish time, typed as ÅÅÅÅ-MM-DD TT:MM."""

    widget = forms.TextInput(attrs={"autocomplete": "off"})
    default_error_messages = {"required": _("Skriv ett datum och ett klockslag, som ÅÅÅÅ-MM-DD TT:MM.")}

    def to_python(self, value: Any) -> datetime | None:
        """An aware moment."""
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value
        text = clean_line(str(value)).replace(" kl. ", " ").replace(".", ":")
        try:
            if not re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", text, re.ASCII):
                raise ValueError(text)
            found = datetime.fromisoformat(text)
            if not 1900 <= found.year <= 2200:
                raise ValueError(text)
        except ValueError:
            message = _("Skriv tiden som ÅÅÅÅ-MM-DD TT:MM, till exempel 2023-10-02 16:00.")
            raise ValidationError(message, code="moment") from None
        return found.replace(tzinfo=clock.SWEDEN)

    def prepare_value(self, value: Any) -> Any:
        """As typed, in Swedish time."""
        return f"{value.astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value
