"""Two people at once, with real threads and connections: one effect, one letter, one notice, one event, and the loser is
told who was first."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import yaml

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.models import Decision
from grants.letters.models import Document
from grants.programmes import loading
from grants.programmes.models import Call, CallProposal
from grants.refusal import Refused
from reviewers.models import Assignment, AssignmentState, Conflict, PoolPlace
from tests.engine import herd
from tests.engine.racing import Step, all_is_well, count, racers, told_of, winner
from tests.engine.stage import quick_letters
from tests.factories import World
from tests.programmes.files import raw
from workflows import jobs, proposing, rights
from workflows.commands import run
from workflows.commands.applying import create_draft
from workflows.models import Event, Notice, Task
from workflows.simulation import life, people

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def letters_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """How letters look is tested elsewhere, here they are counted."""
    quick_letters(monkeypatch)


def approve(world: World, case: Application, **options: Any) -> Step:
    decision = Decision.objects.get(application=case, state="proposed")
    data = {"version": decision.version, "total": decision.total_ore}
    return lambda: run("approve", world.eva, case.pk, **data, **options)


def letters(case: Application) -> list[str]:
    return sorted(Document.objects.filter(application=case, kind="decision").values_list("language", flat=True))


def test_approve_against_return(world: World) -> None:
    cases = herd.to_reject(world, 50)
    won = Counter[str]()
    with racers() as race:
        for case in cases:
            back = lambda c=case: run("return_proposal", world.per, c.pk, reason="Skälen räcker inte.")  # noqa: E731
            outcomes = race.together(approve(world, case), back)
            first = ("approve", "return_proposal")[winner(outcomes)]
            told_of(outcomes[first == "approve"], world.eva.name if first == "approve" else world.per.name)
            won[first] += 1
            assert count(case, "approve", "return_proposal") == {first: 1}
    all_is_well()
    for case in cases:
        decided = bool(count(case, "approve"))
        assert life.fresh(case).state == (CaseState.CLOSED if decided else CaseState.SUBMITTED)
        assert letters(case) == (["en", "sv"] if decided else [])
        assert case.decisions.get().state == ("dispatched" if decided else "returned")
        assert Notice.objects.filter(case=case, kind="dispatch").count() == decided
        assert Notice.objects.filter(case=case, kind="return_proposal").count() == (not decided)
    assert set(won) == {"approve", "return_proposal"}


def test_approve_against_withdraw(world: World) -> None:
    """A decision that has been made and not sent falls as well: the applicant is never too late, the decision-maker may be."""
    cases = herd.to_reject(world, 50)
    won = Counter[str]()
    with racers() as race:
        for case in cases:
            back = lambda c=case: run("withdraw", world.karin, c.pk, reason="")  # noqa: E731
            made, taken_back = race.together(approve(world, case), back)
            assert isinstance(taken_back, Event)
            if isinstance(made, Event):
                won["approve"] += 1
            else:
                told_of(made, world.karin.name)
                won["withdraw"] += 1
            assert count(case, "withdraw") == {"withdraw": 1}
    all_is_well()
    for case in cases:
        assert life.fresh(case).state == CaseState.WITHDRAWN
        assert letters(case) == []
        assert case.decisions.get().state == "void"
    assert set(won) == {"approve", "withdraw"}


def test_dispatch_against_withdraw(world: World) -> None:
    """The letter leaves or the application is taken back, never both."""
    cases, leaves = herd.to_reject(world, 20), clock.now() + timedelta(days=1)
    Decision.objects.filter(application__in=cases).update(hold_until=leaves)
    for case in cases:
        life.approve(case, world.eva)
    jobs.run_pending()  # the letters are made, and wait
    clock.move(leaves)
    won = Counter[str]()
    with racers() as race:
        for case in cases:
            back = lambda c=case: run("withdraw", world.karin, c.pk, reason="")  # noqa: E731
            outcomes = race.together(lambda c=case: run("dispatch", None, c.pk), back)
            first = ("dispatch", "withdraw")[winner(outcomes)]
            won[first] += 1
            assert count(case, "dispatch", "withdraw") == {first: 1}
    all_is_well()
    for case in cases:
        sent = bool(count(case, "dispatch"))
        assert life.fresh(case).state == (CaseState.CLOSED if sent else CaseState.WITHDRAWN)
        assert case.decisions.get().state == ("dispatched" if sent else "void")
        assert Notice.objects.filter(case=case, kind="dispatch").count() == sent
    assert set(won) == {"dispatch", "withdraw"}


@pytest.mark.parametrize("same_key", [True, False])
def test_a_double_clicked_approve(world: World, same_key: bool) -> None:
    cases = herd.to_reject(world, 50)
    with racers() as race:
        for case in cases:
            once, again = (approve(world, case, key="one" if same_key else key) for key in ("one", "two"))
            outcomes = race.together(once, again)
            if same_key:  # the second click is answered with what the first one did
                assert isinstance(outcomes[0], Event)
                assert outcomes[0] == outcomes[1]
            else:
                told_of(outcomes[1 - winner(outcomes)], world.eva.name)
            assert count(case, "approve") == {"approve": 1}
    all_is_well()
    for case in cases:
        assert letters(case) == ["en", "sv"]
        assert count(case, "approve", "dispatch") == {"approve": 1, "dispatch": 1}
        assert Notice.objects.filter(case=case, kind="dispatch").count() == 1


def test_the_two_last_reviewers_lodge(world: World) -> None:
    cases = herd.assessing(world, 10, "mira", "tove")
    for case in cases:
        for assignment in case.assignments.select_related("reviewer"):
            run("declare", assignment.reviewer, assignment, answer="no", text="")
            life.score(assignment, world.rng)
    with racers() as race:
        for case in cases:
            both = list(case.assignments.select_related("reviewer"))
            outcomes = race.together(*(lambda a=a: run("lodge", a.reviewer, a.pk) for a in both))
            assert all(isinstance(o, Event) for o in outcomes), outcomes
            assert life.fresh(case).state == CaseState.ASSESSED
            assert count(case, "lodge", "end_assessment") == {"lodge": 2, "end_assessment": 1}
    all_is_well()
    for case in cases:
        assert Task.objects.filter(case=case, finished=None).values_list("kind", flat=True).get() == "prepare"
        assert list(Notice.objects.filter(case=case, kind="end_assessment").values_list("person", flat=True)) == [
            world.sara.pk
        ]


def test_submit_twice(world: World) -> None:
    cases = herd.drafts(world, 10)
    with racers() as race:
        for case in cases:
            outcomes = race.together(*(lambda c=case: run("submit", world.karin, c.pk, confirm=True) for _ in range(2)))
            told_of(outcomes[1 - winner(outcomes)], world.karin.name, "locked")
            assert count(case, "submit") == {"submit": 1}
    all_is_well()
    for case in cases:
        assert case.submissions.count() == 1
        assert Notice.objects.filter(case=case, kind="submit").count() == 1
        assert Document.objects.filter(application=case, kind="receipt").count() == 2


def test_submit_against_lapse(world: World) -> None:
    cases = herd.drafts(world, 10)
    closes = cases[0].call.closes_at
    assert closes is not None
    clock.move(closes)
    arrived = closes - clock.datetime.resolution
    with racers() as race:
        for case in cases:
            submit = lambda c=case: run("submit", world.karin, c.pk, arrived_at=arrived, confirm=True)  # noqa: E731
            outcomes = race.together(submit, lambda c=case: run("lapse", None, c.pk, key="drafts:closed"))
            first = ("submit", "lapse")[winner(outcomes)]
            told_of(outcomes[first == "submit"], world.karin.name if first == "submit" else "systemet")
            assert count(case, "submit", "lapse") == {first: 1}
            assert life.fresh(case).state == {"submit": "submitted", "lapse": "lapsed"}[first]
            assert case.answers.exists() == (first == "submit")
    all_is_well()
    kept = Application.objects.filter(state="submitted").order_by("number")
    assert [c.number[-5:] for c in kept if c.number] == [f"{n:05d}" for n in range(1, kept.count() + 1)]


def test_assign_against_conflict(world: World) -> None:
    cases = herd.assessing(world, 10, "mira")
    for case in cases:
        run("declare", world.mira, case.assignments.get(), answer="no", text="")
    with racers() as race:
        for case in cases:
            mine = case.assignments.get()
            outcomes = race.together(
                lambda c=case: run("assign", world.sara, c.pk, reviewers=[world.tove, world.hugo], due=clock.now()),
                lambda a=mine: run("report_conflict", world.mira, a.pk, reason="Min syster arbetar där."),
            )
            assert all(isinstance(o, Event) for o in outcomes), outcomes
            assert rights.existing([case.pk])[case.pk] >= {
                (world.tove.pk, "declare_case"),
                (world.hugo.pk, "declare_case"),
            }
            assert not Application.objects.visible_to(world.mira).filter(pk=case.pk).exists()
            assert count(case, "assign", "offered", "report_conflict") == {
                "assign": 2, "offered": 3, "report_conflict": 1,
            }  # fmt: skip
    all_is_well()


def test_two_officers_rule_at_once(world: World) -> None:
    cases = herd.assessing(world, 6, "mira")
    for case in cases:
        run("declare", world.mira, case.assignments.get(), answer="unsure", text="Kusin.")
    with racers() as race:
        for case in cases:
            mine = case.assignments.get()
            outcomes = race.together(
                lambda a=mine: run("rule_conflict", world.sara, a.pk, conflicted="no", reason="Nej."),
                lambda a=mine: run("rule_conflict", world.jonas, a.pk, conflicted="yes", reason="Ja."),
            )
            first = winner(outcomes)
            told_of(outcomes[1 - first], (world.sara, world.jonas)[first].name)
            row = Conflict.objects.get(application=case)
            assert (row.state, row.ruled_by) == (("free", world.sara), ("conflicted", world.jonas))[first]
    all_is_well()


def test_an_affiliation_against_a_declaration(world: World) -> None:
    """Whichever comes first, nobody reads a case of an organisation that they have said they work for."""
    cases = herd.assessing(world, 6, "mira")
    place = PoolPlace.objects.get(person=world.mira)
    with racers() as race:
        for n, case in enumerate(cases):
            party = case.parties.get(role="coordinator")
            party.organisation = people.organisation(500 + n, "municipality")
            party.save()
            told = {"number": party.organisation.number, "name": "", "kind": "", "relation": "employed"}
            mine = case.assignments.get()
            outcomes = race.together(
                lambda a=mine: run("declare", world.mira, a.pk, answer="no", text=""),
                lambda t=told: run("add_affiliation", world.mira, place.pk, since=None, until=None, **t),
            )
            assert all(isinstance(o, Event) for o in outcomes), outcomes
            assert Assignment.objects.get(pk=mine.pk).state == AssignmentState.UNSURE
            assert not Application.objects.visible_to(world.mira).filter(pk=case.pk).exists()
    all_is_well()


def test_two_officers_ask_the_same_reviewer(world: World) -> None:
    cases = herd.assessing(world, 10)
    with racers() as race:
        for case in cases:
            outcomes = race.together(*(
                lambda c=case, w=who: run("assign", w, c.pk, reviewers=[world.mira], due=clock.now())
                for who in (world.sara, world.jonas)
            ))  # fmt: skip
            first = winner(outcomes)
            told_of(outcomes[1 - first], (world.sara, world.jonas)[first].name, "taken")
            assert Assignment.objects.get(application=case).state == AssignmentState.OFFERED
    all_is_well()


def test_two_number_draws(world: World) -> None:
    cases = herd.drafts(world, 20)
    with racers() as race:
        for pair in zip(cases[::2], cases[1::2], strict=True):
            outcomes = race.together(*(lambda c=case: run("submit", world.karin, c.pk, confirm=True) for case in pair))
            assert all(isinstance(o, Event) for o in outcomes), outcomes
    numbers = sorted(Application.objects.values_list("number", flat=True))
    assert [int(number[-5:]) for number in numbers] == list(range(1, 21))
    all_is_well()


@pytest.mark.parametrize(("at_once", "covered"), [(2, 1), (5, 3)])
def test_the_money_is_there_once(world: World, at_once: int, covered: int) -> None:
    cases = herd.to_grant(world, at_once)
    each = cases[0].applied_ore
    file = raw("starta-2023")
    file["call_budget"] = (each * covered + each // 2) // 100
    loading.publish(world.call(), yaml.safe_dump(file, allow_unicode=True))
    with racers(at_once) as race:
        outcomes = race.together(*(approve(world, case) for case in cases))
    lost = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert len(lost) == at_once - covered
    assert {r.code for refused in lost for r in refused.refusals} == {"call_budget"}
    assert Application.objects.filter(state=CaseState.DECIDED).count() == covered
    all_is_well()


def proposal_for(world: World, budget: int) -> CallProposal:
    call = world.call("starta-2023")
    text = yaml.safe_dump(raw("starta-2023") | {"call_budget": budget}, allow_unicode=True)
    return proposing.keep(world.sara, call.programme, call.slug, text, call)


def test_two_officers_publish_at_once_and_one_reads_again(world: World) -> None:
    call = world.call("starta-2023")
    for n in range(4):
        base = world.call("starta-2023").version.number  # type: ignore[union-attr]  # it has one
        pair = [proposal_for(world, 5_000_000 + 2 * n + i).pk for i in range(2)]
        with racers() as race:
            outcomes = race.together(
                *(
                    lambda p=pk, b=base, c=call.pk: run("publish_version", world.sara, c, proposal=p, base=b)
                    for pk in pair
                )
            )
        lost = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
        assert [r.code for refused in lost for r in refused.refusals] == ["changed"]
    assert Event.objects.filter(stream=f"call:{call.pk}", name="publish_version").count() == 4
    all_is_well()


def test_a_draft_is_submitted_while_a_version_is_published(world: World) -> None:
    """Whoever comes first: the application is submitted, under the version that held then."""
    for n in range(6):
        case, call = world.draft("starta-2023"), world.call("starta-2023")
        assert call.version is not None
        proposal, base = proposal_for(world, 6_000_000 + n).pk, call.version.number
        with racers() as race:
            outcomes = race.together(
                lambda c=case: run("submit", world.karin, c.pk, confirm=True),
                lambda p=proposal, b=base, k=call.pk: run("publish_version", world.sara, k, proposal=p, base=b),
            )
        assert all(isinstance(outcome, Event) for outcome in outcomes), outcomes
    all_is_well()


def test_a_draft_is_begun_while_a_version_is_published(world: World) -> None:
    for n in range(4):
        call = world.open("starta-2023")
        assert call.version is not None
        proposal, base = proposal_for(world, 7_000_000 + n).pk, call.version.number

        def begin(call: Call = call) -> Event:
            case = create_draft(world.karin, call, world.organisation)
            return Event.objects.get(stream=f"case:{case.pk}")

        with racers() as race:
            race.together(
                begin, lambda p=proposal, b=base, k=call.pk: run("publish_version", world.sara, k, proposal=p, base=b)
            )
    drafts = Application.objects.filter(call=world.call("starta-2023"), state=CaseState.DRAFT)
    assert set(drafts.values_list("version", flat=True)) == {world.call("starta-2023").version_id}
