"""Reads a tagged PDF as a screen reader does: the structure tree, and the text of each of its elements."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf

_PAIR = re.compile(rb"<([0-9A-F]{2})> <([0-9A-F]{4,8})>")


@dataclass
class Node:
    """A structure element with its own text (without that of its children)."""

    tag: str
    text: str = ""
    lang: str | None = None
    alt: str | None = None
    kids: list[Node] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        yield self
        for kid in self.kids:
            yield from kid.walk()

    def find(self, tag: str) -> list[Node]:
        return [node for node in self.walk() if node.tag == tag]


@dataclass
class Page:
    """The text of one page: tagged text by MCID, and what is artifact by its subtype (or '' for none)."""

    tagged: dict[int, str] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)


def read(content: bytes) -> tuple[Node, list[Page]]:
    """The root element and the pages of a PDF."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pages = [_page(page) for page in pdf.pages]
        index = {page.objgen: number for number, page in enumerate(pdf.pages)}
        root = pdf.Root.StructTreeRoot.K[0]
        return _node(root, pages, index), pages


def text_of(content: bytes) -> str:
    """All text of the tree in reading order, one element a line, with ordinary spaces."""
    root, _ = read(content)
    return "\n".join(f"{node.text}{node.alt or ''}" for node in root.walk()).replace("\u00a0", " ")


def _node(elem: pikepdf.Object, pages: list[Page], index: dict[tuple[int, int], int]) -> Node:
    node = Node(str(elem.S)[1:], lang=_string(elem, "/Lang"), alt=_string(elem, "/Alt"))
    home = index[elem.Pg.objgen] if "/Pg" in elem else None
    for kid in elem.K:
        if isinstance(kid, int):
            assert home is not None
            node.text += pages[home].tagged.get(int(kid), "")
        elif "/MCID" in kid:
            node.text += " " + pages[index[kid.Pg.objgen]].tagged.get(int(kid.MCID), "")
        elif kid.get("/Type") == "/StructElem":
            node.kids.append(_node(kid, pages, index))
    return node


def _string(elem: pikepdf.Object, key: str) -> str | None:
    return str(elem[key]) if key in elem else None


def _page(page: pikepdf.Page) -> Page:
    maps = {name: _to_unicode(font) for name, font in page.Resources.Font.items()}
    result = Page()
    stack: list[tuple[int | None, str]] = []
    current: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name == "BDC":
            stack.append(
                (int(operands[1]["/MCID"]) if "/MCID" in operands[1] else None, str(operands[1].get("/Subtype", "")))
            )
            if stack[-1][0] is not None:
                result.tagged[stack[-1][0]] = ""
        elif name == "BMC":
            stack.append((None, ""))
        elif name == "EMC":
            stack.pop()
        elif name == "Tf":
            current = maps[str(operands[0])]
        elif name == "Tj":
            mcid, kind = stack[-1]
            text = "".join(current.get(code, "\ufffd") for code in bytes(operands[0]))
            if mcid is None:
                result.artifacts[kind] = result.artifacts.get(kind, "") + text + " "
            else:
                result.tagged[mcid] += text
    return result


def _to_unicode(font: pikepdf.Object) -> dict[int, str]:
    pairs = _PAIR.findall(font.ToUnicode.read_bytes())
    return {int(code, 16): bytes.fromhex(target.decode()).decode("utf-16-be") for code, target in pairs}
