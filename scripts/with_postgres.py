"""with_postgres.py FOLDER|- COMMAND...: run the command with DATABASE_URL of a private PostgreSQL.

The data stay in FOLDER. With "-" they are thrown away, and so are the files of ANSLAG_DATA unless it is set.
When DATABASE_URL is set already, that server is used.
"""

import os
import signal
import sys
import time
from pathlib import Path

from console import ProblemError, run_as_command
from embedded_postgres import Server, running
from processes import StopRequestError, end, exit_code, start, stop_on_signals

STOP_SECONDS = 30


def run(command: list[str], server: Server, environment: dict[str, str]) -> int:
    """Run the command to its end and return its exit code; the command sees the signals that we see."""
    child = start(command, env=environment | server.environment)
    if os.isatty(0):  # the terminal's Ctrl-C reaches the command too, and what it means is for the command to say
        signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        while child.poll() is None:
            server.require_alive()
            time.sleep(0.05)
    except StopRequestError as stop:
        end([child], STOP_SECONDS, stop.number)
        raise
    finally:
        end([child], STOP_SECONDS)
    return exit_code(child)


def main() -> int:
    """Read the command line and run."""
    if len(sys.argv) < 3:
        raise ProblemError((__doc__ or "").strip())
    folder, command = sys.argv[1], sys.argv[2:]
    if os.environ.get("DATABASE_URL"):
        os.execvp(command[0], command)
    stop_on_signals()
    try:
        with running(None if folder == "-" else Path(folder).resolve()) as server:
            environment = dict(os.environ)
            if folder == "-":
                files = server.socket / "files"
                files.mkdir(mode=0o700)
                environment.setdefault("ANSLAG_DATA", str(files))
            return run(command, server, environment)
    except StopRequestError as stop:
        return 128 + stop.number


if __name__ == "__main__":
    run_as_command(main)
