"""From when an application is judged: the cut-off (avstämning) that gathers it, else its closing time, else at once. Here is
the one rule, in Python and in SQL.

Which cut-off gathers an application (Window.gathering) is settled when it is first submitted, and kept: a later version of
the call moves the cut-offs of what is still a draft. Nothing else moves a cut-off. An incident and a decision of more time
move closing times, and whoever misses a cut-off loses nothing by it but time: the next gathers them, or the closing.
"""

from datetime import datetime

from django.db.models import Q
from django.db.models.functions import Coalesce

from grants.applications.extensions import CLOSING, closed_by, closes_after


def judged_after(moment: datetime, path: str = "") -> Q:
    """On rows: the moment from which the application is judged lies after this one. `path` leads to the application."""
    gathered = Q(**{f"{path}gathered_at__gt": moment})
    return gathered | Q(**{f"{path}gathered_at": None}) & closes_after(moment, path)


def judged_by(moment: datetime) -> Q:
    """On applications: the moment from which they are judged has come. Those that nothing gathers are not among them."""
    return Q(gathered_at__lte=moment) | Q(gathered_at=None) & closed_by(moment)


# The moment itself, as a value of rows that have a cut-off or a call with a closing time.
JUDGED_FROM = Coalesce("gathered_at", CLOSING)
