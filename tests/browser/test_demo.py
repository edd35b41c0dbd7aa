"""A demonstration: roles without a password, a clock that is stepped on the page, and a guided tour."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.urls import reverse
from playwright.sync_api import expect

from grants import clock
from grants.applications.models import CaseState
from tests.browser.visitor import Visitor
from tests.factories import World
from workflows.simulation import life

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Visitor]


@pytest.fixture(autouse=True)
def standing_clock(settings: Any) -> Iterator[None]:
    """The demonstration's own clock, in the database, instead of the tests'."""
    settings.DEMO = True
    clock.forget()
    yield
    clock.forget()


def test_a_role_is_taken_without_a_password_and_the_page_stays(visit: Visit, world: World) -> None:
    case = world.submitted()
    path = reverse("case", args=[case.pk])
    visitor = visit("demo").go(f"/konto/login/?next={path}")
    visitor.click(visitor.page.locator('main button[value="karin"]'))
    assert visitor.page.url.endswith(path)
    header = visitor.page.locator("header")
    for key, name in (("sara", "Sara Lindqvist"), ("eva", "Eva Norling"), ("karin", "Karin Holm")):
        header.locator(".an-head__menu summary").click()
        visitor.click(header.locator(f'button[value="{key}"]'))
        assert visitor.page.url.endswith(path)
        expect(header).to_contain_text(name)


def test_the_banner_tells_the_time_and_moves_it(visit: Visit, world: World) -> None:
    visitor = visit("demo", world.karin).go("/hjalp/")
    banner = visitor.page.locator(".an-clock")
    expect(banner).to_contain_text("20 juni 2023 kl. 10.00")
    visitor.click(banner.locator('button[value="day"]'))
    expect(banner).to_contain_text("21 juni 2023 kl. 10.00")
    assert visitor.page.url.endswith("/hjalp/")
    visitor.click(banner.locator('button[value="month"]'))
    expect(banner).to_contain_text("21 juli 2023 kl. 10.00")
    banner.locator("summary").click()
    banner.locator('[name="to"]').fill("2023-07-01 09:00")
    visitor.click(banner.locator('button[value="to"]'))
    assert "Klockan går bara framåt" in visitor.text
    banner.locator("summary").click()
    banner.locator('[name="to"]').fill("2023-09-14 13:59")
    visitor.click(banner.locator('button[value="to"]'))
    expect(banner).to_contain_text("14 september 2023 kl. 13.59")


def test_a_step_past_closing_closes_the_call(visit: Visit, world: World) -> None:
    draft = world.draft()
    visitor = visit("demo", world.karin)
    assert draft.call.closes_at is not None
    clock.move_demo_clock(draft.call.closes_at - timedelta(minutes=1))
    visitor.go(reverse("workspace_step", args=[draft.pk, "granska"]))
    visitor.click(visitor.page.locator('.an-clock button[value="event"]'))
    clock.forget()
    assert clock.now() >= draft.call.closes_at
    assert life.fresh(draft).state in (CaseState.DRAFT, CaseState.LAPSED)
    visitor.go(reverse("act", args=["submit", draft.pk]))
    assert not visitor.page.locator('main [name="confirm"]').count()


def test_the_tour_leads_through_pages_that_are_there(visit: Visit, world: World) -> None:
    world.submitted()
    visitor = visit("demo").go("/demo/rundtur/")
    stops = visitor.page.locator("main .an-line-v .ds-button")
    assert stops.count() >= 6
    for i in range(stops.count()):
        visitor.click(stops.nth(i))
        visitor.go("/demo/rundtur/")


def test_outside_a_demonstration_nothing_of_it_is_there(visit: Visit, world: World, settings: Any) -> None:
    settings.DEMO = False
    with clock.at(project.DEMO_START):
        visitor = visit("public").go("/")
        assert not visitor.page.locator(".an-clock").count()
        assert visitor.context.request.get(visitor.address + "/demo/rundtur/").status == 404
        assert visitor.context.request.post(visitor.address + "/demo/roll/", form={"persona": "sara"}).status in (
            403,
            404,
        )
