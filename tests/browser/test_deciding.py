"""A whole call prepared and signed at the browser: the sums follow what is typed, and without scripts the page counts itself."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from grants.applications.models import CaseState
from tests.browser.visitor import Visitor
from tests.engine import herd, panels
from tests.engine.stage import quick_letters
from tests.factories import World
from workflows import batching
from workflows.commands import run
from workflows.models import DecisionBatch
from workflows.simulation import life

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Visitor]


def gone_through() -> None:
    batching.carry_out(DecisionBatch.objects.latest("pk").pk)


def test_from_the_ranking_to_the_signature(visit: Visit, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    quick_letters(monkeypatch)
    cases = panels.assessed(world, herd.submitted(world, 3), [5, 4, 3])
    sara = visit("officer", world.sara).go(reverse("decision_batch", args=["starta-2023"]))
    sara.examine()
    total = sara.page.locator("#summa .an-big")
    before = total.inner_text()
    sara.page.select_option(f"[name=outcome-{cases[2].pk}]", "rejection")
    expect(total).not_to_have_text(before)
    sara.page.fill("[name=hold_until]", "i morgon")
    sara.click("Skicka förslagen till beslutsfattaren", 422)
    expect(sara.page.locator(".an-es")).to_contain_text("Skriv tiden som")
    sara.examine()

    slow = visit("officer", world.sara, javascript=False).go(reverse("decision_batch", args=["starta-2023"]))
    expect(slow.page.locator(f"[name=outcome-{cases[2].pk}]")).to_have_value("rejection")  # kept since the other window
    slow.page.fill("[name=hold_until]", "2030-01-01 08:00")
    slow.click("Spara och räkna om")
    expect(slow.page.locator("#summa")).to_contain_text("föreslås")
    slow.page.fill("[name=hold_until]", "")
    slow.click("Skicka förslagen till beslutsfattaren")  # with reasons that fit the new outcome, and have been read
    expect(slow.page.locator("#laget")).to_contain_text("Väntar på sin tur")
    gone_through()

    run("return_proposal", world.per, cases[0], reason="Villkoren saknas.")
    life.propose(cases[0], world.sara, special_conditions="Rapportera varje kvartal.")
    eva = visit("decider", world.eva).go(reverse("signing", args=["starta-2023"]))
    eva.examine()
    expect(eva.page.locator("ins").last).to_contain_text("Rapportera varje kvartal.")
    eva.page.locator("#f-confirm").check()
    eva.page.get_by_role("button", name="Besluta").click()
    expect(eva.page.locator("#laget")).to_contain_text("Väntar på sin tur")
    gone_through()
    eva.go(reverse("signing", args=["starta-2023"]))
    expect(eva.page.locator("#laget")).to_contain_text("3 beslut är fattade")
    eva.examine()
    assert {life.fresh(case).state for case in cases} == {CaseState.DECIDED}
