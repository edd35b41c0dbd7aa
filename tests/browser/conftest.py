"""A browser for the whole folder, and the persons who sit in front of it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, sync_playwright

from grants.organisations.models import Person
from tests.browser.visitor import Visitor, Windows

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
def looked(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Where it is noted which kinds of page have been looked at closely; one folder for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "looked"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="package")
def windows(chromium: Browser) -> Windows:
    """The windows of this browser."""
    return Windows(chromium)


@pytest.fixture
def visit(windows: Windows, live_server: Any, looked: Path) -> Iterator[Visit]:
    """Somebody at a browser of their own: visit("public"), visit("officer", sara)."""
    visitors: list[Visitor] = []
    cache.clear()  # how often somebody has signed up or tried a password is counted for each test anew

    def comes(role: str, person: Person | None = None, *, javascript: bool = True) -> Visitor:
        visitor = Visitor(windows, live_server.url, looked, role, javascript=javascript)
        visitors.append(visitor)
        if person is not None:
            visitor.become(person)
        return visitor

    yield comes
    for visitor in visitors:
        visitor.leave()
    faults = [fault for visitor in visitors for fault in visitor.faults]
    assert not faults, "\n".join(["On the pages that were visited:", *faults])
