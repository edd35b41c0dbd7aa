"""One case's life, step by step, by the commands that people run. Each step is a function of the case; the clock is the
caller's."""

import random
from datetime import datetime, timedelta
from typing import Any

from grants import clock
from grants.applications.models import Application
from grants.decisions.hearings import HearingKind, Recommendation, lacking
from grants.decisions.models import AcceptanceState, Decision, DecisionState, Outcome
from grants.money import ORE_PER_KRONA, kronor
from grants.organisations.models import Organisation, Person
from grants.programmes.models import Call
from grants.projects.filing import answer_key, lines_of, places, rule_of
from grants.projects.models import Duty, DutyState, ReportDraft
from reviewers.models import Assignment, AssignmentState, Score, ScoreSheet
from workflows.commands.applying import create_draft
from workflows.commands.base import run
from workflows.models import Event, Invitation
from workflows.simulation import drafting
from workflows.simulation.people import accept_terms

People = dict[str, Person]


def fresh(case: Application) -> Application:
    """The case as it is now."""
    found: Application = Application.objects.select_related("call", "version").get(pk=case.pk)
    return found


def draft(call: Call, person: Person, body: Organisation, rng: random.Random, n: int, title: str = "") -> Application:
    """A complete draft."""
    case = create_draft(person, call, body)
    drafting.fill(case, person, rng, n, title)
    return fresh(case)


def submit(case: Application, person: Person) -> Event:
    """Submit a complete draft."""
    return run("submit", person, case, confirm=True)


def assign(case: Application, officer: Person, reviewers: list[Person]) -> list[Assignment]:
    """Offer the case to these reviewers."""
    due = clock.now() + timedelta(days=case.definition.the_review.days)
    run("assign", officer, case, reviewers=reviewers, due=due)
    for reviewer in reviewers:
        accept_terms(reviewer, case.call)
    return list(Assignment.objects.filter(application=case, reviewer__in=reviewers).select_related("reviewer"))


def score(assignment: Assignment, rng: random.Random, level: int | None = None) -> None:
    """Write a whole score sheet, as the reviewer's page does; it is not lodged yet."""
    definition = fresh(assignment.application).definition
    review = definition.the_review
    texts = drafting.examples()
    base = level if level is not None else rng.randint(review.lowest + 1, review.highest)
    sheet, _made = ScoreSheet.objects.update_or_create(
        assignment=assignment,
        defaults={
            "strengths": rng.choice(texts.get("strengths") or ["Tydligt behov och goda data."]),
            "weaknesses": rng.choice(texts.get("weaknesses") or ["Planen för förvaltning kan bli tydligare."]),
            "recommendation": "grant" if base >= (review.lowest + review.highest) / 2 else "reject",
            "saved_at": clock.now(),
        },
    )
    Score.objects.bulk_create(
        [
            Score(
                sheet=sheet,
                criterion=criterion.id,
                value=min(max(base + rng.choice((-1, 0, 0, 1)), review.lowest), review.highest),
                reason=rng.choice(texts.get("reasons") or ["Beskrivningen är konkret och underbyggd med siffror."]),
            )
            for criterion in review.criteria
        ],
        update_conflicts=True,
        unique_fields=["sheet", "criterion"],
        update_fields=["value", "reason"],
    )


def review(assignment: Assignment, rng: random.Random, level: int | None = None) -> None:
    """Declare, score and lodge."""
    accept_terms(assignment.reviewer, assignment.application.call)
    run("declare", assignment.reviewer, assignment, answer="no", text="")
    score(assignment, rng, level)
    run("lodge", assignment.reviewer, assignment)


def hear(case: Application, officer: Person) -> None:
    """Everything that the call wants to be held before a grant, at this moment."""
    for kind in lacking(case):
        if kind == HearingKind.INTERVIEW:
            call_in(case, officer, clock.now())
            note_interview(case, officer)
        else:
            note_panel(case, officer)


def call_in(case: Application, officer: Person, starts_at: datetime) -> Event:
    """Call the applicant to an interview."""
    where: dict[str, Any] = {"place": "", "meeting_url": "https://mote.exempel.invalid/1", "participants": officer.name}
    return run("call_interview", officer, case, starts_at=starts_at, **where)


def note_interview(case: Application, officer: Person) -> Event:
    """Write down what was said."""
    text = "Sökanden svarade på frågor om bemanning och data. Planen är genomtänkt."
    return run("record_interview", officer, case, participants=f"{officer.name} och projektledaren", text=text)


def note_panel(case: Application, officer: Person, recommendation: str = Recommendation.FUND) -> Event:
    """Write down what the panel recommends."""
    text = "Panelen ser stor nytta i förhållande till kostnaden."
    told: dict[str, Any] = {"participants": "panelens ledamöter", "recommendation": recommendation, "text": text}
    return run("record_panel", officer, case, starts_at=clock.now(), **told)


def propose(case: Application, officer: Person, outcome: str = Outcome.GRANT, **changes: Any) -> Event:
    """Prepare a decision for what was applied for, or a rejection."""
    case = fresh(case)
    content = case.submissions.order_by("-n").values_list("content", flat=True)[0]
    decision = case.definition.decision
    texts = drafting.examples()
    lines = [
        {
            "party": budget["party"],
            "max_amount_ore": budget["applied_ore"],
            "intensity_bp": round(case.definition.budget.max_share * 100),
            "aid_basis": decision.aid_bases[0].id,
        }
        for budget in content["budgets"]
    ]
    reasons = (texts.get("grant_reasons") if outcome == Outcome.GRANT else texts.get("rejection_reasons")) or [
        "Bedömarna anser att projektet svarar mot omgångens syfte."
    ]
    data = {
        "outcome": outcome,
        "reasons": reasons[case.pk % len(reasons)],
        "special_conditions": "",
        "participants": "ingen annan",
        "starts_on": case.starts_on,
        "ends_on": case.ends_on,
        "lines": lines if outcome == Outcome.GRANT else [],
        "hold_until": None,
    }
    return run("propose", officer, case, **(data | changes))


def approve(case: Application, decider: Person) -> Event:
    """Make the decision that is proposed."""
    decision = case.decisions.prefetch_related("lines").get(state="proposed")
    return run("approve", decider, case, version=decision.version, total=decision.total_ore)


def reconsider(case: Application, officer: Person, step: str, share: float = 0.5, **changes: Any) -> Decision:
    """Prepare a later decision about the grant that is in force, with a share of each party's amount. Returns it."""
    case = fresh(case)
    grant = case.decisions.in_force().prefetch_related("lines").first()
    lines = [
        {
            "party": line.party_id,
            "max_amount_ore": kronor(int(line.max_amount_ore * share) // ORE_PER_KRONA),
            "intensity_bp": line.intensity_bp,
            "aid_basis": line.aid_basis,
        }
        for line in (grant.lines.all() if grant else ())
    ]
    data: dict[str, Any] = {"reasons": "Projektet har ändrats.", "participants": "ingen annan", "hold_until": None}
    if step == "propose_change":
        data |= {"special_conditions": ""}
    if step == "propose_recovery":
        data |= {"repay_by": clock.today() + timedelta(days=30)}
    run(step, officer, case, **(data | {"lines": lines if step != "write_off" else []} | changes))
    return case.decisions.get(state=DecisionState.PROPOSED)


def approve_later(decision: Decision, decider: Person) -> Event:
    """Make a later decision."""
    return run("approve_later", decider, decision, version=decision.version, total=decision.total_ore)


def accept_all(case: Application, leave: int = 0) -> None:
    """Every party accepts by its link, but for the last `leave` of them."""
    waiting = list(case.acceptances.filter(state__in=(AcceptanceState.WAITING, AcceptanceState.OVERDUE)).order_by("pk"))
    for acceptance in waiting[: len(waiting) - leave]:
        link = Invitation.objects.get(purpose=Invitation.Purpose.ACCEPT, subject_id=acceptance.pk, ended_at=None)
        run("accept", None, acceptance, link=link, name="Firmatecknare Exempel", confirm=True)


def write_report(duty: Duty, person: Person, rng: random.Random) -> None:
    """Fill a report, as the report page does; it is not filed yet."""
    definition = fresh(duty.application).definition
    rule, lines = rule_of(duty, definition), lines_of(duty)
    answers = {
        answer_key(question, line.party_id if line else None): drafting.answer_to(question, rng)
        for question, line in places(rule, lines)
    }
    costs = {str(line.party_id): line.max_amount_ore for line in lines} if rule.cost_statement else {}
    ReportDraft.objects.update_or_create(
        duty=duty, defaults={"answers": answers, "costs": costs, "saved_by": person, "saved_at": clock.now()}
    )


def report(duty: Duty, person: Person, rng: random.Random) -> Event:
    """Write and file a report."""
    write_report(duty, person, rng)
    return run("file_report", person, duty)


def open_duties(case: Application) -> list[Duty]:
    """The reports that can be filed now."""
    return list(case.duties.filter(state__in=(DutyState.OPEN, DutyState.RETURNED)))


def cleared(case: Application) -> list[Assignment]:
    """Assignments whose reviewer is at work."""
    return list(case.assignments.filter(state=AssignmentState.CLEARED).select_related("reviewer"))
