"""The calls as anybody may read them, in Swedish."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from grants.programmes.loading import Batch, store
from grants.programmes.models import Call


@pytest.fixture(autouse=True)
def _swedish() -> Iterator[None]:
    with translation.override("sv"):
        yield


@pytest.fixture
def calls(db: None, call_files: Batch) -> list[Call]:
    """The calls of the repository's files, in the order in which they open."""
    store(call_files)
    return list(Call.objects.order_by("opens_at"))


@pytest.fixture
def last(calls: list[Call]) -> Call:
    """The call that opens last: at some time it is in every phase."""
    return calls[-1]
