"""One case's life as people live it: a generator that does the next step and yields when it goes on."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction

from grants import clock
from grants.applications.models import Application, CaseState
from grants.decisions.hearings import HearingKind, asked_for
from grants.decisions.models import AcceptanceState, Outcome
from grants.organisations.models import Organisation, Person
from grants.programmes.models import Call
from grants.projects.models import DutyState
from grants.refusal import Refused
from reviewers.models import Assignment
from workflows.commands import run
from workflows.commands.deciding import money_left
from workflows.models import Invitation
from workflows.simulation import life
from workflows.simulation.plans import CasePlan, End, Twist

S = CaseState
AT_ONCE = 3  # reviewers who are asked first
FAR = timedelta(days=3650)
CHANGING = timedelta(days=3)  # what it takes to unlock and submit again


@dataclass
class Crew:
    """Who works with the cases of a call."""

    officers: Sequence[Person]
    deciders: Sequence[Person]
    reviewers: Sequence[Person]


@dataclass
class Story:
    """One case to be, and everybody in it."""

    n: int  # the how-many-th
    call: Call
    plan: CasePlan
    person: Person
    organisation: Organisation
    partners: int  # number of the first partner's organisation
    crew: Crew
    rng: random.Random
    until: str = ""
    before_submission: Callable[["Story"], object] = lambda story: None
    pk: int | None = None
    sql: int = 0  # statements of its people so far
    seconds: float = 0.0  # that they took

    @property
    def case(self) -> Application:
        """The case as it is now."""
        assert self.pk is not None
        return life.fresh(Application(pk=self.pk))

    @property
    def officer(self) -> Person:
        """Who handles it."""
        return self.crew.officers[self.n % len(self.crew.officers)]

    @property
    def decider(self) -> Person:
        """Who decides it."""
        return self.crew.deciders[self.n % len(self.crew.deciders)]

    def in_days(self, least: int, most: int) -> datetime:
        """Some days from now."""
        return morning(clock.now() + timedelta(days=self.rng.randint(least, most)))

    def ends(self, end: End) -> bool:
        """Whether this is how it ends."""
        return self.plan.end == end


def morning(moment: datetime) -> datetime:
    """Ten o'clock of that day in Sweden: people keep hours, and many do their things on the same day."""
    return datetime.combine(moment.astimezone(clock.SWEDEN).date(), time(10), tzinfo=clock.SWEDEN)


def live(story: Story) -> Iterator[datetime]:
    """From the first line of the draft to the end that is planned."""
    call, rng, plan = story.call, story.rng, story.plan
    assert call.opens_at is not None
    closes = call.closes_at or call.opens_at + timedelta(days=90)
    begun = call.opens_at + timedelta(days=1) + (closes - call.opens_at - timedelta(days=8)) * rng.uniform(0, 0.8)
    yield morning(begun)
    with transaction.atomic():
        story.pk = life.draft(call, story.person, story.organisation, rng, story.partners).pk
    yield morning(begun + (closes - timedelta(days=4) - begun) * rng.uniform(0.1, 1))
    if plan.end == End.DISCARDED:
        run("discard", story.person, story.case)
    elif plan.end == End.LAPSED:
        yield morning(closes + timedelta(days=1))
    else:
        story.before_submission(story)
        life.submit(story.case, story.person)
        yield from _change(story)
        if not story.case.definition.stages.formal_check and _withdrawn(story):
            return  # later it is in no state of its own before it is assessed
        yield morning((story.case.judged_from or clock.now()) + timedelta(days=rng.randint(1, 8)))
        yield from _check(story)


def _change(story: Story) -> Iterator[datetime]:
    """Until the application is judged the applicant may think again."""
    judged = story.case.judged_from
    if not story.plan.twists & {Twist.REPLACED, Twist.CHANGED_MIND} or (judged and judged < clock.now() + CHANGING):
        return
    yield story.in_days(1, 1)
    run("unlock", story.person, story.case)
    yield story.in_days(1, 1)
    if story.plan.has(Twist.CHANGED_MIND):
        run("drop_copy", story.person, story.case)
    else:
        life.submit(story.case, story.person)


def _withdrawn(story: Story) -> bool:
    """Whether the application was taken back, in the state that is planned."""
    case = story.case
    if story.ends(End.WITHDRAWN) and case.state == story.plan.withdrawn_in:
        run("withdraw", story.person, case, reason="Vi har fått annan finansiering.")
        return True
    return False


def _check(story: Story) -> Iterator[datetime]:
    """The officer's formal check, where the call has one, and on from there."""
    if _withdrawn(story):
        return
    if story.case.definition.stages.formal_check:
        yield from _formal(story)
    if story.case.state == S.ASSESSING:
        yield from _assess(story)
    if story.case.state == S.ASSESSED:
        yield from _decide(story)


def _formal(story: Story) -> Iterator[datetime]:
    """Completion perhaps, and then on or out."""
    if story.plan.twists & {Twist.COMPLETED, Twist.EXPIRED}:
        due = clock.now() + timedelta(days=story.call.definition.completion.days)
        run("ask_completion", story.officer, story.case, request_text="Behörighetsintyget saknas.", due=due)
        if story.plan.has(Twist.COMPLETED):
            yield story.in_days(2, max(2, story.call.definition.completion.days - 2))
            life.submit(story.case, story.person)
        yield morning(due + timedelta(days=1))
    if story.ends(End.FORMALLY_REJECTED):
        yield from _decide(story)
        return
    run("pass_formal", story.officer, story.case)
    yield story.in_days(2, 6)


def _assess(story: Story) -> Iterator[datetime]:
    """Reviewers are asked until enough have lodged."""
    asked = 0
    while story.case.state == S.ASSESSING:
        wanted = AT_ONCE if asked == 0 else 1
        first = story.n + asked
        chosen = [story.crew.reviewers[(first + i) % len(story.crew.reviewers)] for i in range(wanted)]
        assignments = life.assign(story.case, story.officer, chosen)
        yield story.in_days(1, 4)
        if _withdrawn(story):
            return
        for place, assignment in enumerate(assignments, asked):
            yield from _declare(story, assignment, place)
        for assignment in life.cleared(story.case):
            life.score(assignment, story.rng)
            yield story.in_days(1, 6)
            run("lodge", assignment.reviewer, assignment)
        asked += wanted
        yield story.in_days(1, 3)


def _declare(story: Story, assignment: Assignment, place: int) -> Iterator[datetime]:
    """Declare, with the odd answers at the first places."""
    reviewer = assignment.reviewer
    odd = [t for t in (Twist.CONFLICTED, Twist.UNSURE, Twist.REVIEWER_DECLINED) if story.plan.has(t)]
    twist = odd[place] if place < len(odd) else None
    if twist == Twist.CONFLICTED:
        run("declare", reviewer, assignment, answer="yes", text="Min syster leder projektet.")
    elif twist == Twist.REVIEWER_DECLINED:
        run("decline_assignment", reviewer, assignment, reason="Jag hinner inte.")
    elif twist == Twist.UNSURE:
        run("declare", reviewer, assignment, answer="unsure", text="Jag har arbetat med en av parterna.")
        yield story.in_days(1, 3)
        answer = story.rng.choice(["yes", "no"])
        run("rule_conflict", story.officer, assignment, conflicted=answer, reason="Samarbetet är avslutat.")
    else:
        run("declare", reviewer, assignment, answer="no", text="")


def _decide(story: Story) -> Iterator[datetime]:
    """What is to be held first, a proposal, perhaps twice, and the decision."""
    yield from _hear(story)
    yield story.in_days(2, 8)
    hold = clock.now() + timedelta(days=20) if story.plan.has(Twist.HELD) else None
    if story.until == S.DECIDED:
        hold = clock.now() + FAR  # the letter is not to leave
    _propose(story, hold)
    yield story.in_days(1, 5)
    if _withdrawn(story):
        return
    if story.plan.has(Twist.RETURNED):
        run("return_proposal", story.decider, story.case, reason="Skälen behöver utvecklas.")
        yield story.in_days(1, 3)
        _propose(story, hold)
        yield story.in_days(1, 3)
    try:
        life.approve(story.case, story.decider)
    except Refused as refused:  # others were granted what was left meanwhile
        if {r.code for r in refused.refusals} != {"call_budget"}:
            raise
        run("return_proposal", story.decider, story.case, reason="Omgångens budget räcker inte.")
        yield story.in_days(1, 2)
        life.propose(story.case, story.officer, Outcome.REJECTION, hold_until=hold)
        yield story.in_days(1, 2)
        life.approve(story.case, story.decider)
    yield max(story.in_days(2, 5), morning(hold + timedelta(days=1)) if hold else clock.now())
    if story.case.state == S.ACCEPTING:
        yield from _accept(story)
    if story.case.state == S.REPORTING:
        yield from _report(story)


def _hear(story: Story) -> Iterator[datetime]:
    """An interview and a panel, if the call asks for them and the application is not to be rejected anyhow."""
    if story.case.state != S.ASSESSED or story.ends(End.REJECTED):
        return
    if HearingKind.INTERVIEW in asked_for(story.case):
        yield story.in_days(1, 4)
        at = story.in_days(5, 12)
        life.call_in(story.case, story.officer, at)
        yield at + timedelta(hours=1)
        life.note_interview(story.case, story.officer)
    if HearingKind.PANEL in asked_for(story.case):
        yield story.in_days(1, 6)
        life.note_panel(story.case, story.officer)


def _propose(story: Story, hold: datetime | None) -> None:
    """Grant what was applied for if the call's money allows, else reject."""
    case = story.case
    if case.state == S.SUBMITTED:
        reasons = "Ansökan saknar uppgifter som omgången kräver."
        run("propose_rejection", story.officer, case, reasons=reasons, participants="ingen annan")
        return
    left = money_left(case.call, case)
    rejected = story.plan.end in (End.REJECTED, End.FORMALLY_REJECTED)
    grant = not rejected and (left is None or case.applied_ore <= left)
    life.propose(case, story.officer, Outcome.GRANT if grant else Outcome.REJECTION, hold_until=hold)


def _accept(story: Story) -> Iterator[datetime]:
    """The parties accept the conditions, or the grant is declined."""
    late = story.plan.has(Twist.ACCEPTED_LATE) or story.ends(End.DECLINED)
    life.accept_all(story.case, leave=1 if late else 0)
    if not late:
        yield story.in_days(1, 5)
        return
    last = story.case.acceptances.filter(state=AcceptanceState.WAITING).select_related("party").get()
    if story.ends(End.DECLINED):
        if story.plan.has(Twist.PART_DECLINED):
            link = Invitation.objects.get(purpose=Invitation.Purpose.ACCEPT, subject_id=last.pk, ended_at=None)
            run("decline_part", None, last, link=link, name="Firmatecknare Exempel", reason="Vi har inte tid.")
        yield story.in_days(2, 9)
        run("decline_grant", story.person, story.case, reason="")
        return
    yield morning(last.due + timedelta(days=2))
    run("extend_acceptance", story.officer, last, due=clock.now() + timedelta(days=14))
    yield story.in_days(2, 9)
    life.accept_all(story.case)
    yield story.in_days(1, 5)


def _report(story: Story) -> Iterator[datetime]:
    """Every report at its time, or somewhat after."""
    returned = not story.plan.has(Twist.REPORT_RETURNED)
    while story.case.state == S.REPORTING:
        duty = story.case.duties.exclude(state=DutyState.APPROVED).earliest("due")
        shift = story.rng.randint(3, 20) * (1 if story.plan.has(Twist.REPORT_LATE) else -1)
        yield max(morning(duty.due + timedelta(days=shift)), morning(duty.opens_at + timedelta(days=1)), clock.now())
        life.report(duty, story.person, story.rng)
        yield story.in_days(2, 12)
        if not returned:
            returned = True
            run("return_report", story.officer, duty, reason="Uppgift om antal berörda saknas.")
            yield story.in_days(3, 9)
            life.report(duty, story.person, story.rng)
            yield story.in_days(2, 5)
        run("approve_report", story.officer, duty)
        yield story.in_days(1, 3)
