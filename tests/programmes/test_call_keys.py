"""docs/call-format.md says what the schema says, and so does the JSON Schema."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from grants.programmes import describe
from grants.programmes.definition import CallDefinition
from grants.programmes.explanations import EXPLANATIONS

from .files import ROOT

DOCUMENT = ROOT / "docs" / "call-format.md"
EXAMPLE = (ROOT / "docs" / "example-call.yaml").read_text("utf-8")


def test_the_document_is_up_to_date() -> None:
    out = StringIO()
    call_command("call", "document", "--check", stdout=out)
    assert out.getvalue() == "docs/call-format.md: up to date\n"


def test_a_document_that_says_something_else_is_told_of_and_written_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    from workflows.management.commands import call

    stale = tmp_path / "format.md"
    stale.write_text(DOCUMENT.read_text("utf-8").replace("| `slug` |", "| `slig` |"), "utf-8")
    monkeypatch.setattr(call, "DOCUMENT", stale)
    with pytest.raises(CommandError, match="out of date"):
        call_command("call", "document", "--check", stdout=StringIO())
    call_command("call", "document", stdout=StringIO())
    assert stale.read_text("utf-8") == DOCUMENT.read_text("utf-8")


def test_every_key_is_explained_and_nothing_else() -> None:
    schema = {model.__name__: set(model.model_fields) for model in describe.models(CallDefinition)}
    assert {name: set(fields) for name, fields in EXPLANATIONS.items()} == schema


def test_the_example_has_every_key_of_the_format() -> None:
    wanted = {(m.__name__, key) for m in describe.models(CallDefinition) for key in m.model_fields}
    assert wanted - set(describe.gathered(EXAMPLE)) == set()


def test_the_json_schema_says_what_each_key_means() -> None:
    out = StringIO()
    call_command("call", "schema", stdout=out)
    schema = json.loads(out.getvalue())
    groups = {"CallDefinition": schema, **schema["$defs"]}
    for name, fields in EXPLANATIONS.items():
        assert {key: field["description"] for key, field in groups[name]["properties"].items()} == fields


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        describe.filled("# How to write a call", EXAMPLE)
