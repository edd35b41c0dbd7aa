"""Where the demo keeps its data: database, mail, log files, secret key."""

import hashlib
import os
import shutil
from pathlib import Path

from console import ProblemError, say
from embedded_postgres import take_lock
from server_account import Account, server_account

ROOT = Path(__file__).resolve().parents[1]
MARK = ".anslag-demo"  # lies in every folder that the demo made, and allows it to be emptied
README = "This folder is kept by `make demo`. `make demo-reset` empties it.\n"


def choose(asked: str) -> Path:
    """The folder that was asked for, else var/data in the repository, else one that the database's account reaches."""
    if asked:
        return Path(asked).expanduser().absolute()
    usual = ROOT / "var/data"
    if reachable(usual, server_account()):
        return usual
    folder = system_folder()
    say(
        f"  This repository lies in a closed folder, and PostgreSQL does not run as root; the data are kept in\n  {folder}"
    )
    return folder


def reachable(folder: Path, account: Account) -> bool:
    """Whether the account can enter the part of the path that exists; the rest we shall make."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return account.reaches(existing)


def system_folder() -> Path:
    """One folder for each clone, where system services keep theirs."""
    name = f"anslag-{hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:8]}"
    parent = next((p for p in map(Path, ("/var/lib", "/var/tmp")) if os.access(p, os.W_OK | os.X_OK)), None)
    if parent is None:
        raise ProblemError("There is no place for the data. Name one: make demo DATA=/path/to/folder")
    return parent / name


def prepare(folder: Path) -> None:
    """Make the folder: closed to others, but with a way through for the database's account."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARK).exists())):
        raise ProblemError(f"{folder} holds something that is not the demo's. Choose another: make demo DATA=FOLDER")
    if folder.exists() and folder.stat().st_uid != os.geteuid():
        raise ProblemError(f"{folder} belongs to another user. Choose another: make demo DATA=FOLDER")
    if not reachable(folder, server_account()):
        raise ProblemError(
            f"PostgreSQL does not run as root, and its account cannot enter {folder}.\nChoose another: DATA=FOLDER"
        )
    through = 0o711 if server_account().switch else 0o700
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        for path in reversed(missing):
            path.mkdir()
            path.chmod(0o755)
        folder.chmod(through)
        (folder / MARK).write_text(README)
        (folder / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise ProblemError(
            f"The data cannot be kept in {folder}: {error.strerror}.\nChoose another: DATA=FOLDER"
        ) from error


def empty(folder: Path) -> None:
    """Remove all the demo's data, unless a demo is running on them. `prepare` has made sure that they are the demo's."""
    postgres = folder / "postgres"
    lock = take_lock(postgres / "lock") if postgres.exists() else None
    if postgres.exists() and lock is None:
        raise ProblemError(f"A demo is running on {folder}. Stop that one first.")
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != MARK:
            path.unlink()
    if lock is not None:
        lock.close()
    (folder / "logs").mkdir()
