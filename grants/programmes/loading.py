"""Read the files of `fixtures/`, check them whole, and load them all or not at all.

The same content twice changes nothing. A changed call gets its next version; versions are never altered. What is
published is what the file says: going back to an earlier text publishes that version again.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from grants.cleaning import clean_line
from grants.organisations.models import Municipality
from grants.programmes import describe, strict_yaml
from grants.programmes.authority_file import AuthorityData, AuthorityFile, ProgrammeData
from grants.programmes.definition import CallDefinition
from grants.programmes.models import Authority, Call, CallVersion, DefinitionText, Programme
from grants.programmes.questions import Model

LARGEST = 1024 * 1024  # bytes of one file
FIXTURES = "fixtures"  # under the project's folder
PARTS = ("municipalities.csv", "programmes", "calls")  # of it
CSV_HEADER = ["code", "name", "county"]

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: in which file, on which line (from 1; 0 unknown), at which dotted path."""

    file: str
    message: str
    line: int = 0
    column: int = 0
    path: str = ""

    def __str__(self) -> str:
        where = self.file
        if self.line:
            where += f", line {self.line}" + (f", column {self.column}" if self.column else "")
        return f"{where}: {self.path + ': ' if self.path else ''}{self.message}"


class LoadingError(Exception):
    """The files cannot be loaded; nothing has been written. Carries every fault that was found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


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


def load(paths: Iterable[Path] = ()) -> list[str]:
    """Load these files and folders, or all of `fixtures/`. One line in words for each thing that was loaded.

    LoadingError, with nothing written, when anything in any of them is wrong.
    """
    return store(read_files(list(paths) or [settings.BASE_DIR / FIXTURES / part for part in PARTS]))


def store(batch: Batch) -> list[str]:
    """Write what was read and found right, in one transaction. One line in words for each thing."""
    with transaction.atomic():
        lines = _load_municipalities(batch.municipalities) if batch.municipalities else []
        for file in batch.authorities:
            lines += _load_authority(file)
        for call_file in sorted(batch.calls, key=lambda c: c.definition.slug):  # one order, so loaders cannot deadlock
            lines.append(_load_call(call_file))
    return lines


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
    return _parse(_read_yaml(text, name), name, CallDefinition)


def canonical(definition: CallDefinition) -> str:
    """The definition as JSON in its one form: keys sorted, and defaults written out lest later ones change it."""
    data = definition.model_dump(mode="json")
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def publish(call: Call, text: str) -> CallVersion | None:
    """Publish what this YAML says as the call's current version. None when it says what the current version says.

    Locks the call's row until the end of the transaction, and brings `call` up to date. LoadingError when the text is
    not a definition of this very call or its programme is not there.
    """
    definition = parse_call(text, call.slug)
    if definition.slug != call.slug:
        raise LoadingError([Fault(call.slug, f"this text defines another call, {definition.slug}", path="slug")])
    return _publish(call, definition, text)


def _publish(call: Call, definition: CallDefinition, source: str) -> CallVersion | None:
    content = canonical(definition)
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    with transaction.atomic():
        locked = Call.objects.select_for_update(of=("self",)).select_related("version").get(pk=call.pk)
        if locked.version is not None and locked.version.text_id == sha256:
            call.refresh_from_db()
            return None
        text, _ = DefinitionText.objects.get_or_create(
            sha256=sha256, defaults={"content": json.loads(content), "source": source}
        )
        version = locked.versions.filter(text=text).first()
        if version is None:
            last = locked.versions.order_by("-number").first()
            version = CallVersion.objects.create(call=locked, number=last.number + 1 if last else 1, text=text)
        locked.version = version
        locked.programme = _programme(definition, call.slug)
        locked.number = definition.number or ""
        locked.announced_at = definition.window.announced
        locked.opens_at = definition.window.opens
        locked.closes_at = definition.window.closes
        locked.save(update_fields=["version", "programme", "number", "announced_at", "opens_at", "closes_at"])
    call.refresh_from_db()
    return version


def _programme(definition: CallDefinition, file: str) -> Programme:
    programme = Programme.objects.filter(slug=definition.programme).first()
    if programme is None:
        raise LoadingError([Fault(file, f"there is no programme {definition.programme}", path="programme")])
    return programme


def _load_call(file: CallFile) -> str:
    definition = file.definition
    programme = _programme(definition, file.name)
    call, created = Call.objects.get_or_create(
        slug=definition.slug, defaults={"programme": programme, "number": definition.number or ""}
    )
    before = call.versions.count()
    version = _publish(call, definition, file.source)
    if version is None:
        return f"{call.slug}: unchanged, version {call.version.number if call.version else 0}"
    if created:
        return f"{call.slug}: created, version {version.number}"
    if version.number <= before:
        return f"{call.slug}: version {version.number} again"
    return f"{call.slug}: new version {version.number}"


def _load_municipalities(rows: list[tuple[str, str, str]]) -> list[str]:
    stored = {m.code: (m.code, m.name, m.county) for m in Municipality.objects.all()}
    changed = [Municipality(code=row[0], name=row[1], county=row[2]) for row in rows if stored.get(row[0]) != row]
    Municipality.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["code"], update_fields=["name", "county"]
    )
    return [f"municipalities: {len(rows)}, {f'{len(changed)} new or changed' if changed else 'unchanged'}"]


def _load_authority(file: AuthorityFile) -> list[str]:
    authority, said = _store_authority(file.authority)
    return [said, *(_store_programme(authority, data) for data in file.programmes)]


def _store_authority(data: AuthorityData) -> tuple[Authority, str]:
    values = data.model_dump(mode="json", exclude={"slug"})
    authority, created = Authority.objects.get_or_create(slug=data.slug, defaults=values)
    return authority, f"{data.slug}: {_stored(authority, created, values)}"


def _store_programme(authority: Authority, data: ProgrammeData) -> str:
    values = {
        "authority_id": authority.pk,
        "number": data.number,
        "title": data.title.sv,
        "title_en": data.title.en,
        "summary": data.summary.sv,
        "summary_en": data.summary.en,
    }
    programme, created = Programme.objects.get_or_create(slug=data.slug, defaults=values)
    return f"{data.slug}: {_stored(programme, created, values)}"


def _stored(row: Authority | Programme, created: bool, values: dict[str, object]) -> str:
    if created:
        return "created"
    if all(getattr(row, name) == value for name, value in values.items()):
        return "unchanged"
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return "changed"


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
        document = _read_yaml(text, name)
        if isinstance(document.data, dict) and "authority" in document.data:
            batch.authorities.append(_parse(document, name, AuthorityFile))
        else:
            batch.calls.append(CallFile(name, _parse(document, name, CallDefinition), text))


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


def _read_yaml(text: str, name: str) -> strict_yaml.Document:
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise LoadingError([Fault(name, f"larger than {LARGEST // 1024} kB; a call is some tens of kB")])
    try:
        return strict_yaml.read(text)
    except strict_yaml.YamlFaultError as error:
        raise LoadingError([Fault(name, error.message, error.line, error.column)]) from None


def _parse(document: strict_yaml.Document, name: str, model: type[M]) -> M:
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise LoadingError([_fault(name, document, details, model) for details in error.errors()]) from None


def _fault(name: str, document: strict_yaml.Document, details: ErrorDetails, model: type[BaseModel]) -> Fault:
    place = details["loc"]
    path = ".".join(str(part) for part in place if part != "[key]")
    words = _in_words(details)
    if details["type"] == "extra_forbidden" and (right := _nearest_key(model, place)):
        words += f"; perhaps {right}"
    return Fault(name, words, document.line_of(place), path=path)


def _nearest_key(model: type[BaseModel], place: Sequence[str | int]) -> str:
    """The key that a misspelt one was probably meant to be, or nothing."""
    groups = [model]
    for part in place[:-1]:
        if isinstance(part, str):
            found = [group.model_fields[part].annotation for group in groups if part in group.model_fields]
            groups = [inner for annotation in found for inner in describe.models_in(annotation)]
    keys = {key for group in groups for key in group.model_fields}
    return next(iter(get_close_matches(str(place[-1]), keys, 1)), "")


def _in_words(details: ErrorDetails) -> str:
    match details["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "there is no such key"
        case "model_type" | "dict_type":
            return "should be a group of keys"
        case "tuple_type":
            return "should be a list"
        case "timezone_aware" | "datetime_from_date_parsing" | "datetime_parsing" | "datetime_type":
            return "should be a date and a clock time, as 2023-09-14 14:00"
        case "string_pattern_mismatch":
            return f"{str(details['input'])[:80]!r} is not written as {details['ctx']['pattern']}"
    message = details["msg"].removeprefix("Value error, ")
    return message.replace("Input should be", "should be") if message.startswith("Input") else message


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
            faults.append(Fault(file.name, f"{slug} is also the slug of {seen[slug]}", path="slug"))
        seen[slug] = file.name
    return faults
