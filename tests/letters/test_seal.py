"""The seal: its key is read once and told to nobody, and what is not right is not kept."""

from __future__ import annotations

import io
import logging
import stat
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from asn1crypto import keys, tsp, x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import KeyUsage, load_pem_x509_certificate
from django.core.management import CommandError, call_command
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.timestamps.api import TimeStamper

from grants import clock
from grants.letters import checks, seal, seal_keys
from grants.letters.decision import render_decision
from grants.letters.receipt import render_receipt

from . import sample, seals
from .test_conformance import failures

PASSWORD = "hemligt-lösen"


@pytest.fixture(autouse=True)
def opened_anew():
    seal.forget()
    seals.letter()  # by the key of the tests, before one of them names another
    yield
    seal.forget()


def key_and_certificate(kind: str = "rsa"):
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP384R1())
    return key, seal_keys.self_signed(key, "Provmyndigheten")


def written(path: Path, kind: str, form: str) -> Path:
    key, certificate = key_and_certificate(kind)
    locked = serialization.BestAvailableEncryption(PASSWORD.encode())
    if form == "p12":
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", key, certificate, None, locked))
        return path
    lock = locked if form == "locked pem" else serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path


@pytest.mark.parametrize("kind", ["rsa", "ec"])
@pytest.mark.parametrize("form", ["pem", "locked pem", "p12"])
def test_every_kind_of_key_file_seals(settings, tmp_path, kind, form):
    settings.SEAL_KEY, settings.SEAL_PASSWORD = str(written(tmp_path / "key", kind, form)), PASSWORD
    unsealed, _ = seals.letter()
    sealed = seal.current().seal(unsealed, seals.MOMENT)
    assert sealed.startswith(unsealed)
    assert failures(sealed, "pdfa-3a") == []
    assert failures(sealed, "ua1") == []


def test_the_seal_is_certified_and_forbids_every_change():
    (found,) = PdfFileReader(io.BytesIO(seals.letter()[1])).embedded_signatures
    assert found.field_name == "Seal"
    assert found.docmdp_level == MDPPerm.NO_CHANGES
    assert found.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert found.self_reported_timestamp == seals.MOMENT


def test_a_preview_and_a_receipt_have_no_place_for_a_seal():
    for content in (
        render_decision(sample.decision(), "sv", preview=True).content,
        render_receipt(sample.receipt(), "sv").content,
    ):
        with pytest.raises(seal.SealError):
            seal.current().seal(content, seals.MOMENT)


def test_the_key_is_read_once_however_many_letters_are_sealed(monkeypatch, settings, tmp_path):
    settings.SEAL_KEY, settings.SEAL_PASSWORD = str(written(tmp_path / "key", "rsa", "locked pem")), PASSWORD
    read: list[str] = []
    for name in ("load_pem_private_key", "load_der_private_key"):
        real = getattr(serialization, name)
        monkeypatch.setattr(
            serialization, name, lambda *args, real=real, name=name, **rest: (read.append(name), real(*args, **rest))[1]
        )
    for _ in range(3):
        seal.current().seal(seals.letter()[0], seals.MOMENT)
    assert read == ["load_pem_private_key"]


def test_a_sealed_letter_that_is_not_right_is_refused():
    unsealed, sealed = seals.letter()
    certificate = seal.current().certificate
    stranger = seals.stranger().signing_cert
    wrong = {
        "own bytes": (seals.flipped(sealed, 3_000), certificate),
        "not intact": (seals.other_digit(sealed, seals.in_the_seal(sealed)), certificate),
        "our certificate": (sealed, stranger),
        "whole file": (sealed + b"%\n", certificate),
        "2 signatures": (seals.signed_by_another(sealed), certificate),
        "0 signatures": (unsealed, certificate),
        "forbid changes": (seals.signed_by_another(unsealed, inside=True), stranger),
    }
    for words, (content, by) in wrong.items():
        with pytest.raises(seal.SealBrokenError, match=words):
            seal.check(content, unsealed, by, seals.MOMENT)
    with pytest.raises(seal.SealBrokenError, match="certificate's time"):
        seal.check(sealed, unsealed, certificate, datetime(2061, 1, 1, tzinfo=UTC))
    with pytest.raises(seal.SealBrokenError, match="time stamp"):
        seal.check(sealed, unsealed, certificate, seals.MOMENT, timed=True)
    seal.check(sealed, unsealed, certificate, seals.MOMENT)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), (b"nothing", "cannot be opened"), (b"-----BEGIN nothing", "cannot be opened")],
)
def test_a_key_file_that_is_of_no_use_is_told_without_its_content(settings, tmp_path, content, words):
    settings.SEAL_KEY, settings.SEAL_PASSWORD = str(tmp_path / "key"), PASSWORD
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(seal.SealError, match=words) as raised:
        seal.current()
    assert PASSWORD not in str(raised.value)


def test_a_wrong_password_is_told_and_never_shown(settings, tmp_path, caplog):
    settings.SEAL_KEY, settings.SEAL_PASSWORD = str(written(tmp_path / "key", "rsa", "p12")), "fel-lösen"
    with caplog.at_level(logging.DEBUG), pytest.raises(seal.SealError, match="password") as raised:
        seal.current()
    assert "fel-lösen" not in str(raised.value) + repr(seal.source()) + caplog.text


def test_a_key_without_its_certificate_is_refused(settings, tmp_path):
    key, _ = key_and_certificate()
    _, other = key_and_certificate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key").write_bytes(private + other.public_bytes(serialization.Encoding.PEM))
    settings.SEAL_KEY = str(tmp_path / "key")
    with pytest.raises(seal.SealError, match="no certificate of its key"):
        seal.current()


def test_without_a_seal_nothing_is_sealed(settings):
    settings.TESTING = False
    with pytest.raises(seal.SealError, match="ANSLAG_SEAL_KEY"):
        seal.current()


def test_a_demonstration_makes_its_own_once_for_its_owner_only(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    first = seal.current().certificate
    file = settings.DATA_DIR / seal.DEMO_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in settings.DATA_DIR.iterdir()] == [seal.DEMO_FILE]
    assert "DEMONSTRATION" in first.subject.human_friendly
    seal.forget()
    assert seal.current().certificate.dump() == first.dump()


def test_of_two_that_make_the_key_at_once_the_first_one_stays(tmp_path):
    seal_keys.make_key_file(tmp_path / "key.pem", "Första")
    seal_keys.make_key_file(tmp_path / "key.pem", "Andra")
    assert "Första" in load_pem_x509_certificate((tmp_path / "key.pem").read_bytes()).subject.rfc4514_string()


def test_what_is_only_tried_does_not_bear_the_seal():
    real = seal.current().certificate.dump()
    with seal.stand_in():
        assert seal.current().certificate.dump() != real
        assert seal.current().seal(seals.letter()[0], seals.MOMENT)
    assert seal.current().certificate.dump() == real


# a time-stamp authority


def with_time(stamper: TimeStamper) -> seal.Seal:
    plain = seal.current()
    return seal.Seal(plain.signer, stamper, plain._turn)  # type: ignore[arg-type]


def dummy_authority() -> DummyTimeStamper:
    key = rsa.generate_private_key(65537, 2048)
    certificate = seal_keys.self_signed(key, "Provtid")
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return DummyTimeStamper(
        tsa_cert=x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        tsa_key=keys.PrivateKeyInfo.load(private),
        fixed_dt=seals.MOMENT,
    )


@pytest.fixture
def authority():
    """A time-stamp authority on this machine."""
    dummy = dummy_authority()

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = dummy.request_tsa_response(asked).dump()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_with_a_time_stamp_authority_the_seal_has_its_time(settings, authority):
    settings.TSA_URL = authority
    unsealed, _ = seals.letter()
    sealed = seal.current().seal(unsealed, seals.MOMENT)
    seal.check(sealed, unsealed, seal.current().certificate, seals.MOMENT, timed=True)
    assert failures(sealed, "pdfa-3a") == []
    assert failures(sealed, "ua1") == []


def test_an_authority_that_does_not_answer_stops_the_letter():
    dead = seal.TimeAuthority("http://127.0.0.1:9/")
    with pytest.raises(seal.SealError, match="did not answer"):
        with_time(dead).seal(seals.letter()[0], seals.MOMENT)


def test_only_a_web_address_is_asked_for_the_time():
    with pytest.raises(seal.SealError, match="ANSLAG_TSA_URL"):
        seal.TimeAuthority("file:///etc/passwd")


# a token


def token(settings: Any, tmp_path: Path, **given: str) -> None:
    settings.SEAL_PKCS11, settings.SEAL_TOKEN, settings.SEAL_LABEL = str(tmp_path / "module.so"), "stämpel", "seal"
    settings.SEAL_PIN = "123456"
    for name, value in given.items():
        setattr(settings, name, value)


def test_a_token_needs_its_package(settings, tmp_path, monkeypatch):
    token(settings, tmp_path)
    monkeypatch.setitem(sys.modules, "pyhanko.sign.pkcs11", None)  # as when it cannot be imported
    with pytest.raises(seal.SealError, match="python-pkcs11"):
        seal.current()
    assert "123456" not in repr(seal.source())


class PackageOfTokens(ModuleType):
    """Stands in for pyhanko.sign.pkcs11, over a key in memory."""

    def __init__(self, *, fails: bool = False, certified: bool = True) -> None:
        super().__init__("pyhanko.sign.pkcs11")
        self.fails, self.certified, self.opened = fails, certified, list[tuple[Any, ...]]()

    def open_pkcs11_session(self, module: str, token_criteria: Any, user_pin: str | None) -> object:
        if self.fails:
            raise RuntimeError(f"wrong pin {user_pin}")
        self.opened.append((module, token_criteria.label, user_pin))
        return object()

    def PKCS11Signer(self, session: object, **given: Any) -> Any:
        if given["signing_cert"] is None and not self.certified:
            seals.stranger()
            return type("Empty", (), {"signing_cert": None})()
        return seals.stranger()


def test_a_token_is_logged_in_to_once_and_seals(settings, tmp_path, monkeypatch):
    token(settings, tmp_path)
    (tmp_path / "module.so").touch()
    package = PackageOfTokens()
    monkeypatch.setitem(sys.modules, "pyhanko.sign.pkcs11", package)
    monkeypatch.setattr("pyhanko.sign.pkcs11", package, raising=False)
    for _ in range(2):
        assert seal.current().seal(seals.letter()[0], seals.MOMENT)
    assert package.opened == [(str(tmp_path / "module.so"), "stämpel", "123456")]


@pytest.mark.parametrize(
    ("there", "package", "words"),
    [
        (False, PackageOfTokens(), "does not exist"),
        (True, PackageOfTokens(fails=True), "cannot be used: RuntimeError"),
        (True, PackageOfTokens(certified=False), "no certificate"),
    ],
)
def test_a_token_that_is_of_no_use_is_told_without_the_pin(settings, tmp_path, monkeypatch, there, package, words):
    token(settings, tmp_path)
    if there:
        (tmp_path / "module.so").touch()
    monkeypatch.setitem(sys.modules, "pyhanko.sign.pkcs11", package)
    monkeypatch.setattr("pyhanko.sign.pkcs11", package, raising=False)
    with pytest.raises(seal.SealError, match=words) as raised:
        seal.current()
    assert "123456" not in str(raised.value)


def test_a_tokens_certificate_may_be_a_file(settings, tmp_path):
    token(settings, tmp_path, SEAL_CERTIFICATE=str(tmp_path / "seal.pem"))
    _, certificate = key_and_certificate()
    (tmp_path / "seal.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    where = seal.source()
    assert isinstance(where, seal_keys.Token)
    assert [one.serial_number for one in where._certificates()] == [certificate.serial_number]
    (tmp_path / "seal.pem").write_bytes(b"nothing")
    with pytest.raises(seal.SealError, match="certificate"):
        where._certificates()


# what is asked of it before production


def codes_of_checks() -> list[str]:
    return [str(message.id) for message in checks.check_seal()]


def test_the_checks_of_production_judge_the_seal(settings, tmp_path):
    assert codes_of_checks() == ["anslag.E003"]  # the tests' own is a demonstration's
    settings.SEAL_KEY, settings.SEAL_PASSWORD = str(written(tmp_path / "key", "rsa", "p12")), PASSWORD
    assert codes_of_checks() == []
    with clock.at(datetime(2049, 12, 1, tzinfo=UTC)):
        assert codes_of_checks() == ["anslag.W001"]
    with clock.at(datetime(2050, 6, 1, tzinfo=UTC)):
        assert codes_of_checks() == ["anslag.E002"]
    settings.SEAL_PASSWORD = "fel"
    seal.forget()
    assert codes_of_checks() == ["anslag.E001"]


def test_a_certificate_for_something_else_is_not_for_seals(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(seal_keys, "USAGE", KeyUsage(False, False, True, False, False, False, False, False, False))
    settings.SEAL_KEY, settings.SEAL_PASSWORD = str(written(tmp_path / "key", "rsa", "p12")), PASSWORD
    assert codes_of_checks() == ["anslag.E004"]


def test_the_command_shows_the_seal_and_makes_one_for_trials(settings, tmp_path, capsys):
    call_command("seal", make=tmp_path / "seal.pem", name="Provmyndigheten")
    assert stat.S_IMODE((tmp_path / "seal.pem").stat().st_mode) == 0o600
    with pytest.raises(CommandError, match="exists"):
        call_command("seal", make=tmp_path / "seal.pem")
    settings.SEAL_KEY = str(tmp_path / "seal.pem")
    capsys.readouterr()
    call_command("seal")
    assert "Provmyndigheten" in capsys.readouterr().out
    settings.SEAL_KEY = str(tmp_path / "none.pem")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("seal")
