"""Tables as files that people open in a spreadsheet: XLSX and CSV. No cell ever becomes a formula there, whoever wrote it."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from grants.clock import SWEDEN

Cell = str | int | Decimal | date | datetime | bool | None
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
LONGEST = 32_767  # characters in a cell, of Excel
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_WIDEST = 60  # characters of a column on the screen


@dataclass(frozen=True)
class Table:
    """One table: `name` is the sheet's and the file's, at most 31 letters of a-z, digits and hyphens."""

    name: str
    columns: Sequence[str]
    rows: list[Sequence[Cell]] = field(default_factory=list)


def as_csv(table: Table) -> bytes:
    """UTF-8 with a byte-order mark and semicolons, as Swedish spreadsheets expect. A text that could be taken for a formula
    gets an apostrophe in front."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([plain(column) for column in table.columns])
    writer.writerows([plain(cell) for cell in row] for row in table.rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def plain(cell: Cell) -> str:
    """The cell as a CSV file writes it; a text that could be taken for a formula gets an apostrophe in front."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, datetime):
        return cell.astimezone(SWEDEN).isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",")
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" ").startswith(_STARTS_A_FORMULA) else cell
    return "" if cell is None else str(cell)


def as_xlsx(tables: Iterable[Table]) -> bytes:
    """One sheet a table. Texts are stored as texts, whatever they begin with."""
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(table.name)
        sheet.freeze_panes = "A2"
        for n, width in enumerate(_widths(table)):
            sheet.column_dimensions[_letter(n)].width = width
        sheet.append([_head(sheet, column) for column in table.columns])
        for row in table.rows:
            sheet.append([_cell(sheet, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _widths(table: Table) -> list[int]:
    rows = [table.columns, *table.rows[:200]]
    return [min(_WIDEST, 2 + max(len(str(row[n] or "")) for row in rows)) for n in range(len(table.columns))]


def _letter(n: int) -> str:
    return chr(ord("A") + n) if n < 26 else chr(ord("A") + n // 26 - 1) + chr(ord("A") + n % 26)


def _head(sheet: WriteOnlyWorksheet, text: str) -> WriteOnlyCell:
    cell = _cell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: WriteOnlyWorksheet, value: Cell) -> WriteOnlyCell:
    if isinstance(value, datetime):
        value = value.astimezone(SWEDEN).replace(tzinfo=None)  # a spreadsheet knows no zones
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, value="")
        cell._value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST], "s"
        return cell
    return WriteOnlyCell(sheet, value=value)
