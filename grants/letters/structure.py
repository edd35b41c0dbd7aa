"""The logical structure tree of a tagged PDF.

The builder of a letter makes the tree in reading order, before anything is laid out. When a leaf is drawn it only
notes on which page, and as which marked content, it ended up. Page breaks, split paragraphs and kept-together blocks
then need no thought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Mark(NamedTuple):
    """One marked-content sequence: page index from 0 and MCID on that page."""

    page: int
    mcid: int


def text_string(value: str) -> str:
    """A PDF text string as UTF-16BE in hexadecimal: no escapes to get wrong."""
    return f"<FEFF{value.encode('utf-16-be').hex().upper()}>"


@dataclass(eq=False, slots=True)
class Elem:
    """A structure element. ``attrs`` is PDF source for its attribute dictionary, as ``/O /Table /Scope /Row``."""

    tag: str
    parent: Elem | None = None
    attrs: str = ""
    lang: str | None = None
    alt: str | None = None
    kids: list[Elem | Mark] = field(default_factory=list)
    annotations: list[str] = field(default_factory=list)
    number: int = 0

    def add(self, tag: str, *, attrs: str = "", lang: str | None = None, alt: str | None = None) -> Elem:
        """A new last child."""
        child = Elem(tag, self, attrs, lang, alt)
        self.kids.append(child)
        return child

    @property
    def marks(self) -> list[Mark]:
        """Where the element itself was drawn."""
        return [kid for kid in self.kids if isinstance(kid, Mark)]

    def walk(self) -> Iterator[Elem]:
        """The element and all below it, in reading order."""
        yield self
        for kid in self.kids:
            if isinstance(kid, Elem):
                yield from kid.walk()

    def source(self, root_number: int, page_number: Callable[[int], int]) -> bytes:
        """The element as PDF source, once every element has its object number.

        ``page_number`` gives the object number of a page from its index.
        """
        marks = self.marks
        home = marks[0].page if marks else None
        parts = [f"<</Type /StructElem /S /{self.tag} /P {self.parent.number if self.parent else root_number} 0 R"]
        if home is not None:
            parts.append(f"/Pg {page_number(home)} 0 R")
        if self.attrs:
            parts.append(f"/A <<{self.attrs}>>")
        if self.lang:
            parts.append(f"/Lang {text_string(self.lang)}")
        if self.alt:
            parts.append(f"/Alt {text_string(self.alt)}")
        kids = [_kid(kid, home, page_number) for kid in self.kids] + self.annotations
        return " ".join([*parts, f"/K [{' '.join(kids)}]>>"]).encode("ascii")


def _kid(kid: Elem | Mark, home: int | None, page_number: Callable[[int], int]) -> str:
    if isinstance(kid, Elem):
        return f"{kid.number} 0 R"
    if kid.page == home:
        return str(kid.mcid)
    return f"<</Type /MCR /Pg {page_number(kid.page)} 0 R /MCID {kid.mcid}>>"
