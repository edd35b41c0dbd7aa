"""What the page of a form does by itself while somebody writes, and that the server says the same when it is saved."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from grants.applications.models import Answer, Application
from tests.browser.visitor import Visitor
from tests.factories import World
from tests.forms import publish, question, with_form
from workflows.commands.applying import create_draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Visitor]
STATUS = "[data-save-status]"

FIRST = [
    question("visitors", "number"),
    question("partners", "yesno"),
]
SECOND = [
    question("form", "choice", options=["house", "bus"]),
    question("route", "choice", options=["north", "south"], show_if={"question": "form", "equals": ["bus"]}),
    question("north_why", "short", required=False, show_if={"question": "route", "not_equals": ["south"]}),
    question(
        "safety",
        "short",
        required=False,
        show_if={"all": [{"question": "people", "at_least": 50}, {"question": "visitors", "at_least": 100}]},
    ),
]
SECOND.insert(3, question("people", "number", most=500))
SECOND += [
    question("least_sum", "money"),
    question(
        "steps",
        "table",
        least_rows=3,
        columns=[
            question("what", "short", limit=10),
            question("cost", "money"),
            question("who", "choice", options=["staff", "members"], required=False),
            question("day", "date", required=False),
        ],
    ),
]
CHECKS = [
    {
        "id": "sum",
        "left": "steps.cost",
        "relation": "at_least",
        "right": "least_sum",
        "text": {"sv": "Stegen kostar för lite.", "en": "The steps cost too little."},
    },
    {
        "id": "fewer",
        "left": "people",
        "relation": "at_most",
        "right": "visitors",
        "text": {"sv": "Fler än besökarna.", "en": "More than visit."},
    },
]


@pytest.fixture
def draft(world: World) -> Application:
    """A draft in a call with the form above; 100 visitors are answered on the first step."""
    call = world.open("starta-2023")
    publish(call, with_form(call.definition, FIRST, SECOND, checks=CHECKS))
    case = create_draft(world.karin, world.call("starta-2023"), world.organisation)
    Answer.objects.create(application=case, question="visitors", value="100", saved_by=world.karin)
    return case


@pytest.fixture
def writer(visit: Visit, world: World, draft: Application) -> Visitor:
    """Somebody at the second step."""
    return visit("applicant", world.karin).go(reverse("workspace_step", args=[draft.pk, "part-2"]))


def seen(visitor: Visitor) -> dict[str, bool]:
    """Which of the conditional questions are to be seen."""
    return {
        name: visitor.page.locator(f'main [name="{name}"]').first.is_visible()
        for name in ("route", "north_why", "safety")
    }


def test_questions_come_and_go_as_on_the_server(
    writer: Visitor, visit: Visit, world: World, draft: Application
) -> None:
    page = writer.page
    assert seen(writer) == {"route": False, "north_why": False, "safety": False}
    page.check("#form-bus")
    assert seen(writer) == {"route": True, "north_why": False, "safety": False}
    page.check("#route-north")
    page.fill("#people", "5 0")
    assert seen(writer) == {"route": True, "north_why": True, "safety": True}
    page.check("#form-house")  # what route was answered while it was shown does not count
    assert seen(writer) == {"route": False, "north_why": False, "safety": True}
    page.fill("#people", "501")
    assert seen(writer)["safety"] is False
    writer.click("Spara")
    bare = visit("applicant", world.karin, javascript=False)
    bare.go(reverse("workspace_step", args=[draft.pk, "part-2"]))
    assert seen(bare) == seen(writer) == {"route": False, "north_why": False, "safety": False}
    assert Answer.objects.get(question="route").value == "north"  # and yet it is kept


def test_values_that_do_not_agree_are_told_at_once(writer: Visitor, draft: Application) -> None:
    page = writer.page
    sums, fewer = page.locator("#steps-check-sum"), page.locator("#people-check-fewer")
    expect(sums).to_be_hidden()
    page.fill("#least_sum", "1.000 kr")
    page.fill("#steps-1-cost", "600")
    page.fill("#steps-2-cost", "399,99")
    expect(sums).to_be_visible()
    expect(page.locator("#least_sum-check-sum")).to_be_visible()
    assert "steps-check-sum" in (page.get_attribute("#steps", "aria-describedby") or "")
    assert page.locator('[aria-live="polite"]:has(#steps-check-sum)').count() == 1
    assert page.locator('[aria-live="polite"]:has(#least_sum-check-sum)').count() == 0  # it is said once
    page.fill("#steps-2-cost", "400")
    expect(sums).to_be_hidden()
    assert "steps-check-sum" not in (page.get_attribute("#steps", "aria-describedby") or "")
    page.fill("#people", "101")  # there are 100 visitors on the step before
    expect(fewer).to_be_visible()
    page.fill("#people", "hundra")
    expect(fewer).to_be_hidden()  # that it is no number is told anyway
    page.fill("#people", "101")
    writer.click("Spara")
    expect(fewer).to_be_visible()
    page.fill("#people", "100")
    expect(fewer).to_be_hidden()


def test_every_wrong_cell_of_a_table_is_marked_and_listed(writer: Visitor, draft: Application) -> None:
    page = writer.page
    page.fill("#steps-1-what", "Tio tecken.")
    page.fill("#steps-1-cost", "mycket")
    page.fill("#steps-3-day", "i morgon")
    page.select_option("#steps-3-who", "staff")  # typed last, and right
    faults = page.locator("#steps-fault li")
    expect(faults).to_have_count(3)
    expect(page.locator(STATUS)).to_contain_text("något behöver rättas")
    wrong = {"steps-1-what", "steps-1-cost", "steps-3-day"}
    marked = page.locator('#steps [aria-invalid="true"]')
    assert {cell.get_attribute("id") for cell in marked.all()} == wrong
    for cell in wrong:
        told = page.locator(f"#{page.get_attribute(f'#{cell}', 'aria-describedby')}")
        assert told.locator("a").get_attribute("href") == f"#{cell}"
    page.get_by_role("link", name="Rad 3").click()
    assert page.evaluate("document.activeElement.id") == "steps-3-day"
    writer.examine()
    page.fill("#steps-1-cost", "100")
    expect(faults).to_have_count(2)
    expect(page.locator("#steps-1-cost")).not_to_have_attribute("aria-invalid", "true")
    writer.click("Spara")  # the empty row goes, and the server marks the same
    assert {cell.get_attribute("id") for cell in marked.all()} == {"steps-1-what", "steps-2-day"}
    expect(faults).to_have_count(2)
    listed = [link.get_attribute("href") for link in page.locator(".ds-error-summary a").all()]
    # and what is missing
    assert {"#steps-1-what", "#steps-2-day", "#steps-2-what", "#steps-2-cost", "#steps"} <= set(listed)
    writer.examine()
