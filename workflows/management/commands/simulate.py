"""`manage.py simulate --call SLUG --applications N --seed S`: let applications live, by the real commands."""

import json
import logging
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from grants import clock
from grants.applications.models import Application, CaseState
from grants.programmes.models import Call
from workflows.management.progress import Progress
from workflows.simulation.running import KEY, Result, simulate

MOST = 1000


class Command(BaseCommand):
    """Works in a database that is thrown away: the sweeps and the jobs of its clock are everybody's."""

    help = (
        "Let applications to a call live from draft to end, by the commands that people run, on a fast clock that begins "
        "at the call's opening. For databases that are thrown away: what is due in other cases happens too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--call", required=True, help="the call's slug")
        parser.add_argument("--applications", type=int, default=20, help=f"how many, 1 to {MOST}")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same lives")
        parser.add_argument(
            "--until",
            default="",
            choices=["", *CaseState.values],
            metavar="STATE",
            help="stop each case when it first stands in this state",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--here", action="store_true", help="also in a database that holds other cases")

    def handle(self, *args: Any, **options: Any) -> None:
        call = Call.objects.select_related("version", "programme__authority").filter(slug=options["call"]).first()
        if call is None or call.version is None or call.opens_at is None:
            known = ", ".join(Call.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(
                f"There is no call {options['call']} with an opening. Calls: {known or 'none, load_calls'}"
            )
        if not 1 <= options["applications"] <= MOST:
            raise CommandError(f"--applications is a number from 1 to {MOST}.")
        if not options["here"] and Application.objects.exclude(created_by__email__startswith=KEY).exists():
            raise CommandError(
                "This database holds cases that no simulation made, and what becomes due in them would happen too. "
                "Use a database that can be thrown away, or say --here."
            )
        logging.getLogger("anslag").setLevel(logging.WARNING)  # a letter that waits for its day is no news here
        with clock.at(call.opens_at):
            result = simulate(call, options["applications"], options["seed"], options["until"], Progress(self.stderr))
        self.stdout.write(json.dumps(_as_json(result)) if options["json"] else _as_text(result))


def _as_json(result: Result) -> dict[str, Any]:
    row = asdict(result)
    del row["cases"]
    return row | {
        "applications": len(result.cases),
        "began": result.began.isoformat(),
        "ended": result.ended.isoformat(),
    }


def _as_text(result: Result) -> str:
    n = len(result.cases)
    rate = n / result.seconds if result.seconds else 0
    lines = [
        f"{result.call}, seed {result.seed}: {n} applications, {result.began:%Y-%m-%d} to {result.ended:%Y-%m-%d}, "
        f"in {result.seconds:.0f} s ({rate:.1f} a second)",
        "planned: " + _listed(result.ends),
        "states: " + _listed(result.states),
        "median days in a state: " + _listed(result.days),
        f"SQL a life: median {result.sql_per_life['median']:.0f}, most {result.sql_per_life['most']:.0f}; "
        f"besides them {result.sql_of_jobs} of jobs and {result.sql_of_clock} of the clock",
    ]
    return "\n".join(lines)


def _listed(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
