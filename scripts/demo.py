"""demo.py [--reset]: the whole application on this machine, with example data. PORT and DATA come from the environment.

Starts PostgreSQL, brings the database up to date, starts a worker and the web server, and stops them all together.
"""

import argparse
import os
import secrets
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

import data_folder
from console import ProblemError, run_as_command, say, step
from embedded_postgres import PostgresError, Server, running
from port import HOST, read_port, require_free
from processes import StopRequestError, stop_on_signals
from services import Runner, Service, wait_until_answers

ROOT = Path(__file__).resolve().parents[1]
MANAGE = (sys.executable, "manage.py")
WORKER = (*MANAGE, "procrastinate", "worker", "--shutdown-graceful-timeout=10")
READY = "/halsa/"


@dataclass(frozen=True)
class Demo:
    """One demo: where it is reached, where its data are, and whose database it uses."""

    port: int
    data: Path
    server: Server | None
    runner: Runner

    @property
    def url(self) -> str:
        """The address for the browser."""
        return f"http://{HOST}:{self.port}"

    def manage(self, title: str, *arguments: str) -> str:
        """Run a management command as one step and return what it printed."""
        with step(title):
            return self.runner.run(arguments[0], [*MANAGE, *arguments])

    def prepare(self) -> None:
        """Bring database and static files up to date; a second start finds most of it done."""
        self.manage("Database tables", "migrate", "--verbosity=0")
        self.manage("Texts in English", "messages", "--compile")
        self.manage("Example cases", "seed_demo")  # an empty demo loads its calls at the moment they were planned
        self.manage("Calls", "load_calls", "--anyway")  # the files may be newer than what the demo's clock has passed
        self.manage("Static files", "collectstatic", "--noinput", "--verbosity=0")

    def serve(self) -> None:
        """Run worker and web server until a signal or a failure."""
        require_free(self.port)
        with self.runner.services(("worker", WORKER), ("web server", web_server(self.port))) as services:
            with step("Worker and web server"):
                wait_until_answers(HOST, self.port, READY, services)
            self.greet()
            self.watch(services)

    def greet(self) -> None:
        """Say where to go and who one can be there."""
        roles = self.runner.run("demo_roles", [*MANAGE, "demo_roles"]).rstrip()
        say(f"\nAnslag is ready: {self.url}\n\n{roles}\n")
        say(f"Data and logs: {self.data}\nCtrl-C stops it; the data stay. `make demo-reset` starts over.")

    def watch(self, services: list[Service]) -> None:
        """Wait; raise as soon as one of the processes has gone."""
        while True:
            for service in services:
                service.require_alive()
            if self.server is not None:
                self.server.require_alive()
            time.sleep(0.3)


def web_server(port: int) -> list[str]:
    """Gunicorn's command line."""
    return [
        *(sys.executable, "-m", "gunicorn", "config.wsgi:application", f"--bind={HOST}:{port}"),
        *("--worker-class=config.server.Worker", "--workers=2", "--threads=4", "--no-control-socket"),
    ]


def secret_key(data: Path) -> str:
    """The demo's own key, made once, so that sessions outlive a restart."""
    path = data / "secret_key"
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


def own_database(*, reset: bool) -> str | None:
    """The database that DATABASE_URL names, if it does."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return None
    if reset:
        raise ProblemError("DATABASE_URL names a database of your own: empty that one yourself, then run make demo.")
    with step("The database that DATABASE_URL names"):
        try:
            psycopg.connect(url, connect_timeout=10).close()
        except psycopg.Error as error:
            raise ProblemError(f"The database that DATABASE_URL names cannot be used.\n{error}") from error
    return url


@contextmanager
def embedded(home: Path) -> Iterator[Server]:
    """The embedded PostgreSQL, with its start as one step."""
    with ExitStack() as stack:
        try:
            with step("PostgreSQL"):
                server = stack.enter_context(running(home))
        except PostgresError as error:
            raise ProblemError(f"{error}\nIf its data are damaged, `make demo-reset` starts over.") from error
        yield server


def run(port: int, data: Path, *, reset: bool) -> None:
    """Start everything, wait, and stop everything."""
    url, server = own_database(reset=reset), None
    data_folder.prepare(data)
    with ExitStack() as stack:
        if reset:
            with step(f"Emptying {data}"):
                data_folder.empty(data)
        environment = {
            "ANSLAG_DEMO": "1",
            "ANSLAG_DATA": str(data),
            "ANSLAG_SECRET_KEY": secret_key(data),
            "ANSLAG_HOSTS": f"{HOST},localhost",
            "ANSLAG_BASE_URL": f"http://{HOST}:{port}",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
        }
        if url is None:
            server = stack.enter_context(embedded(data / "postgres"))
            environment |= server.environment
        demo = Demo(port, data, server, Runner(ROOT, data / "logs", environment))
        demo.prepare()
        demo.serve()


def main() -> int:
    """Read the command line and run; a stop by Ctrl-C is the usual end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reset", action="store_true", help="start over with empty data")
    arguments = parser.parse_args()
    stop_on_signals()
    try:
        port = read_port(os.environ.get("PORT") or "8000")
        require_free(port)
        run(port, data_folder.choose(os.environ.get("DATA") or ""), reset=arguments.reset)
    except StopRequestError as stop:
        say("\nStopped; the data are kept.")
        return 0 if stop.number == signal.SIGINT else 128 + stop.number
    return 0


if __name__ == "__main__":
    run_as_command(main)
