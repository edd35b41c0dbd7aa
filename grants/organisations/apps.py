"""The Django app."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """Persons, organisations and memberships."""

    name = "grants.organisations"
    label = "organisations"
