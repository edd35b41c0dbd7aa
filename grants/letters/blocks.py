"""The building blocks of a letter: headings, paragraphs, facts, tables, lists, links and a QR code.

Each block makes its flowable and its place in the structure tree at the same time, so that what is seen and what is
read out cannot come apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Spacer, Table

from .data import Language, Passage
from .fonts import Font, FontSet
from .qr import QrFigure
from .structure import Elem, text_string
from .tagged import TaggedParagraph
from .text import Markup, TextDoor, clean

TEXT_WIDTH: Final = 160 * mm
INK: Final = HexColor("#14211d")
QUIET: Final = HexColor("#4a5753")
RULE: Final = HexColor("#aab5b0")
LINK: Final = HexColor("#155443")
_GUTTER: Final = 12  # points between what stands side by side

Role = Literal[
    "title", "section", "table_section", "subsection", "body", "lead", "note", "head_name", "head_kind", "head_mark",
    "head_label", "head_value", "footer", "fact_label", "fact", "th", "th_right", "td", "td_right", "total",
    "total_right", "item", "link",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A table column: its head and its width in points.

    ``numeric`` cells are set flush right; ``written`` cells hold people's own words (see :class:`Builder`).
    """

    title: str
    width: float
    numeric: bool = False
    written: bool = False


class Styles:
    """The letter's type: a paragraph style and the fonts to look in for each role. Sizes are in points."""

    def __init__(self, fonts: FontSet) -> None:
        regular, semibold, bold = fonts.regular, fonts.semibold, fonts.bold
        self._fonts: dict[str, Font] = {}
        self._styles: dict[str, ParagraphStyle] = {}
        self._add("title", bold, 21, 26, spaceAfter=9)
        self._add("section", bold, 12.5, 16, spaceBefore=11, spaceAfter=4, keepWithNext=1)
        # keepWithNext would move the whole of a long table to the next page; CondPageBreak looks after this one.
        self._add("table_section", bold, 12.5, 16, spaceBefore=11, spaceAfter=4)
        self._add("subsection", semibold, 10.5, 15, spaceBefore=6, spaceAfter=3, keepWithNext=1)
        self._add("body", regular, 10.5, 14.5, spaceAfter=5)
        self._add("lead", semibold, 10.5, 14.5, spaceAfter=5)
        self._add("note", regular, 9, 12.5, textColor=QUIET, spaceAfter=5)
        self._add("head_name", bold, 13, 16)
        self._add("head_kind", bold, 10, 12)
        self._add("head_mark", semibold, 8.5, 11, textColor=HexColor("#8a2b12"))
        self._add("head_label", regular, 7.5, 10, textColor=QUIET)
        self._add("head_value", regular, 9, 11.5)
        self._add("footer", regular, 7.5, 10, textColor=QUIET)
        self._add("fact_label", regular, 10, 13.5, textColor=QUIET)
        self._add("fact", regular, 10, 13.5)
        self._add("th", semibold, 8.5, 11)
        self._add("th_right", semibold, 8.5, 11, alignment=TA_RIGHT)
        self._add("td", regular, 9.5, 13)
        self._add("td_right", regular, 9.5, 13, alignment=TA_RIGHT)
        self._add("total", bold, 9.5, 13)
        self._add("total_right", bold, 9.5, 13, alignment=TA_RIGHT)
        self._add("item", regular, 10.5, 14.5, leftIndent=18, bulletIndent=18, spaceAfter=3)
        self._add("link", regular, 9, 12.5, textColor=LINK)

    def _add(self, role: Role, font: Font, size: float, leading: float, **rest: Any) -> None:
        options = {"textColor": INK, "splitLongWords": 1, "allowWidows": 0, "allowOrphans": 0} | rest
        self._fonts[role] = font
        self._styles[role] = ParagraphStyle(role, fontName=font.name, fontSize=size, leading=leading, **options)

    def style(self, role: Role) -> ParagraphStyle:
        """reportlab's style of the role."""
        return self._styles[role]

    def font(self, role: Role) -> Font:
        """The font of the role."""
        return self._fonts[role]


class Builder:
    """Collects the flowables (``story``) and the tree (``root``) of one letter.

    ``content_language`` is the language of what people wrote; where it differs from the letter's own, such text
    is marked with it so that a screen reader pronounces it right.
    """

    def __init__(self, fonts: FontSet, language: Language, content_language: Language = "sv") -> None:
        self.styles = Styles(fonts)
        self.door = TextDoor()
        self.root = Elem("Document")
        self.story: list[Any] = []
        self._language = language
        self._content_language = content_language if content_language != language else None

    def markup(self, value: str, role: Role) -> Markup:
        """``value`` as text in the font of the role."""
        return self.door.markup(value, (self.styles.font(role),))

    def artifact(self, value: str, role: Role) -> TaggedParagraph:
        """A paragraph of the page head or foot, outside the tree."""
        return TaggedParagraph(self.markup(value, role), self.styles.style(role), None)

    def title(self, value: str, *, spoken: Language | None = None) -> None:
        """The letter's only first-level heading; ``spoken`` is its language where it is not the letter's."""
        self._heading(value, "title", 1, spoken)

    def section(self, value: str, room: float = 0, *, spoken: Language | None = None) -> None:
        """A second-level heading. Before a table ``room`` is the height in points that must be left on the page."""
        if room:
            self.story.append(CondPageBreak(room))
        self._heading(value, "table_section" if room else "section", 2, spoken)

    def subsection(self, value: str) -> None:
        """A third-level heading."""
        self._heading(value, "subsection", 3)

    def paragraph(
        self, value: str, role: Role = "body", *, written: bool = False, spoken: Language | None = None
    ) -> None:
        """A paragraph; ``written`` when the words are a person's own and not the letter's template."""
        elem = self.root.add("P", lang=self._content_language if written else self._foreign(spoken))
        self._flow(value, role, elem)

    def facts(self, rows: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Labels and their values (one or several lines each), between two rules; rows without a value are left out."""
        group = self.root.add("L", attrs="/O /List /ListNumbering /None")
        grid = []
        for label, values in rows:
            if not any(values):
                continue
            item = group.add("LI")
            name = self._cell(self.markup(label, "fact_label"), "fact_label", item.add("Lbl"))
            value = self.door.lines(values, (self.styles.font("fact"),))
            grid.append([name, self._cell(value, "fact", item.add("LBody"))])
        rules: list[Any] = [("LINEABOVE", (0, 0), (-1, 0), 0.6, INK), ("LINEBELOW", (0, -1), (-1, -1), 0.6, INK)]
        # The rules stand a little apart from the text; the rows between them stand close, as one block.
        rules += [("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5)]
        rules += [("TOPPADDING", (0, 0), (-1, 0), 5), ("BOTTOMPADDING", (0, -1), (-1, -1), 7)]
        widths = (40 * mm, TEXT_WIDTH - 40 * mm)
        self.story.append(self._grid(grid, widths, [*rules, ("LEFTPADDING", (0, 0), (0, -1), 0)]))

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[Sequence[str]]], total: Sequence[str], summary: str
    ) -> None:
        """A table whose head is repeated on each page. A cell is its lines; the first column heads its row.

        ``total`` is the last row, or empty: its label spans the columns before the first numeric one.
        """
        tree = self.root.add("Table", attrs=f"/O /Table /Summary {text_string(clean(summary))}")
        grid: list[list[Any]] = [self._head(tree.add("THead").add("TR"), columns)]
        body = tree.add("TBody")
        for row in rows:
            grid.append(self._row(body.add("TR"), columns, row))
        rules: list[Any] = [("LINEABOVE", (0, 0), (-1, 0), 0.6, INK), ("LINEBELOW", (0, 0), (-1, 0), 0.6, INK)]
        rules += [("LINEBELOW", (0, 1), (-1, -1), 0.25, RULE)]
        if total:
            span = next(index for index, column in enumerate(columns) if column.numeric)
            grid.append(self._total(tree.add("TFoot").add("TR"), columns, total, span))
            rules += [("SPAN", (0, -1), (span - 1, -1)), ("LINEABOVE", (0, -1), (-1, -1), 0.6, INK)]
            # A sum alone on a new page says nothing: it takes the last row with it.
            rules += [("NOSPLIT", (0, -2), (-1, -1))]
        rules += [("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0)]
        self.story.append(self._grid(grid, [column.width for column in columns], rules, repeat=1))

    def numbered(self, values: Sequence[Passage]) -> None:
        """A numbered list."""
        items = [(value.text, self._foreign(value.language)) for value in values]
        self._list(items, "/Decimal", lambda index: f"{index}.")

    def bullets(self, values: Sequence[str]) -> None:
        """A list of people's own words, without order."""
        self._list([(value, self._content_language) for value in values], "/Disc", lambda index: "•")

    def link_with_code(self, text: str, url: str, alt: str, width: float = TEXT_WIDTH) -> None:
        """``text``, then ``url`` as a link, with the same address as a QR code at the left."""
        said = self._cell(self.markup(text, "note"), "note", self.root.add("P"))
        figure = QrFigure(url, 20 * mm, self.root.add("Figure", alt=clean(alt)))
        style = self.styles.style("link")
        address = TaggedParagraph(self.markup(url, "link"), style, self.root.add("P").add("Link"), url=url)
        widths = (26 * mm, width - 26 * mm)
        commands = [("LEFTPADDING", (0, 0), (0, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 2)]
        self.story.append(self._grid([[figure, [said, address]]], widths, commands))

    def beside(self, parts: Sequence[Callable[[], None]], widths: Sequence[float]) -> None:
        """What each of ``parts`` adds, in columns of their own. They are read one after the other, and must be short: what
        stands side by side is never broken over pages."""
        cells = []
        for make in parts:
            start = len(self.story)
            make()
            cells.append(self.story[start:])
            del self.story[start:]
        apart = [("RIGHTPADDING", (0, 0), (-2, -1), _GUTTER), ("RIGHTPADDING", (-1, 0), (-1, -1), 0)]
        grid = self._grid([cells], widths, [("LEFTPADDING", (0, 0), (-1, -1), 0), *apart])
        grid.spaceBefore = self.styles.style("section").spaceBefore
        self.story.append(grid)

    def space(self, points: float) -> None:
        """Empty height."""
        self.story.append(Spacer(1, points))

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is added inside stays on one page, if it fits on one at all."""
        start = len(self.story)
        yield
        if block := self.story[start:]:
            self.story[start:] = [KeepTogether(block)]

    def _foreign(self, language: Language | None) -> Language | None:
        """The language of a text where it is not that of the letter."""
        return language if language != self._language else None

    def _heading(self, value: str, role: Role, level: int, spoken: Language | None = None) -> None:
        elem = self.root.add(f"H{level}", lang=self._foreign(spoken))
        outline = (clean(value), level - 1)
        paragraph = TaggedParagraph(self.markup(value, role), self.styles.style(role), elem, outline=outline)
        self.story.append(paragraph)

    def _flow(self, value: str, role: Role, elem: Elem) -> None:
        self.story.append(self._cell(self.markup(value, role), role, elem))

    def _cell(self, value: Markup, role: Role, elem: Elem) -> TaggedParagraph:
        return TaggedParagraph(value, self.styles.style(role), elem)

    def _head(self, row: Elem, columns: Sequence[Column]) -> list[TaggedParagraph]:
        cells = []
        for column in columns:
            role: Role = "th_right" if column.numeric else "th"
            elem = row.add("TH", attrs="/O /Table /Scope /Column")
            cells.append(self._cell(self.markup(column.title, role), role, elem))
        return cells

    def _row(self, row: Elem, columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[TaggedParagraph]:
        result = []
        for index, (column, lines) in enumerate(zip(columns, cells, strict=True)):
            role: Role = "td_right" if column.numeric else "td"
            lang = self._content_language if column.written else None
            elem = row.add("TD", lang=lang) if index else row.add("TH", attrs="/O /Table /Scope /Row", lang=lang)
            result.append(self._cell(self.door.lines(lines, (self.styles.font(role),)), role, elem))
        return result

    def _total(self, row: Elem, columns: Sequence[Column], cells: Sequence[str], span: int) -> list[Any]:
        head = row.add("TH", attrs=f"/O /Table /Scope /Row /ColSpan {span}")
        result: list[Any] = [self._cell(self.markup(cells[0], "total"), "total", head)] + [""] * (span - 1)
        for column, value in zip(columns[span:], cells[1:], strict=True):
            role: Role = "total_right" if column.numeric else "total"
            result.append(self._cell(self.markup(value, role), role, row.add("TD")))
        return result

    def _list(self, values: Sequence[tuple[str, Language | None]], numbering: str, label: Any) -> None:
        group = self.root.add("L", attrs=f"/O /List /ListNumbering {numbering}")
        style = self.styles.style("item")
        for index, (value, lang) in enumerate(values, 1):
            item = group.add("LI")
            mark = (label(index), item.add("Lbl"))
            body = item.add("LBody", lang=lang)
            self.story.append(TaggedParagraph(self.markup(value, "item"), style, body, label=mark))

    def _grid(self, cells: list[Any], widths: Sequence[float], commands: list[Any], repeat: int = 0) -> Table:
        common = [
            # Without a font of its own each cell would name Helvetica, which is not embedded.
            ("FONT", (0, 0), (-1, -1), self.styles.font("td").name, 9),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 5),
            ("RIGHTPADDING", (0, 0), (-1, -1), 5),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
        widths, style = list(widths), common + commands
        return Table(cells, colWidths=widths, repeatRows=repeat, style=style, hAlign="LEFT", spaceAfter=7)
