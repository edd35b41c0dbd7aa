"""`manage.py try_call`: a dry run for another program. Reads a call's text, writes progress and the report as lines of JSON."""

import json
import logging
import os
import sys
import time
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from grants import clock
from grants.applications.models import Application, CaseState
from grants.programmes.reading import parse_call
from workflows.simulation.dryrun import dry_run

PAUSE = 1.0  # seconds between two lines of progress

# How much of its life lies behind a case in each state, in per cent; in all others it is over.
BEHIND: dict[str, int] = {
    CaseState.DRAFT: 10,
    CaseState.SUBMITTED: 20,
    CaseState.COMPLETING: 20,
    CaseState.ASSESSING: 35,
    CaseState.ASSESSED: 55,
    CaseState.PROPOSED: 60,
    CaseState.DECIDED: 65,
    CaseState.RESERVE: 70,
    CaseState.ACCEPTING: 75,
    CaseState.REPORTING: 85,
}


def how_far(total: int) -> int:
    """How far the lives have come on the whole, in per cent."""
    states = Application.objects.values_list("state", flat=True)
    return min(99, sum(BEHIND.get(state, 100) for state in states) // max(1, total))


class Command(BaseCommand):
    """Everything happens among tables of its own; nothing is kept. Ends by itself when nobody reads what it writes."""

    help = (
        "A dry run of the call on standard input, with JSON lines of progress and then the report on standard output."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many, and which ones."""
        parser.add_argument("--applications", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and let everything else on the machine go first."""
        os.nice(10)
        logging.getLogger("anslag").setLevel(logging.WARNING)
        definition = parse_call(sys.stdin.read())
        told = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal told
            if time.monotonic() - told >= PAUSE:
                told = time.monotonic()
                self._say({"done": done, "percent": how_far(total), "day": clock.today().isoformat()})

        self._say({"report": asdict(dry_run(definition, options["applications"], options["seed"], progress))})

    def _say(self, line: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(line, ensure_ascii=False))
        self.stdout.flush()
