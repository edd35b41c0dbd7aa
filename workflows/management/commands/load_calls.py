"""`manage.py load_calls [PATHS...]`: check the call files and load them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from grants.programmes.faults import LoadingError
from workflows.commands.publishing import load


class Command(BaseCommand):
    """Prints a line for each thing loaded; exit code 1, with every fault and nothing written, when a file is wrong."""

    help = "Load municipalities, authorities, programmes and calls from fixtures/, or from these files and folders."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The paths, if not all of fixtures/."""
        parser.add_argument("paths", nargs="*", type=Path, help="files or folders; all of fixtures/ when none is given")
        parser.add_argument(
            "--anyway",
            action="store_true",
            help="also what may no longer be changed in a call that has begun; for demos",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load."""
        try:
            lines = load((path.resolve() for path in options["paths"]), anyway=options["anyway"])
        except LoadingError as error:
            raise CommandError(f"Nothing was loaded.\n{error}") from None
        for line in lines:
            self.stdout.write(line)
