"""A call like another, but for what a test is about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from grants.programmes.definition import CallDefinition
from grants.programmes.loading import store
from grants.programmes.models import Call
from grants.programmes.reading import Batch, CallFile
from grants.programmes.writing import as_file
from tests.factories import World
from workflows.simulation import people

SLUG = "annorlunda"


def differing(
    definition: CallDefinition,
    *,
    cutoffs: Sequence[datetime] = (),
    window: dict[str, Any] | None = None,
    stages: dict[str, bool] | None = None,
    **changes: Any,
) -> CallDefinition:
    """The definition with other cut-offs, other values of its window and other stages."""
    return definition.model_copy(
        update={
            "slug": SLUG,
            "number": None,
            "window": definition.window.model_copy(update={"cutoffs": tuple(cutoffs), **(window or {})}),
            "stages": definition.stages.model_copy(update=stages or {}),
            **changes,
        }
    )


def publish(world: World, definition: CallDefinition) -> Call:
    """Published and staffed, as its first version or its next."""
    store(Batch(calls=[CallFile(definition.slug, definition, as_file(definition))]))
    call = world.call(definition.slug)
    people.staff_call(call, world.people)
    return world.call(definition.slug)


def make_call(world: World, **differences: Any) -> Call:
    """A call that differs so from the one that most tests are about."""
    return publish(world, differing(world.call().definition, **differences))
