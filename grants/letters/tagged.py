"""A reportlab canvas that writes tagged PDF in one pass, and the paragraph that draws into the structure tree.

Everything drawn outside a leaf becomes an artifact by itself, so nothing can be left untagged. The risk turns
round: real text could silently become an artifact. Tests therefore look for every field in the tree's own text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal

from reportlab.pdfbase import pdfdoc
from reportlab.pdfbase.pdfdoc import PDFDictionary
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph
from reportlab.platypus.paragraph import cleanBlockQuotedText
from reportlab.platypus.paraparser import ParaParser

from . import repairs
from .archive import Record, Source, Stamp, archive, reference
from .structure import Elem, Mark, text_string
from .text import Markup

repairs.install()

_OPEN: Final = "/Artifact BMC"
_CLOSE: Final = "EMC"
# Operators that only change the graphics state: a run of them alone is no content and needs no marking.
_STATE_ONLY: Final = re.compile(r"^\s*$|(^|\s)(q|Q|cm|rg|RG|w|J|j|M|d|g|G|k|K|gs)\s*$")
# Stands where the number of pages will be. Text cannot forge it: line feeds are never written raw inside a string.
_TOTAL: Final = "\n/TotalPages MP\n"
_FIRST_ANNOTATION: Final = 1_000  # keys below are pages in the parent tree
SEAL_FIELD: Final = "Seal"
_SEAL_NAMES: Final = {"sv": "Myndighetens elektroniska stämpel", "en": "The electronic seal of the authority"}


class TaggedCanvas(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Canvas for one document whose structure tree is ``root``."""

    def __init__(self, filename: Any, *, root: Elem, record: Record, **kwargs: Any) -> None:
        self._root = root
        self._record = record
        self._pages: list[tuple[str, Any, list[Elem]]] = []
        self._leaves: list[Elem] = []
        self._linked: list[tuple[Elem, Any, int]] = []
        super().__init__(filename, **(kwargs | {"pdfVersion": (1, 7)}))
        self._doc._timeStamp = Stamp(record.utc)
        if record.sealed:
            self._add_seal_field()

    @property
    def page_index(self) -> int:
        """The page being drawn, from 0."""
        return len(self._pages)

    @contextmanager
    def leaf(self, elem: Elem) -> Iterator[None]:
        """What is drawn inside is content of ``elem``."""
        elem.kids.append(Mark(self.page_index, len(self._leaves)))
        self._code += (_CLOSE, f"/{elem.tag} <</MCID {len(self._leaves)}>> BDC")
        self._leaves.append(elem)
        yield
        self._code += (_CLOSE, _OPEN)

    @contextmanager
    def pagination(self, kind: Literal["Header", "Footer", "Watermark"]) -> Iterator[None]:
        """What is drawn inside belongs to the page and not to the text."""
        self._code += (_CLOSE, f"/Artifact <</Type /Pagination /Subtype /{kind}>> BDC")
        yield
        self._code += (_CLOSE, _OPEN)

    def page_number(self, x: float, y: float, label: str, font: str, size: float) -> None:
        """``label n (N)`` from ``x`` on the base line ``y``; N is filled in when all pages are known."""
        text = self.beginText(x, y)
        text.setFont(font, size)
        text.textOut(f"{label} {self.getPageNumber()} (")
        text._code.append(_TOTAL)
        self.drawText(text)

    def link(self, elem: Elem, url: str, rect: tuple[float, float, float, float]) -> None:
        """A link annotation over ``rect`` (in current coordinates) that belongs to ``elem``."""
        before = len(self._annotationrefs)
        self.linkURL(url, rect, relative=1, Contents=Source(text_string(url).encode()))
        annotation = self._doc.idToObject[self._annotationrefs[before].name]
        annotation["StructParent"] = _FIRST_ANNOTATION + len(self._linked)
        annotation["F"] = 4  # printed
        self._linked.append((elem, annotation, self.page_index))

    def _add_seal_field(self) -> None:
        """An empty signature field without a place on the page. It is made here, tagged and named, because what whoever
        seals would add by itself is neither; the seal only fills it in."""
        elem = self._root.add("Form")
        name = text_string(_SEAL_NAMES[self._record.language])
        field = PDFDictionary({"Type": "/Annot", "Subtype": "/Widget", "FT": "/Sig"})
        field["T"] = Source(f"({SEAL_FIELD})".encode())
        field["TU"] = Source(name.encode())
        field["Rect"] = Source(b"[0 0 0 0]")
        field["F"] = 132  # printed, locked
        field["P"] = self._doc.thisPageRef()
        field["StructParent"] = _FIRST_ANNOTATION + len(self._linked)
        self._addAnnotation(field, SEAL_FIELD)
        self._linked.append((elem, field, self.page_index))
        fields = Source(f"<</Fields [{reference(self._doc, field)} 0 R]>>".encode())
        self._doc.Catalog.AcroForm = fields

    def showPage(self) -> None:
        """Finish the page: runs outside leaves are marked as artifacts, unless they draw nothing."""
        self._code[:] = _mark_artifacts(self._code)
        super().showPage()

    def _setAnnotations(self, page: Any) -> None:
        """Hook of the base class: the page object exists here and its stream is not yet written."""
        super()._setAnnotations(page)
        page.__NoDefault__ = [*pdfdoc.PDFPage.__NoDefault__, "StructParents", "Tabs"]
        page.StructParents = self.page_index
        page.Tabs = "/S"
        self._pages.append((self._doc.thisPageRef().name, page, self._leaves))
        self._leaves = []

    def save(self) -> None:
        """Write the file, with the tree and the archive parts."""
        if self._code:
            self.showPage()
        for _, page, _ in self._pages:
            page.stream = page.stream.replace(_TOTAL, f"\n({len(self._pages)}\\)) Tj\n")
        catalog = self._doc.Catalog
        catalog.__NoDefault__ = [*pdfdoc.PDFCatalog.__NoDefault__, "OutputIntents", "AF"]
        catalog.MarkInfo = Source(b"<</Marked true>>")
        catalog.ViewerPreferences = Source(b"<</DisplayDocTitle true>>")
        self._write_tree(catalog)
        archive(self._doc, self._record)
        self._doc.SaveToFile(self._filename, self)

    def _page_object(self, index: int) -> int:
        number: int = self._doc.idToObjectNumberAndVersion[self._pages[index][0]][0]
        return number

    def _write_tree(self, catalog: Any) -> None:
        tree = Source()
        root_number = reference(self._doc, tree)
        sources = {id(elem): Source() for elem in self._root.walk()}
        for elem in self._root.walk():
            elem.number = reference(self._doc, sources[id(elem)])
        parents: list[str] = []
        for index, (_, _, leaves) in enumerate(self._pages):
            owners = Source(f"[{' '.join(f'{leaf.number} 0 R' for leaf in leaves)}]".encode())
            parents.append(f"{index} {reference(self._doc, owners)} 0 R")
        for index, (elem, annotation, page) in enumerate(self._linked):
            number = reference(self._doc, annotation)
            elem.annotations.append(f"<</Type /OBJR /Obj {number} 0 R /Pg {self._page_object(page)} 0 R>>")
            parents.append(f"{_FIRST_ANNOTATION + index} {elem.number} 0 R")
        for elem in self._root.walk():
            sources[id(elem)].data = elem.source(root_number, self._page_object)
        tree.data = (
            f"<</Type /StructTreeRoot /K [{self._root.number} 0 R] /ParentTree <</Nums [{' '.join(parents)}]>> "
            f"/ParentTreeNextKey {_FIRST_ANNOTATION + len(self._linked)}>>"
        ).encode("ascii")
        catalog.StructTreeRoot = tree


def _mark_artifacts(code: list[str]) -> list[str]:
    """The page's operators with each plain run between leaves either marked or, when it draws nothing, bare."""
    result: list[str] = []
    run: list[str] | None = None
    for operator in (_OPEN, *code, _CLOSE):
        if operator == _OPEN:
            run = []
        elif run is None:
            result.append(operator)
        elif operator == _CLOSE:
            draws = not all(_STATE_ONLY.search(step) for step in run)
            result += (_OPEN, *run, _CLOSE) if draws else run
            run = None
        else:
            run.append(operator)
    return result


class TaggedParagraph(Paragraph):  # type: ignore[misc]  # reportlab has no types
    """A paragraph of the structure element ``elem``; without one it is decoration.

    ``label`` is the number or bullet of a list item, drawn in the indent as content of ``label_elem``; ``outline``
    is the bookmark of a heading, its text and level from 0; ``url`` makes all of the paragraph a link.
    """

    def __init__(
        self,
        text: Markup | None,
        style: Any,
        elem: Elem | None = None,
        *,
        label: tuple[str, Elem] | None = None,
        outline: tuple[str, int] | None = None,
        url: str | None = None,
        **pieces: Any,
    ) -> None:
        self.elem, self.label, self.outline, self.url = elem, label, outline, url
        # To split a paragraph, reportlab makes its parts by calling the class with lines that are already broken.
        if text and not pieces and (fragments := _plain_fragments(text, style)):
            pieces = {"frags": fragments}
        super().__init__(text, style, **pieces)

    def split(self, available_width: float, available_height: float) -> list[Any]:
        """The parts keep the element; label and bookmark stay with the first."""
        parts: list[Any] = super().split(available_width, available_height)
        for index, part in enumerate(parts):
            part.elem, part.url = self.elem, self.url
            part.label, part.outline = (self.label, self.outline) if index == 0 else (None, None)
        return parts

    def draw(self) -> None:
        """Draw on the canvas; the repeated head of a table is drawn again, but read out only once."""
        canvas = self.canv
        elem = self.elem
        if elem is None or (elem.tag == "TH" and any(mark.page != canvas.page_index for mark in elem.marks)):
            super().draw()
            return
        if self.outline:
            key = f"heading-{canvas.page_index}-{len(canvas._leaves)}"
            canvas.bookmarkHorizontal(key, 0, self.height)
            canvas.addOutlineEntry(self.outline[0], key, self.outline[1])
        if self.label:
            self._draw_label(*self.label)
        with canvas.leaf(elem):
            _space_line_ends(self.blPara)
            super().draw()
        if self.url:
            canvas.link(elem, self.url, (self.style.leftIndent, 0, self.width, self.height))

    def _draw_label(self, text: str, elem: Elem) -> None:
        canvas, style = self.canv, self.style
        with canvas.leaf(elem):
            canvas.setFont(style.fontName, style.fontSize)
            canvas.setFillColor(style.textColor)
            canvas.drawString(style.leftIndent - style.bulletIndent, self.height - style.fontSize, text)


def _plain_fragments(text: Markup, style: Any) -> list[Any]:
    """What reportlab's parser would make of a text without markup; most are, and parsing costs an eighth of a letter."""
    if "<" in text or "&" in text:
        return []
    if not hasattr(style, "fragment"):
        style.fragment = ParaParser().parse("x", style)[1][0]
    cleaned = cleanBlockQuotedText(text)
    return [style.fragment.clone(text=cleaned)] if cleaned else []


def _space_line_ends(lines: Any) -> None:
    """Put a space at the end of each wrapped line: without it a screen reader joins the words across the break."""
    if getattr(lines, "spaced", False):
        return
    lines.spaced = True
    for line in lines.lines[:-1]:
        if lines.kind == 0:
            # Words are joined by spaces when drawn, so an empty last word makes one.
            if line[1] and not _is_part_of_word(line[1][-1]):
                line[1].append("")
        elif line.words and not _is_part_of_word(line.words[-1].text):
            line.words[-1].text = line.words[-1].text.rstrip(" ") + " "


def _is_part_of_word(word: object) -> bool:
    """Whether reportlab broke one long word here; it marks the pieces by private classes."""
    return type(word).__name__ in ("_SplitWord", "_SplitWordLL", "_SplitWordH")
