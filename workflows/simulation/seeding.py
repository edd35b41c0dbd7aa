"""The demonstration's cases: a script of what people did and when, carried out by the real commands over simulated time.

Which calls there are, and when they open and close, is read from the calls themselves; each case's fate is a list of
steps spread over its call's life up to the demonstration's now.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from grants import clock
from grants.applications.models import Answer, Application, CaseState
from grants.decisions.models import NOT_BEFORE_HEARING, Outcome
from grants.organisations.models import Organisation, Person
from grants.programmes.models import Call, CallPhase
from grants.projects.models import DutyState
from grants.refusal import Refused
from reviewers.models import AssignmentState
from workflows import jobs, stepping
from workflows.commands import run
from workflows.simulation import drafting, life, meeting, people, pooling
from workflows.simulation.fates import LATE, OPEN, RECENT, Fate

Act = Callable[[], object]
_DECLARED: dict[str, str] = {AssignmentState.UNSURE: "unsure", AssignmentState.CONFLICTED: "yes"}
_RESERVE = "Ansökan håller god kvalitet, men omgångens budget räcker inte. Den får bidrag om pengar blir över."
_CHANGED = "Projektet har bytt till en billigare tjänst. Bidraget sänks i samma mån, efter samråd med koordinatorn."
_LEVEL: dict[str, int] = {Outcome.GRANT: 4, Outcome.REJECTION: 2}  # where the reviewers' scores lie
FIRST_NAMES = ("Anna", "Omar", "Lena", "Erik", "Sofia", "Nils", "Amina", "Gunnar", "Linnea", "Samir", "Elsa", "Viktor")
LAST_NAMES = ("Almkvist", "Brunn", "Cederlöv", "Dagerfjord", "Ekesand", "Fagerlid", "Granholt", "Hedvall", "Ingerud")


@dataclass
class Story:
    """Everything the script needs to know while it is carried out."""

    now: datetime
    people: dict[str, Person]
    rng: random.Random = field(default_factory=lambda: random.Random(2022))
    script: list[tuple[datetime, int, Act]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(2000, 9000, 20)))
    applicants: int = 0
    titled: int = 0

    def at(self, when: datetime, act: Act) -> None:
        """Put something into the script, with a time of day that people keep."""
        local = when.astimezone(clock.SWEDEN)
        kept = local.replace(
            hour=self.rng.randint(8, 16), minute=self.rng.randint(0, 59), second=self.rng.randint(0, 59)
        )
        moment = min(kept, self.now - timedelta(minutes=len(self.script) % 50 + 1))
        self.script.append((moment, len(self.script), act))

    def title(self) -> str:
        """The next example title; none occurs twice until all have."""
        titles = drafting.examples().get("titles") or [""]
        self.titled += 1
        return str(titles[self.titled % len(titles)])

    def applicant(self) -> tuple[Person, Organisation]:
        """The next fictional applicant, confirmed for an organisation of their own."""
        i = self.applicants = self.applicants + 1
        name = f"{FIRST_NAMES[i % len(FIRST_NAMES)]} {LAST_NAMES[i % len(LAST_NAMES)]}"
        person = people.make_person(f"sokande-{i}", name)
        body = people.organisation(100 + i, "civil_society" if i % 4 == 0 else "municipality")
        people.speaks_for(person, body, self.people["sara"])
        return person, body


def seed(now: datetime, begins: datetime, progress: Callable[[int, int], None]) -> int:
    """Tell the whole story up to `now`; returns how many cases there are. The caller has put the clock at `begins`."""
    story = Story(now, people.cast())
    calls = list(Call.objects.select_related("version", "programme__authority").order_by("opens_at"))
    for call in calls:
        people.staff_call(call, story.people)
    homes = _homes(story)
    for call in calls:
        for place, fate in enumerate(_fates(call, now)):
            _plan(story, call, fate, place, homes)
    total = len(story.script)
    done = 0
    while story.script:
        story.script.sort(key=lambda item: item[:2])
        when, _n, act = story.script.pop(0)
        stepping.walk(max(when, clock.now()), clock.move, jobs.run_pending)
        act()
        jobs.run_pending()
        done += 1
        progress(done, max(total, done + len(story.script)))
    stepping.walk(now, clock.move, jobs.run_pending)
    pooling.tell(story.people)
    meeting.tell(story.people)
    jobs.run_pending()
    return int(Application.objects.count())


def _homes(story: Story) -> dict[str, tuple[Person, Organisation]]:
    """The personas' own organisations."""
    homes = {}
    for n, (key, kind, name) in enumerate(
        (("karin", "municipality", "Björkdala kommun"), ("ali", "civil_society", "Föreningen Lillåns Grannar")), 1
    ):
        body = people.organisation(n, kind, name)
        people.speaks_for(story.people[key], body, story.people["sara"])
        homes[key] = (story.people[key], body)
    return homes


def _fates(call: Call, now: datetime) -> tuple[Fate, ...]:
    """What becomes of a call's cases follows from where the call is in its life."""
    phase = call.phase(now)
    if phase == CallPhase.OPEN:
        return OPEN
    if phase != CallPhase.CLOSED or call.closes_at is None:
        return ()
    return RECENT if now - call.closes_at < timedelta(days=90) else LATE


def _plan(story: Story, call: Call, fate: Fate, place: int, homes: dict[str, tuple[Person, Organisation]]) -> None:
    """Spread one case's steps over its call's life."""
    assert call.opens_at is not None
    person, body = homes[fate.home] if fate.home else story.applicant()
    n, closes = next(story.numbers), call.closes_at or story.now
    last = min(closes, story.now)
    rng = story.rng
    holder: dict[str, Application] = {}
    title = fate.title or story.title()
    begun = call.opens_at + (last - call.opens_at) * rng.uniform(0.25, 0.6)

    def begin() -> None:
        holder["case"] = life.draft(call, person, body, rng, n, title)
        if fate.incomplete:
            _leave_incomplete(holder["case"], fate.incomplete)

    story.at(begun, begin)
    if fate.until == CaseState.DRAFT:
        return
    sent = begun + (last - begun) * rng.uniform(0.5, 0.97)
    story.at(sent, lambda: life.submit(life.fresh(holder["case"]), person))
    if fate.unlocked:
        story.at(sent + timedelta(days=2), lambda: run("unlock", person, holder["case"]))
    if fate.until == CaseState.SUBMITTED and closes > story.now:
        return
    span = min(story.now - closes, timedelta(days=fate.days))
    story.at(closes + span * 0.06, lambda: _on(story, holder["case"], fate, closes, span, place))


def _leave_incomplete(case: Application, answers: int) -> None:
    """A draft with the last questions still unanswered."""
    last = list(Answer.objects.filter(application=case).order_by("-pk").values_list("pk", flat=True)[:answers])
    Answer.objects.filter(pk__in=last).delete()
    case.attachments.all().delete()


def _on(story: Story, case: Application, fate: Fate, closes: datetime, span: timedelta, place: int) -> None:
    """The officer's first step, and the script of all that follows."""
    sara, eva = story.people["sara"], story.people["eva"]
    person = case.created_by
    if fate.until == CaseState.WITHDRAWN:
        run("withdraw", person, case, reason="Vi har fått annan finansiering.")
        if fate.later:
            story.at(closes + span * 0.4, lambda: _later(story, case, fate))
        return
    if fate.until == CaseState.SUBMITTED:
        return
    if fate.until == CaseState.COMPLETING or fate.completes:
        text = "Beskrivningen av data saknar uppgift om vem som förfogar över dem. Komplettera svaret."
        run(
            "ask_completion",
            sara,
            case,
            request_text=text,
            due=clock.now() + timedelta(days=10 if fate.completes else 21),
        )
        if fate.until == CaseState.COMPLETING:
            return
        story.at(clock.now() + timedelta(days=3), lambda: life.submit(life.fresh(case), person))
    if fate.outcome == Outcome.FORMAL_REJECTION:
        reasons = "Ansökan saknar en part som får vara koordinator enligt omgångens regler."
        run("propose_rejection", sara, case, reasons=reasons, participants="ingen annan")
        story.at(closes + span * 0.3, lambda: life.approve(life.fresh(case), eva))
        return
    story.at(closes + span * 0.2, lambda: run("pass_formal", sara, life.fresh(case)))
    if fate.asked:
        story.at(closes + span * 0.25, lambda: _assess(story, life.fresh(case), fate, closes, span, place))


def _assess(story: Story, case: Application, fate: Fate, closes: datetime, span: timedelta, place: int) -> None:
    sara, rng = story.people["sara"], story.rng
    pool = ["mira", "tove", "hugo", "ines"]
    chosen = [story.people[pool[(place + i) % len(pool)]] for i in range(3)]
    assignments = life.assign(case, sara, chosen)
    level = _LEVEL.get(fate.outcome or "", 3)
    for i, assignment in enumerate(assignments):
        what = fate.assignments[i] if i < len(fate.assignments) else AssignmentState.LODGED
        if what == AssignmentState.OFFERED:
            continue
        answer = _DECLARED.get(what, "no")
        text = "Jag har tidigare arbetat i en av parterna." if answer != "no" else ""
        declared = closes + span * (0.32 + 0.02 * i)
        story.at(declared, lambda a=assignment, v=answer, t=text: run("declare", a.reviewer, a, answer=v, text=t))  # type: ignore[misc]
        if what in (AssignmentState.CLEARED, AssignmentState.LODGED):
            written = closes + span * (0.45 + 0.04 * i)
            story.at(written, lambda a=assignment: life.score(a, rng, level))  # type: ignore[misc]
        if what == AssignmentState.LODGED:
            story.at(written + timedelta(hours=30), lambda a=assignment: run("lodge", a.reviewer, a))  # type: ignore[misc]
    if fate.until not in (CaseState.ASSESSING, CaseState.ASSESSED):
        story.at(closes + span * 0.7, lambda: _decide(story, case, fate, closes, span))


def _decide(story: Story, case: Application, fate: Fate, closes: datetime, span: timedelta) -> None:
    sara, eva = story.people["sara"], story.people["eva"]
    hold = story.now + timedelta(days=9) if fate.until == CaseState.DECIDED else None
    if (fate.outcome or Outcome.GRANT) in NOT_BEFORE_HEARING:
        life.hear(life.fresh(case), sara)
    life.propose(case, sara, fate.outcome or Outcome.GRANT, hold_until=hold)
    if fate.until == CaseState.PROPOSED:
        return
    if fate.returned:
        reason = "Skälen behöver säga hur beloppet har räknats fram."
        story.at(closes + span * 0.74, lambda: run("return_proposal", eva, life.fresh(case), reason=reason))
        story.at(closes + span * 0.78, lambda: life.propose(life.fresh(case), sara, fate.outcome or Outcome.GRANT))
    story.at(closes + span * 0.82, lambda: _approve(story, case, fate, closes, span))


def _approve(story: Story, case: Application, fate: Fate, closes: datetime, span: timedelta) -> None:
    try:
        life.approve(life.fresh(case), story.people["eva"])
    except Refused:  # the call's budget is spent: the officer proposes a place on the reserve list instead
        reason = "Omgångens budget räcker inte."
        run("return_proposal", story.people["eva"], life.fresh(case), reason=reason)
        life.propose(life.fresh(case), story.people["sara"], Outcome.RESERVE, reasons=_RESERVE)
        life.approve(life.fresh(case), story.people["eva"])
        return
    if fate.until == CaseState.DECIDED or (fate.outcome or Outcome.GRANT) != Outcome.GRANT:
        return
    if fate.until == CaseState.DECLINED:
        story.at(closes + span * 0.9, lambda: run("decline_grant", case.created_by, life.fresh(case), reason=""))
        return
    leave = 0 if fate.until == CaseState.REPORTING else 1
    story.at(closes + span * 0.93, lambda: life.accept_all(life.fresh(case), leave))
    if fate.report:
        story.at(closes + span + timedelta(days=1), lambda: _report(story, case, fate))
    if fate.later:
        story.at(closes + span + timedelta(days=30), lambda: _later(story, case, fate))


def _later(story: Story, case: Application, fate: Fate) -> None:
    """A decision after the first, prepared by one and made by the other."""
    reasons = _CHANGED if fate.later == "propose_change" else "Sökanden har återkallat ansökan."
    decision = life.reconsider(case, story.people["sara"], fate.later, 0.9, reasons=reasons)
    life.approve_later(decision, story.people["eva"])


def _report(story: Story, case: Application, fate: Fate) -> None:
    """Write or file the first report when it is open, a little before it is due."""
    duties = life.open_duties(case)
    if not duties:
        ahead = case.duties.filter(state=DutyState.PLANNED).order_by("opens_at").first()
        if ahead is not None and ahead.opens_at < story.now:
            story.at(ahead.opens_at + timedelta(days=fate.report_after), lambda: _report(story, case, fate))
        return
    person, sara = case.created_by, story.people["sara"]
    if fate.report == "written":
        life.write_report(duties[0], person, story.rng)
        return
    life.report(duties[0], person, story.rng)
    if fate.report == "returned":
        reason = "Uppgift om antal berörda saknas."
        story.at(clock.now() + timedelta(days=2), lambda: run("return_report", sara, duties[0], reason=reason))
    elif fate.report == "approved":
        story.at(clock.now() + timedelta(days=2), lambda: run("approve_report", sara, duties[0]))
