"""How far a batch of decisions has come, and what came of each case, as whoever sent it reads it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from grants.applications.models import Application
from grants.organisations.models import Person
from workflows.models import DecisionBatch

Phase = DecisionBatch.Phase


@dataclass(frozen=True)
class Progress:
    """A batch that is under way or over. `refused` are the cases that were not done: key, name and why."""

    batch: DecisionBatch
    done: int
    refused: list[tuple[int | None, str, str]]

    @property
    def is_going(self) -> bool:
        """Whether a worker is at it or will come to it."""
        return self.batch.phase in DecisionBatch.UNDER_WAY

    @property
    def total(self) -> int:
        """How many cases it is about."""
        return len(self.batch.rows)

    @property
    def is_prepare(self) -> bool:
        """Whether it is about proposals."""
        return self.batch.kind == DecisionBatch.Kind.PREPARE


def progress_of(person: Person, batch: DecisionBatch) -> Progress | None:
    """What the page says of the batch; nothing while it is only written. A case that is no longer open to the person is not
    named. One query, when something was refused."""
    if batch.phase == Phase.DRAFT:
        return None
    told = {int(case): text for case, text in batch.results.items() if text}
    names: dict[int, str] = {}
    if told:
        seen = Application.objects.handled_by_office(person).filter(pk__in=told)
        names = {case.pk: f"{case.number} {case.title}" for case in seen.only("number", "title", "call")}
    closed = _("Ärendet är inte öppet för dig längre.")
    refused: list[tuple[int | None, str, str]] = [
        (case, names[case], text) if case in names else (None, "", closed) for case, text in told.items()
    ]
    return Progress(batch, len(batch.results) - len(told), refused)
