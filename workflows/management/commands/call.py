"""`manage.py call schema|lint|diff`: for whoever writes or reviews a call's file. Reads files only."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from grants.programmes.changes import changes
from grants.programmes.definition import CallDefinition
from grants.programmes.faults import LoadingError
from grants.programmes.reading import CallFile, read_files


class Command(BaseCommand):
    """Exit code 1 when a file is wrong, with every fault by file, line and path; `diff` says what a version changes."""

    help = "Print the schema of call files, check files, or say what differs between two of them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and with which files."""
        what = parser.add_subparsers(dest="what", required=True)
        what.add_parser("schema", help="print the JSON Schema of a call file")
        lint = what.add_parser("lint", help="check call files without loading them")
        lint.add_argument("files", nargs="+", type=Path)
        diff = what.add_parser("diff", help="say in words what B changes in A")
        diff.add_argument("old", type=Path, metavar="A")
        diff.add_argument("new", type=Path, metavar="B")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        match options["what"]:
            case "schema":
                schema = CallDefinition.model_json_schema()
                self.stdout.write(json.dumps(schema, indent=2, ensure_ascii=False))
            case "lint":
                calls = self._read(options["files"])
                self.stdout.write(f"{len(calls)} of {len(calls)} call files are right.")
            case "diff":
                (old,), (new,) = self._read([options["old"]]), self._read([options["new"]])
                for change in changes(old.definition, new.definition):
                    loses = " " + _("Svar på frågan kan gå förlorade.") if change.question else ""
                    self.stdout.write(f"{change.text}{loses}  [{change.path}]")

    def _read(self, paths: list[Path]) -> list[CallFile]:
        try:
            calls = read_files([path.resolve() for path in paths]).calls
        except LoadingError as error:
            raise CommandError(str(error)) from None
        if not calls:
            raise CommandError("There is no call in these files.")
        return calls
