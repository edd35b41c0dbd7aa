"""`manage.py rush [--applicants N] [--seconds S] [--json]`: many submit in the last seconds before a call closes."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from grants.applications.models import Application
from grants.programmes.models import Call
from workflows.simulation.rush import rush

SERVER = (
    *(sys.executable, "-m", "gunicorn", "config.wsgi:application"),
    *("--worker-class=config.server.Worker", "--workers=2"),
)


class Command(BaseCommand):
    """Fills an empty database with drafts, starts web servers, and counts what became of every click. Exit code 1 when
    something was lost, accepted late, refused early, or numbered wrong."""

    help = "Let many applicants submit at once in an empty database, on the real clock: use `make rush`."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many, and in how long a time."""
        parser.add_argument("--applicants", type=int, default=200)
        parser.add_argument(
            "--seconds", type=float, default=60.0, help="from the first who submits to the closing time"
        )
        parser.add_argument("--threads", type=int, default=24, help="of each of the two web processes")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, rush, and tell."""
        if settings.DEMO:
            raise CommandError("A demonstration's clock stands still, so its calls never close: use `make rush`.")
        if Call._meta.db_table not in connection.introspection.table_names():
            call_command("migrate", verbosity=0)
        if Application.objects.exists():
            raise CommandError("This database holds cases. rush fills an empty one: use `make rush`.")
        call_command("load_calls", stdout=self.stderr)
        calls = Call.objects.select_related("version", "programme__authority").exclude(closes_at=None)
        call = calls.order_by("closes_at", "pk").first()
        if call is None:
            raise CommandError("There is no call that closes.")
        server = (*SERVER, f"--threads={options['threads']}", "--no-control-socket")
        result = rush(call, options["applicants"], options["seconds"], server, self._say)
        told = asdict(result)
        lines = (
            [json.dumps(told)] if options["json"] else [f"{name.replace('_', ' ')}: {n}" for name, n in told.items()]
        )
        self.stdout.write("\n".join(lines))
        if not result.is_right:
            raise CommandError("Something went wrong: see the numbers that are not 0.")

    def _say(self, text: str) -> None:
        self.stderr.write(f"… {text}")
        self.stderr.flush()
