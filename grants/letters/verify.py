"""Whether a file is a letter that was issued here: what it is, and what the register knows, give a verdict.

Only the hash of the whole file makes a letter genuine. What validators call a valid signature is not enough: a file can be
added to after the seal, and some readers still show the seal as good.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from .evidence import LARGEST, Evidence, Signature, examine

__all__ = ["LARGEST", "Finding", "Letter", "Register", "Verdict", "judge", "verify"]


class Finding(StrEnum):
    """What a file turned out to be."""

    ISSUED = "issued"  # exactly the file that was issued
    APPENDED = "appended"  # that, and bytes after it
    UPDATED = "updated"  # that, and a change written after it
    SIGNED_AFTER = "signed_after"  # that, and somebody's signature after it
    STRIPPED = "stripped"  # the letter as it was before the seal
    RESIGNED = "resigned"  # the letter without our seal, with somebody's signature
    DAMAGED = "damaged"  # the letter, with a seal that is not as it was
    CHANGED = "changed"  # written anew from a letter of ours
    UNREGISTERED = "unregistered"  # our seal is whole, and the register does not know the file
    FOREIGN = "foreign"  # signed by somebody else
    UNKNOWN = "unknown"
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    NOT_PDF = "not_pdf"


@dataclass(frozen=True, slots=True)
class Letter:
    """What anybody may know of a letter that has been sent. No name of a person or an applicant is in it."""

    sha256: str
    unsealed_sha256: str
    kind: str  # of the decision, in words
    authority: str
    number: str
    version: int
    language: str
    decided_at: datetime
    sent_at: datetime
    replaced_at: datetime | None = None  # when a later decision in the same case was sent


class Register(Protocol):
    """What is known here of letters that have been sent."""

    def certificates(self) -> list[bytes]:
        """Those by which letters have been sealed."""

    def find(self, hashes: Collection[str]) -> list[Letter]:
        """The letters of which the sealed file, or the file before the seal, has one of these hashes."""

    def resembling(self, identities: Collection[str]) -> Letter | None:
        """The letter whose file has one of these identities."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the file is, and which letter it is or was made from."""

    finding: Finding
    letter: Letter | None = None

    @property
    def is_genuine(self) -> bool:
        """Whether the file can be relied upon."""
        return self.finding == Finding.ISSUED


def verify(content: bytes, register: Register) -> Verdict:
    """The verdict on a file. Nothing of the file is kept."""
    if len(content) > LARGEST:
        return Verdict(Finding.TOO_LARGE)
    ours = register.certificates()
    return judge(examine(content, ours), register)


def judge(found: Evidence, register: Register) -> Verdict:
    """The verdict on what was found in a file."""
    if not found.is_pdf:
        return Verdict(Finding.NOT_PDF)
    ends = dict(found.revisions) | {found.sha256: found.size}
    letters = register.find(ends)
    for letter in letters:
        if letter.sha256 in ends:
            return Verdict(_after(found, ends[letter.sha256]), letter)
    if letters:
        return Verdict(_without_seal(found, ends[letters[0].unsealed_sha256]), letters[0])
    if found.is_encrypted:
        return Verdict(Finding.ENCRYPTED)
    ours = [one for one in found.signatures if one.is_ours]
    if any(one.is_intact for one in ours):
        return Verdict(Finding.UNREGISTERED)
    letter_like = register.resembling(found.identities)
    if ours or letter_like:
        return Verdict(Finding.CHANGED, letter_like)
    return Verdict(Finding.FOREIGN if found.signatures else Finding.UNKNOWN)


def _after(found: Evidence, end: int) -> Finding:
    """What comes after the issued file."""
    if end == found.size:
        return Finding.ISSUED
    if found.objects_after < end:
        return Finding.APPENDED
    return Finding.SIGNED_AFTER if any(one.end > end for one in found.signatures) else Finding.UPDATED


def _without_seal(found: Evidence, end: int) -> Finding:
    """What has become of the seal, when the letter itself is there."""
    if end == found.size:
        return Finding.STRIPPED
    ours: list[Signature] = [one for one in found.signatures if one.is_ours]
    if any(one.is_intact for one in ours):
        return Finding.UNREGISTERED  # sealed here, and never issued
    if ours:
        return Finding.DAMAGED
    if found.signatures:
        return Finding.DAMAGED if not any(one.fingerprint for one in found.signatures) else Finding.RESIGNED
    return Finding.STRIPPED if found.objects_after < end else Finding.UPDATED
