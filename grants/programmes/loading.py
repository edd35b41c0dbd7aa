"""Load the files of `fixtures/`, all of them or none.

The same content twice changes nothing. A changed call gets its next version; versions are never altered. What is
published is what the file says: going back to an earlier text publishes that version again.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import transaction

from grants.organisations.models import Municipality
from grants.programmes.authority_file import AuthorityData, AuthorityFile, ProgrammeData
from grants.programmes.definition import CallDefinition
from grants.programmes.faults import Fault, LoadingError
from grants.programmes.models import Authority, Call, CallVersion, DefinitionText, Programme
from grants.programmes.reading import Batch, CallFile, parse_call, read_files

FIXTURES = "fixtures"  # under the project's folder
PARTS = ("law.yaml", "municipalities.csv", "programmes", "calls")  # of it


def load(paths: Iterable[Path] = ()) -> list[str]:
    """Load these files and folders, or all of `fixtures/`. One line in words for each thing that was loaded.

    LoadingError, with nothing written, when anything in any of them is wrong.
    """
    return store(wanted(paths))


def wanted(paths: Iterable[Path] = ()) -> Batch:
    """What these files and folders say, or all of `fixtures/`. LoadingError when anything in any of them is wrong."""
    return read_files(list(paths) or [settings.BASE_DIR / FIXTURES / part for part in PARTS])


def store(batch: Batch) -> list[str]:
    """Write what was read and found right, in one transaction. One line in words for each thing."""
    with transaction.atomic():
        lines = _load_municipalities(batch.municipalities) if batch.municipalities else []
        for file in batch.authorities:
            lines += _load_authority(file)
        for call_file in sorted(batch.calls, key=lambda c: c.definition.slug):  # one order, so loaders cannot deadlock
            lines.append(_load_call(call_file))
    return lines


def canonical(definition: CallDefinition) -> str:
    """The definition as JSON in its one form: keys sorted, and defaults written out lest later ones change it."""
    data = definition.model_dump(mode="json")
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(definition: CallDefinition) -> str:
    """The hash that what a definition says is known by."""
    return hashlib.sha256(canonical(definition).encode()).hexdigest()


def publish(call: Call, text: str) -> CallVersion | None:
    """Publish what this YAML says as the call's current version. None when it says what the current version says.

    Locks the call's row until the end of the transaction, and brings `call` up to date. LoadingError when the text is
    not a definition of this very call or its programme is not there.
    """
    definition = parse_call(text, call.slug)
    if definition.slug != call.slug:
        raise LoadingError(
            [Fault(call.slug, f"this text defines another call, {definition.slug}", path="slug", rule="same-slug")]
        )
    return _publish(call, definition, text)


def _publish(call: Call, definition: CallDefinition, source: str) -> CallVersion | None:
    content, sha256 = canonical(definition), digest(definition)
    with transaction.atomic():
        locked = Call.objects.select_for_update().get(pk=call.pk)  # alone: what it names is read when it is ours
        # asked of what they mean: a key that the format has got since, with its default, makes no new version
        if locked.version is not None and locked.version.definition == definition:
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
        locked.closes_at = locked.closing(definition.window.closes)
        locked.save(update_fields=["version", "programme", "number", "announced_at", "opens_at", "closes_at"])
    call.refresh_from_db()
    return version


def _programme(definition: CallDefinition, file: str) -> Programme:
    programme = Programme.objects.filter(slug=definition.programme).first()
    if programme is None:
        raise LoadingError(
            [Fault(file, f"there is no programme {definition.programme}", path="programme", rule="unknown-reference")]
        )
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
