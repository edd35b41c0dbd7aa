"""What pages and commands cost with twenty cases and with two thousand: within budget, and no more than what they show.

The large set is copied from simulated cases; everything is measured twice, in transactions that are rolled back.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from grants.organisations.models import Person
from grants.programmes.loading import Batch, publish, store
from grants.programmes.models import Call
from grants.projects.models import DutyState
from reviewers.models import Assignment
from tests.conftest import START
from tests.factories import World
from tests.numbers.cloner import clone
from tests.numbers.meter import Cost, metered
from tests.signing_in import signed_in
from workflows import jobs, stepping
from workflows.commands import run
from workflows.integrity import check
from workflows.models import Task
from workflows.queries.turns import mine
from workflows.simulation import life
from workflows.simulation.running import simulate

S = CaseState
FEW, MANY = 20, 2000
SLUG = "starta-2023"
LATER = START + timedelta(days=150)  # the call has closed

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Budget:
    """At most so many queries; and per row that the page shows, so many rows fetched and so many bytes."""

    queries: int
    rows_each: int = 0
    bytes_each: int = 0


BUDGETS: dict[str, Budget] = {
    "case list": Budget(10, rows_each=2, bytes_each=1500),
    "inbox": Budget(8, rows_each=2, bytes_each=1200),
    "case page, officer": Budget(20),
    "case page, applicant": Budget(20),
    "submit": Budget(45),
    "lodge": Budget(30),
    "lodge the last": Budget(32),  # the sheet is frozen as a version
    "approve": Budget(35),
    "take_case": Budget(8),
    "unlock": Budget(8),
}


class Stage:
    """About twenty cases, and among them those that are measured."""

    def __init__(self, batch: Batch) -> None:
        with clock.at(START):
            if not Call.objects.exists():
                store(batch)
            self._make_money()
            self.world = World()
            call = self.world.call(SLUG)
            assert call.opens_at is not None
            self.copied: list[int] = []
            for n, until in ((7, ""), (3, S.REPORTING), (3, S.PROPOSED), (2, S.ASSESSING)):
                with clock.at(call.opens_at):
                    self.copied += simulate(call, n, 4, until).cases
        self.cases: dict[str, Application] = {}
        for state in (S.REPORTING, S.PROPOSED, S.ASSESSING, S.SUBMITTED, S.DRAFT):
            with clock.at(START):
                self.cases[state] = self.world.case(state, SLUG)
        with clock.at(LATER):
            self.assignments = self.world.assigned(self.cases[S.ASSESSING])
            for assignment in self.assignments:
                run("declare", assignment.reviewer, assignment, answer="no", text="")
                life.score(assignment, random.Random(1))
            for assignment in self.assignments[:-2]:
                run("lodge", assignment.reviewer, assignment)
            jobs.run_pending()

    def _make_money(self) -> None:
        """A hundred times as many cases are granted a hundred times as much."""
        call = Call.objects.select_related("version__text").get(slug=SLUG)
        assert call.version is not None
        text = call.version.text.source
        assert "call_budget: 4000000\n" in text
        publish(call, text.replace("call_budget: 4000000\n", "call_budget: 4000000000\n"))

    @property
    def last_assignments(self) -> list[Assignment]:
        """The two that are not lodged."""
        return self.assignments[-2:]


def page(person: Person, url: str) -> Cost:
    client = signed_in(person)
    client.get(url)  # what a process reads once has been read
    with metered() as cost:
        response = client.get(url)
    assert response.status_code == 200, url
    cost.length = len(response.content)
    return cost


def command(act: Callable[[], object]) -> Cost:
    with metered() as cost:
        act()
    return cost


def measure(stage: Stage) -> dict[str, tuple[Cost, int]]:
    """The cost of everything, with the number of rows that the page shows. Leaves nothing behind."""
    world, cases = stage.world, stage.cases
    first, last = stage.last_assignments

    def lodge_last() -> Cost:
        run("lodge", first.reviewer, first)
        return command(lambda: run("lodge", last.reviewer, last))

    listed = Application.objects.exclude(state__in=(S.DRAFT, S.LAPSED)).filter(call__slug=SLUG).count()
    waiting = Task.objects.filter(mine(world.sara)).count()
    proposed = life.fresh(cases[S.PROPOSED]).decisions.prefetch_related("lines").get(state="proposed")
    officer, applicant = reverse("case", args=[cases[S.REPORTING].pk]), world.karin
    plans: dict[str, tuple[Callable[[], Cost], int]] = {
        "case list": (lambda: page(world.sara, reverse("cases")), min(listed, 50)),
        "inbox": (lambda: page(world.sara, reverse("inbox")), min(waiting, 200)),
        "case page, officer": (lambda: page(world.sara, officer), 0),
        "case page, applicant": (lambda: page(applicant, officer), 0),
        "submit": (lambda: command(lambda: life.submit(cases[S.DRAFT], applicant)), 0),
        "lodge": (lambda: command(lambda: run("lodge", first.reviewer, first)), 0),
        "lodge the last": (lodge_last, 0),
        "approve": (
            lambda: command(
                lambda: run("approve", world.eva, cases[S.PROPOSED], version=proposed.version, total=proposed.total_ore)
            ),
            0,
        ),
        "take_case": (lambda: command(lambda: run("take_case", world.jonas, cases[S.SUBMITTED])), 0),
        "unlock": (lambda: command(lambda: run("unlock", applicant, cases[S.SUBMITTED])), 0),
    }
    costs: dict[str, tuple[Cost, int]] = {}
    for name, (act, shown) in plans.items():
        # the applicant's commands belong to the time when the call is open
        with clock.at(START if name in ("submit", "unlock") else LATER), transaction.atomic():
            costs[name] = act(), shown
            transaction.set_rollback(True)
    return costs


def test_costs_stay_in_budget_and_grow_with_what_is_shown_only(call_files: Batch, subtests: pytest.Subtests) -> None:
    """One test, so that the two thousand cases are made once."""
    stage = Stage(call_files)
    assert abs(Application.objects.count() - FEW) <= 2
    few = measure(stage)
    clone(stage.copied, (MANY - FEW) // len(stage.copied))
    assert Application.objects.count() > MANY * 0.95
    assert [str(fault) for fault in check()] == []
    many = measure(stage)
    for name, budget in BUDGETS.items():
        (before, shown_before), (after, shown_after) = few[name], many[name]
        more = shown_after - shown_before
        with subtests.test(name):
            assert before.queries <= budget.queries, "\n".join(before.sql)
            assert after.queries <= budget.queries, "\n".join(after.sql)
            assert after.rows <= before.rows + more * budget.rows_each + 2, "\n".join(after.sql)
            # a count may have more digits, and a list that has pages has links to them
            assert after.length <= before.length + more * budget.bytes_each + 2000


def test_a_whole_life_stays_in_budget(world: World) -> None:
    """Three parties, three reviewers, two reports; from the first line to the last, jobs apart."""
    slug = "starta-2023"
    with metered() as cost:
        case = world.draft(slug)
        life.submit(case, world.karin)
    spent = cost.queries

    def count(act: Callable[[], object]) -> None:
        nonlocal spent
        with metered() as part:
            act()
        spent += part.queries

    jobs.run_pending()
    assert case.parties.count() == 3
    case = world.closed(case)
    count(lambda: run("pass_formal", world.sara, case))
    count(lambda: world.assess(life.fresh(case)))
    count(lambda: life.propose(case, world.sara))
    count(lambda: life.approve(life.fresh(case), world.eva))
    jobs.run_pending()
    count(lambda: life.accept_all(life.fresh(case)))
    assert case.duties.count() == 2
    while life.fresh(case).state == S.REPORTING:
        duty = case.duties.exclude(state=DutyState.APPROVED).order_by("due").first()
        assert duty is not None
        stepping.walk(max(duty.due - timedelta(days=1), clock.now()), clock.move, jobs.run_pending)
        for report in life.open_duties(case):
            count(lambda report=report: life.report(report, world.karin, world.rng))
            count(lambda report=report: run("approve_report", world.sara, report))
    assert life.fresh(case).state == S.CLOSED
    assert spent <= 600  # of them a good part asks what ties each reviewer to the case, and freezes each sheet
