"""Clients that are signed in, without going by the form; the form has tests of its own."""

from django.contrib.auth import SESSION_KEY
from django.test import Client

from grants.organisations.models import Person


def signed_in(person: Person, client: Client | None = None) -> Client:
    """Somebody's client, or a new one. Staff have shown their second factor."""
    client = client or Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert SESSION_KEY in client.session
    session = client.session
    session["second_factor"] = True
    session.save()
    return client
