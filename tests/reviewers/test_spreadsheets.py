"""Tables as files: what is written is what is read, and nothing becomes a formula."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.spreadsheets import Table, as_csv, as_xlsx

FORMULAS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =HYPERLINK(1)", "=cmd|' /C calc'!A0"]


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(text: str) -> None:
    table = Table("t", [text], [[text]])
    assert [row[0][0] for row in read_csv(as_csv(table))] == ["'", "'"]
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx([table])))["t"]
    assert [row[0].data_type for row in sheet.iter_rows()] == ["s", "s"]


def test_numbers_and_moments_are_what_they_are() -> None:
    moment = datetime(2023, 10, 27, 11, 15, tzinfo=UTC)
    table = Table("t", ["a", "b", "c", "d", "e"], [[Decimal("-4.25"), 7, moment, None, True]])
    assert read_csv(as_csv(table))[1] == ["-4,25", "7", "2023-10-27 13:15:00+02:00", "", "1"]
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx([table])))["t"]
    assert [cell.value for cell in sheet[2]] == [-4.25, 7, datetime(2023, 10, 27, 13, 15), None, True]  # noqa: DTZ001


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_any_text_can_be_written(texts: list[str]) -> None:
    table = Table("t", ["x"] * len(texts), [texts])
    as_csv(Table("t", ["x"], [[text.encode("utf-8", "replace").decode()] for text in texts]))
    assert openpyxl.load_workbook(io.BytesIO(as_xlsx([table])))["t"].max_column == len(texts)
