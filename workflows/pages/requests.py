"""Requests as the pages here know them."""

from datetime import datetime
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from grants.organisations.models import Person


class SignedIn(HttpRequest):
    """A request by somebody who has signed in."""

    user: Person
    arrived_at: datetime


def local_path(request: HttpRequest, text: str) -> str:
    """The address, if it leads to a page of ours; otherwise nothing."""
    if not text.startswith("/") or not url_has_allowed_host_and_scheme(text, allowed_hosts=None):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else text
