"""Cases in any state, made by the real commands. Nothing here writes a state by itself."""

import itertools
import random
from collections.abc import Callable
from datetime import timedelta

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.models import Outcome
from grants.organisations.models import Organisation, Person
from grants.programmes.models import Authority, Call
from reviewers.models import Assignment
from workflows import jobs, stepping
from workflows.commands import run
from workflows.simulation import life, people

S = CaseState


class World:
    """The calls with their staff, and one applicant with a confirmed organisation."""

    def __init__(self) -> None:
        self.people = people.cast()
        for call in Call.objects.select_related("version").filter(offices=None):
            people.staff_call(call, self.people)
        self.numbers = itertools.count(1000, 20)
        self.organisation = people.organisation(1, "municipality", "Björkdala kommun")
        people.speaks_for(self.people["karin"], self.organisation, self.people["sara"])
        self.rng = random.Random(1)

    def __getattr__(self, key: str) -> Person:
        """A persona by key: world.karin, world.sara, world.eva, world.mira …"""
        try:
            return self.__dict__["people"][key]
        except KeyError:
            raise AttributeError(key) from None

    def call(self, slug: str = "starta-2023") -> Call:
        """A call by its slug."""
        return Call.objects.select_related("version", "programme__authority").get(slug=slug)

    def open(self, slug: str = "starta-2023") -> Call:
        """The call, at a moment when it is open: the clock moves there if it is not."""
        call = self.call(slug)
        assert call.opens_at is not None
        if clock.now() < call.opens_at:
            clock.move(call.opens_at + timedelta(days=1))
        return self.call(slug)

    def draft(
        self, slug: str = "starta-2023", person: Person | None = None, organisation: Organisation | None = None
    ) -> Application:
        """A complete draft, by Karin for Björkdala unless told otherwise."""
        return life.draft(
            self.open(slug), person or self.karin, organisation or self.organisation, self.rng, next(self.numbers)
        )

    def reviewer(self, key: str, name: str) -> Person:
        """Somebody more in the pools of all authorities."""
        person = people.make_person(key, name)
        for authority in Authority.objects.all():
            people.into_pool(authority, person, self.sara)
        return person

    def other_applicant(self, n: int = 7) -> tuple[Person, Organisation]:
        """Somebody else with an organisation of their own."""
        person = people.make_person(f"annan-{n}", f"Annan Sökande {n}")
        body = people.organisation(n, "municipality")
        people.speaks_for(person, body, self.sara)
        return person, body

    def submitted(self, slug: str = "starta-2023", **who: object) -> Application:
        """Submitted, the call still open."""
        case = self.draft(slug, **who)  # type: ignore[arg-type]  # passed on
        life.submit(case, case.created_by)
        jobs.run_pending()
        return life.fresh(case)

    def closed(self, case: Application) -> Application:
        """The same case, the call closed, or the cut-off passed that gathers it."""
        closes = case.judged_from
        assert closes is not None
        if clock.now() < closes:
            stepping.walk(closes + timedelta(hours=1), clock.move, jobs.run_pending)
        return life.fresh(case)

    def case(self, state: str, slug: str = "starta-2023", **who: object) -> Application:
        """A case in this state, by the shortest way."""
        if state == S.DRAFT:
            return self.draft(slug, **who)  # type: ignore[arg-type]  # passed on
        if state == S.LAPSED:
            case = self.draft(slug, **who)  # type: ignore[arg-type]  # passed on
            run("discard", case.created_by, case)
            return life.fresh(case)
        case = self.submitted(slug, **who)
        if state == S.SUBMITTED:
            return case
        if state == S.WITHDRAWN:
            run("withdraw", case.created_by, case, reason="")
            return life.fresh(case)
        return self.onwards(self.closed(case), state)

    def onwards(self, case: Application, state: str) -> Application:
        """A submitted case of a closed call, brought on to this state."""
        if state == S.COMPLETING:
            run("ask_completion", self.sara, case, request_text="Intyg saknas.", due=clock.now() + timedelta(days=10))
            return life.fresh(case)
        steps: list[tuple[str, Callable[[], object]]] = [
            (S.ASSESSING, lambda: run("pass_formal", self.sara, case)),
            (S.ASSESSED, lambda: self.assess(case)),
            (S.PROPOSED, lambda: self.propose(case)),
            (S.DECIDED, lambda: life.approve(case, self.eva)),
            (S.ACCEPTING, jobs.run_pending),
            (S.REPORTING, lambda: life.accept_all(case)),
            (S.CLOSED, lambda: self.report_all(case)),
        ]
        if state == S.RESERVE:
            case = self.onwards(case, S.ASSESSED)
            life.propose(case, self.sara, Outcome.RESERVE)
            life.approve(case, self.eva)
            jobs.run_pending()
            return life.fresh(case)
        if state == S.DECLINED:
            case = self.onwards(case, S.ACCEPTING)
            run("decline_grant", case.created_by, case, reason="")
            return life.fresh(case)
        for reached, take in steps:
            take()
            case = life.fresh(case)
            if reached == state:
                return case
        raise ValueError(state)

    def propose(self, case: Application) -> None:
        """A grant is proposed, when what the call asks for has been held."""
        life.hear(case, self.sara)
        life.propose(case, self.sara)

    def assess(self, case: Application) -> None:
        """Three reviewers declare, score and lodge."""
        for assignment in self.assigned(case):
            life.review(assignment, self.rng)

    def assigned(self, case: Application, *who: str) -> list[Assignment]:
        """The case offered to reviewers."""
        return life.assign(case, self.sara, [self.people[key] for key in who or ("mira", "tove", "hugo")])

    def report_all(self, case: Application) -> None:
        """File and approve every report, at its time."""
        while life.fresh(case).state == S.REPORTING:
            duty = case.duties.exclude(state="approved").order_by("due").first()
            assert duty is not None
            stepping.walk(max(duty.due - timedelta(days=1), clock.now()), clock.move, jobs.run_pending)
            for report in life.open_duties(case):
                life.report(report, case.created_by, self.rng)
                run("approve_report", self.sara, report)

    def rejected(self, slug: str = "starta-2023") -> Application:
        """A case that was rejected after assessment, the letter sent."""
        case = self.case(S.ASSESSED, slug)
        life.propose(case, self.sara, Outcome.REJECTION)
        life.approve(case, self.eva)
        jobs.run_pending()
        return life.fresh(case)
