"""A browser for the whole folder, and the persons who sit in front of it."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, sync_playwright

from grants.organisations.models import Person
from tests.browser.visitor import Visitor

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
Visit = Callable[..., Visitor]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for these tests only: while it runs, its event loop belongs to the thread of the tests."""
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *sandbox])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def looked() -> set[Any]:
    """The kinds of page that have been looked at closely, each as somebody in some role saw it."""
    return set()


@pytest.fixture
def visit(chromium: Browser, live_server: Any, looked: set[Any]) -> Iterator[Visit]:
    """Somebody at a browser of their own: visit("public"), visit("officer", sara)."""
    visitors: list[Visitor] = []
    cache.clear()  # how often somebody has signed up or tried a password is counted for each test anew

    def comes(role: str, person: Person | None = None, **options: Any) -> Visitor:
        visitor = Visitor(chromium, live_server.url, looked, role, **options)
        visitors.append(visitor)
        if person is not None:
            visitor.become(person)
        return visitor

    yield comes
    for visitor in visitors:
        visitor.leave()
    faults = [fault for visitor in visitors for fault in visitor.faults]
    assert not faults, "\n".join(["On the pages that were visited:", *faults])
