"""The Django app."""

from django.apps import AppConfig


class ReviewersConfig(AppConfig):
    """Who judges: assignments, conflicts of interest, score sheets."""

    name = "reviewers"
    label = "reviewers"
