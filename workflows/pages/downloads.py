"""Tables as files to save, and papers to read. They are made for the one who asks and kept by nobody between."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from grants import spreadsheets


def csv_file(table: spreadsheets.Table, name: str) -> HttpResponse:
    """One table, with a name without its ending."""
    return _file(spreadsheets.as_csv(table), spreadsheets.CSV, f"{name}.csv")


def xlsx_file(tables: list[spreadsheets.Table], name: str) -> HttpResponse:
    """Several tables, one sheet each."""
    return _file(spreadsheets.as_xlsx(tables), spreadsheets.XLSX, f"{name}.xlsx")


def _file(data: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def pdf(content: bytes, name: str) -> HttpResponse:
    """A paper, shown in the browser; the name is what it is saved as."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
