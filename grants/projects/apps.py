"""The Django app."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """Funded projects, their duties and payments."""

    name = "grants.projects"
    label = "projects"
