"""A web application that does nothing but be slow, and says how long it waited for a thread; see test_server."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from config.waiting import waited

SECONDS = 1.0


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Be busy, and answer with the milliseconds that the request waited."""
    told = str(round(waited().total_seconds() * 1000)).encode()
    time.sleep(SECONDS)
    start_response("200 OK", [("Content-Length", str(len(told)))])
    return [told]
