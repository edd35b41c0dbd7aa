"""Written as a file and read again, a definition is what it was."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grants.cleaning import clean
from grants.programmes import loading, strict_yaml
from grants.programmes.definition import CallDefinition
from grants.programmes.reading import parse_call
from grants.programmes.writing import as_file

from .files import CALLS, ROOT
from .generated import definitions, words

FILES = [*CALLS, ROOT / "docs" / "example-call.yaml"]
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_round_trips(path: Path) -> None:
    definition = parse_call(path.read_text("utf-8"), path.name)
    again = parse_call(as_file(definition), "again")
    assert again == definition
    assert loading.canonical(again) == loading.canonical(definition)


@settings(SLOW, max_examples=60)
@given(definitions())
def test_any_definition_round_trips(definition: CallDefinition) -> None:
    text = as_file(definition)
    again = parse_call(text, "again")
    # by the stored form: Python calls moments in an hour that the clock shows twice unequal even when they are the same
    assert loading.canonical(again) == loading.canonical(definition)
    assert as_file(again) == text


def test_an_hour_that_the_clock_shows_twice_is_not_confused() -> None:
    text = (ROOT / "docs" / "example-call.yaml").read_text("utf-8")
    for offset in ("+02:00", "+01:00"):
        twice = text.replace("planned: 2024-01-08 09:00", f"planned: 2023-10-29T02:30:00{offset}")
        definition = parse_call(twice, "call")
        again = parse_call(as_file(definition), "again")
        assert again.window.planned is not None
        assert again.window.planned.timestamp() == definition.window.planned.timestamp()


plain = st.recursive(
    st.one_of(words.map(clean), st.integers(-(10**14), 10**14), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(st.integers(0, 99), words.map(clean)), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(SLOW, max_examples=200)
@given(st.dictionaries(words.map(clean), plain, max_size=4))
def test_plain_data_round_trips(data: object) -> None:
    assert strict_yaml.read(strict_yaml.write(data)).data == data
