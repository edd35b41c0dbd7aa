"""A QR code as a tagged figure, drawn as plain rectangles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel
from reportlab.lib.colors import black
from reportlab.platypus import Flowable

from .structure import Elem


@lru_cache(maxsize=64)
def modules(value: str) -> tuple[tuple[bool, ...], ...]:
    """The code's rows, true where it is dark. A fifth of a letter's time, and the same in each of its languages."""
    # Level M survives a fold or a stain on about 15 per cent of the code.
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(QR8bitByte(value))
    code.make()
    return tuple(tuple(bool(module) for module in row) for row in code.modules)


class QrFigure(Flowable):  # type: ignore[misc]  # reportlab has no types
    """``value`` as a QR code with ``side`` points to the side, drawn into the Figure element ``elem``."""

    def __init__(self, value: str, side: float, elem: Elem) -> None:
        super().__init__()
        self.width = self.height = side
        self._elem = elem
        self._rows = modules(value)

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """Always its own size."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw row by row, joining neighbouring modules so that no viewer shows hairlines between them."""
        canvas = self.canv
        x, y = canvas.absolutePosition(0, 0)
        box = f"{x:.2f} {y:.2f} {x + self.width:.2f} {y + self.height:.2f}"
        self._elem.attrs = f"/O /Layout /Placement /Block /BBox [{box}]"
        module = self.width / len(self._rows)
        with canvas.leaf(self._elem):
            canvas.setFillColor(black)
            path = canvas.beginPath()
            for number, row in enumerate(self._rows):
                top = self.height - number * module
                for start, length in _runs(row):
                    path.rect(start * module, top - module, length * module, module)
            canvas.drawPath(path, stroke=0, fill=1)


def _runs(row: Sequence[bool]) -> list[tuple[int, int]]:
    """Start and length of each run of dark modules."""
    runs: list[tuple[int, int]] = []
    for index, dark in enumerate(row):
        if not dark:
            continue
        if runs and sum(runs[-1]) == index:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((index, 1))
    return runs
