"""Each of the four calls, from signing up to closed, every step taken on its page; one of them without scripts."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from grants import clock
from grants.programmes.loading import Batch
from tests.browser.visitor import Visitor
from tests.browser.walk import Walk
from tests.factories import World
from workflows import integrity

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def standing_clock(slug: str, call_files: Batch) -> Iterator[None]:
    """A day after the call has opened."""
    (window,) = (found.definition.window for found in call_files.calls if found.definition.slug == slug)
    assert window.opens is not None
    with clock.at(window.opens + timedelta(days=1)):
        yield


@pytest.mark.parametrize(
    ("slug", "javascript"),
    [("starta-2022", True), ("uppskalning-2023", True), ("starta-2023", False), ("gemensamma-2023", True)],
    ids=["starta-2022", "uppskalning-2023", "starta-2023-without-scripts", "gemensamma-2023"],
)
def test_from_signing_up_to_closed(slug: str, javascript: bool, visit: Callable[..., Visitor], world: World) -> None:
    walk = Walk(world, world.call(slug), visit, javascript=javascript)
    walk.sign_up()
    walk.begin()
    walk.write()
    walk.refused_until_confirmed()
    walk.submit()
    walk.close_call()
    walk.examine()
    walk.assess()
    walk.decide()
    walk.accept()
    walk.report()
    assert list(integrity.check()) == []
