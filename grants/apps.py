"""The Django app."""

from django.apps import AppConfig


class GrantsConfig(AppConfig):
    """The ground floor: stored files and the demo's clock."""

    name = "grants"
    label = "grants"

    def ready(self) -> None:
        """Forms speak in our words from the start."""
        from grants import complaints

        complaints.speak()
