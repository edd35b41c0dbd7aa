"""The form by keyboard alone: what has the focus is seen, nothing lies over it, and everything can be filled and saved."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from grants.applications.models import Application
from tests.browser.visitor import Visitor
from tests.factories import World
from workflows.commands.applying import create_draft
from workflows.simulation import drafting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_STOPS = 150
FOCUSED = """() => {
  const e = document.activeElement, box = e.getBoundingClientRect();
  const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.15], [0.5, 0.85]];
  const at = ([x, y]) => document.elementFromPoint(box.left + x * box.width, box.top + y * box.height);
  const mine = (top) => top && (e.contains(top) || top.contains(e) && top.closest("label, li, .ds-field, fieldset"));
  const has_mark = (s) => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== "none";
  return {
    name: e.name ?? "", value: e.value ?? "", type: e.type ?? "", tag: e.tagName, html: e.outerHTML.slice(0, 160),
    marked: [e, e.closest(".ds-field"), e.closest("label")].some((place) => place && has_mark(getComputedStyle(place))),
    seen: points.some((point) => mine(at(point))),
  };
}"""


@pytest.fixture
def draft(world: World) -> Application:
    """An empty draft in an open call."""
    return create_draft(world.karin, world.open("starta-2023"), world.organisation)


def test_the_skip_link_leads_past_the_header(visit: Callable[..., Visitor], world: World) -> None:
    page = visit("public").go("/").page
    page.keyboard.press("Tab")
    link = page.locator(".ds-skip-link")
    assert page.evaluate("document.activeElement.className") == "ds-skip-link"
    box = link.bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["height"] > 20
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_a_step_is_filled_and_saved_by_keyboard_alone(
    visit: Callable[..., Visitor], world: World, draft: Application
) -> None:
    section = draft.definition.sections[0]
    visitor = visit("applicant", world.karin).go(reverse("workspace_step", args=[draft.pk, section.id]))
    page, world_rng = visitor.page, world.rng
    wanted = {"title": "Skrivet med tangenter", "starts_on": "2023-12-01", "ends_on": "2024-11-30"}
    for question in section.questions:
        if question.kind == "long":
            wanted[question.id] = drafting.answer_to(question, world_rng)[:80]
    chosen: set[str] = set()
    page.keyboard.press("Tab")  # the skip link is marked by coming into sight
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        assert here["marked"], here["html"]
        assert here["seen"], here["html"]
        if here["type"] in ("radio", "checkbox") and here["name"] not in chosen:
            page.keyboard.press("Space")
            chosen.add(here["name"])
        elif here["name"] in wanted and here["type"] != "submit":
            page.keyboard.insert_text(wanted[here["name"]])
        elif here["name"] == "go" and here["value"] == "stay":
            break
    else:
        raise AssertionError("the button that saves was never reached")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    visitor.look()
    draft.refresh_from_db()
    assert draft.title == wanted["title"]
    stored = {a.question: a.value for a in draft.answers.all()}
    for question in section.questions:
        assert question.id in stored, question.id
        assert question.kind != "long" or stored[question.id] == wanted[question.id].strip()


def test_the_menu_of_the_header_opens_and_closes_by_keyboard(visit: Callable[..., Visitor], world: World) -> None:
    page = visit("applicant", world.karin).go("/mina-arenden/").page
    menu = page.locator(".an-head__menu")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    assert menu.locator("button").first.is_visible()
    page.keyboard.press("Escape")
    assert not menu.locator("button").first.is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
