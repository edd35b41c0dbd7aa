"""`manage.py demo_roles`: who one can be in the demonstration."""

from typing import Any

from django.core.management.base import BaseCommand

from workflows.demo import PERSONAS


class Command(BaseCommand):
    """One line a role."""

    help = "List the demonstration's roles."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        for persona in PERSONAS.values():
            self.stdout.write(f"  {persona.name:<16} {persona.role:<16} {persona.description}")
