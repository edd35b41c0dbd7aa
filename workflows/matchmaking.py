"""Proposals of who should judge what, asked for on a page: found by the solver, changed by an officer, and carried out.

A worker does both the finding and the carrying out. When it dies the job is given back to the queue and begins again: what
has been asked is not asked again, because each case is asked about by the command `assign` under the proposal's own key.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import product
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob

from grants.applications.models import Application, CaseState
from grants.organisations.models import Person
from grants.programmes.models import Call
from grants.refusal import NotVisible, Refused
from reviewers.asking import pool
from reviewers.conflicts import known
from reviewers.loads import HELD, with_loads
from reviewers.matching import knowledge, needs
from reviewers.models import Assignment
from reviewers.solving import Judge, Pair, Plan, Wanted, solve
from workflows import jobs
from workflows.commands import run
from workflows.models import AssignmentProposal

log = logging.getLogger("anslag.matchmaking")
P = AssignmentProposal.Phase
Stopping = Callable[[], bool]


def ask(person: Person, call: Call) -> AssignmentProposal:
    """Queue that a proposal is found; the one that is there already, if it is being worked on or read. One that no worker
    will take up again is given up."""
    with transaction.atomic():
        Call.objects.select_for_update(of=("self",), no_key=True).get(pk=call.pk)  # two clicks come one after the other
        there = call.assignment_proposals.filter(phase__in=AssignmentProposal.OPEN).first()
        if there is not None and (there.phase == P.READY or is_queued(there)):
            return there
        call.assignment_proposals.filter(phase__in=AssignmentProposal.OPEN).update(phase=P.BROKEN)
        proposal = AssignmentProposal.objects.create(call=call, by=person)
        jobs.defer_assignments(proposal.pk)
    return proposal


def is_queued(proposal: AssignmentProposal) -> bool:
    """Whether a worker is at it or will come to it, also after one that died."""
    mine = ProcrastinateJob.objects.filter(task_name=jobs.PROPOSE_ASSIGNMENTS, args__proposal_id=proposal.pk)
    return mine.filter(status__in=("todo", "doing")).exists()


def _in_hand(proposal_id: int) -> AssignmentProposal | None:
    """The proposal while it can be read and changed, with its row held."""
    rows = AssignmentProposal.objects.select_for_update(of=("self",)).filter(pk=proposal_id, phase=P.READY)
    return rows.select_related("call__version").first()


def change(proposal_id: int, cases: Iterable[int], reviewers: Iterable[int], pairs: Iterable[Pair]) -> bool:
    """Let the proposal say exactly these pairs about these cases and reviewers; what it says of others stays. False when
    it is no longer there to be changed."""
    shown = set(product(cases, reviewers))
    wanted = shown & set(pairs)
    with transaction.atomic():
        if (proposal := _in_hand(proposal_id)) is None:
            return False
        gone = shown - wanted
        kept = [row for row in proposal.rows if (row["case"], row["reviewer"]) not in gone]
        added = sorted(wanted - {(row["case"], row["reviewer"]) for row in kept})
        proposal.rows = kept + [{"case": case, "reviewer": reviewer} for case, reviewer in added]
        proposal.save(update_fields=["rows"])
    return True


def confirm(person: Person, proposal_id: int, due: datetime) -> bool:
    """Let the proposal be carried out by this officer. False when somebody was faster, with that or with throwing it away."""
    with transaction.atomic():
        if (proposal := _in_hand(proposal_id)) is None:
            return False
        proposal.phase, proposal.confirmed_by, proposal.due, proposal.percent = P.CONFIRMED, person, due, 0
        proposal.save(update_fields=["phase", "confirmed_by", "due", "percent"])
        jobs.defer_assignments(proposal.pk)
    return True


def drop(proposal_id: int) -> bool:
    """Throw the proposal away. Nobody has been asked anything."""
    return bool(AssignmentProposal.objects.filter(pk=proposal_id, phase=P.READY).update(phase=P.DROPPED))


class TakenOverError(Exception):
    """Another worker has begun the same anew, or it has been given up: this one must not write."""


def carry_out(proposal_id: int, is_stopping: Stopping = lambda: False) -> None:
    """Do what is to be done with the proposal now: find it, or ask the reviewers. Once that is over this does nothing.

    InterruptedError when the worker is to stop: the job goes back to the queue.
    """
    rows = AssignmentProposal.objects.filter(pk=proposal_id)
    rows.filter(phase=P.WAITING).update(phase=P.GOING)
    if not rows.filter(phase__in=(P.GOING, P.CONFIRMED)).update(attempt=F("attempt") + 1, percent=0):
        return
    proposal = rows.select_related("call__version", "by", "confirmed_by").get()
    mine = rows.filter(attempt=proposal.attempt, phase=proposal.phase)

    def note(percent: int) -> None:
        if is_stopping():
            raise InterruptedError(proposal_id)
        if not mine.update(percent=percent):
            raise TakenOverError(proposal_id)

    try:
        if proposal.phase == P.GOING:
            rows_found, short = find(proposal.by, proposal.call, note)
            mine.update(phase=P.READY, rows=rows_found, short=short, percent=100)
        else:
            mine.update(phase=P.DONE, told=_carried_out(proposal, note), percent=100)
    except TakenOverError:
        log.info("proposal %s is done by another worker", proposal_id)


def to_be_assigned(person: Person, call: Call) -> list[Application]:
    """The cases of the call that are being assessed and that this officer may see."""
    rows = Application.objects.handled_by_office(person).filter(call=call, state=CaseState.ASSESSING)
    return list(rows.select_related("version").order_by("pk"))


def find(
    person: Person, call: Call, note: Callable[[int], None] = lambda percent: None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The best assignment as things stand, with its reasons, and what could not be filled."""
    cases = to_be_assigned(person, call)
    people = with_loads(call, pool(call))
    note(5)
    asks, knows = needs(cases), {reviewer.pk: knowledge(reviewer) for reviewer, _load in people}
    wanted, barred = _wanted(cases, asks)
    barred |= set(known([case.pk for case in cases], knows))
    note(15)
    judges = [Judge(person.pk, load.room, load.in_call, knows[person.pk]) for person, load in people]
    plan = solve(wanted, judges, barred, lambda percent: note(15 + 80 * percent // 100))
    loads = {person.pk: load for person, load in people}
    more: dict[int, int] = defaultdict(int)
    for _case, reviewer in plan.pairs:
        more[reviewer] += 1
    rows = [
        {
            "case": case,
            "reviewer": reviewer,
            "knows": sorted(asks[case] & knows[reviewer]),
            "load": loads[reviewer].have + more[reviewer],
            "most": loads[reviewer].most,
        }
        for case, reviewer in plan.pairs
    ]
    return rows, _short(plan)


def _wanted(cases: Sequence[Application], asks: dict[int, frozenset[str]]) -> tuple[list[Wanted], set[Pair]]:
    """What each case still wants, and whom it cannot ask again because they left."""
    has: dict[int, set[int]] = defaultdict(set)
    left: set[Pair] = set()
    for case, reviewer, state in Assignment.objects.filter(application__in=[c.pk for c in cases]).values_list(
        "application_id", "reviewer_id", "state"
    ):
        if state in HELD:
            has[case].add(reviewer)
        else:
            left.add((case, reviewer))
    wanted = [
        Wanted(
            case.pk,
            max(0, case.definition.the_review.reviewers - len(has[case.pk])),
            asks[case.pk],
            frozenset(has[case.pk]),
        )
        for case in cases
    ]
    return wanted, left


def _short(plan: Plan) -> list[dict[str, Any]]:
    return [{"case": s.key, "lacks": s.lacks, "barred": s.barred, "full": s.full} for s in plan.short]


def _carried_out(proposal: AssignmentProposal, note: Callable[[int], None]) -> list[dict[str, Any]]:
    """Ask about one case after the other. What was refused, with why."""
    assert proposal.confirmed_by is not None
    assert proposal.due is not None
    by_case: dict[int, list[int]] = defaultdict(list)
    for row in proposal.rows:
        by_case[row["case"]].append(row["reviewer"])
    told: list[dict[str, Any]] = []
    for n, (case, reviewers) in enumerate(sorted(by_case.items())):
        note(100 * n // len(by_case))
        persons = list(Person.objects.filter(pk__in=reviewers).order_by("pk"))
        with translation.override(proposal.confirmed_by.language):  # in which what is refused is told
            told += ask_about(proposal.confirmed_by, case, persons, proposal.due, f"proposal-{proposal.pk}")
    return told


def ask_about(officer: Person, case: int, reviewers: Sequence[Person], due: datetime, key: str) -> list[dict[str, Any]]:
    """Ask these reviewers about one case, in one transaction. When one of them cannot be asked the others are, one by one,
    so that what changed meanwhile about one is no harm to the rest. What was refused: the case, who, and why."""
    try:
        run("assign", officer, case, key=key, reviewers=list(reviewers), due=due)
    except NotVisible:
        return [{"case": case, "reviewer": None, "text": ""}]
    except Refused as refused:
        if len(reviewers) == 1:
            texts = " ".join(str(refusal.text) for refusal in refused.refusals)
            return [{"case": case, "reviewer": reviewers[0].pk, "text": texts}]
        found = (ask_about(officer, case, [one], due, f"{key}-{one.pk}") for one in reviewers)
        return [row for rows in found for row in rows]
    return []
