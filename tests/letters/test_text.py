"""Hostile and odd text: it is shown as it is, or named as missing, but never obeyed and never the end of a letter."""

from __future__ import annotations

import io
import re
import time
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from grants.letters import text
from grants.letters.decision import render_decision
from grants.letters.fonts import font_folder, load
from grants.letters.receipt import render_receipt

from . import sample
from .reading import read, text_of
from .test_conformance import assert_conforms

MARKUP = [
    "<b>fet</b> & <i>kursiv</i>",
    '<img src="/etc/hostname" width="200" height="200"/>',
    '<a href="javascript:alert(1)">klicka</a>',
    '<font color="white">osynligt</font>',
    "a < b > c && d </para>",
    "<para><seq/><!-- kommentar -->",
    "{call} {0} %s @@ /TotalPages MP (parentes) \\ ) Tj",
    "&lt;redan&gt; &amp; &#65;",
]


@pytest.mark.parametrize("hostile", MARKUP)
def test_markup_is_shown_and_not_obeyed(hostile):
    content = render_decision(
        sample.decision(project_title=hostile, reasons=(hostile,), notice_to=(hostile,)), "sv"
    ).content
    assert_conforms(content)
    assert text_of(content).count(hostile) >= 4
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert not any("/XObject" in page.Resources for page in pdf.pages)
        uris = [str(a.A.URI) for page in pdf.pages for a in page.get("/Annots", []) if a.Subtype == "/Link"]
    assert uris == ["https://letters.example/kontroll/EX-2023-00017"]


def test_invisible_characters_are_dropped():
    hostile = "Ett\x00 två\u202e tre\u200b fyra\ufeff fem\u2066 sex\x1b sju\xad åtta\U000e0041 nio\x7f"
    letter = render_decision(sample.decision(reasons=(hostile,)), "sv")
    assert_conforms(letter.content)
    assert letter.missing == ()
    assert "Ett två tre fyra fem sex sju åtta nio" in text_of(letter.content)


def test_line_feeds_become_line_breaks_and_accents_are_composed():
    letter = render_decision(sample.decision(reasons=("rad ett\r\nrad tva\u030a\trad",)), "sv")
    assert "rad två rad" in text_of(letter.content)
    assert_conforms(letter.content)


def test_missing_glyphs_are_named_and_reported():
    letter = render_decision(
        sample.decision(reasons=("Bra \U0001f600 projekt 株 och \U0001f600 igen",), project_manager="שלום"), "sv"
    )
    assert letter.missing == ("ש", "ל", "ו", "ם", "\U0001f600", "株")
    said = text_of(letter.content)
    assert "Bra [U+1F600] projekt [U+682A] och [U+1F600] igen" in said
    assert_conforms(letter.content)


def test_letters_of_europe_are_there():
    names = ("Sámi Searvi Đŋŧž", "Łódź Ąę", "İstanbul Ğş", "Reykjavík Þð", "Αθήνα", "Київ", "Œuvre ß", "Ő Ű Ș Ț Ř")
    letter = render_decision(sample.decision(notice_to=names), "sv")
    assert letter.missing == ()
    assert all(name in text_of(letter.content) for name in names)
    assert_conforms(letter.content)


def test_ten_thousand_characters_of_reasons():
    reason = "Skälen är många & <långa>. " * 370
    started = time.process_time()
    content = render_decision(sample.decision(reasons=(reason[:10_000], "x" * 10_000)), "sv").content
    assert time.process_time() - started < 10
    assert_conforms(content)
    said, _ = read(content)
    assert any(" ".join(node.text.split()) == reason[:10_000].strip() for node in said.find("P"))
    assert any(node.text.replace(" ", "") == "x" * 10_000 for node in said.find("P"))


@pytest.mark.parametrize("name", ["Ä" * 300, "W W" * 100, "Förbundet & <vännerna> " * 13])
def test_longest_names_fit_in_the_tables(name):
    decision = sample.decision(project_title=name, signatory=name, decider=name, notice_to=(name,))
    line = decision.lines[0].model_copy(update={"party_name": name, "aid_basis": name})
    payment = decision.payments[0].model_copy(update={"condition": "W" * 1_000, "when": "M" * 120})
    organisation = decision.coordinator.model_copy(update={"name": name, "address": ("Å" * 120,) * 8})
    worst = decision.model_copy(update={"lines": (line,) * 3, "payments": (payment,) * 3, "coordinator": organisation})
    assert_conforms(render_decision(worst, "sv").content)
    assert_conforms(render_receipt(sample.receipt(project_title=name, parties=(name,) * 20), "sv").content)


@pytest.mark.parametrize(
    "changes",
    [
        {"verify_url": "javascript:alert(1)"},
        {"verify_url": "https://letters.example/ mellan"},
        {"project_title": "x" * 301},
        {"reasons": ("x" * 20_001,)},
        {"project_title": "ensam \ud800 surrogat"},
        {"version": 0},
        {"decided_at": "2023-11-13T09:20:05"},
        {"misspelt": "fält"},
    ],
)
def test_data_refuses(changes):
    with pytest.raises(ValidationError):
        sample.decision(**changes)


def test_too_long_text_is_refused_and_never_cut():
    assert text.clean("x" * text.LIMIT) == "x" * text.LIMIT
    with pytest.raises(text.TextTooLongError):
        text.clean("x" * (text.LIMIT + 1))


@given(st.text(max_size=200))
def test_markup_of_any_text_is_well_formed_and_says_the_same(value):
    fonts = load(font_folder())
    door = text.TextDoor()
    parsed = ElementTree.fromstring(f"<p>{door.markup(value, (fonts.bold, fonts.regular))}</p>")
    assert {element.tag for element in parsed.iter()} <= {"p", "br", "font"}
    shown = re.sub(r"\[U\+([0-9A-F]{4,6})\]", lambda code: chr(int(code[1], 16)), "".join(parsed.itertext()))
    assert shown == text.clean(value).replace("\n", "")
    assert all(unicodedata.category(character) not in ("Cc", "Cs") for character in shown)


def test_text_has_only_one_door():
    """Only the door makes markup, and only the tagged paragraph takes it to reportlab."""
    for path in Path(text.__file__).parent.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert path.name == "text.py" or not re.search(r"\bMarkup\(", source), path.name
        assert not re.search(r"\bParagraph\(", source.replace("class TaggedParagraph(Paragraph)", "")), path.name
