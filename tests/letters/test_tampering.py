"""What can be done to a sealed letter, and what pyHanko, pdfsig and we say of it.

Validators call some changed files valid (a comment after the end, an update that only the coverage shows). We do not.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable

import pikepdf
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from grants.letters import seal
from grants.letters.decision import render_decision
from grants.letters.evidence import LARGEST
from grants.letters.verify import Finding, verify

from . import sample, seals
from .test_conformance import failures

F = Finding


def register() -> seals.Listed:
    unsealed, sealed = seals.letter()
    ours = seals.known_as(sealed, unsealed)
    identity = render_decision(sample.decision(), "sv").identity
    return seals.Listed([ours], {identity: ours})


def pyhanko(content: bytes) -> str:
    """pyHanko's own bottom line, and what the seal covers."""
    found = list(PdfFileReader(io.BytesIO(content)).embedded_signatures)
    if not found:
        return "no signature"
    trust = ValidationContext(trust_roots=[seal.current().certificate], allow_fetching=False, moment=seals.MOMENT)
    try:
        status = seal.finished(async_validate_pdf_signature(found[0], trust, key_usage_settings=seal._USAGE))
    except Exception as error:
        return type(error).__name__
    return f"{'valid' if status.bottom_line else 'invalid'}, {status.coverage.name}"


def pdfsig(content: bytes, folder) -> str:
    file = folder / "letter.pdf"
    file.write_bytes(content)
    done = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    valid = "Signature is Valid" in text
    return f"{'valid' if valid else 'invalid'}{', whole' if 'Total document signed' in text else ''}"


def sealed() -> bytes:
    return seals.letter()[1]


def unsealed() -> bytes:
    return seals.letter()[0]


# name: what is made of the letter, our finding, pyHanko's words, pdfsig's words ("" where nothing is to be learnt of it)
TABLE: dict[str, tuple[Callable[[], bytes], Finding, str, str]] = {
    "as issued": (sealed, F.ISSUED, "valid, ENTIRE_FILE", "valid, whole"),
    "a byte of a page": (
        lambda: seals.flipped(sealed(), seals.in_a_stream(sealed())), F.CHANGED, "invalid, ENTIRE_FILE", "invalid, whole",
    ),
    "a digit of the seal": (
        lambda: seals.other_digit(sealed(), seals.in_the_seal(sealed())), F.DAMAGED, "invalid, ENTIRE_FILE", "",
    ),
    "saved anew": (lambda: seals.saved_anew(sealed()), F.CHANGED, "", ""),
    "saved anew, packed": (
        lambda: seals.saved_anew(sealed(), streams=pikepdf.ObjectStreamMode.generate), F.CHANGED, "", "",
    ),
    "saved anew without a seal": (lambda: seals.saved_anew(unsealed()), F.CHANGED, "", ""),
    "another page, by an update": (
        lambda: seals.updated(sealed()), F.UPDATED, "invalid, ENTIRE_REVISION", "valid",
    ),
    "a note, by an update": (lambda: seals.annotated(sealed()), F.UPDATED, "invalid, ENTIRE_REVISION", "valid"),
    "a comment after the end": (
        lambda: sealed() + b"% and ten million more\n", F.APPENDED, "valid, ENTIRE_REVISION", "valid",
    ),
    "zeros after the end": (lambda: sealed() + bytes(4096), F.APPENDED, "", "valid"),
    "another PDF after the end": (lambda: sealed() + unsealed(), F.UPDATED, "", ""),
    "the seal cut off": (unsealed, F.STRIPPED, "no signature", "invalid"),
    "the seal cut off, a comment after": (lambda: unsealed() + b"%\n", F.STRIPPED, "no signature", "invalid"),
    "the seal cut off, and updated": (lambda: seals.updated(unsealed()), F.UPDATED, "no signature", ""),
    "cut in the middle of the seal": (lambda: sealed()[: len(unsealed()) + 900], F.UPDATED, "", ""),
    "somebody signs it too": (lambda: seals.signed_by_another(sealed()), F.SIGNED_AFTER, "invalid, ENTIRE_REVISION", ""),
    "somebody signs instead": (
        lambda: seals.signed_by_another(unsealed(), inside=True), F.RESIGNED, "invalid, ENTIRE_FILE", "valid, whole",
    ),
    "somebody signs another PDF": (
        lambda: seals.signed_by_another(other()), F.FOREIGN, "invalid, ENTIRE_FILE", "valid, whole",
    ),
    "sealed, and never sent": (
        lambda: seal.current().seal(other(), seals.MOMENT), F.UNREGISTERED, "valid, ENTIRE_FILE", "valid, whole",
    ),
    "sealed twice": (
        lambda: seal.current().seal(unsealed(), seals.MOMENT.replace(year=2024)), F.UNREGISTERED, "valid, ENTIRE_FILE", "",
    ),
    "another letter": (other := lambda: render_decision(sample.decision("rejection"), "en").content, F.UNKNOWN, "", ""),
    "locked": (lambda: seals.locked(sealed()), F.ENCRYPTED, "", ""),
    "bytes before it": (lambda: b"From the mail\n" + sealed(), F.CHANGED, "", ""),
    "a text": (lambda: b"Vi har beslutat att bevilja", F.NOT_PDF, "", ""),
    "a bit of a PDF": (lambda: b"%PDF-1.7\n", F.UNKNOWN, "", ""),
    "too large": (lambda: sealed() + bytes(LARGEST), F.TOO_LARGE, "", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_our_finding(name):
    made, finding, _, _ = TABLE[name]
    assert verify(made(), register()).finding == finding


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row[2]])
def test_what_pyhanko_says(name):
    made, _, said, _ = TABLE[name]
    assert pyhanko(made()) == said


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="pdfsig (poppler-utils) is not installed")
@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row[3]])
def test_what_pdfsig_says(name, tmp_path):
    made, _, _, said = TABLE[name]
    assert pdfsig(made(), tmp_path) == said


def test_only_the_issued_file_is_genuine_and_the_letter_is_named_where_it_is_known():
    nameless = {F.FOREIGN, F.UNKNOWN, F.NOT_PDF, F.TOO_LARGE, F.ENCRYPTED}
    for name, (made, finding, _, _) in TABLE.items():
        verdict = verify(made(), register())
        assert verdict.is_genuine == (name == "as issued"), name
        if finding in nameless:
            assert verdict.letter is None, name
        elif finding != F.UNREGISTERED:
            assert verdict.letter is not None, name


def test_every_finding_is_in_the_table():
    assert {row[1] for row in TABLE.values()} == set(Finding)


def test_what_is_not_sent_is_not_known():
    assert verify(sealed(), seals.Listed()).finding == F.UNREGISTERED
    assert verify(unsealed(), seals.Listed()).finding == F.UNKNOWN


def test_a_renewed_certificate_does_not_make_old_letters_strange():
    known = register()
    known.ders = [seals.stranger().signing_cert.dump(), *known.ders]
    assert verify(sealed(), known).finding == F.ISSUED
    known.letters = []
    assert verify(sealed(), known).finding == F.UNREGISTERED


def test_a_seal_that_lies_inside_another_file_is_not_taken_for_one_of_it():
    """The signed bytes are all there, at another place, with numbers that point to them."""
    real = sealed()
    start = real.rindex(b"/ByteRange")
    numbers = [int(n) for n in real[real.index(b"[", start) + 1 : real.index(b"]", start)].split()]
    shell = b"%PDF-1.7\n"
    moved = [numbers[0] + len(shell), numbers[1], numbers[2] + len(shell), numbers[3]]
    shown = b"\n<</ByteRange [%d %d %d %d]>>\n%%%%EOF\n" % tuple(moved)
    verdict = verify(shell + real + shown, seals.Listed())
    assert verdict.finding == F.CHANGED


def test_the_sealed_letter_conforms_and_begins_with_the_letter():
    assert sealed().startswith(unsealed())
    assert failures(sealed(), "pdfa-3a") == []
    assert failures(sealed(), "ua1") == []
