"""`manage.py check_integrity [--json]`: does everything agree with everything else?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from workflows.integrity import check


class Command(BaseCommand):
    """A line for each thing that differs and exit code 1; nothing differs: exit code 0."""

    help = "Compare states with open tasks, grants with nouns, chains, hashes, numbers and sums. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object with a list of what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        if options["json"]:
            rows = [fault.as_row() for fault in check()]
            found = len(rows)
            self.stdout.write(json.dumps({"ok": not rows, "faults": rows}, ensure_ascii=False))
        else:
            for fault in check(self._say if options["verbosity"] > 1 else lambda name: None):
                found += 1
                self.stdout.write(str(fault))
            self.stdout.write("Everything agrees." if not found else f"{found} things differ.")
        if found:
            raise SystemExit(1)

    def _say(self, name: str) -> None:
        self.stderr.write(f"checking {name} …")
