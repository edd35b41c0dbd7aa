"""When a project may go on: the call's limits, for the application and for the grant (the call's definition: ``project``)."""

from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext as _

from grants.applications.agreements import months_between
from grants.programmes.definition import ProjectRules


def faults(
    project: ProjectRules, start: date, end: date, *, is_decided: bool = False
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the first and the last day of a project: a code, the reason, and the field that it is about.

    A decision may come so late that the project starts after the call's last day for it (`is_decided`); it does not go on
    longer for that.
    """
    if start < project.earliest_start or (start > project.latest_start and not is_decided):
        text = _("Projektet ska börja mellan %(first)s och %(last)s.")
        yield "start", text % {"first": project.earliest_start, "last": project.latest_start}, "starts_on"
    if end <= start:
        yield "end", _("Projektet ska sluta efter att det har börjat."), "ends_on"
    elif end > project.latest_end:
        yield "end", _("Projektet ska sluta senast %(last)s.") % {"last": project.latest_end}, "ends_on"
    elif months_between(start, end) > project.max_months:
        yield "length", _("Projektet får vara högst %(n)d månader.") % {"n": project.max_months}, "ends_on"
