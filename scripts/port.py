"""port.py PORT: say so before any long work when the demo's port cannot be used."""

import errno
import socket
import sys

from console import ProblemError, run_as_command

HOST = "127.0.0.1"


def read_port(text: str) -> int:
    """The port number that the text stands for."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ProblemError(f"PORT={text} is not a port. Give a number from 1 to 65535: make demo PORT=8001")
    return int(text)


def why_not(port: int) -> OSError | None:
    """What stands in the way of listening on the port, if anything does."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            listener.bind((HOST, port))
            listener.listen(1)
        except OSError as error:
            return error
    return None


def require_free(port: int) -> None:
    """Refuse with advice when the port is taken or not allowed."""
    error = why_not(port)
    if error is None:
        return
    other = next((p for p in range(max(port, 1023) + 1, 65536) if why_not(p) is None), 0)
    advice = f"choose another: make demo PORT={other or 'NUMBER'}"
    if error.errno == errno.EADDRINUSE:
        raise ProblemError(
            f"Port {port} on {HOST} is taken by another program, perhaps an earlier demo.\nStop that one, or {advice}"
        )
    if error.errno == errno.EACCES:
        raise ProblemError(f"Port {port} needs more rights than you have.\nPlease {advice}")
    raise ProblemError(f"Port {port} on {HOST} cannot be used: {error.strerror}.\nPlease {advice}")


def main() -> int:
    """Check the port named on the command line."""
    require_free(read_port(sys.argv[1]))
    return 0


if __name__ == "__main__":
    run_as_command(main)
