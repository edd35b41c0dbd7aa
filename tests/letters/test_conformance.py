"""Every letter is PDF/A-3a and PDF/UA-1, by an independent validator that is shown to be awake."""

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

KINDS = ("grant", "rejection", "formal_rejection")
LANGUAGES = ("sv", "en")


def failures(content: bytes, profile: str) -> list[str]:
    report = page.validate_pdf_bytes(content, profile=profile)
    assert report.rules.total > 100, "the validator has nothing to say"
    return [f"{failure.rule_id}: {failure.message}" for failure in report.failures]


def assert_conforms(content: bytes) -> None:
    assert failures(content, "pdfa-3a") == []
    assert failures(content, "ua1") == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_decision_conforms(kind, language):
    assert_conforms(render_decision(sample.decision(kind), language).content)


@pytest.mark.parametrize("language", LANGUAGES)
def test_receipt_conforms(language):
    assert_conforms(render_receipt(sample.receipt(), language).content)


def test_preview_and_the_barest_decision_conform():
    bare = sample.decision(
        signatory=None, project_manager=None, call_number=None, decider_title=None, participants=(), start=None,
        end=None, lines=(), reasons=(), special_conditions=(), general_conditions=(), payments=(), reports=(),
        acceptance_due=None, legal_ground="", appeal="", notice_to=(), verify_url=None, example=False,
    )  # fmt: skip
    assert_conforms(render_decision(bare, "sv", preview=True).content)
    assert_conforms(render_decision(bare, "en").content)


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


@pytest.mark.parametrize(
    ("damage", "profile"),
    [
        (no_language, "ua1"),
        (no_tree, "ua1"),
        (no_tree, "pdfa-3a"),
        (no_colour, "pdfa-3a"),
        (no_associated_file, "pdfa-3a"),
        (no_title_shown, "ua1"),
        (one_text_untagged, "ua1"),
    ],
)
def test_validator_sees_damage(damage: Callable[[pikepdf.Pdf], None], profile: str):
    content = render_decision(sample.decision("rejection"), "sv").content
    assert failures(resaved(content, lambda pdf: None), profile) == [], "saving again must not be the damage"
    assert failures(resaved(content, damage), profile)


def resaved(content: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        change(pdf)
        buffer = io.BytesIO()
        pdf.save(buffer, deterministic_id=True)
    return buffer.getvalue()


def test_colour_profile_is_srgb():
    made = ImageCms.ImageCmsProfile(io.BytesIO(icc.srgb()))
    assert ImageCms.getProfileDescription(made).strip() == "sRGB"
    pixels = Image.frombytes("RGB", (64, 1), bytes((i * 7 + j * 50) % 256 for i in range(64) for j in range(3)))
    back = ImageCms.profileToProfile(pixels, made, ImageCms.createProfile("sRGB"))
    assert max(abs(a - b) for a, b in zip(pixels.tobytes(), back.tobytes(), strict=True)) <= 1
