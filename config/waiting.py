"""How long the request of this thread waited for a thread to take it: a time that does not count against who sent it."""

import threading
from datetime import timedelta

LONGEST = 60.0  # seconds: who waits longer than that has most likely gone, or was never in a hurry


class _Waited(threading.local):
    seconds = 0.0


_waited = _Waited()


def note(seconds: float) -> None:
    """Say how long the next request of this thread has waited."""
    _waited.seconds = seconds


def waited() -> timedelta:
    """How long this thread's request has waited; nothing under a web server that does not say so."""
    return timedelta(seconds=min(_waited.seconds, LONGEST))
