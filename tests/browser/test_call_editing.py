"""An officer changes a call in a browser: faults, proposal, dry run, publishing; with scripts and without."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from tests.browser.visitor import Visitor
from tests.engine.test_trials import REPORT
from tests.factories import World
from workflows.models import Trial

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SLUG = "starta-2023"


@pytest.mark.parametrize("javascript", [True, False], ids=["with-scripts", "without"])
def test_from_the_list_to_a_new_version(visit: Callable[..., Visitor], world: World, javascript: bool) -> None:
    world.draft(SLUG)
    officer = visit("officer", world.sara, javascript=javascript)
    officer.go(reverse("calls_work"))
    officer.click(officer.page.locator(f'main a[href="{reverse("call_edit", args=[SLUG])}"]'))
    text = officer.page.locator("#text").input_value()
    officer.page.locator("#text").fill(text.replace("max_grant:", "max_grnat:", 1) + "\n# min rad")
    officer.click("Kontrollera texten", 422)
    officer.examine()
    assert "Menade du max_grant?" in officer.text
    officer.page.locator("a[data-line]").first.click()
    line = text[: text.index("max_grant:")].count("\n") + 1
    assert officer.page.url.endswith(f"#rad-{line}")
    if javascript:
        assert (
            officer.page.evaluate("""() => { const a = document.querySelector("#text");
            return a.value.slice(a.selectionStart, a.selectionEnd) }""")
            .strip()
            .startswith("max_grnat:")
        )
    again = officer.page.locator("#text").input_value()
    assert again.endswith("# min rad")
    officer.page.locator("#text").fill(again.replace("max_grnat: 600", "max_grant: 500", 1))
    officer.click("Kontrollera texten")
    assert "Maxbeloppet sänks" in officer.text
    officer.click("Provkör")
    officer.examine()
    Trial.objects.update(phase="going", done=4, percent=61, day="2023-05-20")
    if javascript:  # the page renews what goes on by itself
        officer.page.get_by_text("61 procent").wait_for()
    else:
        officer.click("Visa läget nu")
    assert "61 procent" in officer.text
    Trial.objects.update(phase="done", report=REPORT)
    if javascript:
        officer.page.get_by_role("button", name="Provkör igen").wait_for()
    else:
        officer.click("Visa läget nu")
    officer.examine()
    officer.click("Publicera versionen")
    officer.examine()
    officer.click("Publicera versionen")
    assert "Version 2 gäller" in officer.page.locator("main").inner_text()
    assert world.call(SLUG).definition.budget.max_grant == 500_000


def test_a_new_call(visit: Callable[..., Visitor], world: World) -> None:
    officer = visit("officer", world.sara)
    officer.go(reverse("call_edit", args=[SLUG]))
    text = officer.page.locator("#text").input_value()
    officer.go(reverse("call_new"))
    officer.page.locator("#text").fill(text.replace(f"slug: {SLUG}", "slug: helt-ny", 1))
    officer.click("Kontrollera texten")
    officer.examine()
    officer.page.check("[name=confirm]")
    officer.click("Publicera omgången")
    assert "du är dess handläggare" in officer.text
