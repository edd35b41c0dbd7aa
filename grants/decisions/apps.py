"""The Django app."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    """Decisions, their lines per party and their acceptance."""

    name = "grants.decisions"
    label = "decisions"
