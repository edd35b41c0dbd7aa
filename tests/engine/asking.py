"""Short words for what the tests of commands ask again and again."""

from typing import Any

import pytest

from grants.applications.models import Application
from grants.refusal import Refusal, Refused
from workflows import rights
from workflows.commands import run
from workflows.models import Event


def refused(command: str, *arguments: Any, **data: Any) -> Refusal:
    """The one refusal of a step, and that nothing has happened."""
    before = Event.objects.count()
    with pytest.raises(Refused) as answer:
        run(command, *arguments, **data)
    assert Event.objects.count() == before
    assert len(answer.value.refusals) == 1, answer.value.refusals
    refusal = answer.value.refusals[0]
    assert refusal.text.strip()
    return refusal


def granted(case: Application) -> set[tuple[int, str]]:
    return rights.existing([case.pk])[case.pk]


def happened(case: Application) -> list[str]:
    return list(Event.objects.filter(stream=f"case:{case.pk}").order_by("seq").values_list("name", flat=True))
