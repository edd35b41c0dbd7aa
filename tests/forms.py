"""A published call with a form of one's own, for tests of what forms do."""

from typing import Any

from grants.programmes.definition import CallDefinition
from grants.programmes.loading import store
from grants.programmes.models import Call, CallVersion
from grants.programmes.reading import Batch, CallFile
from grants.programmes.writing import as_file
from workflows.commands.publishing import note_publication


def question(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """A question as a file writes it; `options` by their ids."""
    made = {"id": name, "kind": kind, "label": {"sv": f"Frågan {name}?", "en": f"Question {name}?"}, **more}
    if "options" in more:
        made["options"] = [{"id": o, "label": {"sv": o.upper(), "en": o.upper()}} for o in more["options"]]
    return made


def with_form(
    definition: CallDefinition, *sections: list[dict[str, Any]], checks: list[dict[str, Any]] | None = None
) -> CallDefinition:
    """The definition with these questions, section by section, and these checks."""
    data = definition.model_dump(mode="json", exclude_none=True)
    data["sections"] = [
        {"id": f"part-{n}", "title": {"sv": f"Del {n}", "en": f"Part {n}"}, "questions": questions}
        for n, questions in enumerate(sections, 1)
    ]
    data["checks"], data["demo"] = checks or [], []
    if "review" in data:
        data["review"].pop("competences", None)  # they ask for answers to questions that are gone
    return CallDefinition.model_validate(data)


def publish(call: Call, definition: CallDefinition) -> CallVersion:
    """The call's next version; its drafts follow it."""
    store(Batch(calls=[CallFile(call.slug, definition, as_file(definition))]))
    call.refresh_from_db()
    assert call.version is not None
    note_publication(call, call.version)
    return call.version
