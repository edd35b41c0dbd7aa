"""The law file: complete, read once, honest about what nobody has verified, and never guessed at."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from grants.programmes import law
from grants.programmes.faults import LoadingError
from grants.programmes.letter_templates import LetterKind
from grants.programmes.reading import parse_call
from grants.templatetags.call_texts import lawful

from .files import ROOT

SOURCE = (ROOT / law.FILE).read_text("utf-8")
# What the completeness of a decision is checked against: förvaltningslagen 31–33 §§.
ASKED = (
    "decision_date", "decision_content", "decision_maker", "decision_presenter", "decision_participants",
    "decision_reasons", "decision_notice",
)  # fmt: skip


def test_every_text_is_there_in_both_languages_with_its_source() -> None:
    for text in law.book().texts:
        assert text.text.en, text.id
        assert text.title.en, text.id
        assert str(text.source), text.id
    assert {*ASKED, "no_appeal", "how_to_appeal"} <= {text.id for text in law.book().texts}


def test_what_the_research_could_not_confirm_is_not_verified() -> None:
    unverified = {text.id for text in law.book().texts if not text.verified}
    assert {*ASKED, "how_to_appeal", "no_appeal", "recovery_ground", "withdrawal_ground"} <= unverified
    assert not any(limit.verified for limit in law.book().de_minimis)


def test_the_limit_of_de_minimis_aid_is_that_of_the_day() -> None:
    before, after = law.de_minimis(date(2023, 12, 31)), law.de_minimis(date(2024, 1, 1))
    assert (before.euro, before.counted, before.years) == (200_000, "fiscal_years", 3)
    assert (after.euro, after.counted, after.years) == (300_000, "rolling", 3)
    assert "2023/2831" in after.regulation


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("id: decision_date", "id: decision_content", "decision_content occurs twice"),
        ("since: 2024-01-01", "since: 2024-02-01", "begins on the day after"),
        ("verified: true", "verified: perhaps", "valid boolean"),
        ("    source: {document: Bidragets allmänna villkor}\n", "", "is missing"),
        ("regulation:", "regulations:", "perhaps regulation"),
    ],
)
def test_a_faulty_law_file_is_refused_with_its_line(was: str, now: str, said: str) -> None:
    assert was in SOURCE
    with pytest.raises(LoadingError, match=said) as refused:
        law.parse(SOURCE.replace(was, now, 1))
    assert all(fault.line for fault in refused.value.faults)


def test_lint_checks_the_law_file_too(tmp_path) -> None:
    call_command("call", "lint", str(ROOT / law.FILE), str(ROOT / "docs" / "example-call.yaml"), stdout=StringIO())
    (tmp_path / "law.yaml").write_text(SOURCE.replace("euro: 200000", "euro: many"), "utf-8")
    with pytest.raises(CommandError, match="euro"):
        call_command("call", "lint", str(tmp_path / "law.yaml"))


def test_a_legal_text_is_the_law_files_or_the_calls_own() -> None:
    by_id, own = law.LegalText(law="no_appeal"), law.LegalText(sv="Får överklagas.")
    assert by_id.read("en").startswith("A decision to grant or reject")
    assert not by_id.verified
    assert (own.read("en"), own.spoken("en"), own.verified) == ("Får överklagas.", "sv", True)


def test_a_text_that_the_law_file_has_lost_says_nothing() -> None:
    gone = law.LegalText(law="no_such_text")
    assert (gone.read("sv"), gone.verified) == ("", False)
    assert lawful(gone)  # a page shows its mark and does not fall


def test_what_is_not_verified_is_marked_on_pages() -> None:
    assert "an-demo" in lawful(law.LegalText(law="no_appeal"))
    assert "an-demo" not in lawful(law.LegalText(law="aid_forms"))
    assert "an-demo" in lawful(law.find("decision_date"))


def test_withdrawal_and_recovery_say_how_to_appeal_unless_the_call_says_otherwise() -> None:
    text = (ROOT / "docs" / "example-call.yaml").read_text("utf-8")
    decision = parse_call(text).decision
    assert "tre veckor" in decision.appeal_of(LetterKind.RECOVERY).read("sv")
    assert decision.appeal_of(LetterKind.GRANT).read("sv") == "Beslutet får inte överklagas."
    assert decision.appeal_of(LetterKind.FORMAL_REJECTION).law == "no_appeal"
    assert decision.ground_of(LetterKind.WRITTEN_OFF) is None
    assert decision.ground_of(LetterKind.FORMAL_REJECTION).read("en") == "The terms of the call."
    own = text.replace(
        "    formal_rejection:\n", "    recovery:\n      appeal: {sv: Egna ord.}\n    formal_rejection:\n"
    )
    assert parse_call(own).decision.appeal_of(LetterKind.RECOVERY).read("sv") == "Egna ord."
