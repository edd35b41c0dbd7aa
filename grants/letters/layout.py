"""The page of a letter: head, foot, marks and the making of the file."""

from __future__ import annotations

import functools
import hashlib
import io
from dataclasses import dataclass
from typing import Any, Final

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from .archive import CREATOR, PRODUCER, Record
from .blocks import INK, RULE, TEXT_WIDTH, Builder, Role
from .data import Authority, RenderedPdf
from .tagged import TaggedCanvas
from .text import clean

_WIDTH, _HEIGHT = A4
_LEFT: Final = (_WIDTH - TEXT_WIDTH) / 2
_FRAME_TOP: Final = _HEIGHT - 37 * mm
_FRAME_BOTTOM: Final = 25 * mm
_HEAD_COLUMNS: Final = (_LEFT + 92 * mm, _LEFT + 127 * mm)
_WATERMARK: Final = HexColor("#f2f3f1")

# Binary streams are smaller and faster than reportlab's wish for ASCII, and no channel needs ASCII any more.
rl_config.useA85 = 0


@dataclass(frozen=True, slots=True)
class Stationery:
    """What stands on every page.

    ``fields`` are the two labelled values in the head; ``marks`` are short warnings, such as that the letter is an
    example: shown in the head, and the first one also large across the page.
    """

    authority: Authority
    orgnr_label: str
    kind: str
    page_label: str
    fields: tuple[tuple[str, str], tuple[str, str]]
    marks: tuple[str, ...]

    @property
    def address(self) -> str:
        """The foot of the page, one or two lines."""
        sender = self.authority
        parts = (sender.name, *sender.address, sender.contact, f"{self.orgnr_label} {sender.orgnr}")
        return " · ".join(part for part in parts if part)


def make_pdf(
    builder: Builder, stationery: Stationery, record: Record, canvas: type[TaggedCanvas] = TaggedCanvas
) -> RenderedPdf:
    """Lay out the story on as many pages as it needs and write the finished file.

    ``canvas`` is there to be compared with: what tags and archive parts cost is measured against a canvas without.
    """
    buffer = io.BytesIO()
    font = builder.styles.font("body").name
    document = BaseDocTemplate(
        buffer, pagesize=A4, title=clean(record.title), author=clean(record.author), subject=clean(record.subject),
        creator=CREATOR, producer=PRODUCER, lang=record.language, initialFontName=font, initialFontSize=10,
        pageCompression=1, invariant=1,
    )  # fmt: skip
    frame = Frame(_LEFT, _FRAME_BOTTOM, TEXT_WIDTH, _FRAME_TOP - _FRAME_BOTTOM, 0, 0, 0, 0, id="text")
    on_page = functools.partial(_draw_page, builder, stationery)
    document.addPageTemplates([PageTemplate("letter", [frame], onPage=on_page)])
    document.build(builder.story, canvasmaker=functools.partial(canvas, root=builder.root, record=record))
    content = buffer.getvalue()
    return RenderedPdf(content, hashlib.sha256(content).hexdigest(), builder.door.missing, record.identity)


def _draw_page(builder: Builder, stationery: Stationery, canvas: Any, document: Any) -> None:
    if stationery.marks:
        with canvas.pagination("Watermark"):
            _draw_watermark(builder, canvas, stationery.marks[0])
    with canvas.pagination("Header"):
        _draw_head(builder, canvas, stationery)
    with canvas.pagination("Footer"):
        _rule(canvas, 21 * mm)
        _place(builder, canvas, stationery.address, "footer", _LEFT, 19 * mm, TEXT_WIDTH)


def _draw_head(builder: Builder, canvas: Any, stationery: Stationery) -> None:
    top = _HEIGHT - 14 * mm
    first, second = _HEAD_COLUMNS
    width = first - _LEFT - 6 * mm
    used = _place(builder, canvas, stationery.authority.name, "head_name", _LEFT, top, width)
    if stationery.marks:
        _place(builder, canvas, " · ".join(stationery.marks), "head_mark", _LEFT, top - used - 1 * mm, width)
    _place(builder, canvas, stationery.kind, "head_kind", first, top, second - first - 2 * mm)
    size = builder.styles.style("head_value").fontSize
    canvas.setFillColor(INK)
    canvas.page_number(second, top - 10, stationery.page_label, builder.styles.font("head_value").name, size)
    right = _LEFT + TEXT_WIDTH
    for (label, value), x, end in zip(stationery.fields, (first, second), (second - 2 * mm, right), strict=True):
        _place(builder, canvas, label, "head_label", x, top - 6 * mm, end - x)
        _place(builder, canvas, value, "head_value", x, top - 9.5 * mm, end - x)
    _rule(canvas, _HEIGHT - 31 * mm)


def _draw_watermark(builder: Builder, canvas: Any, mark: str) -> None:
    """The mark along the diagonal, as large as fits, so pale that the text over it stays readable."""
    canvas.saveState()
    canvas.setFillColor(_WATERMARK)
    canvas.translate(_WIDTH / 2, _HEIGHT / 2)
    canvas.rotate(50)
    font = builder.styles.font("title").name
    size = min(150.0, 100 * 640 / canvas.stringWidth(mark, font, 100))
    canvas.setFont(font, size)
    canvas.drawCentredString(0, -size / 3, mark)
    canvas.restoreState()


def _place(builder: Builder, canvas: Any, value: str, role: Role, x: float, top: float, width: float) -> float:
    """Set a text at ``x`` below ``top``, broken to ``width``; the height used, in points."""
    paragraph = builder.artifact(value, role)
    _, height = paragraph.wrapOn(canvas, width, _HEIGHT)
    paragraph.drawOn(canvas, x, top - height)
    return float(height)


def _rule(canvas: Any, y: float) -> None:
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.5)
    canvas.line(_LEFT, y, _LEFT + TEXT_WIDTH, y)
