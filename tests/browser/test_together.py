"""Two people in one application: from an invitation to a partner's own budget, on pages that anybody can use."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from grants.budgets import sheets
from tests.browser.visitor import Visitor
from tests.factories import World
from workflows.simulation import people

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Visitor]


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_a_partner_is_invited_joins_and_fills_in_their_own_budget(visit: Visit, world: World, javascript: bool) -> None:
    draft = world.draft()
    party = draft.parties.exclude(role="coordinator").order_by("pk")[0]
    paul = people.make_person("paul", "Paul Part")
    karin = visit("applicant", world.karin, javascript=javascript)
    karin.go(reverse("act", args=["invite_member", draft.pk])).examine()
    karin.page.fill("[name=email]", paul.email)
    karin.page.select_option("[name=right]", f"party:{party.pk}")
    karin.click(karin.page.get_by_role("button", name="Skicka inbjudan"))
    expect(karin.page.get_by_role("rowheader", name=paul.email)).to_be_visible()
    karin.examine()
    partner = visit("partner", paul, javascript=javascript).go(reverse("my_cases"))
    partner.examine()
    partner.click("Läs mer och gå med")
    partner.examine()
    partner.click(partner.page.get_by_role("button", name="Gå med"))
    partner.go(reverse("workspace_step", args=[draft.pk, "budget"])).examine()
    partner.page.fill(f"[name=a-{party.pk}]", "10 000")
    if javascript:
        partner.page.locator(f"[name=a-{party.pk}]").blur()
        expect(partner.page.locator("[data-save-status]")).to_contain_text("Sparat")
    else:
        partner.click(partner.page.get_by_role("button", name="Räkna om och spara").last)
    [budget] = sheets.read(draft.pk, [(party.pk, "")])
    assert budget.applied == 1_000_000
    partner.go(reverse("workspace_step", args=[draft.pk, "granska"])).examine()
    partner.go(reverse("case_members", args=[draft.pk])).examine()
