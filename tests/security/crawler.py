"""Everything that one person can reach by links and forms' addresses, from the start page on."""

import io
import re
from collections import deque
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pikepdf
from django.test import Client
from django.urls import reverse

STARTS = (
    "home",
    "inbox",
    "notices",
    "review_queue",
    "my_cases",
    "cases",
    "calls_work",
    "memberships",
    "matrix",
    "help",
)
NOT_FOLLOWED = ("/i18n/", "/konto/logga-ut", "/static/")  # they lead to no text about a case
MOST = 400  # pages; a crawl that needs more has lost its way


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src", "action", "data-autosave", "data-live", "hx-get", "data-poll"):
                self.found.append(value)


def text_of(response) -> str:
    """What a response says, a PDF's pages and a spreadsheet's cells too."""
    data = b"".join(response.streaming_content) if response.streaming else response.content
    kind = response.get("Content-Type", "")
    if "pdf" in kind and data.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(data)) as pdf:
            streams = [bytes(o.read_bytes()) for o in pdf.objects if isinstance(o, pikepdf.Stream) and _is_text(o)]
            return "\n".join([str(pdf.docinfo), *(s.decode("latin-1") for s in streams)])
    if "spreadsheet" in kind:
        import openpyxl

        book = openpyxl.load_workbook(io.BytesIO(data))
        return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    return data.decode("utf-8", "replace")


def _is_text(stream: pikepdf.Stream) -> bool:
    return stream.get("/Type") in (None, "/EmbeddedFile", "/Metadata") and stream.get("/Subtype") != "/Image"


def crawl(client: Client, *more: str) -> dict[str, str]:
    """What stands at each address that can be reached, by address. `more`: addresses to begin with beside the usual."""
    waiting = deque([*(reverse(name) for name in STARTS), *more])
    seen: dict[str, str] = {}
    while waiting:
        address = waiting.popleft()
        if address in seen or any(part in address for part in NOT_FOLLOWED):
            continue
        assert len(seen) < MOST, list(seen)[-20:]
        response = client.get(address)
        assert response.status_code < 500, address
        if response.status_code in (301, 302):
            seen[address] = ""
            waiting.append(response["Location"])
            continue
        seen[address] = text = text_of(response) if response.status_code == 200 else ""
        if "html" not in response.get("Content-Type", ""):
            continue
        links = _Links()
        links.feed(text)
        for link in links.found:
            target = urldefrag(urljoin(address, link))[0]
            if not urlsplit(target).netloc and target.startswith("/"):
                waiting.append(re.sub(r"[?&](sida|page)=\d+", "", target))
    return seen
