"""De minimis aid: what one undertaking has received during the years that count, from us and from others, and the limit; also
when two calls decide about it at once."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.de_minimis import Part, reckoned, statements
from grants.decisions.models import Decision
from grants.organisations.models import EarlierAid, Organisation
from grants.programmes.law import book, de_minimis
from grants.refusal import Refused
from tests.engine import herd, panels
from tests.engine.asking import happened, refused
from tests.engine.racing import all_is_well, racers
from tests.engine.stage import quick_letters
from tests.factories import World
from workflows import jobs, papers
from workflows.commands import run
from workflows.models import Event
from workflows.simulation import life, people

MOST = 200_000 * 1150  # öre, in the year in which these tests stand, by the rate of the law file


@pytest.fixture(autouse=True)
def _letters(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_letters(monkeypatch)


def years_back(day: date, years: int) -> date:
    """The same day so many years before, by counting days and looking."""
    found = day
    while (found.year, found.month, found.day) > (day.year - years, day.month, day.day):
        found -= timedelta(days=1)
    return found


@given(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.lists(st.tuples(st.integers(-2_000, 400), st.integers(1, 5 * 10**8)), max_size=12),
    st.integers(1, 5 * 10**8),
)
@settings(max_examples=500, deadline=None)
def test_the_sum_is_that_of_the_days_that_count(day: date, rows: list[tuple[int, int]], new: int) -> None:
    grants = [(day + timedelta(days=ahead), ore) for ahead, ore in rows]
    if day.year >= 2024:
        counting = [ore for when, ore in grants if years_back(day, 3) < when <= day]
        most = 300_000 * 1150
    else:
        counting = [ore for when, ore in grants if when.year in (day.year, day.year - 1, day.year - 2) and when <= day]
        most = 200_000 * 1150
    said = reckoned("X", [Part(when, "Y", ore) for when, ore in grants], new, day)
    assert said.earlier_ore == sum(counting)
    assert said.total_ore == sum(counting) + new
    assert said.is_over == (sum(counting) + new > most)


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2023, 12, 31), date(2021, 1, 1)), (date(2024, 1, 1), date(2021, 1, 2)),
        (date(2024, 2, 29), date(2021, 3, 1)), (date(2027, 3, 1), date(2024, 3, 2)), (date(2028, 2, 29), date(2025, 3, 1)),
    ],
)  # fmt: skip
def test_the_first_day_that_counts(day: date, first: date) -> None:
    assert de_minimis(day).begins(day) == first


def test_every_day_has_one_limit() -> None:
    for day in (date.min, date(2023, 12, 31), date(2024, 1, 1), date.max):
        assert sum(limit.holds(day) for limit in book().de_minimis) == 1


def aided(case: Application, body: Organisation, ore: int = 10_000_000) -> list[dict[str, Any]]:
    """Lines in which this undertaking, which becomes the case's last party, gets de minimis aid."""
    party = case.parties.last()
    assert party is not None
    party.organisation = body
    party.frozen_name = body.name
    party.save()
    definition = case.definition.decision
    basis = next(one.id for one in definition.aid_bases if one.de_minimis)
    return [
        {
            "party": p.pk,
            "max_amount_ore": ore if p.pk == party.pk else 1_000_000,
            "intensity_bp": 5000,
            "aid_basis": basis if p.pk == party.pk else definition.aid_bases[0].id,
        }
        for p in case.parties.all()
    ]


def state(world: World, case: Application, ore: int, day: date) -> EarlierAid:
    run("state_aid", world.sara, case, party=case.parties.last(), granter="En annan myndighet", day=day, amount=ore)
    return EarlierAid.objects.latest("pk")


@pytest.mark.django_db
class TestTheGuard:
    @pytest.fixture
    def body(self) -> Organisation:
        return people.organisation(700, "company", "Norrsken Analys AB")

    @pytest.fixture
    def case(self, world: World) -> Application:
        return panels.assessed(world, herd.submitted(world, 1), [5])[0]

    def approve(self, world: World, case: Application) -> None:
        decision = Decision.objects.prefetch_related("lines").get(application=case, state="proposed")
        run("approve", world.eva, case, version=decision.version, total=decision.total_ore)

    def test_what_is_stated_counts_to_the_ore(self, world: World, case: Application, body: Organisation) -> None:
        life.propose(case, world.sara, lines=aided(case, body))
        aid = state(world, case, MOST - 10_000_000 + 1, clock.today() - timedelta(days=10))
        version = Decision.objects.prefetch_related("lines").get(application=case)
        refusal = refused("approve", world.eva, case, version=1, total=version.total_ore)
        assert refusal.code == "de_minimis"
        for said in (body.name, "En annan myndighet", "2 300 000 kr".replace(" ", "\u00a0"), "1\u00a0januari 2021"):
            assert said in refusal.text, (said, refusal.text)
        run("drop_aid", world.sara, case, aid=aid)
        state(world, case, MOST - 10_000_000, clock.today() - timedelta(days=10))
        self.approve(world, case)
        assert life.fresh(case).state == CaseState.DECIDED
        assert happened(case).count("state_aid") == 2

    def test_what_is_too_long_ago_does_not_count(self, world: World, case: Application, body: Organisation) -> None:
        life.propose(case, world.sara, lines=aided(case, body))
        state(world, case, MOST, date(clock.today().year - 3, 12, 31))
        self.approve(world, case)

    def test_our_own_grants_count_and_are_not_stated(self, world: World, body: Organisation) -> None:
        first, second = panels.assessed(world, herd.submitted(world, 2), [5, 4])
        life.propose(first, world.sara, lines=aided(first, body))
        self.approve(world, first)
        with pytest.raises(Refused) as unsent:
            life.propose(second, world.sara, lines=aided(second, body))
            state(world, second, MOST - 20_000_000 + 1, clock.today())
            self.approve(world, second)
        assert str(first.number) not in unsent.value.refusals[0].text  # nobody knows of it before its letter
        jobs.run_pending()
        with pytest.raises(Refused) as answer:
            self.approve(world, second)
        assert str(first.number) in answer.value.refusals[0].text
        run("decline_grant", world.karin, first, reason="")
        self.approve(world, second)

    def test_on_another_basis_nothing_counts(self, world: World, case: Application, body: Organisation) -> None:
        lines = aided(case, body)
        for line in lines:
            line["aid_basis"] = case.definition.decision.aid_bases[0].id
        life.propose(case, world.sara, lines=lines)
        state(world, case, MOST * 2, clock.today())
        self.approve(world, case)

    def test_the_letter_says_what_was_reckoned_then(self, world: World, case: Application, body: Organisation) -> None:
        life.propose(case, world.sara, lines=aided(case, body))
        state(world, case, 5_000_000, clock.today() - timedelta(days=1))
        self.approve(world, case)
        clock.move(clock.now() + timedelta(seconds=1))
        EarlierAid.objects.create(
            organisation=body,
            granter="Senare",
            day=clock.today(),
            amount_ore=7,
            stated_by=world.sara,
            stated_at=clock.now(),
        )
        decision = Decision.objects.select_related("application__call__programme__authority").get(application=case)
        ground = papers.letter_data(decision, "sv").legal_ground
        assert ground is not None
        said = ground.text
        assert "Försumbart stöd till Norrsken Analys AB" in said
        assert "150\u00a0000\u00a0kr av högst" in said

    def test_nobody_is_asked_about_who_gets_none(
        self, world: World, case: Application, django_assert_num_queries: Any
    ) -> None:
        line = (1, "X", 100, case.definition.decision.aid_bases[0].id)
        with django_assert_num_queries(0):
            assert statements(case.definition, case.pk, [line]) == []


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_calls_decide_about_one_undertaking_at_once(world: World) -> None:
    """Each alone is within the limit, both are not: one is decided, whichever comes first, and the other is refused."""
    pairs: list[tuple[Application, ...]] = []
    starta = panels.assessed(world, herd.submitted(world, 4, "starta-2023"), [5] * 4)
    others = panels.assessed(world, herd.submitted(world, 4, "gemensamma-2023"), [5] * 4)
    for n, pair in enumerate(zip(starta, others, strict=True)):
        body = people.organisation(720 + n, "company")
        for case in pair:
            life.hear(case, world.sara)
            life.propose(case, world.sara, lines=aided(case, body))
        state(world, pair[0], de_minimis(clock.today()).ore - 15_000_000, clock.today())
        pairs.append(pair)
    herd.forget_mail()
    with racers() as race:
        for pair in pairs:
            outcomes = race.together(*(_approval(world, case) for case in pair))
            _one_and_the_other(outcomes)
            assert sorted(life.fresh(case).state for case in pair) == [CaseState.DECIDED, CaseState.PROPOSED]
    all_is_well()


def _approval(world: World, case: Application) -> Any:
    decision = Decision.objects.prefetch_related("lines").get(application=case)
    return lambda: run("approve", world.eva, case.pk, version=decision.version, total=decision.total_ore)


def _one_and_the_other(outcomes: Sequence[Any]) -> None:
    lost = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert sum(isinstance(outcome, Event) for outcome in outcomes) == 1, outcomes
    assert [[r.code for r in refusal.refusals] for refusal in lost] == [["de_minimis"]]
