"""The same decision is the same file: on another day, in another process, from another folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grants.letters.decision import render_decision
from grants.letters.fonts import FontsMissingError, font_folder
from grants.letters.formats import amount, money, percent
from grants.letters.receipt import render_receipt

from . import sample

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
from grants.letters.decision import render_decision
from tests.letters import sample
print(render_decision(sample.decision(), "sv").sha256)
"""


def test_hash_is_that_of_the_bytes():
    letter = render_receipt(sample.receipt(), "sv")
    assert letter.sha256 == hashlib.sha256(letter.content).hexdigest()


def test_same_bytes_in_threads_and_after_other_letters():
    first = render_decision(sample.decision(), "sv")
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(render_decision, sample.decision(k), "sv") for k in ("grant", "rejection", "grant")]
    assert [job.result().sha256 == first.sha256 for job in jobs] == [True, False, True]


def test_same_bytes_in_another_process_time_zone_and_hash_seed():
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1", "LC_ALL": "C"}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == render_decision(sample.decision(), "sv").sha256


def test_same_bytes_from_another_font_folder(tmp_path):
    for file in font_folder().glob("*/SourceSans3_*.ttf"):
        shutil.copy(file, tmp_path / file.name)
    moved = render_decision(sample.decision(), "sv", fonts=tmp_path)
    assert moved == render_decision(sample.decision(), "sv")


def test_missing_fonts_are_named(tmp_path):
    with pytest.raises(FontsMissingError, match="SourceSans3_400Regular"):
        render_decision(sample.decision(), "sv", fonts=tmp_path)


def test_any_change_gives_another_file():
    letters = [
        render_decision(sample.decision(), "sv"),
        render_decision(sample.decision(), "en"),
        render_decision(sample.decision(), "sv", preview=True),
        render_decision(sample.decision(version=2), "sv"),
    ]
    assert len({letter.sha256 for letter in letters}) == len(letters)


@pytest.mark.parametrize(
    ("ore", "swedish", "english"),
    [
        (0, "0 kr", "SEK 0"),
        (58_000_000, "580 000 kr", "SEK 580,000"),
        (123_456_789_05, "123 456 789,05 kr", "SEK 123,456,789.05"),
        (50, "0,50 kr", "SEK 0.50"),
    ],
)
def test_money(ore, swedish, english):
    assert money(ore, "sv") == swedish.replace(" ", "\u00a0")
    assert money(ore, "en") == english.replace(" ", "\u00a0")
    assert amount(ore, "sv") in money(ore, "sv")


@pytest.mark.parametrize(("points", "swedish"), [(7_800, "78"), (7_850, "78,5"), (10_000, "100"), (5, "0,05")])
def test_percent(points, swedish):
    assert percent(points, "sv") == swedish
    assert percent(points, "en") == swedish.replace(",", ".")
