"""Amounts as people write them."""

import pytest

from grants import money


@pytest.mark.parametrize(
    ("typed", "ore"),
    [
        ("12 000", 1_200_000),
        ("12\u00a0000 kr", 1_200_000),
        ("200.000", 20_000_000),
        ("1.234.567,50", 123_456_750),
        ("580,000", 58_000_000),
        ("1,234,567.50", 123_456_750),
        ("12000,50", 1_200_050),
        ("12000.5", 1_200_050),
        ("0,5", 50),
        ("-200.000", -20_000_000),
    ],
)
def test_what_people_write_is_read(typed: str, ore: int) -> None:
    assert money.read(typed) == ore


@pytest.mark.parametrize("typed", ["", "hundra", "1.2.3", "1,23,456", "12.34.567", "1e99", "²", "1.000.00"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        money.read(typed)
