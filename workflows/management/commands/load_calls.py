"""`manage.py load_calls [PATHS...]`: check the call files and load them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from grants.programmes.faults import LoadingError
from grants.programmes.loading import load
from grants.programmes.models import Call
from workflows.commands.calls import note_publication


class Command(BaseCommand):
    """Prints a line for each thing loaded; exit code 1, with every fault and nothing written, when a file is wrong."""

    help = "Load municipalities, authorities, programmes and calls from fixtures/, or from these files and folders."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The paths, if not all of fixtures/."""
        parser.add_argument("paths", nargs="*", type=Path, help="files or folders; all of fixtures/ when none is given")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load."""
        try:
            lines = load(path.resolve() for path in options["paths"])
        except LoadingError as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from None
        for call in Call.objects.select_related("version").exclude(version=None).order_by("pk"):
            assert call.version is not None
            note_publication(call, call.version)
        for line in lines:
            self.stdout.write(line)
