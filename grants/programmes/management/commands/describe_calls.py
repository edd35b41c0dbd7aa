"""`manage.py describe_calls --check|--write`: keep the key table of docs/calls.md in step with the schema."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from grants.programmes.describe import with_keys

DOCUMENT = Path("docs") / "calls.md"


class Command(BaseCommand):
    """`--check` exits with 1 when the document is out of date, `--write` brings it up to date."""

    requires_system_checks = ()  # reads the schema only
    help = "Check or write the key table of docs/calls.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One of the two."""
        group = parser.add_mutually_exclusive_group(required=True)
        group.add_argument("--check", action="store_true", help="exit with 1 when the document is out of date")
        group.add_argument("--write", action="store_true", help="write the table into the document")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare or write."""
        path = Path(settings.BASE_DIR) / DOCUMENT
        try:
            present = path.read_text("utf-8")
            wanted = with_keys(present)
        except (OSError, ValueError) as error:
            raise CommandError(f"{DOCUMENT}: {error}") from None
        if present == wanted:
            self.stdout.write(f"{DOCUMENT}: up to date")
        elif options["write"]:
            path.write_text(wanted, "utf-8")
            self.stdout.write(f"{DOCUMENT}: written")
        else:
            raise CommandError(f"{DOCUMENT} is out of date. Run manage.py describe_calls --write.")
