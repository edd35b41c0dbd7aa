"""The authority's electronic seal (e-stämpel) on a letter: PAdES, certified, and no change is allowed after it.

The letter has an empty field for the seal (tagged.py). The seal is written after the letter's own bytes, so the letter as
it was rendered can always be cut out of the sealed file. Level B-B, or B-T with the time of a time-stamp authority.
"""

from __future__ import annotations

import asyncio
import functools
import io
import threading
import urllib.request
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from asn1crypto import tsp, x509
from django.conf import settings
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation import SignatureCoverageLevel, async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from .seal_keys import DEMO_NAME, KeyFile, SealError, Token, make_key_file, passing_key
from .tagged import SEAL_FIELD

DEMO_FILE: Final = "demo-seal.pem"
_PATIENCE: Final = 20  # seconds that a time-stamp authority may take
_LONGEST_STAMP: Final = 64 * 1024
_BESIDES: Final = 2_048  # bytes of a seal besides certificates and time: attributes, and a signature of the longest key
_USAGE: Final = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)

T = TypeVar("T")


class SealBrokenError(SealError):
    """A sealed file that is not what it must be; it is not kept."""


class _Writer(IncrementalPdfFileWriter):
    """Leaves the letter's metadata as they are: pyHanko would write them anew, and no longer as PDF/A asks."""

    def _update_meta(self) -> None:
        return


class _Sealer(signers.PdfSigner):
    """Seals at a given moment: there is one clock."""

    moment: datetime

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        """As the base class does, but for the time."""
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.moment
        return session


class TimeAuthority(TimeStamper):
    """Asks a time-stamp authority by HTTP (RFC 3161)."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko's own
        if urlsplit(url).scheme not in ("http", "https"):
            raise SealError("ANSLAG_TSA_URL must begin with http:// or https://.")
        self._url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """One question. Nothing else waits meanwhile: each seal has a thread of its own."""
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        request = urllib.request.Request(self._url, req.dump(), headers)  # noqa: S310 (the scheme was looked at)
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 (as above)
                return tsp.TimeStampResp.load(answer.read(_LONGEST_STAMP))
        except (OSError, ValueError) as error:  # HTTPError and URLError are OSErrors
            raise SealError(f"The time-stamp authority did not answer: {type(error).__name__}.") from None


@dataclass(frozen=True)
class Seal:
    """An open key and, perhaps, a time-stamp authority. One for a process: opening the key is the dear part."""

    signer: signers.Signer
    time: TimeAuthority | None
    _turn: threading.Lock  # a token's session is one conversation

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate by which anybody can check the seal."""
        found: x509.Certificate = self.signer.signing_cert
        return found

    @property
    def _room(self) -> int:
        """How many hexadecimal digits the seal may be. pyHanko would find out by sealing twice."""
        certificates = [self.certificate, *self.signer.cert_registry]
        stamp = _LONGEST_STAMP // 4 if self.time else 0
        return 2 * (sum(len(one.dump()) for one in certificates) + _BESIDES + stamp)

    def seal(self, unsealed: bytes, moment: datetime) -> bytes:
        """The letter with its seal, validated. Raises :exc:`SealError`, and then there is nothing to keep."""
        meta = signers.PdfSignatureMetadata(
            field_name=SEAL_FIELD,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        )
        sealer = _Sealer(meta, signer=self.signer, timestamper=self.time)
        sealer.moment = moment
        out = io.BytesIO()
        try:
            with self._turn:
                writer = _Writer(io.BytesIO(unsealed))
                work = sealer.async_sign_pdf(writer, existing_fields_only=True, bytes_reserved=self._room, output=out)
                finished(work)
        except (SigningError, TimestampRequestError, PdfError) as error:
            raise SealError(f"The letter could not be sealed: {type(error).__name__}.") from error
        sealed = out.getvalue()
        check(sealed, unsealed, self.certificate, moment, timed=self.time is not None)
        return sealed


def check(
    sealed: bytes, unsealed: bytes, certificate: x509.Certificate, moment: datetime, *, timed: bool = False
) -> None:
    """Whether a file that was just sealed is the letter with our seal and nothing else; otherwise :exc:`SealBrokenError`."""
    if not sealed.startswith(unsealed):
        raise SealBrokenError("The seal changed the letter's own bytes.")
    trust = ValidationContext(trust_roots=[certificate], allow_fetching=False, moment=moment)
    try:
        found = list(PdfFileReader(io.BytesIO(sealed), strict=True).embedded_signatures)
        if len(found) != 1:
            raise SealBrokenError(f"The sealed letter has {len(found)} signatures.")
        status = finished(async_validate_pdf_signature(found[0], trust, key_usage_settings=_USAGE))
    except (SignatureValidationError, PdfError) as error:
        raise SealBrokenError(f"The seal cannot be validated: {type(error).__name__}.") from error
    stamp = status.timestamp_validity
    holds = {
        "is not intact": status.intact and status.valid,
        "is not by our certificate": status.trusted,
        "is not in its certificate's time": is_valid(
            certificate, moment
        ),  # not asked of a certificate that is its own root
        "does not cover the whole file": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        "does not forbid changes": bool(status.docmdp_ok) and found[0].docmdp_level == fields.MDPPerm.NO_CHANGES,
        "has no valid time stamp": not timed or bool(stamp and stamp.intact and stamp.valid),
    }
    if wrong := [words for words, is_right in holds.items() if not is_right]:
        raise SealBrokenError(f"The seal {' and '.join(wrong)}.")


def is_valid(certificate: x509.Certificate, moment: datetime) -> bool:
    """Whether a certificate is valid at the moment."""
    return bool(certificate.not_valid_before <= moment <= certificate.not_valid_after)


def finished(work: Coroutine[Any, Any, T]) -> T:
    """The result of pyHanko's asynchronous work, in a thread of its own: the caller's may have a loop that is running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def source() -> KeyFile | Token | None:
    """Where the settings say that the key is; None when they say nothing."""
    if settings.SEAL_PKCS11:
        certificate = Path(settings.SEAL_CERTIFICATE) if settings.SEAL_CERTIFICATE else None
        return Token(
            Path(settings.SEAL_PKCS11), settings.SEAL_TOKEN, settings.SEAL_LABEL, settings.SEAL_PIN, certificate
        )
    if settings.SEAL_KEY:
        return KeyFile(Path(settings.SEAL_KEY), settings.SEAL_PASSWORD)
    if settings.DEMO or settings.TESTING:
        return KeyFile(Path(settings.DATA_DIR) / DEMO_FILE)
    return None


_opening = threading.Lock()
_stand_in: Seal | None = None


def current() -> Seal:
    """The seal of the settings, opened once a process. Raises :exc:`SealError`."""
    if _stand_in is not None:
        return _stand_in
    where = source()
    if where is None:
        raise SealError("No seal is configured: set ANSLAG_SEAL_KEY or ANSLAG_SEAL_PKCS11 (docs/operating.md).")
    with _opening:  # two threads that begin at once open one
        return _open(where, settings.TSA_URL)


@functools.lru_cache(maxsize=4)
def _open(where: KeyFile | Token, url: str) -> Seal:
    demo = Path(settings.DATA_DIR) / DEMO_FILE
    if isinstance(where, KeyFile) and where.path == demo and not demo.exists():
        make_key_file(demo, DEMO_NAME)
    return Seal(where.signer(), TimeAuthority(url) if url else None, threading.Lock())


def forget() -> None:
    """Open the key anew next time: the session of a token that was taken out is of no more use."""
    _open.cache_clear()


@contextmanager
def stand_in() -> Iterator[None]:
    """Inside the block letters get a seal that nobody keeps the key of: what only is tried must not bear the authority's."""
    global _stand_in
    before, _stand_in = _stand_in, Seal(passing_key(), None, threading.Lock())
    try:
        yield
    finally:
        _stand_in = before
