"""Standing facts: what a case says of itself agrees with the rows that it was taken from."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from grants.applications.extensions import Extension
from grants.applications.freezing import sha256
from grants.applications.models import (
    Answer,
    Application,
    Attachment,
    CaseState,
    Party,
    Submission,
)
from grants.budgets.models import AppliedGrant, CostLine
from grants.decisions.hearings import Hearing, HearingKind
from grants.decisions.models import GIVES_MONEY, Acceptance, AcceptanceState, Decision, DecisionState, Outcome
from grants.programmes.definition import Window
from grants.programmes.models import CallVersion
from grants.projects.models import Duty, DutyState
from reviewers.models import OPEN_ASSIGNMENT, Assignment, AssignmentState
from workflows.integrity.faults import Fault, batches
from workflows.models import Event

S, D = CaseState, DecisionState
UNSUBMITTED = (S.DRAFT, S.LAPSED)
IN_FORCE = (D.PROPOSED, D.DECIDED, D.DISPATCHED)
# What stands in a case: what its own decision has come to, or what has replaced it. While a case on the reserve list is decided
# again both are there, and the one that is being made comes last.
_OF_CASE = Q(later=False, state__in=IN_FORCE) & ~Q(outcome=Outcome.RESERVE, application__state=S.WITHDRAWN)
_OF_CASE |= Q(later=True, state=D.DISPATCHED, outcome__in=GIVES_MONEY)
# The state of the decision in force, by the state of the case; a case that is not here has none.
DECISION_OF: dict[str, str] = {
    S.PROPOSED: D.PROPOSED,
    S.DECIDED: D.DECIDED,
    S.ACCEPTING: D.DISPATCHED,
    S.REPORTING: D.DISPATCHED,
    S.CLOSED: D.DISPATCHED,
    S.RESERVE: D.DISPATCHED,
    S.DECLINED: D.DISPATCHED,
}


def check() -> Iterator[Fault]:
    """Every case against its submissions and its decision in force."""
    windows = _windows_with_cutoffs()
    for batch in batches(Application.objects.all()):
        keys = [case.pk for case in batch]
        submissions = _submissions(keys)
        rows = Decision.objects.filter(application__in=keys).filter(_OF_CASE).order_by("version")
        decisions = dict(rows.values_list("application_id", "state"))
        for case in batch:
            where = f"case:{case.pk}"
            yield from _submitted(where, case, submissions.get(case.pk, []))
            yield from _gathered(where, case, submissions.get(case.pk, []), windows)
            if decisions.get(case.pk) != DECISION_OF.get(case.state):
                text = f"state {case.state}, but the decision in force is {decisions.get(case.pk, 'none')}"
                yield Fault("decision_state", where, text)
            if case.working_copy and case.state != S.SUBMITTED:
                yield Fault("working_copy", where, f"is unlocked in state {case.state}")
            if case.state == S.COMPLETING and case.completion_due is None:
                yield Fault("completion_due", where, "waits for completion without a date")


def _windows_with_cutoffs() -> dict[int, Window]:
    """The windows of the versions that have cut-offs, by version."""
    rows = CallVersion.objects.exclude(text__content__window__cutoffs=[])
    return {version.pk: version.definition.window for version in rows.select_related("text")}


def _gathered(
    where: str, case: Application, rows: list[tuple[Any, ...]], windows: dict[int, Window]
) -> Iterator[Fault]:
    """The cut-off that gathers a case is that of the version that its first submission answers."""
    should = None
    if rows:
        _n, arrived, version, *_sums = rows[0]
        should = windows[version].gathering(arrived) if version in windows else None
    if case.gathered_at != should:
        yield Fault("gathered", where, f"is judged from the cut-off {case.gathered_at}, but came in for {should}")


def _submissions(cases: list[int]) -> dict[int, list[tuple[Any, ...]]]:
    """What each submission says: its number, arrival, version, and the sums in what was frozen."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    rows = Submission.objects.filter(application__in=cases).order_by("application", "n")
    for case, *rest in rows.values_list(
        "application_id", "n", "arrived_at", "version_id", "content__applied_ore", "content__cost_ore"
    ):
        found[case].append(tuple(rest))
    return found


def _submitted(where: str, case: Application, rows: list[tuple[Any, ...]]) -> Iterator[Fault]:
    if [row[0] for row in rows] != list(range(1, len(rows) + 1)):
        yield Fault("submission_missing", where, "its submissions are not numbered from 1 without gaps")
    if bool(rows) == (case.state in UNSUBMITTED):
        yield Fault("submission_state", where, f"state {case.state} with {len(rows)} submissions")
    if bool(rows) != bool(case.number):
        yield Fault("number_state", where, f"number {case.number or 'none'} with {len(rows)} submissions")
    if not rows:
        return
    _n, arrived, version, applied, cost = rows[-1]
    if case.submitted_at != arrived:
        yield Fault("submitted_at", where, f"submitted {case.submitted_at}, but its last submission arrived {arrived}")
    if case.version_id != version:
        yield Fault("version", where, f"follows version {case.version_id}, but answers version {version}")
    if (case.applied_ore, case.cost_ore) != (applied, cost):
        text = f"says {case.applied_ore} of {case.cost_ore} öre, its last submission {applied} of {cost}"
        yield Fault("applied", where, text)


def check_parts() -> Iterator[Fault]:
    """What belongs to a case agrees with where the case stands."""
    for assignment in Assignment.objects.filter(state__in=OPEN_ASSIGNMENT).exclude(application__state=S.ASSESSING)[
        :500
    ]:
        yield Fault("assignment_left_open", f"assignment:{assignment.pk}", "is open, but the assessment is over")
    lodged = Assignment.objects.filter(state=AssignmentState.LODGED)
    for assignment in lodged.filter(Q(lodged_at=None) | Q(sheet=None))[:500]:
        yield Fault("sheet_missing", f"assignment:{assignment.pk}", "is lodged without a sheet")
    unanswered = Acceptance.objects.exclude(state=AcceptanceState.ACCEPTED)
    for acceptance in unanswered.filter(application__state__in=(S.REPORTING, S.CLOSED))[:500]:
        yield Fault(
            "not_accepted", f"acceptance:{acceptance.pk}", "the project goes on without this party's acceptance"
        )
    for duty in Duty.objects.exclude(state=DutyState.APPROVED).filter(application__state=S.CLOSED)[:500]:
        yield Fault("duty_left_open", f"duty:{duty.pk}", "the case is closed, but the report is not approved")
    filed = Duty.objects.filter(state__in=(DutyState.FILED, DutyState.RETURNED, DutyState.APPROVED), reports=None)
    for duty in filed[:500]:
        yield Fault("report_missing", f"duty:{duty.pk}", f"is {duty.state}, but no report was filed")
    yield from _extended()
    yield from _heard()
    yield from _planned()
    yield from _erased()


def _extended() -> Iterator[Fault]:
    """A closing time of an application's own is that of the latest decision about it."""
    latest = Extension.objects.filter(application=OuterRef("pk")).order_by("-extended_to")
    decided = latest.filter(extended_to__isnull=False).values("extended_to")[:1]
    rows = Application.objects.annotate(decided=Subquery(decided))
    for batch in batches(rows.filter(Q(extended_to__isnull=False) | Q(decided__isnull=False))):
        for case in batch:
            if case.extended_to != case.decided:
                text = f"its own closing time is {case.extended_to}, but {case.decided} was decided"
                yield Fault("extended", f"case:{case.pk}", text)


def _heard() -> Iterator[Fault]:
    """Who is granted money was heard as the call asks, and what was written down is what an event told."""
    for kind in HearingKind:
        stage = {f"application__version__text__content__stages__{kind}": True}
        granted = Decision.objects.filter(state__in=IN_FORCE, outcome=Outcome.GRANT, **stage)
        held = Hearing.objects.filter(application=OuterRef("application"), kind=kind, recorded_at__isnull=False)
        for decision in granted.exclude(Exists(held)).order_by("pk")[:500]:
            yield Fault("not_heard", f"decision:{decision.pk}", f"grants, but the call's {kind} was not held")
    for batch in batches(Hearing.objects.filter(recorded_at__isnull=False)):
        names = [f"record_{kind}" for kind in HearingKind]
        rows = Event.objects.filter(stream__in=[f"case:{h.application_id}" for h in batch], name__in=names)
        told = {data.get("hearing"): data.get("sha256") for data in rows.values_list("data", flat=True)}
        for hearing in batch:
            if told.get(hearing.pk) != sha256(hearing.content()):
                yield Fault("hearing_told", f"hearing:{hearing.pk}", "no event tells of it with this content")


def _planned() -> Iterator[Fault]:
    """A project has the reports of its decision's schedule, and an accepting case asks each party that got a line."""
    granted = Decision.objects.filter(state=D.DISPATCHED, outcome__in=GIVES_MONEY)
    begun = granted.filter(application__state__in=(S.REPORTING, S.CLOSED))
    for batch in batches(begun.annotate(have=Count("application__duties"))):
        for decision in batch:
            if decision.have != len(decision.schedule):
                text = f"its schedule has {len(decision.schedule)} reports, the project {decision.have}"
                yield Fault("schedule", f"decision:{decision.pk}", text)
    asked = granted.filter(application__state=S.ACCEPTING)
    counts = asked.annotate(have=Count("acceptances", distinct=True), parties=Count("lines", distinct=True))
    for batch in batches(counts):
        for decision in batch:
            if decision.have != decision.parties:
                text = f"{decision.parties} parties were granted something, {decision.have} were asked"
                yield Fault("acceptances", f"decision:{decision.pk}", text)


def _erased() -> Iterator[Fault]:
    """What was written in a draft is gone when the draft has lapsed."""
    rows = Application.objects.filter(state=S.LAPSED)
    held = Q(~Q(title=""))
    for model in (Answer, Attachment, Party, CostLine, AppliedGrant):
        held |= Q(Exists(model._default_manager.filter(application=OuterRef("pk"))))
    for case in rows.filter(held).order_by("pk")[:500]:
        yield Fault("not_erased", f"case:{case.pk}", "the draft has lapsed, but what was written in it is still there")
