"""The Django app."""

from django.apps import AppConfig


class LettersConfig(AppConfig):
    """Letters and receipts as archived PDF."""

    name = "grants.letters"
    label = "letters"
