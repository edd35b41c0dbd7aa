"""The web server's worker: who waits for a thread is not late by it, and who only knocks is not early."""

import http.client
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config import waiting
from config.middleware import Arrival
from grants import clock
from tests.slow_app import SECONDS

HOST = "127.0.0.1"
WORKER = "--worker-class=config.server.Worker"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server with one thread, which is busy for a second with each request."""
    number = 20_000 + secrets.randbelow(20_000)
    command = [sys.executable, "-m", "gunicorn", "tests.slow_app:application", WORKER, "--workers=1", "--threads=1"]
    process = subprocess.Popen([*command, f"--bind={HOST}:{number}", "--no-control-socket"])
    for _try in range(100):
        try:
            asked(number)
            break
        except OSError:
            time.sleep(0.2)
    yield number
    process.terminate()
    process.wait(30)


def asked(port: int, knock: float = 0.0) -> float:
    """The seconds that a request waited for a thread. `knock`: how long before it the connection is made."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    connection.connect()
    time.sleep(knock)
    connection.request("GET", "/")
    told = int(connection.getresponse().read()) / 1000
    connection.close()
    return told


def test_the_wait_for_a_thread_is_known(port: int) -> None:
    with ThreadPoolExecutor(3) as pool:
        waits = sorted(pool.map(lambda _n: asked(port), range(3)))
    assert waits[0] < SECONDS / 2
    assert waits[1] == pytest.approx(SECONDS, abs=SECONDS / 2)
    assert waits[2] == pytest.approx(2 * SECONDS, abs=SECONDS / 2)


def test_who_only_knocks_gains_nothing(port: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        busy = pool.submit(asked, port)
        time.sleep(SECONDS / 10)
        knocked = pool.submit(asked, port, 2 * SECONDS)  # the thread is busy when it knocks, and free when it speaks
        assert knocked.result() < SECONDS / 2
        busy.result()


def test_the_wait_is_taken_off_the_stamp() -> None:
    seen: list[object] = []

    def respond(request: HttpRequest) -> HttpResponse:
        seen.append(request.arrived_at)  # type: ignore[attr-defined]  # what is tested
        return HttpResponse()

    for seconds in (0.0, 2.5):
        waiting.note(seconds)
        Arrival(respond)(RequestFactory().get("/"))
    waiting.note(0.0)
    assert seen == [clock.now(), clock.now() - timedelta(seconds=2.5)]
