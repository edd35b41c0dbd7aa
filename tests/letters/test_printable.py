"""What cannot be printed stops a letter before it is issued, and is told by its name and its place."""

from __future__ import annotations

import pytest
from django.utils import translation

from grants.letters.data import DecisionLetter
from grants.letters.naming import NAMES, field_name
from grants.letters.printable import character_name, obstacles

from . import sample


def test_nothing_stands_in_the_way_of_an_ordinary_letter():
    assert obstacles(sample.decision()) == ()
    assert obstacles(sample.receipt()) == ()


@pytest.mark.parametrize(
    ("sign", "said"),
    [
        ("\U0001f600", "U+1F600 GRINNING FACE"),
        ("\u05d0", "U+05D0 HEBREW LETTER ALEF"),
        ("\u0627", "U+0627 ARABIC LETTER ALEF"),
        ("\u682a", "U+682A CJK UNIFIED IDEOGRAPH-682A"),
        ("\U00010ffd", "U+10FFD"),
    ],
)
def test_a_character_that_no_font_has_is_told_with_its_field(sign, said):
    lines = list(sample.decision().lines)
    lines[1] = lines[1].model_copy(update={"party_name": f"Bolaget {sign} och {sign}"})
    found = obstacles(sample.decision(lines=lines, project_manager=f"Karin {sign}"))
    assert [(each.field, each.characters) for each in found] == [
        ("project_manager", (sign,)),
        ("lines.1.party_name", (sign,)),
    ]
    assert found[0].signs == said == character_name(sign)
    with translation.override("sv"):
        assert [each.name for each in found] == ["Projektledaren", "Part 2"]


def test_many_characters_are_told_by_the_first():
    found = obstacles(sample.decision(project_title="\u682a\u5f0f\u4f1a\u793e\u6771\u4eac"))
    assert len(found[0].characters) == 6
    assert found[0].signs.endswith("793E, U+6771 CJK UNIFIED IDEOGRAPH-6771, …")


def test_markup_is_no_obstacle():
    assert obstacles(sample.decision(project_title='<b>&</b> <img src="x"/>')) == ()


def test_every_text_of_a_letter_has_a_name():
    technical = {"version", "decided_at", "kind", "start", "end", "acceptance_due", "verify_url", "example"}
    technical |= {"reserve_place", "replaces"}
    assert set(DecisionLetter.model_fields) - technical - set(NAMES) == set()
    assert field_name("something_new") == "something_new"
