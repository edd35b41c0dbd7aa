"""Where the key of the authority's seal is: in a file, or in a token that never gives it away (PKCS#11).

A key is read once a process. Passwords and PINs are in no message, and in no representation of what holds them.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from asn1crypto import pem as asn1_pem
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

DEMO_NAME: Final = "DEMONSTRATION - ingen riktig stämpel"
USAGE: Final = x509.KeyUsage(
    True, True, False, False, False, False, False, False, False
)  # signatures, and nothing else
_PEM: Final = b"-----BEGIN"


class SealError(RuntimeError):
    """The seal cannot be used; the text says what to put right and holds no secret."""


class LoadedKey(Signer):
    """Signs by a key that is kept open: pyHanko's own signer would read and check the key twice for every seal."""

    def __init__(self, key: Any, certificate: asn1.Certificate, chain: list[asn1.Certificate]) -> None:
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko's own
        registry.register_multiple(chain)
        super().__init__(signing_cert=certificate, cert_registry=registry)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature itself; in a dry run as many bytes as it will be."""
        algorithm = getattr(hashes, digest_algorithm.upper())()
        if isinstance(self._key, rsa.RSAPrivateKey):
            return bytes(self._key.key_size // 8) if dry_run else self._key.sign(data, padding.PKCS1v15(), algorithm)
        return bytes(self._key.key_size // 4 + 16) if dry_run else self._key.sign(data, ec.ECDSA(algorithm))


@dataclass(frozen=True)
class KeyFile:
    """A PEM file with the key, its certificate and the certificates above it, or a PKCS#12 file with the same."""

    path: Path
    password: str = field(default="", repr=False)

    def signer(self) -> Signer:
        """Read the file."""
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise SealError(f"The seal's key file {self.path} cannot be read: {error.strerror}.") from None
        password = self.password.encode() or None
        try:
            key, found = _from_pem(content, password) if _PEM in content else _from_pkcs12(content, password)
        except (ValueError, TypeError):  # the cause could name what was in the file
            raise SealError(
                f"The seal's key file {self.path} cannot be opened: it is neither PEM nor PKCS#12, or the password is wrong."
            ) from None
        if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
            raise SealError(f"The seal's key file {self.path} holds a key that is neither RSA nor EC.")
        own = [one for one in found if one.public_key() == key.public_key()]
        if not own:
            raise SealError(f"The seal's key file {self.path} holds no certificate of its key.")
        return LoadedKey(key, _as_asn1(own[0]), [_as_asn1(one) for one in found if one is not own[0]])


def _from_pem(content: bytes, password: bytes | None) -> tuple[Any, list[x509.Certificate]]:
    start = content.index(b"PRIVATE KEY-----")
    block = content[content.rindex(_PEM, 0, start) :]
    # a password for a key that has none is refused by the library, but does no harm
    kept = password if b"ENCRYPTED" in block[: block.index(b"-----END")] else None
    return serialization.load_pem_private_key(block, kept), x509.load_pem_x509_certificates(content)


def _from_pkcs12(content: bytes, password: bytes | None) -> tuple[Any, list[x509.Certificate]]:
    key, certificate, others = pkcs12.load_key_and_certificates(content, password)
    return key, [one for one in (certificate, *others) if one is not None]


def _as_asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


@dataclass(frozen=True)
class Token:
    """A key in a token, reached by the maker's PKCS#11 module. The certificate is in the token, or in a PEM file."""

    module: Path
    token: str
    label: str
    pin: str = field(default="", repr=False)
    certificate: Path | None = None

    def signer(self) -> Signer:
        """Log in to the token."""
        try:
            from pyhanko.sign import pkcs11  # an optional part of an installation
        except ImportError:
            raise SealError("A seal in a token needs the package python-pkcs11, which is not installed.") from None
        if not self.module.exists():
            raise SealError(f"The PKCS#11 module {self.module} does not exist.")
        certificates = self._certificates()
        try:
            wanted = TokenCriteria(label=self.token)
            session = pkcs11.open_pkcs11_session(str(self.module), token_criteria=wanted, user_pin=self.pin or None)
            signer: Signer = pkcs11.PKCS11Signer(
                session,
                key_label=self.label,
                cert_label=None if certificates else self.label,
                signing_cert=certificates[0] if certificates else None,
                ca_chain=certificates[1:],
            )
            if signer.signing_cert is None:
                raise SealError(f"The token {self.token} holds no certificate {self.label}.")
        except SealError:
            raise
        except Exception as error:  # whatever the maker's module says; its kind is told, never its words
            raise SealError(f"The token {self.token} cannot be used: {type(error).__name__}.") from None
        return signer

    def _certificates(self) -> list[asn1.Certificate]:
        if self.certificate is None:
            return []
        try:
            found = asn1_pem.unarmor(self.certificate.read_bytes(), multiple=True)
            return [asn1.Certificate.load(der) for _kind, _headers, der in found]
        except (OSError, ValueError):
            raise SealError(f"The seal's certificate {self.certificate} cannot be read.") from None


def self_signed(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, name: str) -> x509.Certificate:
    """A certificate of a key by itself, for demonstrations and trials: no reader trusts it."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    # a demonstration's clock may stand anywhere in these years
    valid = builder.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2050, 1, 1, tzinfo=UTC))
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    extended = valid.add_extension(USAGE, critical=True).add_extension(identifier, critical=False)
    return extended.sign(key, hashes.SHA256())


def make_key_file(path: Path, name: str) -> None:
    """Write a new key and its self-signed certificate to `path`, for its owner's eyes only, unless somebody else just did."""
    key = rsa.generate_private_key(65537, 3072)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private + self_signed(key, name).public_bytes(serialization.Encoding.PEM))
    try:
        os.link(draft, path)  # whole or not at all, and the first of two wins
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def passing_key() -> LoadedKey:
    """A key that is nowhere but in this process's memory."""
    key = ec.generate_private_key(ec.SECP256R1())
    return LoadedKey(key, _as_asn1(self_signed(key, DEMO_NAME)), [])
