"""The Django app."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    """What may happen next, whose turn it is and what has happened."""

    name = "workflows"
    label = "workflows"
