"""Somebody at a browser: goes to pages, presses buttons, fills fields, and looks closely at every kind of page once."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from django.conf import settings
from django.urls import resolve
from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page

from grants.organisations.models import Person
from tests.signing_in import signed_in

WIDTHS = (1100, 360)
HEIGHT = 900
TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE = 15_000  # milliseconds
# Only the rule of turned screens reads the stylesheets themselves, and nothing here is turned: they are not fetched anew.
# Contrast is two thirds of the work: on the phone it is measured once for an address, not for every role that comes there.
RUN_AXE = """([tags, colours]) => axe.run({ runOnly: tags, resultTypes: ["violations"], preload: false, elementRef: false,
  rules: { "color-contrast": { enabled: colours } } }).then((found) => found.violations)"""
TELLING = ("step", "command", "slug")  # the parts of an address that make a page another kind of page
_LOOKS = (
    """() => [document.documentElement.lang, !!document.querySelector("main .an-sheet--turn, main .an-sheet--stop")]"""
)
_UNFOLD = """() => [...document.querySelectorAll("main details")].map((d) => [d.open, (d.open = true)][0])"""
_FOLD = """(open) => document.querySelectorAll("main details").forEach((d, i) => (d.open = open[i]))"""
_TOO_WIDE = """() => {
  const room = window.innerWidth, said = [];
  if (document.documentElement.scrollWidth <= room) return said;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode()); ) {
    const range = document.createRange();
    range.selectNodeContents(text);
    if (range.getBoundingClientRect().right > room) said.push(text.parentElement.outerHTML.slice(0, 200));
  }
  return ["the page is " + document.documentElement.scrollWidth + " wide", ...said.slice(0, 8)];
}"""


@cache
def axe() -> str:
    """The checker, as the package carries it."""
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


class Windows:
    """Windows without cookies. Those that somebody has left are used again: a new one begins with an empty cache and a
    process of its own, which costs more than five pages."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._free: dict[bool, list[Page]] = {True: [], False: []}

    def take(self, address: str, *, javascript: bool) -> Page:
        """A window for somebody."""
        if self._free[javascript]:
            return self._free[javascript].pop()
        context = self._chromium.new_context(
            base_url=address,
            locale="sv-SE",
            viewport={"width": WIDTHS[0], "height": HEIGHT},
            java_script_enabled=javascript,
        )
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    def give_back(self, page: Page, *, javascript: bool) -> None:
        """Somebody has left."""
        page.unroute_all()
        if javascript:
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        page.goto("about:blank")
        page.context.clear_cookies()
        self._free[javascript].append(page)


class Visitor:
    """One person, or nobody in particular, at a browser with cookies of its own."""

    def __init__(self, windows: Windows, address: str, looked: Path, role: str, *, javascript: bool = True) -> None:
        self.windows, self.address, self.looked, self.role, self.javascript = windows, address, looked, role, javascript
        self.page = windows.take(address, javascript=javascript)
        self.context = self.page.context
        self.has_left = False
        self.faults: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", self._failed)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{self.page.url}: {message.text}")

    def _failed(self, error: Error) -> None:
        self.faults.append(f"{self.page.url}: {error}")

    def become(self, person: Person) -> None:
        """Sign in without the form; it has tests of its own. Staff have shown their second factor."""
        key = signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": self.address}])

    def leave(self) -> None:
        """The window is somebody else's from now on."""
        if not self.has_left:
            self.has_left = True
            self.page.remove_listener("console", self._heard)
            self.page.remove_listener("pageerror", self._failed)
            self.windows.give_back(self.page, javascript=self.javascript)

    # -- going about

    def go(self, path: str) -> "Visitor":
        """Type an address."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.ok, (path, answer.status)
        return self.look()

    def click(self, place: Locator | str, status: int = 200) -> "Visitor":
        """Follow a link or press a button, by its place or its whole text, and look at the page that comes."""
        if isinstance(place, str):
            here = self.page.locator("main").locator("a, button").get_by_text(place, exact=True)
            place = here.filter(visible=True).first
        with self.page.expect_navigation() as coming:
            place.click()
        assert coming.value is not None
        assert coming.value.status == status, (self.page.url, coming.value.status, self.text[:600])
        reported = f"status of {status}"  # a browser says so of every refusal
        self.faults = [fault for fault in self.faults if reported not in fault]
        return self.look()

    def begin(self, command: str) -> "Visitor":
        """Follow this page's own link to a step."""
        return self.click(self.page.locator(f'main a[href*="/act/{command}/"]:visible').first)

    def send(self) -> "Visitor":
        """Press the first button of the page's own form."""
        return self.click(self.page.locator('main form[method="post"] button:visible').first)

    def answer(self, name: str, value: Any) -> None:
        """Give a field its value: text, one choice or several. A field that is not shown is left alone."""
        here = self.page.locator(f'main [name="{name}"]')
        if value and isinstance(value, list) and isinstance(value[0], dict):  # a table, row by row
            for cell, text in zip(here.all(), [text for row in value for text in row.values()], strict=False):
                cell.select_option(text) if cell.evaluate("e => e.tagName") == "SELECT" else cell.fill(text)
            return
        if here.first.get_attribute("type") in ("radio", "checkbox"):
            for one in value if isinstance(value, list) else [value]:
                if (box := here.and_(self.page.locator(f'[value="{one}"]'))).is_visible():
                    box.check()
        elif here.is_visible():
            here.select_option(value) if here.evaluate("e => e.tagName") == "SELECT" else here.fill(str(value))

    @property
    def text(self) -> str:
        """What the page's own part says."""
        return self.page.locator("main").inner_text()

    # -- looking

    def look(self) -> "Visitor":
        """Go through a kind of page that is new to this role closely. What is wrong is told at the end of the test."""
        if self._is_first(*self._kind()):
            self.examine()
        return self

    def _is_first(self, *kind: str) -> bool:
        """Whether nobody has looked at this kind before, in this process or beside it."""
        try:
            (self.looked / sha256(repr(kind).encode()).hexdigest()).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _address(self) -> tuple[str, ...]:
        found = resolve(urlsplit(self.page.url).path)
        return (str(found.url_name), *(str(found.kwargs[name]) for name in TELLING if name in found.kwargs))

    def _kind(self) -> tuple[str, ...]:
        return (*self._address(), self.role, *map(str, self.page.evaluate(_LOOKS)))

    def examine(self) -> None:
        """No fault of accessibility and nothing too wide, on a desk and on a phone, with everything unfolded."""
        was_open = self.page.evaluate(_UNFOLD)
        if self.javascript:  # the checker is a script itself; pages without scripts are walked with them too
            self.page.evaluate(axe())
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            height = self.page.evaluate(
                "document.documentElement.scrollHeight"
            )  # what is stuck to an edge hides nothing
            self.page.set_viewport_size({"width": width, "height": max(height, HEIGHT)})
            self.faults += [f"{self.page.url} at {width}: {what}" for what in self.page.evaluate(_TOO_WIDE)]
            colours = self.javascript and (width == WIDTHS[0] or self._is_first("colours", *self._address()))
            for found in self.page.evaluate(RUN_AXE, [TAGS, colours]) if self.javascript else []:
                places = [f"{node['html'][:200]} ({node['failureSummary'][:300]})" for node in found["nodes"][:3]]
                self.faults.append(f"{self.page.url} at {width}: {found['id']}: {places}")
        self.page.evaluate(_FOLD, was_open)
        self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
