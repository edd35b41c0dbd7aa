"""How long things take, as ratios to two yardsticks that are measured between them in the same process.

A machine that is twice as fast makes figure and yardstick twice as fast: the ratios can be compared between machines and
between weeks. Everything is measured in rounds in which each thing has its turn, so that a busy moment falls on all.
"""

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.core.handlers.base import BaseHandler
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client, RequestFactory, override_settings
from django.urls import path, reverse

from grants import clock
from grants.applications.models import Answer, Application, CaseState
from grants.money import kronor
from grants.organisations.models import Municipality, Person
from grants.programmes.models import Call
from grants.programmes.reading import parse_call
from grants.programmes.writing import as_file
from reviewers.models import Assignment
from reviewers.solving import Judge, Wanted, solve
from workflows import jobs, previewing
from workflows.commands import run
from workflows.simulation import life, running
from workflows.simulation.dryrun import dry_run
from workflows.simulation.lives import Story, morning
from workflows.simulation.plans import CasePlan, End

S = CaseState
ROUNDS = 10
WARM = 2  # rounds that are not counted: what a process reads and compiles once
LIVES = 3
DRY = 6  # applications of a dry run
ROWS = 50
ASSIGNED, JUDGES, EACH = 500, 60, 3  # of a proposal: applications, reviewers, reviewers for each application
LIST = 32  # submitted cases: with the others, more than a page of the list shows
TEMPLATE = (
    "<table>{% for m in rows %}"
    "<tr><td>{{ m.code }}</td><td>{{ m.name }}</td><td>{{ m.county }}</td></tr>"
    "{% endfor %}</table>"
)
VIEW, TRANSACTION = "a view of 50 rows", "a transaction of two writes"

Work = Callable[[], object]


@dataclass(frozen=True)
class Figure:
    """The median of one thing, how many of it there is time for in a second, and how many of each yardstick it is."""

    name: str
    ms: float
    per_second: float
    views: float
    transactions: float
    rounds: int


def bare_view(request: HttpRequest) -> HttpResponse:
    """The first yardstick: select 50 rows and render them."""
    rows = Municipality.objects.order_by("code")[:ROWS]
    return HttpResponse(engines["django"].from_string(TEMPLATE).render({"rows": rows}))


urlpatterns = [path("", bare_view)]


def _bare_handler() -> Work:
    """The view through Django's handler, without any middleware."""
    with override_settings(MIDDLEWARE=[]):
        handler = BaseHandler()
        handler.load_middleware()
    request = RequestFactory().get("/")
    request.urlconf = __name__
    return lambda: handler.get_response(request)


def _bare_transaction() -> None:
    """The second yardstick: one UPDATE and one INSERT, committed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE bench_yardstick SET n = n + 1 WHERE id = 1")
        cursor.execute("INSERT INTO bench_yardstick (n) VALUES (0)")


class Stage:
    """A call with enough cases, each round with one of its own of whatever can be done once."""

    def __init__(self, call: Call, rounds: int, say: Callable[[str], object]) -> None:
        assert call.opens_at is not None
        assert call.closes_at is not None
        self.call, self.rng = call, random.Random(1)
        self.open = call.opens_at + timedelta(days=2)
        self.later = morning(call.closes_at + timedelta(days=60))
        self.cases: dict[str, list[Application]] = {}
        reviewed = -(-rounds // 3) + 1
        wanted = (
            (S.PROPOSED, 2),
            (S.ASSESSED, rounds),
            (S.ASSESSING, reviewed),
            (S.SUBMITTED, LIST),
            (S.DRAFT, rounds + 1),
        )
        for seed, (until, n) in enumerate(wanted):
            say(f"{n} cases: {until}")
            with clock.at(call.opens_at):
                # those in one state only: a plan that ends on the way would leave the round without its case
                told = [
                    straight(s)
                    for s in running.stories(call, n, random.Random(seed), f"{running.KEY}bench-{seed}", until)
                ]
                running.run(told, until)
            self.cases[until] = [story.case for story in told]
            self.crew = told[0].crew
        self.draft = self.cases[S.DRAFT].pop()
        with clock.at(self.later):
            self._prepare()

    def _prepare(self) -> None:
        """Sheets to lodge and small proposals to approve."""
        self.assignments: list[Assignment] = []
        for case in self.cases[S.ASSESSING]:
            for assignment in life.assign(case, self.officer, list(self.crew.reviewers[:3])):
                run("declare", assignment.reviewer, assignment, answer="no", text="")
                life.score(assignment, self.rng)
                self.assignments.append(assignment)
        for case in self.cases[S.ASSESSED]:
            decision = case.definition.decision
            lines = [
                {
                    "party": p.pk,
                    "max_amount_ore": kronor(1000),
                    "intensity_bp": 5000,
                    "aid_basis": decision.aid_bases[0].id,
                }
                for p in case.parties.all()
            ]
            life.propose(case, self.officer, lines=lines)
        jobs.run_pending()

    @property
    def officer(self) -> Person:
        """Who handles the cases."""
        return self.crew.officers[0]

    def works(self) -> dict[str, Iterator[Work]]:
        """Each figure as a stream of things to do, one a round."""
        officer, applicant = _signed_in(self.officer), _signed_in(self.draft.created_by)
        visitor, submitted = Client(), self.cases[S.SUBMITTED][0]
        first = self.call.definition.sections[1]
        question = next(q for s in self.call.definition.sections for q in s.questions if q.kind == "long")
        step, save = (
            reverse("workspace_step", args=[self.draft.pk, first.id]),
            reverse("save_answer", args=[self.draft.pk]),
        )
        letter = self.cases[S.PROPOSED][0].decisions.get(state="proposed")
        in_time = self.open + timedelta(days=60)  # while a draft can be written in

        def autosave() -> Work:
            found = Answer.objects.get(application=self.draft, question=question.id, party=None)
            data = {
                "question": question.id,
                "value": f"Ett svar som växer {self.rng.random()}",
                "version": found.version,
            }
            return lambda: _at(in_time, lambda: _ok(applicant.post(save, data)))

        pages = {
            "case list": (officer, reverse("cases")),
            "inbox": (officer, reverse("inbox")),
            "case page": (officer, reverse("case", args=[submitted.pk])),
            "call page": (visitor, reverse("call", args=[self.call.slug])),
        }
        works: dict[str, Iterator[Work]] = {
            name: _again(lambda client=client, url=url: _ok(client.get(url)))  # type: ignore[misc]  # bound now
            for name, (client, url) in pages.items()
        }
        works["form step"] = _again(lambda: _at(in_time, lambda: _ok(applicant.get(step))))
        works["autosave"] = (autosave() for _ in iter(int, 1))
        works["submit"] = (
            lambda case=case: _at(in_time, lambda: life.submit(case, case.created_by))  # type: ignore[misc]
            for case in self.cases[S.DRAFT]
        )
        works["lodge"] = (lambda a=a: run("lodge", a.reviewer, a) for a in self.assignments)  # type: ignore[misc]
        works["approve"] = (
            lambda case=case: life.approve(case, self.crew.deciders[0])  # type: ignore[misc]
            for case in self.cases[S.ASSESSED]
        )
        text = as_file(self.call.definition)
        works["lint"] = _again(lambda: parse_call(text))
        works["letter"] = _again(lambda: previewing.letter_of_proposal(letter, "sv"))
        return works


def straight(story: Story) -> Story:
    """The same case, with nothing unusual in its life."""
    return replace(story, plan=CasePlan(End.GRANTED))


def _at(moment: object, act: Work) -> object:
    with clock.at(moment):  # type: ignore[arg-type]  # a moment
        return act()


def _again(work: Work) -> Iterator[Work]:
    while True:
        yield work


def _signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _ok(response: Any) -> None:
    if response.status_code != 200:
        raise RuntimeError(f"answered {response.status_code}")


def measure(call: Call, rounds: int = ROUNDS, say: Callable[[str], object] = lambda text: None) -> list[Figure]:
    """Make cases, measure, and return the yardsticks and every figure."""
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend", ALLOWED_HOSTS=["testserver"]):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE bench_yardstick (id serial PRIMARY KEY, n integer NOT NULL)")
            cursor.execute("INSERT INTO bench_yardstick (n) VALUES (0)")
        try:
            say(f"a dry run of {DRY} applications")  # while no other cases are there to have their turn in it
            tried = dry_run(call.definition, DRY, seed=1)
            say(f"proposals of {ASSIGNED} applications for {JUDGES} reviewers")
            before = {
                "dry-run application": [1 / tried.per_second] * DRY,
                f"proposal, {ASSIGNED} × {JUDGES} × {EACH}": [_timed(_proposal(seed)) for seed in range(LIVES)],
            }
            stage = Stage(call, rounds + WARM, say)
            return _figures(stage, rounds, before, say)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE bench_yardstick")


def _proposal(seed: int) -> Work:
    """Finding who should judge what in a large call, from the numbers to the answer."""
    rng, sides = random.Random(seed), ("data", "law", "care", "school", "change", "practice")

    def some() -> frozenset[str]:
        return frozenset(rng.sample(sides, rng.randint(1, 3)))

    wanted = [Wanted(case, EACH, some()) for case in range(ASSIGNED)]
    judges = [Judge(judge, ASSIGNED * EACH // JUDGES + 2, knows=some()) for judge in range(JUDGES)]
    barred = {(rng.randrange(ASSIGNED), rng.randrange(JUDGES)) for _tie in range(2 * ASSIGNED)}
    return lambda: solve(wanted, judges, barred)


def _figures(stage: Stage, rounds: int, before: dict[str, list[float]], say: Callable[[str], object]) -> list[Figure]:
    """`before`: the seconds of what has been measured already."""
    times: dict[str, list[float]] = defaultdict(list)
    yardsticks: dict[str, Iterator[Work]] = {VIEW: _again(_bare_handler()), TRANSACTION: _again(_bare_transaction)}
    say("measuring")
    with clock.at(stage.later):
        works = yardsticks | stage.works()
        for n in range(rounds + WARM):
            for name, stream in works.items():
                spent = _timed(next(stream))
                if n >= WARM:
                    times[name].append(spent)
    say(f"{LIVES} whole lives")
    assert stage.call.opens_at is not None
    with clock.at(stage.call.opens_at):
        told = running.stories(stage.call, LIVES, stage.rng, f"{running.KEY}bench-lives", "")
        told = [straight(story) for story in told]
        running.run(told)
    times |= {"whole life": [story.seconds for story in told], **before}
    medians = {name: statistics.median(found) * 1000 for name, found in times.items()}
    return [
        Figure(
            name,
            round(ms, 2),
            round(1000 / ms, 2),
            round(ms / medians[VIEW], 1),
            round(ms / medians[TRANSACTION], 1),
            len(times[name]),
        )
        for name, ms in medians.items()
    ]


def _timed(work: Work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
