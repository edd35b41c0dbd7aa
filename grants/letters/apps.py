"""The Django app."""

from django.apps import AppConfig


class LettersConfig(AppConfig):
    """Letters and receipts as archived PDF."""

    name = "grants.letters"
    label = "letters"

    def ready(self) -> None:
        """Register the checks."""
        from . import checks  # noqa: F401 (importing it is what registers it)
