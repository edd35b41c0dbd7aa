"""Gunicorn's worker with threads, but that in a rush the wait for a thread does not make a request late.

A request is ready when its first bytes are there, which the main thread sees even while every thread is busy. From then until
a thread takes it the server alone is slow, and that time is told to config.middleware.Arrival, which takes it off the stamp. A
connection without a request is not ready, so that nobody is in time by having knocked; and what a client takes to send
the rest counts as it always did.
"""

import selectors
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from config import waiting


class Worker(ThreadWorker):  # type: ignore[misc]  # a library without types
    """`gunicorn --worker-class config.server.Worker`."""

    def enqueue_req(self, conn: Any) -> None:
        """A new connection waits for its first bytes among those that do; one that has them gets a thread in its turn."""
        if conn.initialized or conn.data_ready:
            conn.ready_at = time.monotonic()
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: Any) -> Any:
        """A thread has taken the request."""
        waiting.note(time.monotonic() - conn.ready_at)
        try:
            return super().handle(conn)
        finally:
            waiting.note(0.0)
