"""Sealed letters to test with, what can be done to them, and a register that is a list."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

import pikepdf
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from grants.letters import seal
from grants.letters.decision import render_decision
from grants.letters.seal_keys import LoadedKey, _as_asn1, self_signed
from grants.letters.verify import Letter

from . import sample

MOMENT = datetime(2023, 11, 1, 9, 30, tzinfo=UTC)


@cache
def letter() -> tuple[bytes, bytes]:
    """A letter before and after the seal."""
    unsealed = render_decision(sample.decision(), "sv").content
    return unsealed, seal.current().seal(unsealed, MOMENT)


@cache
def stranger() -> LoadedKey:
    """Somebody else's key."""
    key = ec.generate_private_key(ec.SECP256R1())
    return LoadedKey(key, _as_asn1(self_signed(key, "Någon Annan")), [])


def known_as(content: bytes, unsealed: bytes, **changes: object) -> Letter:
    values: dict[str, object] = {
        "sha256": hashlib.sha256(content).hexdigest(), "unsealed_sha256": hashlib.sha256(unsealed).hexdigest(),
        "kind": "bifall", "authority": "Innovationsmyndigheten", "number": "EX 2023-00017", "version": 1, "language": "sv",
        "decided_at": MOMENT, "sent_at": MOMENT,
    }  # fmt: skip
    return Letter(**(values | changes))  # type: ignore[arg-type]


@dataclass
class Listed:
    """A register of these letters."""

    letters: list[Letter] = field(default_factory=list)
    identities: dict[str, Letter] = field(default_factory=dict)
    ders: list[bytes] = field(default_factory=lambda: [seal.current().certificate.dump()])

    def certificates(self) -> list[bytes]:
        return self.ders

    def find(self, hashes: Collection[str]) -> list[Letter]:
        return [one for one in self.letters if one.sha256 in hashes or one.unsealed_sha256 in hashes]

    def resembling(self, identities: Collection[str]) -> Letter | None:
        return next((self.identities[one] for one in identities if one in self.identities), None)


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def in_a_stream(content: bytes) -> int:
    """A place in the middle of what is compressed on the first page."""
    return content.index(b"stream\n") + 200


def in_the_seal(content: bytes) -> int:
    """A place in the signature's own value: the last digits that are not filling."""
    start = content.rindex(b"/Contents")
    end = content.index(b">", start)
    return start + len(content[start:end].rstrip(b"0")) - 20


def other_digit(content: bytes, place: int) -> bytes:
    """Another hexadecimal digit in its place."""
    return content[:place] + (b"a" if content[place : place + 1] != b"a" else b"b") + content[place + 1 :]


def saved_anew(content: bytes, *, streams: pikepdf.ObjectStreamMode = pikepdf.ObjectStreamMode.preserve) -> bytes:
    """Opened and saved by another program, with another amount in the file that is embedded."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pdf.docinfo["/Title"] = "Beslut om 9 850 000 kronor"
        buffer = io.BytesIO()
        pdf.save(buffer, object_stream_mode=streams)
    return buffer.getvalue()


def locked(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        buffer = io.BytesIO()
        pdf.save(buffer, encryption=pikepdf.Encryption(owner="x", user="y"))
    return buffer.getvalue()


def updated(content: bytes) -> bytes:
    """Another first page, written after the letter: what readers show is no longer what was sealed."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    extra = writer.add_object(generic.StreamObject(stream_data=b"BT /F1 20 Tf 100 700 Td (9 850 000 kr) Tj ET"))
    page[generic.pdf_name("/Contents")] = extra
    writer.mark_update(page.container_ref)
    return written(writer)


def annotated(content: bytes) -> bytes:
    """A yellow note on the first page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/Text"),
            generic.pdf_name("/Rect"): generic.ArrayObject([generic.NumberObject(n) for n in (100, 100, 120, 120)]),
            generic.pdf_name("/Contents"): generic.TextStringObject("Godkänt"),
        }
    )
    page[generic.pdf_name("/Annots")].append(writer.add_object(note))
    writer.mark_update(page.container_ref)
    return written(writer)


def written(writer: IncrementalPdfFileWriter) -> bytes:
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def signed_by_another(content: bytes, name: str = "Signature1", *, inside: bool = False) -> bytes:
    """With somebody else's signature; `inside` puts it in the letter's own field."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    field_name = "Seal" if inside else name
    meta = signers.PdfSignatureMetadata(
        field_name=field_name, subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256"
    )
    signer = signers.PdfSigner(meta, signer=stranger())
    signer._enforce_certification_constraints = lambda reader: None  # whoever forges does not ask
    out = io.BytesIO()
    seal.finished(signer.async_sign_pdf(writer, output=out, bytes_reserved=16_384))
    return out.getvalue()
