"""What a check finds, and how it walks a table."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
BATCH = 500  # rows held at a time


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it must be. `code` is stable, `object` names the row: "case:12", "document:7"."""

    code: str
    object: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}  {self.object}  {self.text}"

    def as_row(self) -> dict[str, str]:
        """For JSON."""
        return asdict(self)


def batches(rows: QuerySet[M], size: int = BATCH) -> Iterator[list[M]]:
    """All rows in order of their keys, `size` at a time; each batch is a query of its own."""
    last: Any = None
    while found := list((rows if last is None else rows.filter(pk__gt=last)).order_by("pk")[:size]):
        yield found
        last = found[-1].pk
