"""Two repairs of reportlab 5.1.0, without which no file of it can be PDF/A or PDF/UA.

They replace functions for the whole process, and only make its other PDFs more correct. The version is pinned,
checked here, and the conformance tests fail should a repair stop working.
"""

from __future__ import annotations

from typing import Any, Final

import reportlab
from reportlab.pdfbase import ttfonts
from reportlab.pdfbase.pdfdoc import PDFStream

SUPPORTED: Final = "5.1.0"
_BLOCK: Final = 100  # entries in one bfchar block, the most that the CMap format allows
_END: Final = b"endstream\n"


def install() -> None:
    """Put the repairs in place; doing it again changes nothing.

    Raises :exc:`RuntimeError` for any other version of reportlab: its inner parts may have changed.
    """
    if reportlab.Version != SUPPORTED:
        raise RuntimeError(f"letters are made for reportlab {SUPPORTED}, found {reportlab.Version}")
    if PDFStream.format is not _format_stream:
        PDFStream.format = _format_stream
        ttfonts.makeToUnicodeCMap = to_unicode_map


_original_format: Final = PDFStream.format


def _format_stream(self: Any, document: Any) -> bytes:
    """An end of line before ``endstream`` that the stream's length does not count (ISO 19005-3, 6.1.7.1)."""
    content: bytes = _original_format(self, document)
    return content.removesuffix(_END) + b"\n" + _END


def to_unicode_map(fontname: str, subset: list[int]) -> str:
    """The map from a subset's codes to Unicode, leaving out code points of 0.

    U+0000 as a target is forbidden (ISO 19005-3, 6.2.11.7.2 and ISO 14289-1, 7.21.7).
    """
    pairs = [f"<{code:02X}> <{chr(u).encode('utf-16-be').hex().upper()}>" for code, u in enumerate(subset) if u]
    blocks = (pairs[i : i + _BLOCK] for i in range(0, len(pairs), _BLOCK))
    entries = "".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar\n" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<00> <FF>\nendcodespacerange\n"
        f"{entries}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    )
