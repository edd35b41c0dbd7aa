"""How a call's own texts and values are written on a page: {% load call_texts %}."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from grants import money
from grants.templatetags.writing import demo_mark

if TYPE_CHECKING:
    from grants.programmes.definition import CallDefinition
    from grants.programmes.law import LawText, LegalText
    from grants.programmes.questions import Text

register = template.Library()


def reading_language() -> str:
    """The language in which the page is read: 'en' or 'sv'."""
    return "en" if (get_language() or "sv").startswith("en") else "sv"


@register.filter
def plain(text: "Text | None") -> str:
    """A call's text as bare characters, for titles and attributes."""
    return "" if text is None else text.read(reading_language())


@register.filter
def said(text: "Text | None") -> SafeString:
    """A call's text in the reader's language; marked as Swedish when it has not been translated."""
    if text is None:
        return SafeString()
    wanted = reading_language()
    spoken = text.spoken(wanted)
    if spoken == wanted:
        return format_html("{}", text.read(wanted))
    return format_html('<span lang="{}">{}</span>', spoken, text.read(wanted))


@register.filter
def lawful(text: "LegalText | LawText") -> SafeString:
    """A legal text, or one of the law file, in the reader's language; marked as an example until it has been verified."""
    words = text.text if hasattr(text, "text") else text.words
    return demo_mark(said(words), not text.verified)


@register.filter
def percent(value: float) -> str:
    """A share that the call writes in per cent: '40 %', in English '40%'."""
    return money.written_share(round(value * 100), reading_language())


@register.filter
def host(address: str) -> str:
    """Whose page an address leads to: 'www.example.se'."""
    return urlsplit(address).hostname or address


@register.filter
def breakable(address: str) -> SafeString:
    """An e-mail address that may break after the at sign, on a narrow screen."""
    name, at, domain = address.rpartition("@")
    return format_html("{}{}<wbr>{}", name, at, domain)


@register.simple_tag
def marked(definition: "CallDefinition", path: str, value: object) -> SafeString:
    """A value of the call, marked when the file says that it is made up: {% marked d "window.closes" closes|when %}."""
    return demo_mark(value, definition.is_demo(path))
