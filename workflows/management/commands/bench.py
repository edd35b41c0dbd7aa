"""`manage.py bench`: how long things take, one JSON line a figure, as ratios to what is measured in the same run."""

import json
import logging
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from grants.applications.models import Application
from grants.programmes.models import Call
from workflows.simulation import bench_letters
from workflows.simulation.bench import ROUNDS, measure


class Command(BaseCommand):
    """Fills an empty database with simulated cases and measures with them."""

    help = "Measure pages and commands in an empty database, which is filled with simulated cases: use `make bench`."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--call", default="", help="the call's slug; the first that closes, when none is given")
        parser.add_argument("--letters", action="store_true", help="only what letters cost; needs no cases")
        parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each thing is measured")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("anslag").setLevel(logging.WARNING)
        for ratio in bench_letters.measure(self._say):  # first: its workers are made of a process that is small
            self.stdout.write(json.dumps(asdict(ratio), ensure_ascii=False))
        if not options["letters"]:
            self._cases(options)

    def _cases(self, options: dict[str, Any]) -> None:
        if Call._meta.db_table not in connection.introspection.table_names():
            call_command("migrate", verbosity=0)
        if Application.objects.exists():
            raise CommandError("This database holds cases. bench fills an empty one: use `make bench`.")
        call_command("load_calls", stdout=self.stderr)
        calls = Call.objects.select_related("version", "programme__authority").exclude(closes_at=None)
        chosen = calls.filter(slug=options["call"]) if options["call"] else calls.order_by("closes_at", "pk")
        call = chosen.first()
        if call is None:
            raise CommandError(f"There is no call {options['call']} that closes.")
        for figure in measure(call, max(1, options["rounds"]), self._say):
            self.stdout.write(json.dumps(asdict(figure), ensure_ascii=False))

    def _say(self, text: str) -> None:
        self.stderr.write(f"… {text}")
        self.stderr.flush()
