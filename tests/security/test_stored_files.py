"""The bytes of a stored file are what its hash says for as long as they are kept."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction

from grants import clock
from grants.models import StoredFile
from workflows import collecting

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "change", [{"content": b"%PDF-1.7 annat"}, {"size": 1}, {"media_type": "text/html"}, {"sha256": "0" * 64}]
)
def test_nothing_of_it_changes(change: dict[str, object]) -> None:
    file = StoredFile.keep(b"%PDF-1.7 ett", "application/pdf")
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        StoredFile.objects.filter(pk=file.pk).update(**change)
    kept = StoredFile.objects.get(pk=file.pk)
    assert bytes(kept.content) == b"%PDF-1.7 ett"
    assert (kept.size, kept.media_type) == (12, "application/pdf")


def test_it_is_wanted_again_and_thrown_away() -> None:
    file = StoredFile.keep(b"%PDF-1.7 ett", "application/pdf")
    clock.move(clock.now() + timedelta(hours=1))
    StoredFile.keep(b"%PDF-1.7 ett", "application/pdf")
    assert StoredFile.objects.get(pk=file.pk).kept_at == clock.now()
    clock.move(clock.now() + collecting.REST + timedelta(minutes=1))
    assert collecting.collect() == 1
