"""The reading pack says what the reviewer reads, carries the reader's name on every page, and is an archive document."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pikepdf
import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import Application
from grants.letters.data import Authority
from reviewers.models import Assignment, PackCopy
from reviewers.pack_pdf import Copy, NoteLines, Packed, render_pack
from tests.engine import herd
from tests.factories import World
from tests.letters.reading import read, text_of
from tests.letters.test_conformance import assert_conforms
from workflows.commands import run
from workflows.simulation import life

pytestmark = pytest.mark.django_db
SENDER = Authority(name="Exempelmyndigheten", short_name="EM", orgnr="000000-0001")
COPY = Copy("Mira Dahl", 3, date(2023, 10, 9))


@pytest.fixture
def cases(world: World) -> list[Application]:
    """Two applications that Mira may read, and one that she has not declared on."""
    found = herd.assessing(world, 3, "mira", "tove")
    for case in found[:2]:
        run("declare", world.mira, of(case, world), answer="no", text="")
    return found


def of(case: Application, world: World, who: str = "mira") -> Assignment:
    return case.assignments.select_related("reviewer").get(reviewer=world.people[who])


def packed(case: Application, **changes: Any) -> Packed:
    content = case.submissions.get().content | changes
    return Packed(case.number or "", content, case.definition)


def plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_pack_conforms_and_says_everything(cases: list[Application], language: Any) -> None:
    content = render_pack([packed(case) for case in cases[:2]], COPY, SENDER, language).content
    assert_conforms(content)
    text = plain(text_of(content))
    for case in cases[:2]:
        submitted = case.submissions.get().content
        assert f"{case.number} {submitted['title']}" in text
        for answer in submitted["answers"]:
            question = case.definition.question(answer["question"])
            if question is not None and question.kind == "long":
                assert all(plain(part) in text for part in answer["value"].split("\n"))
        for criterion in case.definition.criteria:
            assert all(plain(anchor.read(language)) in text for anchor in criterion.anchors.values())


def test_every_page_carries_whose_it_is_beside_the_text(cases: list[Application]) -> None:
    content = render_pack([packed(case) for case in cases[:2]], COPY, SENDER, "sv").content
    root, pages = read(content)
    assert len(pages) > 4
    for page in pages:
        assert COPY.mark in plain(page.artifacts["/Watermark"])
        assert "Mira Dahl" in page.artifacts["/Header"]
        assert page.tagged
    assert COPY.mark == "Mira Dahl · 2023-10-09 · exemplar 3"
    assert all(COPY.mark not in node.text for node in root.walk())  # it is not read out with the text


def test_the_same_copy_is_the_same_file(cases: list[Application]) -> None:
    one = packed(cases[0])
    first = render_pack([one], COPY, SENDER, "sv")
    assert render_pack([one], COPY, SENDER, "sv") == first
    assert render_pack([one], Copy("Mira Dahl", 4, COPY.day), SENDER, "sv") != first


def test_what_no_page_can_hold_is_still_there(cases: list[Application]) -> None:
    """A text of many pages, a cell higher than a page, names that no font has, and nothing at all."""
    case = cases[0]
    content = case.submissions.get().content
    long = [a | {"value": "ord " * 12_000} if isinstance(a["value"], str) else a for a in content["answers"]]
    wild = [p | {"name": "\U0001f600 <b>&amp;" * 8, "contact_name": "ا" * 40} for p in content["parties"]]
    made = render_pack([packed(case, answers=long, parties=wild)], COPY, SENDER, "sv")
    assert_conforms(made.content)
    assert "\U0001f600" in made.missing
    bare = {"answers": [], "parties": [], "budgets": [], "attachments": [], "starts_on": None, "ends_on": None}
    assert_conforms(render_pack([packed(case, **bare, cost_ore=0, applied_ore=0)], COPY, SENDER, "sv").content)


def test_lines_to_write_on_go_on_on_the_next_page() -> None:
    first, rest = NoteLines(7).split(400, 80)
    assert (first.count, rest.count) == (3, 4)
    assert NoteLines(7).split(400, 10) == []


class TestFetching:
    @pytest.fixture
    def mira(self, world: World, cases: list[Application], sign_in: Callable[..., Client]) -> Client:
        return sign_in(world.mira)

    def test_a_copy_is_numbered_noted_and_counts_as_reading(
        self, world: World, cases: list[Application], mira: Client
    ) -> None:
        mine = of(cases[0], world)
        for n in (1, 2):
            answer = mira.get(reverse("reading_pack", args=[mine.pk]))
            assert answer["Content-Type"] == "application/pdf"
            assert answer["Cache-Control"] == "private, no-store"
            assert f"exemplar {n}" in plain(read(answer.content)[1][0].artifacts["/Watermark"])
        assert list(mine.copies.values_list("n", "submission")) == [(1, 1), (2, 1)]
        mine.refresh_from_db()
        assert mine.first_read_at == clock.now()
        assert mira.head(reverse("reading_pack", args=[mine.pk])).status_code == 200
        assert mine.copies.count() == 2
        for change in (lambda: mine.copies.update(n=9), lambda: mine.copies.all().delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    def test_all_of_a_call_are_those_that_one_is_to_score(
        self, world: World, cases: list[Application], mira: Client
    ) -> None:
        address = reverse("reading_packs") + f"?omgang={cases[0].call.slug}"
        text = text_of(mira.get(address).content)
        assert [case.number in text for case in cases] == [True, True, False]
        life.score(of(cases[0], world), world.rng)
        run("lodge", world.mira, of(cases[0], world))
        assert cases[0].number not in text_of(mira.get(address).content)
        for wrong in ("", "?omgang=x", "?omgang=%00", "?omgang=uppskalning-2023"):
            assert mira.get(reverse("reading_packs") + wrong).status_code == 404

    def test_it_is_there_while_one_may_read_and_for_nobody_else(
        self, world: World, cases: list[Application], mira: Client, sign_in: Callable[..., Client]
    ) -> None:
        mine, unanswered = of(cases[0], world), of(cases[2], world)
        address = reverse("reading_pack", args=[mine.pk])
        assert mira.get(reverse("reading_pack", args=[unanswered.pk])).status_code == 404
        assert mira.get("/bedomning/99999999999999999999/laspaket.pdf").status_code == 404
        run("report_conflict", world.mira, mine, reason="Min syster.")
        assert mira.get(address).status_code == 404
        for who in (world.tove, world.sara, world.karin):
            assert sign_in(who).get(address).status_code == 404
        assert not PackCopy.objects.exclude(assignment=mine).exists()

    def test_it_costs_the_same_however_much_one_has(
        self, world: World, cases: list[Application], mira: Client, django_assert_max_num_queries: Any
    ) -> None:
        mira.get(reverse("review_queue"))
        with django_assert_max_num_queries(16):
            mira.get(reverse("reading_packs") + f"?omgang={cases[0].call.slug}")

    def test_the_clock_is_the_houses(self, world: World, cases: list[Application], mira: Client) -> None:
        with clock.at(clock.now() + timedelta(days=2)):
            content = mira.get(reverse("reading_pack", args=[of(cases[0], world).pk])).content
            today = clock.today().isoformat()
        assert today in plain(read(content)[1][0].artifacts["/Watermark"])
        with pikepdf.open(io.BytesIO(content)) as pdf:
            assert list(pdf.attachments) == ["laspaket.json"]
