"""Lets Django empty the database after a test that really commits: tables that only grow refuse TRUNCATE otherwise."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations


@pytest.fixture(scope="session", autouse=True)
def flushing_despite_triggers() -> Iterator[None]:
    """Switch triggers off inside the flush's own transaction, and nowhere else."""
    flush = DatabaseOperations.execute_sql_flush

    def without_triggers(self: DatabaseOperations, sql_list: list[str], *args: Any) -> None:
        flush(self, ["SET LOCAL session_replication_role = 'replica';", *sql_list], *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", without_triggers)
        yield


@pytest.fixture(autouse=True)
def nothing_loaded(request: pytest.FixtureRequest) -> None:
    """These tests are about loading: they begin with an empty database."""
    if request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames):
        request.getfixturevalue("empty_database")
