"""The key table of docs/calls.md says what the schema says."""

import pytest

from grants.programmes import describe
from grants.programmes.definition import CallDefinition
from grants.programmes.explanations import EXPLANATIONS

from .files import ROOT


def test_the_document_is_up_to_date() -> None:
    document = (ROOT / "docs" / "calls.md").read_text("utf-8")
    assert describe.with_keys(document) == document, "run manage.py describe_calls --write"


def test_every_key_is_explained_and_nothing_else() -> None:
    schema = {model.__name__: set(model.model_fields) for model in describe.models(CallDefinition)}
    assert {name: set(fields) for name, fields in EXPLANATIONS.items()} == schema


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        describe.with_keys("# How to write a call")


def test_what_is_around_the_table_stays() -> None:
    document = describe.with_keys(f"before\n{describe.BEGIN}\nwhat was here\n{describe.END}\nafter\n")
    assert document.startswith("before\n") and document.endswith("\nafter\n") and "what was here" not in document
    assert describe.with_keys(document) == document
