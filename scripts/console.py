"""What set-up says to the person at the terminal: steps with their time, and problems without a traceback."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

DOT_EVERY = 3.0  # seconds


class ProblemError(Exception):
    """Something the reader can put right: what is wrong, and what to do."""


def say(text: str = "") -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print the title, a dot every few seconds while the work inside goes on, and then how long it took.

    By a timer and not by a thread, so that processes can be started safely meanwhile.
    """
    started = time.monotonic()
    print(f"  {title} ", end="", flush=True)
    signal.signal(signal.SIGALRM, lambda number, frame: os.write(sys.stdout.fileno(), b".") and None)
    signal.setitimer(signal.ITIMER_REAL, DOT_EVERY, DOT_EVERY)
    try:
        yield
    except BaseException:
        signal.setitimer(signal.ITIMER_REAL, 0)
        say("- not done")
        raise
    signal.setitimer(signal.ITIMER_REAL, 0)
    say(f"- {time.monotonic() - started:.1f} s")


def run_as_command(main: Callable[[], int]) -> None:
    """Exit with what main returns; a problem and Ctrl-C become a message and an exit code."""
    try:
        code = main()
    except ProblemError as problem:
        sys.stdout.flush()
        print(f"\n{problem}", file=sys.stderr, flush=True)
        code = 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr, flush=True)
        code = 130
    sys.exit(code)
