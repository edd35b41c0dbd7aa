"""The demo's own processes: commands that run to their end, and services that run until they are stopped."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from console import ProblemError
from processes import end, start

STOP_SECONDS = 12  # a job that is running may finish
READY_SECONDS = 60


@dataclass(frozen=True)
class Runner:
    """Starts the demo's processes, each with a log of its own and out of reach of the terminal's Ctrl-C."""

    folder: Path
    logs: Path
    environment: Mapping[str, str]

    def start(self, name: str, command: Sequence[str | Path]) -> "Service":
        """Start the command in the background."""
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.old"))
        with log.open("wb") as output:
            process = start(
                command,
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                # When we are killed, so is the database, and a polite worker would wait half a minute for it.
                when_we_die=signal.SIGKILL,
            )
        return Service(name, process, log)

    def run(self, name: str, command: Sequence[str | Path]) -> str:
        """Run the command to its end and return what it printed."""
        with self.services((name, command)) as (service,):
            if service.process.wait():
                raise service.failure(f"`{name}` failed")
            return service.log.read_text(errors="replace")

    @contextmanager
    def services(self, *commands: tuple[str, Sequence[str | Path]]) -> Iterator[list["Service"]]:
        """Run the commands as long as the block lasts, and stop them all at its end."""
        running: list[Service] = []
        try:
            for name, command in commands:
                running.append(self.start(name, command))
            yield running
        finally:
            end([service.process for service in running], STOP_SECONDS)


@dataclass(frozen=True)
class Service:
    """A started process and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def require_alive(self) -> None:
        """Raise when the process has ended."""
        if self.process.poll() is not None:
            raise self.failure(f"The {self.name} stopped by itself")

    def failure(self, what: str) -> ProblemError:
        """What happened, with the end of the log."""
        lines = self.log.read_text(errors="replace").strip().splitlines()[-15:]
        return ProblemError("\n".join([f"{what} (exit code {self.process.returncode}).", f"From {self.log}:", *lines]))


def wait_until_answers(host: str, port: int, path: str, services: Sequence[Service]) -> None:
    """Return when the address answers with 200."""
    answer = "nothing"
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        for service in services:
            service.require_alive()
        connection = http.client.HTTPConnection(host, port, timeout=10)
        try:
            connection.request("GET", path)
            answer = str(connection.getresponse().status)
            if answer == "200":
                return
        except (OSError, http.client.HTTPException) as error:
            answer = str(error)
        finally:
            connection.close()
        time.sleep(0.1)
    logs = ", ".join(str(service.log) for service in services)
    raise ProblemError(f"{path} does not answer with 200 but with: {answer}.\nSee {logs}")
