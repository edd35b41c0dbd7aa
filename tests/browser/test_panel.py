"""A panel at two browsers at once: what one writes the other sees, and nobody loses what they are typing."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from reviewers.panels import Item
from tests.browser.visitor import Visitor
from tests.engine.panels import panel_of
from tests.factories import World
from workflows.commands import run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Visitor]


def test_two_at_the_table_at_once(visit: Visit, world: World) -> None:
    panel = panel_of(world, [5, 4, 2])
    for person in (panel.chair, panel.pål):
        panel.declare(person)
    petra = visit("panel", panel.petra).go(reverse("meeting", args=[panel.meeting.pk]))
    petra.examine()
    petra.click("Pröva om du är jävig")
    petra.examine()
    first, *rest = panel.items
    for item in panel.items:
        petra.page.locator(f"[name=svar-{item.pk}][value=no]").check()
    petra.send()
    expect(petra.page.locator(f"#punkt-{first.pk}")).to_be_visible()
    run("open_meeting", world.sara, panel.meeting)
    chair = visit("chair", panel.chair).go(reverse("panel_item", args=[first.pk]))
    chair.click("Ta upp punkten")
    chair.send()
    chair.examine()
    expect(petra.page.locator("#laget")).to_contain_text("uppe nu")  # nobody loaded the page anew
    petra.examine()
    petra.go(reverse("panel_item", args=[first.pk]))

    # both have the item open: what the chair writes comes to Petra, who is in the middle of something else
    petra.page.locator("#departure").focus()
    petra.page.keyboard.type("Panelen ser ")
    chair.page.fill("#text", "Stor nytta för flera kommuner.")
    chair.page.locator("[name=recommendation][value=fund]").check()
    expect(chair.page.locator("[data-save-status]")).to_contain_text("Sparat")
    expect(petra.page.locator("[data-now=text]")).to_contain_text("Stor nytta")
    expect(petra.page.locator("#text")).to_have_value("Stor nytta för flera kommuner.")
    expect(petra.page.locator("[name=recommendation][value=fund]")).to_be_checked()
    expect(petra.page.locator("#departure")).to_be_focused()
    petra.page.keyboard.type("en helhet.")
    expect(petra.page.locator("#departure")).to_have_value("Panelen ser en helhet.")
    petra.page.locator("#departure").blur()
    expect(chair.page.locator("#departure")).to_have_value("Panelen ser en helhet.")

    # both write in the same text: the second is told, and keeps what they typed
    petra.page.locator("#text").focus()
    petra.page.keyboard.press("End")
    petra.page.keyboard.type(" Och för fler.")
    chair.page.fill("#text", "Stor nytta för alla.")
    expect(chair.page.locator("main")).to_contain_text("Senast ändrat av")
    expect(petra.page.locator("#text")).to_have_value("Stor nytta för flera kommuner. Och för fler.")
    petra.page.locator("#text").blur()
    chair.page.locator("#text").blur()
    petra.page.wait_for_timeout(3000)  # until both have been answered
    told = [visitor for visitor in (petra, chair) if visitor.page.locator("[data-conflict-of=text]").count()]
    assert len(told) == 1
    for visitor in (petra, chair):
        visitor.faults = [fault for fault in visitor.faults if "status of 409" not in fault]
    assert Item.objects.get(pk=first.pk).text in (
        "Stor nytta för alla.",
        "Stor nytta för flera kommuner. Och för fler.",
    )


def test_the_room_on_a_phone_and_without_scripts(visit: Visit, world: World) -> None:
    panel = panel_of(world, [5, 4, 2]).open()
    first, second, third = panel.items
    Item.objects.filter(pk__in=[first.pk, second.pk, third.pk]).update(amount_ore=400_000_000)
    petra = visit("panel", panel.petra, javascript=False).go(reverse("meeting", args=[panel.meeting.pk]))
    petra.page.select_option("#over", str(third.pk))
    petra.click("Pröva")
    expect(petra.page.locator("#rangordning")).to_have_text("Så skulle det bli")
    run("take_up", world.sara, first)
    petra.go(reverse("panel_item", args=[first.pk])).examine()
    petra.page.fill("#text", "Stor nytta.")
    petra.click("Spara")
    assert Item.objects.get(pk=first.pk).text == "Stor nytta."
