"""Children that never outlive their parent, whatever way it goes: Ctrl-C, SIGTERM, a closed terminal, kill -9."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

PR_SET_PDEATHSIG = 1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# Looked up before any fork: between fork and exec no library may be loaded.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class StopRequestError(BaseException):
    """A signal asked this process to stop. Not an Exception: nothing on the way may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def follow_parent(number: signal.Signals) -> None:
    """Have the kernel send this process the signal when its parent dies. Linux only; elsewhere it does nothing."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, number)


def start(
    command: Sequence[str | Path], when_we_die: signal.Signals = signal.SIGTERM, **options: Any
) -> subprocess.Popen[bytes]:
    """Popen for a child that gets the signal when we die, also when we die before it could ask for it."""
    parent = os.getpid()

    def between_fork_and_exec() -> None:
        follow_parent(when_we_die)
        if os.getppid() != parent:
            os.kill(os.getpid(), when_we_die)

    # Unsafe beside threads, says the rule: there are none in these scripts, and the kernel wants this from the child.
    return subprocess.Popen(command, preexec_fn=between_fork_and_exec, **options)


def end(children: Iterable[subprocess.Popen[bytes]], seconds: float, number: int = signal.SIGTERM) -> None:
    """Ask the children to stop, all at once, and wait; whoever takes longer than this is killed."""
    children = list(children)
    for child in children:
        if child.poll() is None:
            child.send_signal(number)
    deadline = time.monotonic() + seconds
    for child in children:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def exit_code(child: subprocess.Popen[bytes]) -> int:
    """What a shell would report for the ended child."""
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def stop_on_signals() -> None:
    """Turn the first stop signal into StopRequestError and ignore the rest, so that no clean-up is cut short.

    The signal also comes when our parent (make, say) is killed.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        for each in STOP_SIGNALS:
            signal.signal(each, lambda number, frame: None)
        raise StopRequestError(number)

    for each in STOP_SIGNALS:
        signal.signal(each, stop)
    follow_parent(signal.SIGTERM)
