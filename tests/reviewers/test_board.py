"""The board: order, line, what is marked, who sees it, and the files that it can be calculated from again."""

import csv
import io
import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.test import Client
from django.urls import reverse

from grants.applications.models import Application
from grants.organisations.models import Person
from reviewers.models import Score
from tests.engine import herd
from tests.factories import World
from tests.numbers.meter import metered
from tests.signing_in import signed_in
from workflows.commands import run
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
ADDRESSES = ("board", "board_pictures", "board_xlsx")
SLUG = "starta-2023"


@pytest.fixture
def judged(world: World) -> list[Application]:
    cases = herd.assessing(world, 3)
    for case, levels in zip(cases, ((3, 3, 3), (5, 4, 1), (2, 2, 2)), strict=True):
        for assignment, level in zip(world.assigned(case), levels, strict=True):
            exactly(assignment, level)
    return cases


def exactly(assignment, level: int) -> None:
    """A sheet with the same score on every criterion, lodged."""
    run("declare", assignment.reviewer, assignment, answer="no", text="")
    life.score(assignment, random.Random(1), level)
    Score.objects.filter(sheet__assignment=assignment).update(value=level)
    run("lodge", assignment.reviewer, assignment)


def page(person: Person, name: str = "board", query: str = "") -> str:
    response = signed_in(person).get(reverse(name, args=[SLUG]) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_best_comes_first_and_a_large_spread_is_marked(world: World, judged: list[Application]) -> None:
    html = page(world.sara)
    numbers = [case.number for case in judged]
    found = sorted(numbers, key=lambda number: html.index(str(number)))
    assert found == [numbers[1], numbers[0], numbers[2]]
    assert html.count("an-g--turn") == 1
    assert "4,0" in html


def test_the_line_is_drawn_where_the_money_ends(world: World, judged: list[Application], monkeypatch) -> None:
    from grants.programmes.models import Call

    applied = judged[1].submissions.get().content["applied_ore"]
    assert "an-fundline" not in page(world.sara)
    whole = Call.definition.fget  # type: ignore[attr-defined]
    budget = applied * 3 // 2 // 100
    monkeypatch.setattr(
        Call, "definition", property(lambda call: whole(call).model_copy(update={"call_budget": budget}))
    )
    html = page(world.sara)
    assert html.count("an-fundline") == 1
    assert html.index(str(judged[1].number)) < html.index("an-fundline") < html.index(str(judged[0].number))


def test_the_other_views_and_the_pictures(world: World, judged: list[Application]) -> None:
    assert "Justerade poäng tar bort" in page(world.sara, query="?visa=justerat")
    assert "plats 1–2" in page(world.sara, query="?visa=utan")
    assert "plats 1" not in page(world.sara, query="?visa=%00")
    drawn = page(world.sara, "board_pictures")
    assert (
        drawn.count('<svg class="an-chart') == len(judged[0].definition.criteria) + 2 * 2
    )  # two of them for a phone too


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("who", ["karin", "mira", "tove"])
def test_nobody_else_finds_it(world: World, judged: list[Application], name: str, who: str) -> None:
    assert signed_in(world.people[who]).get(reverse(name, args=[SLUG])).status_code == 404
    assert Client().get(reverse(name, args=[SLUG])).status_code == 302


def test_in_ones_own_case_an_office_shows_nothing(world: World, judged: list[Application]) -> None:
    partner = people.organisation(77, "municipality")
    judged[1].parties.create(organisation=partner, role="participant", position=8)
    people.speaks_for(world.jonas, partner, world.sara)
    html = page(world.jonas)
    assert str(judged[1].number) not in html
    assert "1 ärende visas inte" in html
    assert str(judged[1].number) in page(world.sara)
    content = signed_in(world.jonas).get(reverse("board_csv", args=[SLUG, "poang"])).content.decode()
    assert str(judged[1].number) not in content


def table(person: Person, name: str) -> list[dict[str, str]]:
    data = signed_in(person).get(reverse("board_csv", args=[SLUG, name])).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(data), delimiter=";"))


def half_up(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def test_the_ranking_can_be_calculated_again_from_the_files(world: World, judged: list[Application]) -> None:
    weights = {
        row["Kriterium"]: Decimal(row["Vikt, procent"].replace(",", ".")) for row in table(world.sara, "kriterier")
    }
    sheets: dict[tuple[str, str], list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for row in table(world.sara, "poang"):
        sheets[row["Diarienummer"], row["Bedömare"]].append((weights[row["Kriterium"]], Decimal(row["Poäng"])))
    totals: dict[str, list[Decimal]] = defaultdict(list)
    for (number, _who), scores in sheets.items():
        totals[number].append(half_up(sum((w * v for w, v in scores), Decimal()) / sum(w for w, _v in scores)))
    means = {number: half_up(sum(given, Decimal()) / len(given)) for number, given in totals.items()}
    told = {row["Diarienummer"]: row for row in table(world.sara, "ansokningar")}
    assert len(means) == 3
    for number, mean in means.items():
        assert told[number]["Poäng"] == f"{mean}".replace(".", ",")
        assert told[number]["Plats"] == str(1 + sum(other > mean for other in means.values()))


def test_a_name_that_is_no_table_is_not_found(world: World, judged: list[Application]) -> None:
    assert signed_in(world.sara).get(reverse("board_csv", args=[SLUG, "nix"])).status_code == 404


def test_the_questions_to_the_database_do_not_grow(world: World) -> None:
    cases = herd.assessing(world, 6)
    costs = []
    for some in (cases[:2], cases[2:]):
        for case in some:
            for assignment in world.assigned(case):
                life.review(assignment, world.rng)
        client = signed_in(world.sara)
        for name in ADDRESSES:
            client.get(reverse(name, args=[SLUG]))
            with metered() as cost:
                client.get(reverse(name, args=[SLUG]))
            costs.append((name, cost.queries))
    assert costs[:3] == costs[3:]
    assert max(queries for _name, queries in costs) <= 14, costs
