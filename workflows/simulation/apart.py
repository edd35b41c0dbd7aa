"""Empty tables of one's own, for a while: what is done among them touches no row of anybody else and waits for none.

They are temporary tables by the same names. PostgreSQL looks among those first, so the code that runs needs to know nothing
of it: its sweeps, its number series and its queue of jobs are its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

COPIED = ("django_content_type", "auth_permission")  # what a new installation has too, with the same keys


@contextmanager
def tables_of_ones_own() -> Iterator[None]:
    """Inside the block every table is empty, but for those of COPIED; afterwards nothing of it has been."""
    with transaction.atomic():  # a short one: what is copied is looked at, and no longer
        made = _make()
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        _drop(made)


def _make() -> list[str]:
    """The names of the tables made. Triggers and foreign keys are not copied: no row lives long enough to need them."""
    with connection.cursor() as cursor:
        names = [info.name for info in connection.introspection.get_table_list(cursor) if info.type in ("t", "p")]
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
        names = [connection.ops.quote_name(name) for name in names]
        for name in names:
            cursor.execute(f"CREATE TEMPORARY TABLE {name} (LIKE {schema}.{name} INCLUDING ALL)")
        for name in COPIED:
            cursor.execute(f"INSERT INTO pg_temp.{name} SELECT * FROM {schema}.{name}")  # noqa: S608 - our own names
    _forget_plans()
    return names


def _drop(names: list[str]) -> None:
    """The end of the connection would do the same; until then the real tables are hidden."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE " + ", ".join(f"pg_temp.{name}" for name in names))
    _forget_plans()


def _forget_plans() -> None:
    """A function of the database that has run before remembers which table it meant."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
