"""`manage.py call schema|document|lint|dryrun|diff|show`: for whoever writes or reviews a call's file."""

import json
import logging
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from grants.programmes import describe
from grants.programmes.changes import changes
from grants.programmes.faults import LoadingError
from grants.programmes.models import Call
from grants.programmes.reading import CallFile, read_files
from grants.programmes.writing import as_file
from workflows.management.progress import Progress
from workflows.simulation.dryrun import as_text, dry_run

DOCUMENT = Path("docs") / "call-format.md"
EXAMPLE = Path("docs") / "example-call.yaml"
MOST = 1000  # applications of a dry run


class Command(BaseCommand):
    """Exit code 1 when a file is wrong, with every fault by file, line, column and rule. Only `show` and `dryrun`
    need a database."""

    help = "Describe the format of call files, check files, say what differs between two, or print a published call."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, and with which files."""
        what = parser.add_subparsers(dest="what", required=True)
        what.add_parser("schema", help="print the JSON Schema of a call file")
        document = what.add_parser("document", help=f"write what {DOCUMENT} says of the schema")
        document.add_argument("--check", action="store_true", help="write nothing; exit with 1 when it is out of date")
        lint = what.add_parser("lint", help="check call files without loading them")
        lint.add_argument("files", nargs="+", type=Path)
        dryrun = what.add_parser("dryrun", help="let made-up applications live in the call; nothing of it is kept")
        dryrun.add_argument("file", type=Path)
        dryrun.add_argument("--applications", type=int, default=20, help=f"how many, 1 to {MOST}")
        dryrun.add_argument("--seed", type=int, default=1, help="the same seed gives the same lives")
        dryrun.add_argument("--json", action="store_true", help="print one JSON object")
        diff = what.add_parser("diff", help="say in words what B changes in A")
        diff.add_argument("old", type=Path, metavar="A")
        diff.add_argument("new", type=Path, metavar="B")
        show = what.add_parser("show", help="print a call's published definition as a file, defaults written out")
        show.add_argument("slug")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        match options["what"]:
            case "schema":
                self.stdout.write(json.dumps(describe.schema(), indent=2, ensure_ascii=False))
            case "document":
                self._document(options["check"])
            case "lint":
                calls = _read(options["files"])
                self.stdout.write(f"{len(calls)} of {len(calls)} call files are right.")
            case "dryrun":
                self._dry_run(options)
            case "diff":
                self._diff(options["old"], options["new"])
            case "show":
                call = Call.objects.filter(slug=options["slug"], version__isnull=False).first()
                if call is None:
                    raise CommandError(f"There is no published call {options['slug']}.")
                self.stdout.write(as_file(call.definition), ending="")

    def _document(self, check: bool) -> None:
        path, example = settings.BASE_DIR / DOCUMENT, settings.BASE_DIR / EXAMPLE
        present = path.read_text("utf-8")
        wanted = describe.filled(present, example.read_text("utf-8"))
        if present == wanted:
            self.stdout.write(f"{DOCUMENT}: up to date")
        elif check:
            raise CommandError(f"{DOCUMENT} is out of date. Run manage.py call document.")
        else:
            path.write_text(wanted, "utf-8")
            self.stdout.write(f"{DOCUMENT}: written")

    def _dry_run(self, options: dict[str, Any]) -> None:
        """Exit code 1 when there are dead ends."""
        (call,) = _read([options["file"]])
        if not 1 <= options["applications"] <= MOST:
            raise CommandError(f"--applications is a number from 1 to {MOST}.")
        logging.getLogger("anslag").setLevel(logging.WARNING)  # a letter that waits for its day is no news here
        result = dry_run(call.definition, options["applications"], options["seed"], Progress(self.stderr))
        self.stdout.write(json.dumps(asdict(result), ensure_ascii=False) if options["json"] else as_text(result))
        if result.dead_ends:
            raise CommandError(f"Dead ends: {', '.join(end.state for end in result.dead_ends)}.")

    def _diff(self, old: Path, new: Path) -> None:
        (before,), (after,) = _read([old]), _read([new])
        for change in changes(before.definition, after.definition):
            loses = " " + _("Svar på frågan kan gå förlorade.") if change.question else ""
            self.stdout.write(f"{change.text}{loses}  [{change.path}]")


def _read(paths: list[Path]) -> list[CallFile]:
    try:
        calls = read_files([path.resolve() for path in paths]).calls
    except LoadingError as error:
        raise CommandError(str(error)) from None
    if not calls:
        raise CommandError("There is no call in these files.")
    return calls
