"""Diarienummer: gapless per authority, prefix and year. The series is the last row that a command locks."""

from grants import clock
from grants.applications.models import Application
from grants.programmes.models import NumberSeries


def draw(case: Application) -> str:
    """The next number of the authority's series for this year, 'EX 2023-00017'. Given back if the transaction fails."""
    authority, year = case.call.programme.authority, clock.today().year
    prefix = case.call.series_prefix or authority.diary_prefix
    NumberSeries.objects.bulk_create(
        [NumberSeries(authority=authority, prefix=prefix, year=year)], ignore_conflicts=True
    )
    series = NumberSeries.objects.select_for_update().get(authority=authority, prefix=prefix, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{prefix} {year}-{series.last:05d}".strip()
