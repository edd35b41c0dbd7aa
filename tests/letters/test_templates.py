"""A call's own words in its letters: fields and nothing else, and nothing that a user writes becomes one."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from grants.letters.data import Cell, DecisionLetter, Kind, Name, Part, Passage, Short
from grants.letters.decision import render_decision
from grants.letters.wordings import PARTS, WORDINGS, said, unfilled, values
from grants.programmes import consistent_letters, letter_templates
from grants.programmes.letter_templates import FIELDS, LetterKind, LetterTexts, faults, fields_of, fill, names_in

from . import sample
from .reading import read, text_of
from .sample import KINDS, LANGUAGES
from .test_conformance import assert_conforms


def own(text: str, language: str = "sv") -> Passage:
    return Passage(text=text, language=language)


def test_kinds_parts_and_limits_are_the_same_in_call_files_and_in_letters():
    assert set(get_args(Kind)) == set(LetterKind) == set(KINDS)
    assert get_args(Part) == PARTS == letter_templates.PARTS
    assert set(LetterTexts.model_fields) == {*PARTS, "legal_ground", "appeal"}
    assert [each.__metadata__[0].max_length for each in (Short, Name, Cell)] == [
        consistent_letters.LONGEST_NUMBER, consistent_letters.LONGEST_NAME, consistent_letters.LONGEST_CELL,
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_usual_words_are_right_and_every_field_has_a_value(kind, language):
    for template in WORDINGS[language][kind].values():
        assert list(faults(template, LetterKind(kind))) == []
    found = values(sample.decision(kind), language)
    assert [name for name in fields_of(LetterKind(kind)) if not found.get(name)] == []
    assert unfilled(sample.decision(kind), language) == ()


def test_both_languages_say_the_same_with_the_same_fields():
    for kind in KINDS:
        assert WORDINGS["sv"][kind].keys() == WORDINGS["en"][kind].keys()
        for part, swedish in WORDINGS["sv"][kind].items():
            assert set(names_in(swedish)) == set(names_in(WORDINGS["en"][kind][part])), (kind, part)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{projekt}", "there is no field {projekt}"),
        ("{total}", "has no value in a letter of the kind rejection"),
        ("a { b", "a brace alone"),
        ("a } b", "a brace alone"),
        ("{{project}}", "a brace alone"),
        ("{project.__class__}", "is not a field"),
        ("{project!r}", "is not a field"),
        ("{project:>9}", "is not a field"),
        ("{project[0]}", "is not a field"),
        ("{0}", "is not a field"),
        ("{}", "is not a field"),
        ("{ project }", "is not a field"),
        ("{Project}", "is not a field"),
        ("x" * 2001, "longer than 2000"),
    ],
)
def test_a_template_with_anything_else_is_refused(template, said):
    found = list(faults(template, LetterKind.REJECTION))
    assert any(said in each for each in found), found
    with pytest.raises(ValidationError, match=r"wording\.decision"):
        sample.decision("rejection", wording={"decision": own(template)})


def test_a_fault_says_where_in_the_text_it_stands():
    assert next(faults("Hej {namn}", LetterKind.GRANT)).startswith("character 5: there is no field {namn}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_field_can_stand_in_every_part(kind, language):
    text = " ".join(f"[{name}={{{name}}}]" for name in fields_of(LetterKind(kind)))
    decision = sample.decision(kind, wording={part: own(text, language) for part in PARTS})
    content = render_decision(decision, language).content
    assert_conforms(content)
    wanted = fill(text, values(decision, language)).replace("\u00a0", " ")
    assert " ".join(text_of(content).split()).count(" ".join(wanted.split())) == len(PARTS)


def test_what_a_user_writes_is_never_a_template():
    hostile = "{total} {{project}} {authority.__class__} {0} %s <b>fet</b>"
    decision = sample.decision(project_title=hostile, wording={"decision": own("Bidrag till {project}: {total}.")})
    assert said(decision, "decision", "sv").text == f"Bidrag till {hostile}: 580\u00a0000\u00a0kr."
    assert f"Bidrag till {hostile}: 580 000 kr." in text_of(render_decision(decision, "sv").content)


def test_markup_in_a_template_is_shown_and_not_obeyed():
    decision = sample.decision(wording={"decision": own('<b>fet</b> <img src="x"/> {project}')})
    content = render_decision(decision, "sv").content
    assert '<b>fet</b> <img src="x"/> Rätt ärende' in text_of(content)
    assert_conforms(content)


def test_a_part_that_is_not_translated_is_read_out_as_swedish():
    decision = sample.decision(wording={"decision": own("Vi ger {total}.")})
    root, _ = read(render_decision(decision, "en").content)
    found = next(node for node in root.find("P") if "Vi ger" in node.text)
    assert (found.lang, found.text.replace("\u00a0", " ")) == ("sv", "Vi ger 580 000 kr.")


def test_a_field_without_a_value_is_told_and_shown_in_the_preview():
    decision = sample.decision(acceptance_due=None, wording={"meaning": own("Svara senast {due}.")})
    assert unfilled(decision, "sv") == ("due",)
    assert "Svara senast [due]." in text_of(render_decision(decision, "sv", preview=True).content)


def test_day_of_the_decision_is_open_in_a_preview():
    decision = sample.decision(wording={"closing": own("Beslutat {date}.")})
    assert "Beslutat 13 november 2023." in text_of(render_decision(decision, "sv").content)
    assert "Beslutat sätts vid beslut." in text_of(render_decision(decision, "sv", preview=True).content)


def test_every_field_has_a_kind_a_meaning_and_an_example():
    assert len({field.name for field in FIELDS}) == len(FIELDS)
    assert all(field.kinds and field.meaning.endswith(".") and field.example for field in FIELDS)


def test_a_letter_with_own_words_reads_itself_again():
    decision = sample.decision("recovery", wording={"heading": own("Betala {total}")})
    assert DecisionLetter.model_validate_json(decision.canonical_json()) == decision
