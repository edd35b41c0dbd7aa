"""What every test starts from: a clock that stands, the four calls, the people, and tables that are empty afterwards."""

import os
import random
from collections.abc import Iterator
from datetime import datetime

import pgtrigger
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from grants import clock
from grants.applications.access import forget_permission_ids
from grants.organisations.models import Person
from grants.programmes.loading import PARTS, Batch, read_files, store
from grants.programmes.models import Call
from tests.factories import World
from tests.signing_in import signed_in
from workflows import jobs
from workflows.models import Notice

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright's loop lives in the test's thread
START = datetime(2023, 6, 20, 10, 0, tzinfo=clock.SWEDEN)


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, call_files: Batch
) -> Iterator[None]:
    """Tests that commit are cleaned up by TRUNCATE, which events refuse; their own test puts the trigger back. The calls
    and their staff are loaded once, so that most tests begin with them; tests that commit load them anew."""
    with django_db_blocker.unblock(), clock.at(START):  # type: ignore[attr-defined]  # the plugin's own object
        pgtrigger.uninstall("workflows.Event:no_truncate")
        store(call_files)
        World()
        jobs.run_pending()
        Notice.objects.all().delete()  # what has been mailed before is in no test's outbox
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:  # type: ignore[attr-defined]  # as above
        # a server's or a worker's thread may still hold a connection, and the database could not be dropped
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def standing_clock() -> Iterator[None]:
    """Every test's clock stands at the same moment unless it moves it."""
    with clock.at(START):
        yield


@pytest.fixture(autouse=True)
def empty_job_tables(request: pytest.FixtureRequest) -> Iterator[None]:
    """procrastinate's tables are not Django's to flush."""
    yield
    marker = request.node.get_closest_marker("django_db")
    committed = (marker and marker.kwargs.get("transaction")) or {"transactional_db", "live_server"} & set(
        request.fixturenames
    )
    if committed:
        forget_permission_ids()
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, "
                "procrastinate_workers RESTART IDENTITY CASCADE"
            )


@pytest.fixture
def rng() -> random.Random:
    """Chance that is the same every time."""
    return random.Random(20230620)


@pytest.fixture(scope="session")
def call_files() -> Batch:
    """The project's own call files, read once."""
    return read_files([settings.BASE_DIR / "fixtures" / part for part in PARTS])


@pytest.fixture
def world(db: None, call_files: Batch) -> World:
    """The four calls, loaded and staffed, and everybody in them."""
    if not Call.objects.exists():
        store(call_files)
    return World()


@pytest.fixture
def empty_database(db: None) -> None:
    """Nothing loaded and nobody there; undone with the test."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE organisations_person, organisations_organisation, organisations_municipality, "
            "programmes_authority, programmes_definitiontext, workflows_event CASCADE"
        )


@pytest.fixture
def sign_in(client: Client):
    """A client signed in as somebody."""

    def as_person(person: Person) -> Client:
        return signed_in(person, client)

    return as_person
