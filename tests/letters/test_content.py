"""What the letters say, read from the tag tree as assistive technology reads it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pikepdf
import pytest
from pydantic import BaseModel

from grants.letters.data import Passage
from grants.letters.decision import render_decision
from grants.letters.formats import amount, local_day, long_date, percent
from grants.letters.receipt import render_receipt
from grants.letters.texts import TEXTS
from grants.letters.wordings import said, titles

from . import sample
from .reading import read, text_of
from .sample import KINDS, LANGUAGES, WITH_TABLES

DECISION_FIELDS = {
    "sv": [
        "Innovationsmyndigheten", "EX 2023-00017", "13 november 2023", "Beslut om bidrag",
        "Rätt ärende till rätt handläggare", "Starta er AI-resa 2023", "EX 2023-00001",
        "Kraftsamling för AI i kommuner och civilsamhälle", "Org.nr 212000-0001", "Storgatan 2", "900 00 Björkdala",
        "Lars Åkesson", "Karin Holm", "Sara Lindqvist", "Eva Norling, enhetschef", "Mikael Sjöö och Amina Yusuf",
        "1 december 2023 – 30 november 2024", "580 000 kr", "440 000", "100 000", "78", "90",
        "Föreningen Lillåns Grannar",
        "Koordinator, org.nr 212000-0001", "Inte statsstöd", "Stöd av mindre betydelse", "genomförbarhet|licens",
        "Personuppgifter om barn", "Allmänna villkor för bidrag gäller", "348 000", "När årsrapporten är godkänd",
        "juni 2024", "Slutrapport och ekonomisk redovisning", "31 december 2024", "15 december 2023",
        "(2009:1101)", "Beslutet får inte överklagas", "Karin Holm, projektledare",
        "https://letters.example/kontroll/EX-2023-00017", "version 1", "Det här är inte ett riktigt beslut",
    ],
    "en": [
        "Grant decision", "13 November 2023", "SEK 580,000", "440,000", "1 December 2023 – 30 November 2024",
        "15 December 2023", "31 May 2024", "Eva Norling, enhetschef", "Mikael Sjöö and Amina Yusuf",
        "The matter was presented by Sara Lindqvist", "Reg. no. 212000-0001", "This is not a real decision",
    ],
}  # fmt: skip


@pytest.mark.parametrize("language", ["sv", "en"])
def test_every_field_is_read_out(language):
    text = text_of(render_decision(sample.decision(), language).content)
    for expected in DECISION_FIELDS[language]:
        assert any(part in text for part in expected.split("|")), expected


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_all_that_it_was_given(kind, language):
    """Every text, day and amount of the data stands in the tree's own text: nothing became decoration."""
    decision = sample.decision(kind)
    if kind == "recovery":  # its table is of what is repaid, not of what was granted
        decision = sample.decision(kind, earlier=sample.EARLIER.model_copy(update={"lines": ()}))
    text = text_of(render_decision(decision, language).content)
    told = dict(given(decision, language))
    assert len(told) > 15
    assert {path: value for path, value in told.items() if value not in text} == {}
    for part in ("title", "heading", "opening", "decision"):
        assert said(decision, part, language).text.replace("\u00a0", " ") in text


def given(value: Any, language: str, path: str = "") -> Iterator[tuple[str, str]]:
    """What the letter must say of each field, by the field's path."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in UNSAID:
                yield from given(getattr(value, name), language, f"{path}.{name}")
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from given(each, language, f"{path}.{number}")
    elif isinstance(value, datetime | date):
        day = local_day(value) if isinstance(value, datetime) else value
        yield path, long_date(day, language).replace("\u00a0", " ")
    elif isinstance(value, int):
        told = (
            amount
            if path.endswith("_ore")
            else percent
            if path.endswith("_bp")
            else lambda number, language: str(number)
        )
        yield path, told(value, language).replace("\u00a0", " ")
    elif isinstance(value, str):
        yield path, value


# What steers a letter and is not said in it; the authority stands in its head and foot.
UNSAID = {"kind", "example", "language", "verified", "wording", "authority"}


def test_change_says_what_was_and_what_is_per_party_and_in_sum():
    root, _ = read(render_decision(sample.decision("change"), "sv").content)
    rows = [" | ".join(_words(cell) for cell in row.kids) for row in root.find("TR")]
    assert (
        "Björkdala kommun Koordinator, org.nr 212000-0001 | 440 000 | 410 000 | 70 tidigare 78 | Inte statsstöd" in rows
    )
    assert (
        "Norrsken Analys AB Projektpart, org.nr 556000-0003 ny part | – | 40 000 | 50 | Stöd av mindre betydelse"
        in rows
    )
    assert "Sydkusten Data AB Projektpart, org.nr 556000-0004 deltar inte längre | 60 000 | 0 | – | –" in rows
    assert any(row.startswith("Summa | 600 000 | 550 000") for row in rows)


def test_parties_are_the_same_by_number_though_the_name_is_another():
    before = sample.EARLIER.model_copy(
        update={"lines": (sample.EARLIER.lines[0].model_copy(update={"party_name": "Björkdala"}),)}
    )
    decision = sample.decision("change", earlier=before, lines=sample.decision().lines[:1])
    text = text_of(render_decision(decision, "sv").content)
    assert "ny part" not in text and "deltar inte längre" not in text


def test_recovery_says_what_each_party_repays_until_when_and_how_to_appeal():
    text = text_of(render_decision(sample.decision("recovery"), "sv").content)
    assert "kräver tillbaka sammanlagt 276 500,50 kr" in text
    assert "Betala senast\n31 maj 2024" in text.replace("\n\n", "\n")
    assert "Bankgiro 000-0000" in text and "återkrav 1" in text
    assert "tre veckor" in text and "Skicka överklagandet till oss" in text


def test_what_nobody_has_verified_says_so():
    note = "Exempeltext som inte är kontrollerad"
    assert note not in text_of(render_decision(sample.decision(), "sv").content)
    law = Passage(text="Beslutet får inte överklagas.", verified=False)
    assert text_of(render_decision(sample.decision(appeal=law, legal_ground=law), "sv").content).count(note) == 2


def test_place_on_the_reserve_list_may_be_left_out():
    assert "har plats 3" in text_of(render_decision(sample.decision("reserve"), "sv").content)
    assert "har plats" not in text_of(render_decision(sample.decision("reserve", reserve_place=None), "sv").content)


def test_plan_without_days_has_no_column_for_them():
    payments = tuple(pay.model_copy(update={"when": ""}) for pay in sample.decision().payments)
    root, _ = read(render_decision(sample.decision(payments=payments), "sv").content)
    heads = [_words(head) for head in root.find("TH")]
    assert "Förutsättning" in heads and "När" not in heads


def _words(node: Any) -> str:
    return " ".join("".join(each.text for each in node.walk()).replace("\u00a0", " ").split())


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WITH_TABLES])
def test_a_letter_without_amounts_has_no_table(kind):
    decision = sample.decision(kind)
    root, _ = read(render_decision(decision, "sv").content)
    text = "\n".join(node.text for node in root.walk())
    assert root.find("H1")[0].text == titles("sv")[kind]
    assert "Eva Norling" in text and "föredragande" in text and "överklagas" in text
    assert root.find("Table") == []
    assert "Summa" not in text


def test_lists_and_headings_are_numbered_as_they_look():
    root, _ = read(render_decision(sample.decision(), "sv").content)
    assert [node.text for node in root.find("Lbl")][-3:] == ["•", "•", "•"]
    assert {"1.", "2.", "3.", "4."} <= {node.text for node in root.find("Lbl")}
    assert len(root.find("H1")) == 1
    assert [node.text for node in root.find("H3")] == ["Särskilda villkor", "Allmänna villkor"]


def test_wrapped_lines_keep_their_spaces():
    reason = "Ordet kyltransporter i Norrbotten " * 40
    root, _ = read(render_decision(sample.decision(reasons=(reason,)), "sv").content)
    assert any(" ".join(node.text.split()) == reason.strip() for node in root.find("P"))
    assert any("Björkdala kommun Org.nr 212000-0001 Storgatan 2, 900 00" in node.text for node in root.find("LBody"))


def test_nobody_else_took_part_is_said():
    text = text_of(render_decision(sample.decision(participants=()), "sv").content)
    assert "Ingen annan har medverkat" in text


def test_new_version_says_that_it_replaces():
    text = text_of(render_decision(sample.decision(version=2, replaces=1), "sv").content)
    assert "Detta är version 2 av beslutet. Den ersätter version 1." in text
    assert "ersätter" not in text_of(render_decision(sample.decision(version=2), "sv").content)  # of a proposal only


def test_words_of_people_keep_their_language_in_english_letter():
    root, _ = read(render_decision(sample.decision(), "en").content)
    spoken = {node.text.strip(): node.lang for node in root.walk()}
    assert (
        spoken["Bedömarna framhåller att arbetssättet kan spridas till fler kommuner utan nya upphandlingar."] == "sv"
    )
    assert spoken["Reasons for the decision"] is None
    swedish, _ = read(render_decision(sample.decision(), "sv").content)
    assert {node.lang for node in swedish.walk()} == {None}


def test_head_and_foot_on_every_page():
    _, pages = read(render_decision(sample.decision(), "sv").content)
    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        head = " ".join(page.artifacts["/Header"].split())
        assert "Innovationsmyndigheten (exempel)" in head
        assert "BESLUT" in head and "13 november 2023" in head and "EX 2023-00017" in head
        assert f"Sida {number} ( {len(pages)})" in head
        assert "Exempelgatan 1 · 100 00 Stockholm" in page.artifacts["/Footer"]
        assert "Org.nr 202100-0000" in page.artifacts["/Footer"]


@pytest.mark.parametrize(("language", "mark"), [("sv", "EXEMPEL"), ("en", "EXAMPLE")])
def test_example_mark_on_every_page(language, mark):
    many = tuple(f"Villkor {number}. " + "Ord " * 60 for number in range(30))
    for content in (
        render_decision(sample.decision(general_conditions=many), language).content,
        render_receipt(sample.receipt(), language).content,
    ):
        _, pages = read(content)
        for page in pages:
            assert mark in page.artifacts["/Header"]
            assert mark in page.artifacts["/Watermark"]


def test_real_letter_has_no_mark():
    _, pages = read(render_decision(sample.decision(example=False), "sv").content)
    assert all("/Watermark" not in page.artifacts and "EXEMPEL" not in page.artifacts["/Header"] for page in pages)


def test_preview_is_marked_and_has_no_date():
    root, pages = read(render_decision(sample.decision(), "sv", preview=True).content)
    assert all("FÖRHANDSVISNING" in page.artifacts["/Watermark"] for page in pages)
    assert all("EXEMPEL" in page.artifacts["/Header"] for page in pages)
    text = "".join(node.text for node in root.walk())
    assert "sätts vid beslut" in text
    assert "13 november 2023" not in text + "".join(page.artifacts["/Header"] for page in pages)


def test_forty_parties_break_over_pages_with_repeated_head():
    line = sample.decision().lines[0]
    lines = tuple(line.model_copy(update={"party_name": f"Part nummer {number}"}) for number in range(1, 41))
    root, pages = read(render_decision(sample.decision(lines=lines), "sv").content)
    rows = [node.text for node in root.find("TH")]
    assert [f"Part nummer {n}" for n in range(1, 41)] == [row.split(" Koord")[0] for row in rows if "nummer" in row]
    assert rows.count("Maxbelopp (kr)") == 1, "the head is read out once"
    seen = [page for page in pages if "Maxbelopp (kr)" in "".join([*page.tagged.values(), *page.artifacts.values()])]
    assert len(seen) >= 2, "and shown on each page of the table"
    assert pages[0] in seen, "a long table starts where there is room for it"
    assert "17 600 000" in "\n".join(node.text for node in root.walk())


def test_every_field_of_the_receipt_is_read_out():
    receipt = sample.receipt()
    text = text_of(render_receipt(receipt, "sv").content)
    for expected in (
        "mottagen 20 september 2023 kl. 13:59:58", "EX 2023-00017", "Starta er AI-resa 2023", "590 000,50 kr",
        "Rätt ärende till rätt handläggare", "Org.nr 212000-0001", "Karin Holm", "Norrsken Analys AB", "\n2\n",
    ):  # fmt: skip
        assert expected in text, expected
    assert receipt.answers_sha256 in text.replace(" ", "")
    english = text_of(render_receipt(receipt, "en").content)
    assert "20 September 2023 at 13:59:58" in english and "SEK 590,000.50" in english


@pytest.mark.parametrize(("made", "name"), [
    (lambda: (sample.decision(), render_decision(sample.decision(), "sv")), "beslut.json"),
    (lambda: (sample.receipt(), render_receipt(sample.receipt(), "en")), "receipt.json"),
])  # fmt: skip
def test_record_is_embedded(made, name):
    data, letter = made()
    with pikepdf.open(io.BytesIO(letter.content)) as pdf:
        record = pdf.attachments[name].get_file().read_bytes()
        assert pdf.Root.AF[0].AFRelationship == "/Data"
    assert record == data.canonical_json()
    assert type(data).model_validate_json(record) == data
    assert json.loads(record)["number"] == "EX 2023-00017"


def test_decision_at_night_belongs_to_the_swedish_day():
    late = datetime(2023, 6, 19, 22, 30, tzinfo=UTC)
    assert "20 juni 2023" in text_of(render_decision(sample.decision(decided_at=late), "sv").content)


def test_both_languages_have_the_same_keys():
    assert TEXTS["sv"].keys() == TEXTS["en"].keys()
    for key, swedish in TEXTS["sv"].items():
        english = TEXTS["en"][key]
        assert sorted(_placeholders(swedish)) == sorted(_placeholders(english)), key


def _placeholders(text: str) -> list[str]:
    return [part.split("}")[0] for part in text.split("{")[1:]]
