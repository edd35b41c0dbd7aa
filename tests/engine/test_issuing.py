"""From the decision to the letter: frozen, sealed, stored and sent once, whatever happens on the way."""

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections

from grants.applications.freezing import sha256
from grants.applications.models import Application
from grants.letters import seal
from grants.letters.data import DecisionLetter
from grants.letters.decision import render_decision
from grants.letters.models import Document, SealCertificate
from grants.letters.register import SentLetters
from grants.letters.seal_keys import SealError
from grants.letters.verify import Finding, verify
from grants.models import StoredFile
from grants.organisations.models import Organisation, Person
from tests.engine import herd
from tests.engine.test_worker import rescue, states, work
from tests.factories import World
from workflows import issuing, jobs
from workflows.integrity.letters import check as check_letters
from workflows.integrity.papers import check_letters as check_papers
from workflows.models import Event, Notice
from workflows.simulation import life

ROOT = Path(settings.BASE_DIR)
KILLED = """
import os, signal
import django
django.setup()
from procrastinate.contrib.django import app
from grants.models import StoredFile
from workflows import issuing
real = issuing.sealed
def sealed(content):
    result = real(content)
    os.write(1, b"sealed")
    return result
issuing.sealed = sealed
StoredFile.keep = classmethod(lambda cls, *rest: os.kill(os.getpid(), signal.SIGKILL))
worker = app.with_connector(app.connector.get_worker_connector())
worker.run_worker(wait=False, install_signal_handlers=False, listen_notify=False, queues=["letters"])
"""


def approved(world: World) -> Application:
    case = herd.to_reject(world, 1)[0]
    life.approve(case, world.eva)
    return case


def letters(case: Application) -> list[Document]:
    rows = Document.objects.filter(application=case, kind="decision").select_related("file")
    return list(rows.order_by("language"))


def dispatches(case: Application) -> int:
    return Event.objects.filter(stream=f"case:{case.pk}", name="dispatch").count()


def stored() -> int:
    return StoredFile.objects.filter(media_type="application/pdf", kept_at__isnull=False).count()


def assert_issued_once(case: Application) -> None:
    assert [one.language for one in letters(case)] == ["en", "sv"]
    assert dispatches(case) == 1
    assert Notice.objects.filter(case=case, kind="dispatch").count() == 1
    assert [*check_papers(), *check_letters()] == []


@pytest.mark.django_db
class TestWhatIsFrozen:
    def test_the_decision_holds_its_letters_and_the_event_their_hashes(self, world: World) -> None:
        case = approved(world)
        decision = case.decisions.get()
        (event,) = Event.objects.filter(stream=f"case:{case.pk}", name="approve")
        assert set(decision.letters) == {"sv", "en"}
        for language, data in decision.letters.items():
            letter = DecisionLetter.model_validate(data)
            assert event.data["letters"][language] == hashlib.sha256(letter.canonical_json()).hexdigest()
            assert letter.decided_at == decision.decided_at

    def test_each_letter_has_an_address_that_cannot_be_guessed(self, world: World) -> None:
        cases = herd.to_reject(world, 2)
        for case in cases:
            life.approve(case, world.eva)
        jobs.run_pending()
        addresses = {one.data["verify_url"] for case in cases for one in letters(case)}
        assert len(addresses) == 4
        for case in cases:
            for one in letters(case):
                assert one.data["verify_url"] == f"{settings.BASE_URL}/kontrollera/{one.code}/"
                assert len(str(one.code)) == 22  # 128 bits
                assert str(case.number) not in one.data["verify_url"]

    def test_what_is_changed_afterwards_does_not_reach_the_letter(self, world: World) -> None:
        case = approved(world)
        before = case.decisions.get().letters
        Organisation.objects.filter(pk__in=case.parties.values("organisation")).update(name="Ett helt annat namn")
        Person.objects.filter(pk=world.eva.pk).update(name="Någon Annan")
        Application.objects.filter(pk=case.pk).update(title="En annan titel")
        jobs.run_pending()
        for one in letters(case):
            assert one.data == before[one.language]
            text = str(one.data)
            assert "Ett helt annat namn" not in text
            assert "Någon Annan" not in text
            assert "En annan titel" not in text


@pytest.mark.django_db
class TestWhatIsIssued:
    def test_the_file_is_the_sealed_rendering_and_the_dispatch_tells_it(self, world: World) -> None:
        case = approved(world)
        jobs.run_pending()
        (event,) = Event.objects.filter(stream=f"case:{case.pk}", name="dispatch")
        for one in letters(case):
            content = bytes(one.file.content)
            language: Any = one.language
            again = render_decision(DecisionLetter.model_validate(one.data), language)
            assert again.sha256 == one.unsealed_sha256
            assert content.startswith(again.content)
            assert len(content) > len(again.content)
            seal.check(content, again.content, seal.current().certificate, one.made_at)
            assert event.data["letters"][one.language] == {"sha256": one.file_id, "unsealed": one.unsealed_sha256}
            assert one.identity.encode() in content
            assert bytes(SealCertificate.objects.get().der) == seal.current().certificate.dump()
        assert_issued_once(case)

    def test_it_is_known_when_it_is_sent_and_not_before(self, world: World) -> None:
        case = approved(world)
        decision = case.decisions.get()
        decision.hold_until = decision.decided_at.replace(year=2030)
        decision.save(update_fields=["hold_until"])
        jobs.run_pending()
        content = bytes(letters(case)[0].file.content)
        code = str(letters(case)[0].code)
        assert dispatches(case) == 0
        assert verify(content, SentLetters()).finding == Finding.UNREGISTERED
        assert SentLetters().by_code(code) is None
        decision.hold_until = None
        decision.save(update_fields=["hold_until"])
        jobs.make_letter.func(decision.pk)
        verdict = verify(content, SentLetters())
        assert verdict.is_genuine
        assert verdict.letter == SentLetters().by_code(code)
        assert verdict.letter is not None
        assert (verdict.letter.number, verdict.letter.version) == (case.number, 1)

    def test_a_receipt_bears_no_seal(self, world: World) -> None:
        case = world.draft()
        life.submit(case, world.karin)
        jobs.run_pending()
        for one in Document.objects.filter(application=case):
            assert (one.unsealed_sha256, one.sealed_by, one.code) == ("", None, None)

    def test_a_decision_from_before_letters_were_frozen_is_issued_all_the_same(self, world: World) -> None:
        case = approved(world)
        case.decisions.update(letters={})
        jobs.run_pending()
        assert len(letters(case)) == 2
        assert dispatches(case) == 1


@pytest.mark.django_db
class TestWhatGoesWrong:
    def test_a_letter_that_cannot_be_sealed_is_not_kept_and_not_sent(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case, before = approved(world), stored()

        def broken(*_args: object, **_rest: object) -> None:
            raise seal.SealBrokenError("The seal is not intact.")

        with monkeypatch.context() as patch:
            patch.setattr(seal, "check", broken)
            with pytest.raises(SealError):
                jobs.make_letter.func(case.decisions.get().pk)
        assert (letters(case), dispatches(case), stored()) == ([], 0, before)
        jobs.run_pending()
        assert_issued_once(case)

    @pytest.mark.parametrize("when", ["file", "row"])
    def test_a_full_disk_leaves_nothing_half_done(
        self, world: World, monkeypatch: pytest.MonkeyPatch, when: str
    ) -> None:
        case, before = approved(world), stored()

        def full(*_args: object, **_rest: object) -> None:
            raise OperationalError("could not extend file: No space left on device")

        with monkeypatch.context() as patch:
            if when == "file":
                patch.setattr(StoredFile, "keep", full)
            else:
                patch.setattr(Document, "save", full)
            with pytest.raises(OperationalError):
                jobs.make_letter.func(case.decisions.get().pk)
        assert (letters(case), dispatches(case), stored()) == ([], 0, before)
        jobs.run_pending()
        assert_issued_once(case)

    def test_what_one_language_has_is_kept_when_the_other_fails(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case = approved(world)
        real, asked = issuing.sealed, list[int]()

        def second_fails(content: bytes) -> tuple[bytes, bytes]:
            asked.append(1)
            if len(asked) == 2:
                raise SealError("The token is gone.")
            return real(content)

        with monkeypatch.context() as patch:
            patch.setattr(issuing, "sealed", second_fails)
            with pytest.raises(SealError):
                jobs.make_letter.func(case.decisions.get().pk)
        (first,) = letters(case)
        assert dispatches(case) == 0
        jobs.run_pending()
        assert first in letters(case)
        assert_issued_once(case)


def database_url() -> str:
    """The tests' database, for a process of its own."""
    address, _, _ = os.environ["DATABASE_URL"].partition("?")
    options = os.environ["DATABASE_URL"][len(address) :]
    return f"{address.rpartition('/')[0]}/{connection.settings_dict['NAME']}{options}"


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_between_seal_and_store_has_done_nothing(world: World) -> None:
    case = approved(world)
    environment = os.environ | {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode == -9, done.stderr.decode()
    assert done.stdout == b"sealed"
    assert (letters(case), dispatches(case)) == ([], 0)
    assert ("make_letter", "doing") in states()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    rescue()
    work()
    assert ("make_letter", "succeeded") in states()
    assert_issued_once(case)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_issue_one_letter_and_keep_one_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case, before = approved(world), stored()
    decision = case.decisions.get()
    both, real, failed = threading.Barrier(2, timeout=60), issuing.sealed, list[BaseException]()

    def at_once(content: bytes) -> tuple[bytes, bytes]:
        result = real(content)
        both.wait()
        return result

    def worker() -> None:
        try:
            jobs.make_letter.func(decision.pk)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    # each seals at a moment of its own, so that the two files are not the same
    turns = iter(range(100))
    now = issuing.clock.now()
    monkeypatch.setattr(issuing.clock, "now", lambda: now.replace(second=next(turns) % 60))
    monkeypatch.setattr(issuing, "sealed", at_once)
    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    monkeypatch.undo()
    assert failed == []
    assert_issued_once(case)
    assert stored() == before + 2
    assert sha256(decision.letters["sv"]) == sha256(letters(case)[1].data)
