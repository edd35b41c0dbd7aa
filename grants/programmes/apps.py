"""The Django app."""

from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    """Authorities, programmes, calls and their versions."""

    name = "grants.programmes"
    label = "programmes"
