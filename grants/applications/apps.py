"""The Django app."""

from django.apps import AppConfig


class ApplicationsConfig(AppConfig):
    """Applications, their parties, answers and submissions."""

    name = "grants.applications"
    label = "applications"
