"""Scoring: a whole sheet with keys only, what is said while one writes, and the same without scripts."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Dialog, expect

from grants.applications.models import Application
from reviewers.models import Assignment, AssignmentState
from tests.browser.visitor import Visitor
from tests.engine import herd
from tests.factories import World
from workflows.commands import run
from workflows.simulation import life

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Visitor]
STATUS = "[data-save-status]"
REASON = "Planen är konkret och data finns."


@pytest.fixture
def mine(world: World) -> Assignment:
    """Mira's assignment, declared free; Tove has the same application."""
    case: Application = herd.assessing(world, 1, "mira", "tove")[0]
    found = case.assignments.select_related("reviewer").get(reviewer=world.mira)
    run("declare", world.mira, found, answer="no", text="")
    return found


def test_a_whole_sheet_is_scored_and_lodged_with_keys_only(visit: Visit, world: World, mine: Assignment) -> None:
    visitor = visit("reviewer", world.mira).go(reverse("review", args=[mine.pk]))
    page, keys = visitor.page, visitor.page.keyboard
    criteria = mine.application.definition.criteria
    for n, criterion in enumerate(criteria):
        keys.press("n")
        here = f"kriterium-{criterion.id}"
        assert page.evaluate("document.activeElement.closest('details')?.id") == here
        keys.press(str(5 - n % 3))
        expect(page.locator(f"#{here} input:checked")).to_have_value(str(5 - n % 3))
        keys.press("s")
        keys.insert_text(REASON)
        keys.press("j")  # in a text it is a letter
        expect(page.locator(f"#{here} textarea")).to_have_value(REASON + "j")
        keys.press("Escape")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    keys.press("k")
    assert page.evaluate("document.activeElement.closest('details').id") == f"kriterium-{criteria[-2].id}"
    keys.press("Alt+ArrowDown")
    assert page.evaluate("document.activeElement.closest('details').id") == f"kriterium-{criteria[-1].id}"
    keys.press("n")  # nothing is left but what to recommend
    assert page.evaluate("document.activeElement.name") == "recommendation"
    keys.press("Space")
    keys.press("2")  # no criterion has the focus
    expect(page.locator("[name=recommendation]:checked")).to_have_value("grant")
    expect(page.locator("[data-live-part=faults]")).to_be_hidden(timeout=20_000)
    expect(page.locator("[data-live-part=weighted]")).to_contain_text("av 5")
    with page.expect_navigation():
        keys.press("g")
    visitor.look()
    for _stop in range(60):
        keys.press("Tab")
        if page.evaluate("document.activeElement.matches('main form button')"):
            break
    with page.expect_navigation():
        keys.press("Enter")
    mine.refresh_from_db()
    assert mine.state == AssignmentState.LODGED
    scores = dict(mine.sheet.scores.values_list("criterion", "value"))
    assert scores == {criterion.id: 5 - n % 3 for n, criterion in enumerate(criteria)}
    visitor.look()


def test_keys_can_be_switched_off_and_stay_so(visit: Visit, world: World, mine: Assignment) -> None:
    visitor = visit("reviewer", world.mira).go(reverse("review", args=[mine.pk]))
    page = visitor.page
    page.locator("[data-keys] summary").click()
    page.get_by_label("Kortkommandon är på").uncheck()
    page.reload()
    page.keyboard.press("4")
    page.keyboard.press("n")
    assert page.locator(".an-scale input:checked").count() == 0
    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_what_is_lacking_is_told_as_one_writes_and_one_goes_on_where_one_stopped(
    visit: Visit, world: World, mine: Assignment
) -> None:
    visitor = visit("reviewer", world.mira).go(reverse("review", args=[mine.pk]))
    page, second = visitor.page, mine.application.definition.criteria[1]
    here = page.locator(f"#kriterium-{second.id}")
    here.locator("textarea").fill("Kort")
    expect(here.locator("[data-lack]")).to_have_text("6 kvar till minsta längd")
    here.locator("textarea").fill(REASON)
    expect(here.locator("[data-lack]")).to_be_hidden()
    here.locator("input[value='4']").check()
    expect(page.locator(STATUS)).to_contain_text("Sparat")
    expect(page.locator("[data-live-part=weighted]")).to_contain_text("4,00 av 5", timeout=20_000)
    visitor.go(reverse("review_queue"))
    with page.expect_navigation():
        page.locator(f"a[href$='#kriterium-{second.id}']").click()
    expect(page.locator(f"#kriterium-{second.id} summary")).to_be_focused()
    visitor.examine()


def test_what_is_marked_in_the_application_is_quoted(visit: Visit, world: World, mine: Assignment) -> None:
    page = visit("reviewer", world.mira).go(reverse("review", args=[mine.pk])).page
    quote, first = page.locator("[data-quote]"), mine.application.definition.criteria[0]
    expect(quote).to_have_attribute("aria-disabled", "true")
    page.evaluate(
        "document.getSelection().selectAllChildren(document.querySelector('[data-reading] .an-entry p:not(.an-soft)'))"
    )
    marked = page.evaluate("document.getSelection().toString().trim().replace(/\\s+/g, ' ')")
    quote.click()
    expect(page.locator(f"#reason-{first.id}")).to_have_value(f"”{marked}” ")
    expect(page.locator(STATUS)).to_contain_text("Sparat")


def test_saved_is_not_said_while_another_field_is_in_conflict(visit: Visit, world: World, mine: Assignment) -> None:
    address = reverse("review", args=[mine.pk])
    one, two = visit("one", world.mira).go(address), visit("two", world.mira).go(address)
    one.page.fill("#strengths", "Stark idé.")
    expect(one.page.locator(STATUS)).to_contain_text("Sparat")
    two.page.fill("#strengths", "Något annat.")
    expect(two.page.locator("[data-conflict-of=strengths]")).to_contain_text("Stark idé.")
    two.page.fill("#weaknesses", "Oklar budget.")
    expect(two.page.locator(STATUS)).to_contain_text("Allt är inte sparat: Styrkor")
    two.page.locator(STATUS).get_by_role("link").click()
    expect(two.page.locator("#strengths")).to_be_focused()
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss() if len(asked) == 1 else dialog.accept()

    two.page.on("dialog", answer)
    two.page.evaluate("setTimeout(() => location.assign('/'))")
    two.page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    two.faults = [fault for fault in two.faults if "status of 409" not in fault]


def test_without_scripts_the_sheet_is_written_and_lodged(visit: Visit, world: World, mine: Assignment) -> None:
    visitor = visit("reviewer", world.mira, javascript=False).go(reverse("review", args=[mine.pk]))
    page = visitor.page
    assert not page.locator("[data-keys]").is_visible()
    for criterion in mine.application.definition.criteria:
        page.locator(f"[name='value-{criterion.id}'][value='3']").check()
        page.locator(f"[name='reason-{criterion.id}']").fill(REASON)
    page.locator("[name=recommendation][value=reserve]").check()
    visitor.click("Granska och lämna")
    visitor.send()
    mine.refresh_from_db()
    assert mine.state == AssignmentState.LODGED


def test_an_officer_opens_it_again_and_the_next_version_shows_what_changed(
    visit: Visit, world: World, mine: Assignment
) -> None:
    life.score(mine, world.rng)
    run("lodge", world.mira, mine)
    officer = visit("officer", world.sara).go(reverse("case", args=[mine.application_id]))
    officer.click("Läs de lämnade bedömningarna och kommentarerna").begin("reopen_sheet")
    officer.answer("reason", "Skälet gäller en annan ansökan.")
    officer.send()
    mine.refresh_from_db()
    assert mine.state == AssignmentState.CLEARED
    reviewer = visit("reviewer", world.mira).go(reverse("review", args=[mine.pk]))
    expect(reviewer.page.get_by_text("Din bedömning är öppnad igen")).to_be_visible()
    first = mine.application.definition.criteria[0]
    reviewer.page.locator(f"#kriterium-{first.id}").evaluate("e => (e.open = true)")
    reviewer.answer(f"reason-{first.id}", "Ett helt nytt skäl.")
    reviewer.examine()
    reviewer.click("Granska och lämna").send()
    reviewer.go(reverse("review", args=[mine.pk]))
    reviewer.begin("comment_sheet")
    reviewer.answer("text", "Jag läste fel först.")
    reviewer.send()
    assert reviewer.page.url.endswith(reverse("review", args=[mine.pk]))
    officer.go(reverse("case_sheets", args=[mine.application_id])).examine()
    officer.page.locator("details.an-words summary").first.click()
    expect(officer.page.locator("ins").first).to_be_visible()
    expect(officer.page.get_by_text("Jag läste fel först.")).to_be_visible()
