"""`manage.py seed_demo`: fill an empty demonstration with cases, by running the real commands over simulated time."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from grants import clock
from grants.applications.models import Application
from grants.programmes.loading import PARTS
from grants.programmes.reading import read_files
from workflows.simulation.seeding import seed


class Command(BaseCommand):
    """Does nothing when there are cases already."""

    help = "Fill an empty demonstration with cases in every state."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the calls at the moment the first of them was planned, and tell the story up to the demo's now."""
        if not settings.DEMO:
            raise CommandError("seed_demo makes fictional cases; it only runs with ANSLAG_DEMO=1.")
        if Application.objects.exists():
            self.stdout.write("The demonstration has its cases already.")
            return
        now = settings.DEMO_START
        with clock.at(self._beginning(now)):
            call_command("load_calls", stdout=self.stdout)
            cases = seed(now, clock.now(), self._progress)
        self.stdout.write(f"\n{cases} cases.")

    def _beginning(self, now: datetime) -> datetime:
        files = read_files([settings.BASE_DIR / "fixtures" / part for part in PARTS])
        windows = [f.definition.window for f in files.calls]
        return min(w.planned or w.announced for w in windows) - timedelta(days=1)

    def _progress(self, done: int, total: int) -> None:
        if done % 10 == 0 or done == total:
            self.stdout.write(f"\r  {done} of {total} steps, {clock.now():%Y-%m-%d}", ending="")
            self.stdout.flush()
