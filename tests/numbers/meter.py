"""What something costs the database and the wire: statements, rows fetched, length of the answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection


@dataclass
class Cost:
    """Queries and rows of one request or command. The outermost savepoint of a test is a BEGIN elsewhere, which is no
    statement of ours: it is not counted."""

    queries: int = 0
    rows: int = 0  # fetched: the sum of the cursors' row counts over all SELECTs
    length: int = 0  # bytes of the response
    sql: list[str] = field(default_factory=list)
    _depth: int = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """For connection.execute_wrapper."""
        result = execute(sql, params, many, context)
        word = sql.lstrip(" (").split(" ", 1)[0].upper()
        outermost = False
        if word == "SAVEPOINT":
            outermost, self._depth = self._depth == 0, self._depth + 1
        elif word == "RELEASE":
            self._depth -= 1
            outermost = self._depth == 0
        if not outermost:
            self.queries += 1
            self.sql.append(sql[:300])
        if word in ("SELECT", "WITH"):
            self.rows += max(context["cursor"].rowcount, 0)
        return result


@contextmanager
def metered() -> Iterator[Cost]:
    """Count what the block does."""
    cost = Cost()
    with connection.execute_wrapper(cost):
        yield cost
