"""The rules of everything but forms: dates, parties, stages, money, criteria, reports and aid."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from grants.programmes import consistent_judging, consistent_letters
from grants.programmes.consistency import Misfit, Path, twice

if TYPE_CHECKING:
    from grants.programmes.definition import CallDefinition

Moment = tuple[Path, date | datetime | None]
ROUNDING = 0.01  # per cent; 33.33 three times is a whole


def misfits(definition: "CallDefinition") -> Iterator[Misfit]:
    """What does not fit, in the order in which the file is read."""
    yield from _dates(definition)
    yield from _parties(definition)
    yield from _stages(definition)
    yield from _money(definition)
    yield from consistent_judging.misfits(definition)
    yield from _aid(definition)
    yield from consistent_letters.misfits(definition)
    yield from _reports(definition)
    yield from _payments(definition)
    for name, ids in (
        ("attachment", [(("attachments", n, "id"), a.id) for n, a in enumerate(definition.attachments)]),
        ("eligibility question", [(("eligibility", n, "id"), e.id) for n, e in enumerate(definition.eligibility)]),
    ):
        yield from twice(name, ids)


def _dates(definition: "CallDefinition") -> Iterator[Misfit]:
    window, project = definition.window, definition.project
    cutoffs: list[Moment] = [(("window", "cutoffs", n), moment) for n, moment in enumerate(window.cutoffs)]
    moments: list[Moment] = [(("window", key), getattr(window, key)) for key in ("planned", "announced", "opens")]
    yield from _in_order(
        [*moments, *cutoffs, (("window", "closes"), window.closes)],
        "planned, announced, opens, cutoffs and closes must come in that order",
    )
    if window.closes == window.opens:
        yield Misfit("dates-order", ("window", "closes"), "closes is the moment at which the call opens")
    yield from _reminders(definition)
    keys = ("earliest_start", "latest_start", "latest_end")
    yield from _in_order(
        [(("project", key), getattr(project, key)) for key in keys],
        "project: earliest_start, latest_start and latest_end must come in that order",
    )
    due = definition.decision.decision_due
    if window.closes is not None and due and due < window.closes.date():
        yield Misfit("dates-order", ("decision", "decision_due"), "decision: decision_due is before the call closes")
    if due and due > project.latest_start:
        words = "decision: decision_due is after the last day on which a project may start"
        yield Misfit("dates-order", ("decision", "decision_due"), words)


def _reminders(definition: "CallDefinition") -> Iterator[Misfit]:
    window, here = definition.window, ("window", "remind_days_before")
    days = window.remind_days_before
    for n, (first, then) in enumerate(pairwise(days), 1):
        if first <= then:
            yield Misfit("dates-order", (*here, n), "remind_days_before: the earliest comes first, and each once")
            return
    usual = type(window).model_fields["remind_days_before"].default  # may be more than a short window has room for
    if window.closes is None or window.closes <= window.opens or not days or days == usual:
        return
    if days[0] > (window.closes - window.opens).days:
        yield Misfit("dates-order", (*here, 0), f"{days[0]} days before it closes the call has not opened")


def _in_order(moments: Sequence[Moment], words: str) -> Iterator[Misfit]:
    """One misfit, at the first moment that comes before the one written ahead of it."""
    given = [(path, moment) for path, moment in moments if moment is not None]
    for (_before, first), (path, second) in pairwise(given):
        if second < first:
            yield Misfit("dates-order", path, words)
            return


def _parties(definition: "CallDefinition") -> Iterator[Misfit]:
    rules = definition.parties
    yield from twice("rule for the role", [(("parties", n, "role"), rule.role.value) for n, rule in enumerate(rules)])
    if "coordinator" not in [rule.role.value for rule in rules]:
        yield Misfit("role-nobody", ("parties",), "parties: nobody may coordinate")
    for n, rule in enumerate(rules):
        if rule.least > rule.most:
            words = f"parties: {rule.role} has a least number larger than its most"
            yield Misfit("limits-clash", ("parties", n, "least"), words)
    if definition.need_owners > sum(rule.most for rule in rules):
        words = "need_owners is larger than the number of parties there may be"
        yield Misfit("limits-clash", ("need_owners",), words)


def _stages(definition: "CallDefinition") -> Iterator[Misfit]:
    stages, decision = definition.stages, definition.decision
    if stages.review and definition.review is None:
        yield Misfit("stage-data", ("review",), "stages: review is on, but review does not say how")
    if stages.partner_confirmation and all(rule.role.value != "participant" for rule in definition.parties):
        words = "stages: partner_confirmation is on, but there is no role for a partner"
        yield Misfit("stage-data", ("stages", "partner_confirmation"), words)
    if stages.acceptance and not (decision.general_conditions or decision.special_conditions):
        words = "stages: acceptance is on, but the decision has no conditions to accept"
        yield Misfit("stage-data", ("decision", "general_conditions"), words)


def _money(definition: "CallDefinition") -> Iterator[Misfit]:
    budget = definition.budget
    costs = [c.id for c in budget.cost_types]
    yield from twice("cost type", [(("budget", "cost_types", n, "id"), cost) for n, cost in enumerate(costs)])
    if budget.min_grant > budget.max_grant:
        yield Misfit("limits-clash", ("budget", "min_grant"), "budget: min_grant is larger than max_grant")
    if definition.call_budget is not None and definition.call_budget < budget.max_grant:
        yield Misfit("limits-clash", ("call_budget",), "call_budget is smaller than the largest grant to one project")
    for n, cap in enumerate(budget.caps):
        here = ("budget", "caps", n)
        for side, known in (("cost", set(costs)), ("of", {*costs, "total"})):
            if getattr(cap, side) not in known:
                yield Misfit("unknown-reference", (*here, side), f"budget cap on {cap.cost}: unknown cost type")
        if cap.cost == cap.of:
            yield Misfit(
                "limits-clash", (*here, "of"), f"budget cap on {cap.cost}: a ceiling is a share of something else"
            )
    of_total = {cap.cost: cap.percent for cap in budget.caps if cap.of == "total"}
    if set(of_total) == set(costs) and sum(of_total.values()) < 100:
        words = "budget: the ceilings of all cost types together are below 100 per cent, so no budget can keep them"
        yield Misfit("limits-clash", ("budget", "caps"), words)


def _aid(definition: "CallDefinition") -> Iterator[Misfit]:
    decision, budget = definition.decision, definition.budget
    bases = [o.id for o in decision.aid_bases]
    yield from twice("aid basis", [(("decision", "aid_bases", n, "id"), basis) for n, basis in enumerate(bases)])
    for kind, basis in decision.default_aid_basis.items():
        if basis not in bases:
            words = f"default_aid_basis: {kind.value} refers to no aid basis"
            yield Misfit("unknown-reference", ("decision", "default_aid_basis", kind.value), words)
    if budget.share_of == "party":
        for kind, percent in decision.default_intensity.items():
            if percent > budget.max_share:
                words = f"default_intensity: {kind.value} has more than max_share"
                yield Misfit("limits-clash", ("decision", "default_intensity", kind.value), words)


def _reports(definition: "CallDefinition") -> Iterator[Misfit]:
    reports, longest = definition.reporting.reports, definition.project.max_months
    decided = definition.decision.decision_due
    yield from twice("report", [(("reporting", "reports", n, "id"), report.id) for n, report in enumerate(reports)])
    for n, report in enumerate(reports):
        key = "every_months" if report.every_months else "months_after_start"
        months = getattr(report, key)
        if months is None:
            continue
        here = ("reporting", "reports", n, key)
        if report.kind != "final" and months > longest:
            words = f"report {report.id}: comes after {months} months, the longest project has {longest}"
            yield Misfit("report-unreached", here, words)
        if decided and _later(definition.project.earliest_start, months) < (decided.year, decided.month, decided.day):
            words = f"report {report.id}: can be due before the decision, which is expected on {decided}"
            yield Misfit("report-early", here, words)
    if not any(report.kind == "final" for report in reports):
        words = "reporting: there is no final report, so a project would have no end"
        yield Misfit("report-final", ("reporting", "reports"), words)


def _later(start: date, months: int) -> tuple[int, int, int]:
    """The same day so many months later, to be compared; a month that has no such day does not matter for that."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return year, month + 1, start.day


def _payments(definition: "CallDefinition") -> Iterator[Misfit]:
    payments = definition.reporting.payments
    known = {"accepted", *(report.id for report in definition.reporting.reports)}
    for n, payment in enumerate(payments):
        if payment.after not in known:
            words = f"payment after {payment.after}: there is no such report"
            yield Misfit("unknown-reference", ("reporting", "payments", n, "after"), words)
    if payments and abs(sum(p.percent for p in payments) - 100) > ROUNDING:
        words = f"the payments must sum to 100 per cent, not {sum(p.percent for p in payments):g}"
        yield Misfit("weights-sum", ("reporting", "payments"), words)
