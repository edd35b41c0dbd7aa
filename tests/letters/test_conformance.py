"""Every letter is PDF/A-3a and PDF/UA-1, by two independent validators that are shown to be awake."""

from __future__ import annotations

import io
from collections.abc import Callable

import page
import pikepdf
import pytest
from PIL import Image, ImageCms

from grants.letters import icc
from grants.letters.decision import render_decision
from grants.letters.receipt import render_receipt

from . import sample
from .sample import KINDS, LANGUAGES, WITH_TABLES
from .verapdf import verdicts

# What makes the bytes that are sent of those that are rendered; each must conform as well.
FINISHES: dict[str, Callable[[bytes], bytes]] = {"unsealed": lambda content: content}
PROFILES = {"3a": "pdfa-3a", "ua1": "ua1"}  # by veraPDF's name and by page-validation's


def failures(content: bytes, profile: str) -> list[str]:
    report = page.validate_pdf_bytes(content, profile=profile)
    assert report.rules.total > 100, "the validator has nothing to say"
    return [f"{failure.rule_id}: {failure.message}" for failure in report.failures]


def assert_conforms(content: bytes) -> None:
    assert failures(content, "pdfa-3a") == []
    assert failures(content, "ua1") == []


def bare(kind: str = "grant"):
    """The least that a letter of the kind can say."""
    return sample.decision(
        kind, signatory=None, project_manager=None, call_number=None, decider_title=None, participants=(), start=None,
        end=None, lines=(), reasons=(), special_conditions=(), general_conditions=(), payments=(), reports=(),
        acceptance_due=None, legal_ground="", appeal="", notice_to=(), verify_url=None, example=False, earlier=None,
        repayments=(), repayment=None, reserve_place=None,
    )  # fmt: skip


def long_letter(parties: int = 60):
    """A grant to many, with conditions over several pages."""
    lines = tuple(
        sample.decision().lines[number % 3].model_copy(update={"party_name": f"Part nummer {number}"})
        for number in range(1, parties + 1)
    )
    return sample.decision(
        lines=lines,
        notice_to=tuple(line.party_name for line in lines),
        general_conditions=tuple(f"Villkor {number}. " + "Ord på rad " * 30 for number in range(20)),
    )


@pytest.mark.parametrize("finish", FINISHES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_decision_conforms(kind, language, finish):
    assert_conforms(FINISHES[finish](render_decision(sample.decision(kind), language).content))


@pytest.mark.parametrize("language", LANGUAGES)
def test_receipt_conforms(language):
    assert_conforms(render_receipt(sample.receipt(), language).content)


@pytest.mark.parametrize("kind", KINDS)
def test_preview_and_the_barest_decision_conform(kind):
    assert_conforms(render_decision(bare(kind), "sv", preview=True).content)
    assert_conforms(render_decision(bare(kind), "en").content)


def test_long_letter_conforms():
    assert_conforms(render_decision(long_letter(), "sv").content)


def no_language(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Lang


def no_tree(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.StructTreeRoot


def no_colour(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.OutputIntents


def no_associated_file(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.AF


def no_title_shown(pdf: pikepdf.Pdf) -> None:
    pdf.Root.ViewerPreferences.DisplayDocTitle = False


def one_text_untagged(pdf: pikepdf.Pdf) -> None:
    stream = pdf.pages[0].Contents
    code = stream.read_bytes()
    start = code.index(b"/H1 <<")
    stream.write(code[:start] + b"/NonStruct BMC" + code[code.index(b"BDC", start) + 3 :])


def a_level_of_headings_left_out(pdf: pikepdf.Pdf) -> None:
    next(elem for elem in _elements(pdf) if elem.S == "/H2").S = pikepdf.Name("/H4")


def link_that_says_nothing(pdf: pikepdf.Pdf) -> None:
    for each in pdf.pages:
        for annotation in each.get("/Annots", []):
            if annotation.Subtype == "/Link":
                del annotation.Contents


def table_heads_of_nothing(pdf: pikepdf.Pdf) -> None:
    for elem in _elements(pdf):
        if elem.S == "/TH":
            del elem.A


def _elements(pdf: pikepdf.Pdf) -> list[pikepdf.Object]:
    found, wait = [], [pdf.Root.StructTreeRoot.K[0]]
    while wait:
        elem = wait.pop(0)
        found.append(elem)
        wait += [kid for kid in elem.K if isinstance(kid, pikepdf.Dictionary) and kid.get("/Type") == "/StructElem"]
    return found


Damage = Callable[[pikepdf.Pdf], None]
DAMAGE: tuple[tuple[Damage, str], ...] = (
    (no_language, "ua1"),
    (no_tree, "ua1"),
    (no_tree, "3a"),
    (no_colour, "3a"),
    (no_associated_file, "3a"),
    (no_title_shown, "ua1"),
    (one_text_untagged, "ua1"),
    (a_level_of_headings_left_out, "ua1"),
    (link_that_says_nothing, "ua1"),
)


def damaged(kind: str) -> dict[tuple[str, str], bytes]:
    """The letter of a kind, broken in each way that a profile forbids, by what was done and that profile."""
    content = render_decision(sample.decision(kind), "sv").content
    ways = [*DAMAGE, *([(table_heads_of_nothing, "ua1")] if kind in WITH_TABLES else [])]
    return {(f"{kind}, {damage.__name__}", profile): resaved(content, damage) for damage, profile in ways}


def resaved(content: bytes, change: Damage) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        change(pdf)
        buffer = io.BytesIO()
        pdf.save(buffer, deterministic_id=True)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_validator_sees_damage(kind):
    unharmed = resaved(render_decision(sample.decision(kind), "sv").content, lambda pdf: None)
    assert_conforms(unharmed)  # saving again must not be the damage
    unseen = [key for key, content in damaged(kind).items() if not failures(content, PROFILES[key[1]])]
    assert unseen == []


def test_verapdf_agrees(tmp_path):
    """The second opinion, on every letter and every damaged one, in one Java process."""
    good = {
        (f"{kind}, {language}, {finish}", profile): FINISHES[finish](content)
        for kind in KINDS
        for language in LANGUAGES
        for content in [render_decision(sample.decision(kind), language).content]
        for finish in FINISHES
        for profile in PROFILES
    }
    others = {
        "receipt": render_receipt(sample.receipt(), "sv").content,
        "bare preview": render_decision(bare(), "sv", preview=True).content,
        "long letter": render_decision(long_letter(), "en").content,
    }
    good |= {(name, profile): content for name, content in others.items() for profile in PROFILES}
    bad = {key: content for kind in KINDS for key, content in damaged(kind).items()}
    found = verdicts(good | bad, tmp_path)
    assert {key: found[key].failures for key in good if not found[key].passed} == {}
    assert [key for key in bad if found[key].passed] == []
    assert min(found[key].checks for key in good) > 1_000, "the validator has looked at nothing"


def test_colour_profile_is_srgb():
    made = ImageCms.ImageCmsProfile(io.BytesIO(icc.srgb()))
    assert ImageCms.getProfileDescription(made).strip() == "sRGB"
    pixels = Image.frombytes("RGB", (64, 1), bytes((i * 7 + j * 50) % 256 for i in range(64) for j in range(3)))
    back = ImageCms.profileToProfile(pixels, made, ImageCms.createProfile("sRGB"))
    assert max(abs(a - b) for a, b in zip(pixels.tobytes(), back.tobytes(), strict=True)) <= 1
