"""A private PostgreSQL for as long as a `with` block lasts: no root, no port, no system service.

The server listens on a socket in a folder that only we can enter. The kernel stops it when we are killed, and the next
start clears away what such an end leaves behind.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import psutil

from console import ProblemError
from processes import start
from server_account import Account, server_account, server_programs, socket_folder

SOCKET_PREFIX = "anslag-pg-"
START_SECONDS = 60  # the recovery after a crash takes its time
STOP_SECONDS = 30
INITDB = [
    *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"),
    *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
]
THROW_AWAY = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


class PostgresError(ProblemError):
    """The server cannot be had; says why, and the way around."""

    def __init__(self, text: str) -> None:
        super().__init__(f"PostgreSQL: {text}\nTo use a server of your own, set DATABASE_URL.")


@dataclass(frozen=True)
class Server:
    """A running server."""

    process: subprocess.Popen[bytes]
    socket: Path
    log: Path

    @property
    def url(self) -> str:
        """What DATABASE_URL should be."""
        return f"postgres://postgres@/postgres?host={self.socket}"

    @property
    def environment(self) -> dict[str, str]:
        """How to reach the server: the address for Django, and the same for psql and pg_dump, which do not read it."""
        return {"DATABASE_URL": self.url, "PGHOST": str(self.socket), "PGUSER": "postgres", "PGDATABASE": "postgres"}

    def require_alive(self) -> None:
        """Raise when the server has gone."""
        if self.process.poll() is not None:
            raise PostgresError(f"the server stopped by itself. Its last words, from {self.log}:\n{tail(self.log)}")


def tail(log: Path, characters: int = 2000) -> str:
    """The end of a log."""
    return log.read_text(errors="replace")[-characters:].strip()


def take_lock(path: Path) -> TextIO | None:
    """Hold the lock until the file is closed or we are gone; None when somebody else holds it."""
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def remove_leftovers() -> None:
    """Remove the folders of runs that were killed: their lock is free. The youngest may only be about to take it."""
    for folder in {Path(tempfile.gettempdir()), Path("/tmp")}:
        for old in folder.glob(f"{SOCKET_PREFIX}*"):
            try:
                if time.time() - old.stat().st_mtime > 60 and (lock := take_lock(old / "lock")):
                    lock.close()
                    shutil.rmtree(old, ignore_errors=True)
            except OSError:  # another user's, or just removed
                continue


def stop_leftover(cluster: Path) -> None:
    """Stop a server that outlived its run. We hold the lock, so nobody else is using it."""
    pid_file = cluster / "postmaster.pid"
    if not pid_file.exists():
        return
    try:
        old = psutil.Process(int(pid_file.read_text().split()[0]))
        if old.name() == "postgres" and str(cluster) in old.cmdline():
            old.send_signal(signal.SIGINT)
            old.wait(STOP_SECONDS)
    except (psutil.Error, ValueError, IndexError):
        pass
    pid_file.unlink(missing_ok=True)  # its number may be another program's by now, and the server would refuse to start


@dataclass(frozen=True)
class Launch:
    """All that it takes to make and start one cluster."""

    account: Account
    programs: Path
    socket: Path
    home: Path  # holds the cluster, its log and its lock
    keep: bool

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data folder."""
        return self.home / "cluster"

    @property
    def environment(self) -> dict[str, str]:
        """The server's own: no setting of the caller's psql, and the same sort order and time everywhere."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return inherited | {"LC_ALL": "C", "TZ": "UTC"}

    def run(self, program: str, *arguments: str | Path, **options: Any) -> subprocess.Popen[bytes]:
        """Start one of the server's programs, as its account."""
        return start(
            [self.programs / program, *arguments],
            stdin=subprocess.DEVNULL,
            env=self.environment,
            cwd=self.socket,
            **self.account.run_as,
            **options,
        )

    def create_cluster(self) -> None:
        """Run initdb beside the final place, and move the result there whole."""
        new = self.home / "cluster.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self.account.own(new)
        options = [] if self.keep else ["--no-sync"]
        initdb = self.run("initdb", "-D", new, *INITDB, *options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = initdb.communicate()
        if initdb.returncode:
            raise PostgresError(f"no database can be made in {self.home}.\n{output.decode(errors='replace').strip()}")
        new.rename(self.cluster)

    def start(self) -> Server:
        """Start the server; it may not answer yet."""
        log = self.home / "server.log"
        with log.open("wb") as output:
            process = self.run(
                "postgres",
                *("-D", self.cluster, "-k", self.socket, "-c", "listen_addresses="),
                *([] if self.keep else THROW_AWAY),
                when_we_die=signal.SIGINT,  # its fast shutdown
                start_new_session=True,
                stdout=output,
                stderr=output,
            )
        return Server(process, self.socket, log)

    def wait_until_ready(self, server: Server) -> None:
        """Return when connections are accepted."""
        pid_file = self.cluster / "postmaster.pid"
        end = time.monotonic() + START_SECONDS
        while server.process.poll() is None and time.monotonic() < end:
            if pid_file.exists() and "ready" in pid_file.read_text():
                return
            time.sleep(0.05)
        raise PostgresError(f"the server does not start. Its last words, from {server.log}:\n{tail(server.log)}")

    def stop(self, server: Server) -> None:
        """Stop the server and wait for it; a throw-away one needs no orderly end."""
        if server.process.poll() is None:
            server.process.send_signal(signal.SIGINT if self.keep else signal.SIGQUIT)
        try:
            server.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()


def prepare_home(home: Path, account: Account) -> None:
    """Make the folder, enterable by the server's account, and refuse one that cannot serve."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        if account.switch:
            home.chmod(0o711)
    except OSError as error:
        raise PostgresError(f"the folder {home} cannot be made: {error.strerror}.") from error
    if not account.reaches(home):
        raise PostgresError(f"it runs as {account.name}, who cannot enter {home}. Choose another folder.")
    cluster = home / "cluster"
    if cluster.exists() and cluster.stat().st_uid != account.uid:
        raise PostgresError(f"{cluster} belongs to another user. Run this as that user, or choose another folder.")


@contextmanager
def running(home: Path | None) -> Iterator[Server]:
    """A server whose data stay in `home`; with None they live in a temporary folder and go with it."""
    remove_leftovers()
    account = server_account()
    with ExitStack() as stack:
        socket = socket_folder(account, SOCKET_PREFIX)
        stack.callback(shutil.rmtree, socket, ignore_errors=True)
        socket_lock = take_lock(socket / "lock")
        if socket_lock is not None:
            stack.callback(socket_lock.close)
        launch = Launch(
            account, server_programs(account, socket / "programs"), socket, home or socket, keep=home is not None
        )
        if home is not None:
            prepare_home(home, account)
            lock = take_lock(home / "lock")
            if lock is None:
                raise PostgresError(f"{home} is in use by another run. Stop that one first, or choose another folder.")
            stack.callback(lock.close)
        if not launch.cluster.exists():
            launch.create_cluster()
        stop_leftover(launch.cluster)
        server = launch.start()
        stack.callback(launch.stop, server)
        launch.wait_until_ready(server)
        yield server
