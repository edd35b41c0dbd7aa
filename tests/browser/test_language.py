"""The language is changed where one is, and English pages are in English."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from tests.browser.visitor import Visitor
from tests.factories import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Words of the interface itself; what people have written, and what is marked as Swedish, may be Swedish.
SWEDISH = """(titles) => [...document.querySelectorAll("button, th, label, legend, summary, h2, h3, dt, nav a, [role=status]")]
  .filter((e) => !e.closest("[lang=sv]") && !e.querySelector("[lang=sv]"))
  .map((e) => titles.reduce((text, title) => text.replace(title, ""), e.innerText.trim()))
  .filter((text) => /\\b(och|inte|eller|att|för|ärende\\w*|ansökan|omgång\\w*|spara|skicka)\\b/i.test(text))"""


def test_the_page_stays_and_turns_english(visit: Callable[..., Visitor], world: World) -> None:
    case = world.closed(world.submitted())
    draft = world.case("draft", "gemensamma-2023")
    first = draft.definition.sections[0].id
    rounds = [
        ("public", None, ["/", reverse("call", args=["starta-2023"]) + "?visa=fragor", "/hjalp/", "/konto/login/"]),
        ("applicant", world.karin, [reverse("workspace_step", args=[draft.pk, step]) for step in (first, "budget")]),
        ("applicant", world.karin, [reverse("case", args=[case.pk]), "/mina-arenden/"]),
        ("officer", world.sara, [reverse("case", args=[case.pk]), "/inkorg/", "/arenden/?sida=1"]),
        ("reviewer", world.mira, ["/bedomningar/"]),
    ]
    for role, person, paths in rounds:
        visitor = visit(role, person).go(paths[0])
        here = visitor.page.url
        assert visitor.page.locator("html").get_attribute("lang") == "sv"
        visitor.click(visitor.page.locator("footer button[value=en]"))
        assert visitor.page.url == here
        for path in paths:
            if path != paths[0]:
                visitor.go(path)
            assert visitor.page.locator("html").get_attribute("lang") == "en"
            assert visitor.page.evaluate(SWEDISH, [case.title, draft.title]) == [], path
        visitor.click(visitor.page.locator("footer button[value=sv]"))
        assert visitor.page.locator("html").get_attribute("lang") == "sv"
