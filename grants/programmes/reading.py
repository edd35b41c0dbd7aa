"""Read the files of `fixtures/` and check them whole, without touching the database."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from grants.cleaning import clean_line
from grants.programmes import strict_yaml
from grants.programmes.authority_file import AuthorityFile
from grants.programmes.definition import CallDefinition
from grants.programmes.faults import Fault, LoadingError, read_model
from grants.programmes.law import LawBook

LARGEST = 1024 * 1024  # bytes of one file
CSV_HEADER = ["code", "name", "county"]


@dataclass(frozen=True)
class CallFile:
    """A call as it was read: the validated definition and the YAML for people."""

    name: str
    definition: CallDefinition
    source: str


@dataclass
class Batch:
    """Everything that was read and found right."""

    municipalities: list[tuple[str, str, str]] = field(default_factory=list)
    authorities: list[AuthorityFile] = field(default_factory=list)
    calls: list[CallFile] = field(default_factory=list)


def read_files(paths: Sequence[Path]) -> Batch:
    """Read and check, without touching the database. LoadingError with every fault of every file."""
    batch = Batch()
    faults: list[Fault] = []
    for path in _files(paths):
        try:
            _read_into(batch, path, _shown(path))
        except LoadingError as error:
            faults += error.faults
    faults += _conflicts(batch)
    if faults:
        raise LoadingError(faults)
    return batch


def parse_call(text: str, name: str = "call") -> CallDefinition:
    """The definition that a call's YAML holds. LoadingError with lines and dotted paths when it holds none."""
    return read_model(read_yaml(text, name), name, CallDefinition)


def place_in(text: str, path: str) -> strict_yaml.Place:
    """Where a file says what is at this dotted path, in which items of lists stand by their ids."""
    document = strict_yaml.read(text)
    found: strict_yaml.Path = ()
    data = document.data
    for part in path.split("."):
        items: dict[str, str | int] = {}
        if isinstance(data, list):
            items = {_called(item, n): n for n, item in enumerate(data)}
        elif isinstance(data, dict):
            items = {str(key): key for key in data}
        if part not in items:
            break
        found, data = (*found, items[part]), data[items[part]]
    return document.place_of(found)


def _called(item: object, n: int) -> str:
    """What an item of a list is known by in a dotted path."""
    return str(item.get("id") or item.get("role") or n) if isinstance(item, dict) else str(n)


def _files(paths: Sequence[Path]) -> list[Path]:
    out: list[Path] = []
    for path in paths:
        if not path.is_dir():
            out.append(path)
            continue
        found = sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml", ".csv"))
        if not found:
            raise LoadingError([Fault(_shown(path), "the folder holds no .yaml and no .csv file")])
        out += found
    return list(dict.fromkeys(out))


def _shown(path: Path) -> str:
    """The path as the reader knows it: from the project's folder if it lies there."""
    base = Path(settings.BASE_DIR)
    return str(path.relative_to(base)) if path.is_relative_to(base) else str(path)


def _read_into(batch: Batch, path: Path, name: str) -> None:
    text = _text(path, name)
    if path.suffix == ".csv":
        batch.municipalities += _municipalities(text, name)
    elif path.suffix not in (".yaml", ".yml"):
        raise LoadingError([Fault(name, "only .yaml and .csv files are loaded")])
    else:
        document = read_yaml(text, name)
        held = document.data if isinstance(document.data, dict) else {}
        if "authority" in held:
            batch.authorities.append(read_model(document, name, AuthorityFile))
        elif "de_minimis" in held:
            read_model(document, name, LawBook)  # read where it is needed; here it is only found right or wrong
        else:
            batch.calls.append(CallFile(name, read_model(document, name, CallDefinition), text))


def _text(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise LoadingError([Fault(name, f"cannot be read: {error.strerror}")]) from None
    if len(raw) > LARGEST:
        raise LoadingError([Fault(name, f"larger than {LARGEST // 1024} kB; a call is some tens of kB")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise LoadingError([Fault(name, "is not written in UTF-8", line)]) from None


def read_yaml(text: str, name: str) -> strict_yaml.Document:
    """The document in a text that is said to be a file of this name. LoadingError when it is not plain YAML."""
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise LoadingError([Fault(name, f"larger than {LARGEST // 1024} kB; a call is some tens of kB")])
    try:
        return strict_yaml.read(text)
    except strict_yaml.YamlFaultError as error:
        raise LoadingError([Fault(name, said, *place, rule="yaml") for said, place in error.faults]) from None


def _municipalities(text: str, name: str) -> list[tuple[str, str, str]]:
    rows = csv.reader(io.StringIO(text), strict=True)
    out: dict[str, tuple[str, str, str]] = {}
    faults: list[Fault] = []
    try:
        if next(rows, None) != CSV_HEADER:
            raise LoadingError([Fault(name, f"the first line should be {','.join(CSV_HEADER)}", 1)])
        for row in rows:
            cells = [clean_line(cell) for cell in row]
            code = cells[0] if cells else ""
            if len(cells) != 3 or not all(0 < len(cell) <= 60 for cell in cells):
                faults.append(Fault(name, "should hold a code, a name and a county", rows.line_num))
            elif not (len(code) == 4 and code.isascii() and code.isdigit()):
                faults.append(Fault(name, f"{code!r} is not a code of four digits", rows.line_num))
            elif code in out:
                faults.append(Fault(name, f"the code {code} occurs twice", rows.line_num))
            else:
                out[code] = (code, cells[1], cells[2])
    except csv.Error as error:
        faults.append(Fault(name, f"is not a CSV file: {error}", rows.line_num))
    if faults:
        raise LoadingError(faults)
    return list(out.values())


def _conflicts(batch: Batch) -> list[Fault]:
    seen: dict[str, str] = {}
    faults = []
    for file in batch.calls:
        slug = file.definition.slug
        if slug in seen:
            faults.append(Fault(file.name, f"{slug} is also the slug of {seen[slug]}", path="slug", rule="same-slug"))
        seen[slug] = file.name
    return faults
