"""The Django app."""

from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    """Cost lines and the rules of a budget."""

    name = "grants.budgets"
    label = "budgets"
