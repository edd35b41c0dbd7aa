"""From a decision in the database to what its letter says: its kind, the law, and the call's own words."""

from __future__ import annotations

from typing import Any

import pytest

from grants.applications.models import CaseState
from grants.decisions.models import Decision, Outcome
from grants.letters.decision import render_decision
from grants.letters.printable import obstacles
from grants.letters.wordings import unfilled
from grants.programmes.letter_templates import LetterKind, LetterTexts
from grants.programmes.questions import Text
from tests.factories import World
from workflows import papers, previewing

from .reading import text_of


@pytest.fixture
def proposed(world: World) -> Decision:
    return world.case(CaseState.PROPOSED).decisions.get(state="proposed")


def test_the_law_is_read_by_its_id_and_says_that_nobody_has_verified_it(proposed: Decision) -> None:
    for language, words in (("sv", "får inte överklagas"), ("en", "cannot be appealed")):
        data = papers.letter_data(proposed, language)
        assert data.kind == "grant"
        assert words in data.appeal.text
        assert (data.appeal.language, data.appeal.verified, data.legal_ground.verified) == (language, False, False)
        assert {condition.language for condition in data.general_conditions} == {language}


def test_nothing_keeps_an_ordinary_letter_from_being_issued(proposed: Decision) -> None:
    for language in papers.LANGUAGES:
        data = papers.letter_data(proposed, language)
        assert obstacles(data) == ()
        assert set(unfilled(data, language)) <= {"due"}  # which is set when the decision is made


def test_a_name_that_no_font_has_is_an_obstacle_and_its_preview_shows_it(proposed: Decision) -> None:
    case = proposed.application
    case.title = "Projektet \U0001f600 שלום"
    found = obstacles(papers.letter_data(proposed, "sv"))
    assert [(each.field, each.characters[0]) for each in found] == [("project_title", "\U0001f600")]
    assert "[U+1F600]" in text_of(previewing.letter_of_proposal(proposed, "sv"))


def test_the_longest_that_forms_take_can_be_printed(proposed: Decision) -> None:
    """Whatever the models and the forms let through, there is a letter: no cell is higher than a page."""
    case = proposed.application
    case.title = "Å" * 200
    proposed.reasons, proposed.special_conditions = "W" * 8000, "M" * 4000
    proposed.participants = "Q" * 400
    for party in case.parties.select_related("organisation"):
        party.organisation.name = "W" * 200
        party.organisation.save()
        party.contact_name = party.signatory_name = "W" * 120
        party.save()
    proposed.lines.update(party_name="W" * 200)
    data = papers.letter_data(Decision.objects.get(pk=proposed.pk), "sv").model_copy(
        update={"project_title": case.title}
    )
    assert render_decision(data, "sv").content
    assert render_decision(papers.letter_data(proposed, "en"), "en").content


def test_a_call_says_its_letters_in_its_own_words(proposed: Decision, monkeypatch: pytest.MonkeyPatch) -> None:
    case = proposed.application
    own = LetterTexts(closing=Text(sv="Fråga {officer}.", en="Ask {officer}."), heading=Text(sv="Grattis till {total}"))
    decision = case.definition.decision.model_copy(update={"letters": {LetterKind.GRANT: own}})
    changed = case.definition.model_copy(update={"decision": decision})
    monkeypatch.setattr(type(case), "definition", property(lambda case: changed))
    said = text_of(render_decision(papers.letter_data(proposed, "en"), "en").content)
    assert f"Ask {proposed.prepared_by.name}." in said
    assert "Grattis till" in said  # not translated: said in Swedish


@pytest.mark.parametrize("kind", [kind for kind in LetterKind if kind != LetterKind.CHANGE])
def test_each_outcome_has_the_letter_of_its_name(proposed: Decision, kind: LetterKind) -> None:
    proposed.outcome = kind.value
    assert papers.letter_kind(proposed) == kind
    data = papers.letter_data(proposed, "sv")
    # a withdrawal says what is left of the grant
    assert bool(data.lines) == (kind in (LetterKind.GRANT, LetterKind.WITHDRAWAL))
    assert bool(data.repayments) == (kind == LetterKind.RECOVERY)
    assert render_decision(data, "sv", preview=True).content


def test_a_grant_that_replaces_another_is_a_change(proposed: Decision, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier: Any = Decision.objects.get(pk=proposed.pk)
    monkeypatch.setattr(Decision, "replaces", earlier, raising=False)
    assert proposed.outcome == Outcome.GRANT
    data = papers.letter_data(proposed, "sv")
    assert (data.kind, data.earlier.total_ore) == ("change", proposed.total_ore)
