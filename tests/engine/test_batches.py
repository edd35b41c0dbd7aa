"""A whole call's decisions prepared and made at once: suggested, typed, sent, gone through by the real commands, and gone on with
after a worker that died."""

from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.models import Decision, DecisionState, Outcome
from grants.programmes import loading
from grants.programmes.models import Office
from tests.engine import herd, panels
from tests.engine.asking import happened
from tests.engine.stage import quick_letters
from tests.factories import World
from tests.programmes.files import raw
from workflows import batching, jobs
from workflows.batch_forms import BatchForm
from workflows.batching import Kind, Phase
from workflows.commands import run
from workflows.commands.calls import give_office
from workflows.models import DecisionBatch
from workflows.queries.batch import Desk, PartyFacts, call_of_office, facts_of, lowered
from workflows.simulation import life

pytestmark = pytest.mark.django_db
LEVELS = [5, 2, 4, 3]


@pytest.fixture(autouse=True)
def _letters(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_letters(monkeypatch)


def assessed(world: World, levels: list[int], budget: int | None = None) -> list[Application]:
    """Assessed cases of one call; the first case's scores are all the first level, and so on."""
    if budget is not None:
        file = raw("starta-2023") | {"call_budget": budget}
        loading.publish(world.call(), yaml.safe_dump(file, allow_unicode=True))
    return panels.assessed(world, herd.submitted(world, len(levels)), levels)


def desk(world: World, slug: str = "starta-2023") -> Desk:
    found = call_of_office(world.sara, slug, "handle_call")
    assert found
    return found


def form_of(world: World, **typed: str) -> BatchForm:
    return BatchForm(facts_of(world.sara, desk(world)), typed)


def prepared(world: World, key: str = "k", **typed: str) -> DecisionBatch:
    form = form_of(world, **typed)
    assert not form.faults(), form.faults()
    return batching.send(world.sara, world.call(), Kind.PREPARE, form.proposals(), key, form.texts())


def gone_through(batch: DecisionBatch) -> DecisionBatch:
    batching.carry_out(batch.pk)
    batch.refresh_from_db()
    return batch


def to_sign(world: World) -> list[dict[str, Any]]:
    rows = Decision.objects.filter(state=DecisionState.PROPOSED).order_by("pk").prefetch_related("lines")
    return [{"case": d.application_id, "version": d.version, "total": d.total_ore} for d in rows]


def signed(world: World, who: str = "eva", key: str = "s", rows: list[dict[str, Any]] | None = None) -> DecisionBatch:
    return batching.send(getattr(world, who), world.call(), Kind.APPROVE, rows or to_sign(world), key)


def no_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


class TestWhatIsSuggested:
    def test_grants_in_rank_order_until_the_money_ends(self, world: World) -> None:
        cases = assessed(world, LEVELS)
        each = cases[0].applied_ore // 100
        loading.publish(
            world.call(), yaml.safe_dump(raw("starta-2023") | {"call_budget": each * 2 + each // 2}, allow_unicode=True)
        )
        rows = form_of(world).rows
        assert [row.pk for row in rows] == [cases[n].pk for n in (0, 2, 3, 1)]
        assert [row.outcome.value for row in rows] == ["grant", "grant", "rejection", "rejection"]
        assert form_of(world).granted_ore == sum(row.total_ore for row in rows[:2]) > 0

    def test_each_party_gets_what_it_asked_for_within_its_share(self, world: World) -> None:
        (case,) = assessed(world, [4])
        facts = facts_of(world.sara, desk(world)).cases[0]
        budgets = {b["party"]: b for b in case.submissions.get().content["budgets"]}
        for party in facts.parties:
            most = sum(c["ore"] for c in budgets[party.pk]["costs"]) * party.share_bp // 10_000
            assert party.suggested_ore == min(budgets[party.pk]["applied_ore"], most - most % 100)
        assert facts.suggested_ore <= case.definition.budget.max_grant_ore

    def test_the_reviewers_words_argue_for_the_outcome(self, world: World) -> None:
        cases = assessed(world, [5, 1])
        best, worst = form_of(world).rows
        assert [best.pk, worst.pk] == [case.pk for case in cases]
        strong, weak = (
            "\n\n".join(dict.fromkeys(getattr(a.sheet, name).strip() for a in case.assignments.order_by("pk")))
            for case, name in ((cases[0], "strengths"), (cases[1], "weaknesses"))
        )
        assert best.reasons.text == strong
        changed = form_of(world, **{f"outcome-{worst.pk}": "rejection", f"outcome-{best.pk}": "grant"})
        assert changed.rows[1].reasons.text == weak
        assert changed.reasons_of(changed.rows[1]).startswith("Ansökan har bedömts mot omgångens kriterier")
        assert changed.reasons_of(changed.rows[1]).endswith("\n\n" + weak)

    def test_untouched_reasons_follow_the_outcome_and_are_read_first(self, world: World) -> None:
        (case,) = assessed(world, [5])
        typed = {f"outcome-{case.pk}": "rejection", f"reasons-{case.pk}": form_of(world).rows[0].reasons.text}
        form = form_of(world, **typed)
        assert form.is_swapped
        assert form.faults()
        again = form_of(world, **form.texts())
        assert not again.is_swapped
        assert not again.faults()
        own = form_of(world, **(typed | {f"reasons-{case.pk}": "Egna ord."}))
        assert own.rows[0].reasons.text == "Egna ord."
        assert not own.faults()

    def test_what_the_panel_says_goes_before_the_rank(self, world: World) -> None:
        panel = panels.panel_of(world, [5, 4, 3]).open()
        first, second, third = panel.items
        panel.agree(first, "reject", departure="Samma sak görs redan.")
        panel.agree(second, "fund", amount="400000")
        panel.agree(third, "reserve")
        run("close_meeting", world.sara, panel.meeting)
        form = BatchForm(facts_of(world.sara, desk(world, panels.CALL)), {})
        outcome = {row.pk: row.outcome.value for row in form.rows}
        assert outcome[first.application_id] == "rejection"
        assert outcome[second.application_id] == "grant"
        assert outcome[third.application_id] == ("reserve" if "reserve" in Outcome.values else "rejection")
        granted = next(row for row in form.rows if row.is_grant)
        assert granted.total_ore == 40_000_000
        passed = next(row for row in form.rows if row.pk == first.application_id)
        assert any("Avsteg från rangordningen" in check.text for check in passed.checks)

    def test_what_must_be_held_first_is_not_suggested_and_not_sent(self, world: World) -> None:
        panels.assessed(world, herd.submitted(world, 1, panels.CALL), [5])
        call = world.call(panels.CALL)
        form = BatchForm(facts_of(world.sara, desk(world, call.slug)), {})
        (row,) = form.rows
        assert row.outcome.value == ""
        forced = BatchForm(facts_of(world.sara, desk(world, call.slug)), {f"outcome-{row.pk}": "grant"})
        assert any("panel" in fault["text"] for fault in forced.faults())

    def test_who_signs_for_a_party_prepares_nothing(self, world: World) -> None:
        (case,) = assessed(world, [5])
        case.parties.filter(role="coordinator").update(signatory_email=world.sara.email)
        (row,) = form_of(world).rows
        assert row.outcome.value == ""
        assert "16 §" in row.checks[0].text
        assert form_of(world, **{f"outcome-{case.pk}": "grant"}).faults()

    def test_ones_own_case_is_not_there(self, world: World) -> None:
        cases = assessed(world, [5, 4])
        cases[0].members.create(person=world.sara, right="read")
        form = form_of(world)
        assert [row.pk for row in form.rows] == [cases[1].pk]
        assert form.facts.hidden == 1


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=9), st.integers(0, 4 * 10**8))
@settings(max_examples=300, deadline=None)
def test_what_is_lowered_is_lowered_to_the_krona_and_nobody_gets_more(kronor: list[int], most: int) -> None:
    parties = [PartyFacts(n, "", "", 0, 0, 100 * amount, 8000, "x") for n, amount in enumerate(kronor)]
    after = [party.suggested_ore for party in lowered(parties, most)]
    assert sum(after) == min(sum(kronor) * 100, most - most % 100)
    assert all(0 <= ore <= party.suggested_ore and ore % 100 == 0 for ore, party in zip(after, parties, strict=True))


PARTYS: list[tuple[str, str, str]] = [
    ("amount", "x", "Skriv ett belopp"), ("amount", "", "Ange ett belopp"), ("amount", "-5", "mindre än noll"),
    ("amount", "9 000 000", "Omgången ger högst"), ("amount", "0", ""), ("share", "101", "mellan 0 och 100"),
    ("share", "", "Ange en stödnivå"), ("basis", "hittepå", "Välj ett av"), ("basis", "", "Välj en stödgrund"),
]  # fmt: skip
ROWS: list[tuple[str, str, str]] = [
    ("starts", "", "när projektet börjar"), ("ends", "2023-02-30", "Skriv datumet"), ("ends", "2001-01-01", "inte efter"),
    ("outcome", "", "Välj utfall"), ("reasons", "x" * 7990, "längre än 8 000"), ("reasons", "\U0001f389", "kan inte skrivas"),
    ("conditions", "\U0001f389", "kan inte skrivas"),
]  # fmt: skip
ALL: list[tuple[str, str]] = [
    ("participants", ""), ("hold_until", "2001-01-01 10:00"), ("hold_until", "i morgon"), ("standard-grant", "\U0001f389"),
]  # fmt: skip


def test_what_is_wrong_is_said_where_it_is(world: World) -> None:
    (case,) = assessed(world, [5])
    facts = facts_of(world.sara, desk(world))
    party = facts.cases[0].parties[0].pk
    for prefix, faulty in ((party, PARTYS), (case.pk, ROWS)):
        for field, text, said in faulty:
            faults = BatchForm(facts, {f"{field}-{prefix}": text}).faults()
            assert bool(faults) == bool(said), (field, text, faults)
            assert not said or any(said in fault["text"] for fault in faults), (field, text, faults)
    for name, text in ALL:
        assert BatchForm(facts, {name: text}).faults(), name
    assert not BatchForm(facts, {}).faults()


def test_more_than_is_left_of_the_budget_is_not_sent(world: World) -> None:
    cases = assessed(world, [5, 4, 3])
    most = cases[0].definition.budget.max_grant
    loading.publish(world.call(), yaml.safe_dump(raw("starta-2023") | {"call_budget": most}, allow_unicode=True))
    form = form_of(world, **{f"outcome-{case.pk}": "grant" for case in cases})
    assert form.left_ore is not None and form.left_ore < 0
    assert any("återstår" in fault["text"] for fault in form.faults())


class TestPreparing:
    def test_one_proposal_a_case_by_the_real_command(self, world: World) -> None:
        cases = assessed(world, LEVELS)
        held = "2023-12-24 08:00"
        batch = gone_through(prepared(world, hold_until=held))
        assert (batch.phase, batch.percent) == (Phase.DONE, 100)
        assert set(batch.results.values()) == {""}
        decisions = Decision.objects.filter(application__in=cases)
        assert decisions.count() == 4
        assert {d.hold_until.astimezone(clock.SWEDEN).isoformat()[:16] for d in decisions if d.hold_until} == {
            "2023-12-24T08:00"
        }
        assert all(d.prepared_by == world.sara for d in decisions)
        assert all(happened(case)[-1] == "propose" for case in cases)

    def test_again_after_a_worker_that_died_nothing_is_done_twice(self, world: World) -> None:
        cases = assessed(world, LEVELS)
        batch, calls = prepared(world), iter(range(100))
        with pytest.raises(InterruptedError):
            batching.carry_out(batch.pk, lambda: next(calls) == 2)
        assert Decision.objects.count() == 2
        DecisionBatch.objects.filter(pk=batch.pk).update(results={})  # what the worker that died never wrote down
        done = gone_through(batch)
        batching.carry_out(batch.pk)
        assert (done.phase, done.attempt, set(done.results.values())) == (Phase.DONE, 2, {""})
        assert Decision.objects.count() == len(cases)
        assert all(happened(case).count("propose") == 1 for case in cases)

    def test_a_worker_that_was_passed_stops(self, world: World) -> None:
        assessed(world, LEVELS)
        batch = prepared(world)

        def passed() -> bool:
            DecisionBatch.objects.filter(pk=batch.pk).update(attempt=7)
            return False

        batching.carry_out(batch.pk, passed)
        batch.refresh_from_db()
        assert (batch.phase, batch.results) == (Phase.GOING, {})
        assert Decision.objects.count() == 1

    def test_what_is_refused_says_why_and_is_in_nobodys_way(self, world: World) -> None:
        cases = assessed(world, LEVELS)
        batch = prepared(world)
        run("withdraw", world.karin, cases[2], reason="")
        life.propose(cases[0], world.jonas, Outcome.REJECTION)
        done = gone_through(batch)
        told = {int(case): text for case, text in done.results.items() if text}
        assert set(told) == {cases[0].pk, cases[2].pk}
        assert world.jonas.name in told[cases[0].pk]
        assert world.karin.name in told[cases[2].pk]
        assert Decision.objects.filter(prepared_by=world.sara).count() == 2

    def test_what_is_no_longer_ones_own_to_prepare(self, world: World) -> None:
        cases = assessed(world, [5, 4])
        batch = prepared(world)
        cases[0].members.create(person=world.sara, right="read")
        done = gone_through(batch)
        assert done.results[str(cases[0].pk)]
        assert done.results[str(cases[1].pk)] == ""

    def test_sent_twice_is_once(self, world: World) -> None:
        assessed(world, [5, 4])
        first = prepared(world)
        assert prepared(world) == first
        assert prepared(world, key="other") == first  # the first is under way
        gone_through(first)
        assert batching.send(world.sara, world.call(), Kind.PREPARE, [], "k") == first
        assert ProcrastinateJob.objects.filter(task_name="carry_out_batch").count() == 1

    def test_one_that_nobody_will_take_up_is_given_up(self, world: World) -> None:
        assessed(world, [5, 4])
        first = prepared(world)
        no_jobs()
        found = batching.latest(world.sara, world.call(), Kind.PREPARE)
        assert found and found.phase == Phase.BROKEN
        second = prepared(world, key="again")
        first.refresh_from_db()
        assert (first.phase, second.phase) == (Phase.BROKEN, Phase.WAITING)
        assert set(gone_through(second).results.values()) == {""}

    def test_what_is_typed_is_kept_and_forgotten_when_one_begins_again(self, world: World) -> None:
        (case,) = assessed(world, [5])
        assert batching.keep(world.sara, world.call(), {f"reasons-{case.pk}": "Egna ord."})
        kept = batching.latest(world.sara, world.call(), Kind.PREPARE)
        assert kept and kept.phase == Phase.DRAFT
        assert form_of(world, **kept.typed).rows[0].reasons.text == "Egna ord."
        assert batching.latest(world.jonas, world.call(), Kind.PREPARE) is None
        batching.forget(world.sara, world.call())
        kept.refresh_from_db()
        assert kept.typed == {}
        batch = prepared(world)
        assert batch.pk == kept.pk
        assert not batching.keep(world.sara, world.call(), {"x": "y"})


class TestSigning:
    @pytest.fixture
    def proposed(self, world: World) -> list[Application]:
        cases = assessed(world, [5, 4, 3])
        gone_through(prepared(world))
        return [life.fresh(case) for case in cases]

    def test_one_decision_a_case_by_the_real_command(self, world: World, proposed: list[Application]) -> None:
        done = gone_through(signed(world))
        assert (done.phase, set(done.results.values())) == (Phase.DONE, {""})
        jobs.run_pending()
        assert {life.fresh(case).state for case in proposed} <= {
            CaseState.ACCEPTING,
            CaseState.CLOSED,
            CaseState.DECIDED,
        }
        assert all(happened(case).count("approve") == 1 for case in proposed)

    def test_again_after_a_worker_that_died(self, world: World, proposed: list[Application]) -> None:
        batch, calls = signed(world), iter(range(100))
        with pytest.raises(InterruptedError):
            batching.carry_out(batch.pk, lambda: next(calls) == 2)
        DecisionBatch.objects.filter(pk=batch.pk).update(results={})
        assert set(gone_through(batch).results.values()) == {""}
        assert all(happened(case).count("approve") == 1 for case in proposed)

    def test_an_amount_that_changed_meanwhile_refuses_that_case(
        self, world: World, proposed: list[Application]
    ) -> None:
        batch = signed(world)
        run("return_proposal", world.per, proposed[0], reason="Mindre.")
        life.propose(proposed[0], world.sara, special_conditions="Rapportera oftare.")
        done = gone_through(batch)
        assert "har ändrats" in done.results[str(proposed[0].pk)]
        assert [done.results[str(case.pk)] for case in proposed[1:]] == ["", ""]
        assert life.fresh(proposed[0]).state == CaseState.PROPOSED

    def test_two_deciders_one_wins_and_the_other_is_told(self, world: World, proposed: list[Application]) -> None:
        one, other = signed(world), signed(world, "per", "p")
        assert one != other
        gone_through(one)
        told = gone_through(other).results.values()
        assert all(world.eva.name in text for text in told)

    def test_who_prepared_it_is_refused(self, world: World, proposed: list[Application]) -> None:
        give_office(world.call(), world.sara, Office.Role.DECIDE)
        done = gone_through(signed(world, "sara"))
        assert all("förberett" in text for text in done.results.values())
        assert not Decision.objects.exclude(state="proposed").exists()

    def test_the_money_is_there_once(self, world: World, proposed: list[Application]) -> None:
        rows = to_sign(world)
        grants = [row for row in rows if row["total"]]
        budget = (sum(row["total"] for row in grants) - grants[-1]["total"] // 2) // 100
        loading.publish(world.call(), yaml.safe_dump(raw("starta-2023") | {"call_budget": budget}, allow_unicode=True))
        told = [text for text in gone_through(signed(world)).results.values() if text]
        assert len(told) == 1
        assert "återstår" in told[0]

    def test_the_letters_leave_together(self, world: World) -> None:
        cases = assessed(world, [5, 4])
        later = clock.now() + timedelta(days=10)
        gone_through(prepared(world, hold_until=f"{later.astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}"))
        gone_through(signed(world))
        jobs.run_pending()
        assert {life.fresh(case).state for case in cases} == {CaseState.DECIDED}
