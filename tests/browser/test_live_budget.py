"""The budget while it is filled in: saved by itself, its rules told as the amounts change, and nobody's amounts overwritten."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from grants.applications.models import Application, Party
from grants.budgets import sheets
from tests.browser.visitor import Visitor
from tests.factories import World
from workflows.commands.applying import create_draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Visitor]
STATUS = "[data-save-status]"


@pytest.fixture
def draft(world: World) -> Application:
    """An empty draft in a call with a cap on one cost as a share of another."""
    return create_draft(world.karin, world.open("starta-2023"), world.organisation, "Rätt ärende")


def names(draft: Application) -> tuple[Party, str, str, str]:
    """The party, and the fields of a capped cost, of what it is a share of, and of what is applied for."""
    party, budget = draft.parties.get(), draft.definition.budget
    cap = next(c for c in budget.caps if c.of != "total")
    year = draft.definition.project.earliest_start.year
    return party, f"c-{party.pk}-{cap.cost}-{year}", f"c-{party.pk}-{cap.of}-{year}", f"a-{party.pk}"


def stored(draft: Application, party: Party) -> tuple[int, int | None]:
    [budget] = sheets.read(draft.pk, [(party.pk, "")])
    return budget.total, budget.applied


def test_amounts_are_saved_and_the_rules_follow(visit: Visit, world: World, draft: Application) -> None:
    party, capped, whole, applied = names(draft)
    visitor = visit("applicant", world.karin).go(reverse("workspace_step", args=[draft.pk, "budget"]))
    page = visitor.page
    page.locator(f"#{whole}").fill("100 000")
    page.locator(f"#{capped}").fill("60 000")
    page.locator(f"#{capped}").blur()
    expect(page.locator(".ds-validation-message", has_text="Taket är 30")).to_be_visible()
    expect(page.locator(STATUS)).to_contain_text("Sparat 10.00")
    assert stored(draft, party) == (16_000_000, None)
    visitor.examine()
    page.locator(f"#{capped}").fill("20 000")
    page.locator(f"#{applied}").fill("90 000")
    page.locator(f"#{applied}").blur()
    expect(page.locator(".ds-validation-message", has_text="Taket är 30")).to_have_count(0)
    expect(page.locator(f"[data-live-part=state-{party.pk}]")).to_contain_text("Klar")
    assert stored(draft, party) == (12_000_000, 9_000_000)
    page.reload()
    expect(page.locator(f"#{capped}")).to_have_value("20\u00a0000")


def test_what_is_no_amount_is_told_where_it_stands_and_nothing_is_touched(
    visit: Visit, world: World, draft: Application
) -> None:
    party, capped, whole, _applied = names(draft)
    visitor = visit("applicant", world.karin).go(reverse("workspace_step", args=[draft.pk, "budget"]))
    page = visitor.page
    page.locator(f"#{whole}").fill("mycket")
    page.locator(f"#{capped}").fill("5 000")
    page.locator(f"#{capped}").blur()
    expect(page.locator(f"#{whole}")).to_have_attribute("aria-invalid", "true")
    expect(page.locator(f"#{whole}-fault")).to_be_visible()
    expect(page.locator(f"#{whole}")).to_have_value("mycket")
    page.locator(f"#{whole}").fill("50 000")
    page.locator(f"#{whole}").blur()
    expect(page.locator(STATUS)).to_contain_text("Sparat")
    expect(page.locator(f"#{whole}-fault")).to_have_count(0)
    assert stored(draft, party) == (5_500_000, None)
    visitor.faults = [fault for fault in visitor.faults if "422" not in fault]


def test_somebody_elses_amounts_are_laid_beside_ones_own(visit: Visit, world: World, draft: Application) -> None:
    party, _capped, whole, _applied = names(draft)
    visitor = visit("applicant", world.karin).go(reverse("workspace_step", args=[draft.pk, "budget"]))
    page = visitor.page
    kind, year = whole.split("-")[2], int(whole.split("-")[3])
    sheets.write(draft.pk, party.pk, {(kind, year): 7_000_000}, None)
    page.locator(f"#{whole}").fill("80 000")
    page.locator(f"#{whole}").blur()
    expect(page.get_by_text("Sparat: 70")).to_be_visible()
    expect(page.locator(f"#{whole}")).to_have_value("80 000")
    assert stored(draft, party) == (7_000_000, None)
    visitor.faults = [fault for fault in visitor.faults if "409" not in fault]


def test_a_session_that_is_over_keeps_what_is_typed(visit: Visit, world: World, draft: Application) -> None:
    _party, capped, _whole, _applied = names(draft)
    visitor = visit("applicant", world.karin).go(reverse("workspace_step", args=[draft.pk, "budget"]))
    visitor.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    visitor.page.locator(f"#{capped}").fill("5 000")
    visitor.page.locator(f"#{capped}").blur()
    expect(visitor.page.locator(STATUS)).to_have_attribute("data-state", "failed")
    expect(visitor.page.locator(f"#{capped}")).to_have_value("5 000")
