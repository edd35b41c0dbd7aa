"""Print the path of a Chromium for the browser tests; get one first when there is none. Progress goes to stderr."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from console import ProblemError, run_as_command, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def runs(path: str | None) -> bool:
    """Whether it is a browser: on some systems the name is only a hint at how to install one."""
    if path is None or not Path(path).exists():
        return False
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def installed() -> str | None:
    """A browser that is here already."""
    candidates = [os.environ.get("CHROMIUM_PATH"), *map(shutil.which, NAMES), ON_MACOS, playwrights_own()]
    return next((path for path in candidates if runs(path)), None)


def playwrights_own() -> str | None:
    """Where Playwright keeps the one that it downloads."""
    code = "from playwright.sync_api import sync_playwright as p\nwith p() as q: print(q.chromium.executable_path)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return result.stdout.strip() or None


def install() -> None:
    """Debian's package as root, else Playwright's download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("  Chromium for the browser tests, from the system's packages ...", file=sys.stderr, flush=True)
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run([*apt, *command], capture_output=True, env=quiet, check=False)
        if installed():
            return
    print("  Chromium for the browser tests, by Playwright ...", file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdout=sys.stderr, check=False)


def main() -> int:
    """Print the path."""
    if installed() is None:
        install()
    path = installed()
    if path is None:
        raise ProblemError(
            "The browser tests need Chromium, and none could be installed.\n"
            "Install one (Debian: sudo apt-get install chromium), or name one: make test CHROMIUM_PATH=/path/to/chromium"
        )
    say(path)
    return 0


if __name__ == "__main__":
    run_as_command(main)
