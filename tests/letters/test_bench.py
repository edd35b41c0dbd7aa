"""The bench of letters measures what it says, and says what it could not measure."""

from __future__ import annotations

import json
from dataclasses import asdict

import pikepdf
import pytest

from grants.letters.decision import compose, render_decision
from grants.letters.layout import make_pdf
from workflows.simulation import bench_letters, letters

from .reading import text_of
from .test_conformance import assert_conforms


def test_letters_to_measure_with_are_letters_and_each_its_own():
    made = {render_decision(letters.letter(number), "sv").sha256 for number in range(3)}
    assert len(made) == 3
    assert_conforms(render_decision(letters.letter(1), "sv").content)


def test_the_same_layout_without_tags_has_the_same_pages(tmp_path):
    plain = tmp_path / "plain.pdf"
    plain.write_bytes(make_pdf(*compose(letters.letter(1), "sv"), canvas=bench_letters._Untagged).content)
    tagged = tmp_path / "tagged.pdf"
    tagged.write_bytes(render_decision(letters.letter(1), "sv").content)
    with pikepdf.open(plain) as without, pikepdf.open(tagged) as with_tags:
        assert len(without.pages) == len(with_tags.pages)
        assert "/StructTreeRoot" not in without.Root


def test_the_web_page_says_what_the_letter_says():
    page = letters.page(letters.letter(1), "sv")
    headings = [line for line in text_of(render_decision(letters.letter(1), "sv").content).splitlines() if line]
    missing = [line for line in headings if len(line) > 60 and line not in page.replace("\u00a0", " ")]
    assert missing == []


def test_tags_and_archive_parts_cost_no_more_than_wanted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench_letters, "_weasyprint", lambda: (None, "left out"))
    monkeypatch.setattr(bench_letters, "ROUNDS", 8)
    tagged, other = bench_letters._made_in_turn(lambda text: None)
    assert tagged.held, tagged
    assert (other.held, other.note) == (None, "left out")
    assert json.loads(json.dumps(asdict(other)))["ratio"] is None


def test_workers_seal_what_they_make(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bench_letters, "TURN", 2)
    log = tmp_path / "sealed"

    def seal(content: bytes) -> bytes:
        with log.open("ab") as file:
            file.write(b".")
        return content + b"sealed"

    found = bench_letters._by_workers(seal, count=8)
    assert len(log.read_bytes()) == 3 * (2 + 4)  # a round that is not counted, and two that are
    assert found[1].held, found[1]
    assert "load" in found[0].note
