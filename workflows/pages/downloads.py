"""Tables as files to save. They are made for the one who asks and kept by nobody between."""

from django.http import HttpResponse

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
