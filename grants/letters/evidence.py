"""What a file that somebody shows us is, read without trusting it: its hashes, and the signatures that lie in it.

The file is never parsed as a PDF, nothing in it is unpacked or followed, and every step takes time in proportion to its
size. That is enough: whether a file is the issued one is decided by its hash, and the rest only chooses the words.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from asn1crypto import cms, x509
from pyhanko.sign.validation.generic_cms import validate_sig_integrity

LARGEST: Final = 5 * 1024 * 1024  # bytes; the longest letter is a tenth of it
_MOST_ENDS: Final = 12  # revisions looked at; a letter of ours has two
_MOST_SIGNATURES: Final = 8
_MOST_CERTIFICATES: Final = 20
_LARGEST_SIGNATURE: Final = 128 * 1024  # bytes of a signature's own data
_END: Final = re.compile(rb"%%EOF(?:\r\n|\n|\r|)")
_RANGE: Final = re.compile(
    rb"/ByteRange[\s\0]{0,20}\[[\s\0]{0,20}" + rb"[\s\0]{1,20}".join([rb"(\d{1,8})"] * 4) + rb"[\s\0]{0,20}\]"
)
_CONTENTS: Final = re.compile(rb"/Contents[\s\0]{0,9}(<[0-9A-Fa-f]{2,262144}>)")
_IDENTITY: Final = re.compile(rb"/ID[\s\0]{0,9}\[[\s\0]{0,9}<([0-9A-Fa-f]{32})>")
_ENCRYPTED: Final = re.compile(rb"/Encrypt[\s\0]{1,9}\d{1,9}[\s\0]{1,9}\d{1,5}[\s\0]{1,9}R|/Encrypt[\s\0]{0,9}<<")
# Whatever a forgiving reader could take for an object or for where the objects are: more than the format allows.
_OBJECT: Final = re.compile(rb"obj\b|xref|trailer")
_HEX: Final = re.compile(rb"[0-9A-Fa-f]*\Z")


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature in the file: what it covers, and by which certificate it was made, where that can be read."""

    end: int  # the first byte after what it covers
    fingerprint: str = ""  # SHA-256 of the certificate; empty when it cannot be read
    is_ours: bool = False
    is_intact: bool = False  # ours, and everything from the file's beginning to `end` is as it was sealed


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a verdict is made of."""

    size: int
    sha256: str
    is_pdf: bool
    is_encrypted: bool = False
    revisions: tuple[
        tuple[str, int], ...
    ] = ()  # the hash of the file up to each place where it could end, and that place
    identities: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    objects_after: int = -1  # where the last object or end of a file begins


def examine(content: bytes, ours: Iterable[bytes] = ()) -> Evidence:
    """Look at a file. `ours` are the certificates of our seals, in which a signature is looked up first."""
    digest = hashlib.sha256(content).hexdigest()
    if len(content) > LARGEST or b"%PDF-" not in content[:1024]:
        return Evidence(len(content), digest, is_pdf=False)
    last = max((match.start() for match in _OBJECT.finditer(content)), default=-1)
    return Evidence(
        size=len(content),
        sha256=digest,
        is_pdf=True,
        is_encrypted=_ENCRYPTED.search(content) is not None,
        revisions=tuple(_revisions(content)),
        identities=tuple({m[1].decode().lower(): None for m in islice(_IDENTITY.finditer(content), _MOST_ENDS)}),
        signatures=tuple(_signatures(content, list(ours))),
        objects_after=last,
    )


def _revisions(content: bytes) -> Iterator[tuple[str, int]]:
    """The hash of the beginning of the file up to each of its first ends, with and without the line's own end."""
    running, place = hashlib.sha256(), 0
    for match in islice(_END.finditer(content), _MOST_ENDS):
        for end in sorted({match.start() + len(b"%%EOF"), match.end()}):
            running.update(content[place:end])
            place = end
            yield running.copy().hexdigest(), end


def _signatures(content: bytes, ours: list[bytes]) -> Iterator[Signature]:
    known = {hashlib.sha256(der).hexdigest(): der for der in ours}
    for match in islice(_RANGE.finditer(content), _MOST_SIGNATURES):
        first, length, second, rest = (int(number) for number in match.groups())
        gap = content[first + length : second]
        whole = first == 0 and gap.startswith(b"<") and gap.endswith(b">")
        covered = content[:length] + content[second : second + rest] if whole else b""
        # in a file that was saved anew the numbers no longer say where the signature is
        yield _signature(gap if whole else _nearby(content, match.start()), covered, second + rest, known)


def _nearby(content: bytes, place: int) -> bytes:
    """The value of /Contents in the same object."""
    start = max(content.rfind(b"obj", 0, place), place - 2 * _LARGEST_SIGNATURE)
    end = content.find(b"endobj", place, place + 2 * _LARGEST_SIGNATURE + 1_000)
    found = _CONTENTS.search(content, max(start, 0), end if end >= 0 else len(content))
    return found[1] if found else b""


def _signature(gap: bytes, covered: bytes, end: int, known: dict[str, bytes]) -> Signature:
    digits = gap.strip(b"<> \r\n\t\0")
    if not digits or len(digits) > 2 * _LARGEST_SIGNATURE or not _HEX.match(digits):
        return Signature(end)
    try:
        return _read(bytes.fromhex(digits.decode().ljust(len(digits) + len(digits) % 2, "0")), covered, end, known)
    except Exception:  # hostile data make the libraries raise anything; whatever it was, it cannot be read
        return Signature(end)


def _read(der: bytes, covered: bytes, end: int, known: dict[str, bytes]) -> Signature:
    signed = cms.ContentInfo.load(der)["content"]
    signer = signed["signer_infos"][0]
    number = signer["sid"].chosen["serial_number"].native
    for one in islice(signed["certificates"], _MOST_CERTIFICATES):
        if one.chosen.serial_number == number:
            break
    else:
        return Signature(end)
    fingerprint = hashlib.sha256(one.chosen.dump()).hexdigest()
    algorithm = signer["digest_algorithm"]["algorithm"].native
    if fingerprint not in known or algorithm not in ("sha256", "sha384", "sha512"):
        return Signature(end, fingerprint, fingerprint in known)  # whether another's is right is not ours to say
    digest = hashlib.new(algorithm, covered).digest()
    try:
        parts = validate_sig_integrity(signer, x509.Certificate.load(known[fingerprint]), "data", digest)
    except Exception:  # as above, but whose it says it is could be read
        parts = (False, False)
    return Signature(end, fingerprint, is_ours=True, is_intact=all(parts))
