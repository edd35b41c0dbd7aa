"""What a definition says in one place must fit what it says in another: references, limits, order.

Apart from the schema so that all faults are found at once, not only the first.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from grants.programmes.definition import CallDefinition
    from grants.programmes.questions import Question

YES, NO = "yes", "no"  # the answers to a yesno question, as show_if and stored answers write them


def faults(definition: "CallDefinition") -> list[str]:
    """Everything that does not fit together, in words; empty when all does."""
    return [
        *_repeated(definition),
        *_questions(definition),
        *_money(definition),
        *_parties_and_dates(definition),
        *_reporting(definition),
        *_aid(definition),
        *(f"demo: there is no {path}" for path in definition.demo if not exists(definition, path)),
    ]


def exists(value: Any, path: str) -> bool:
    """Whether a dotted path leads to a value: by key, by the `id` or `role` of a list's item or its place from 0."""
    for part in path.split("."):
        if isinstance(value, BaseModel):
            found = part in type(value).model_fields
            value = getattr(value, part, None)
        elif isinstance(value, Mapping):
            keys = {str(key): item for key, item in value.items()}
            found, value = part in keys, keys.get(part)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            named = {str(getattr(item, "id", getattr(item, "role", None))): item for item in value}
            numbered = {str(place): item for place, item in enumerate(value)}
            found, value = part in named | numbered, (numbered | named).get(part)
        else:
            found = False
        if not found:
            return False
    return True


def _twice(values: Iterable[str]) -> list[str]:
    counts = Counter(values)
    return [value for value, count in counts.items() if count > 1]


def _repeated(definition: "CallDefinition") -> Iterator[str]:
    groups: dict[str, Iterable[str]] = {
        "section": (s.id for s in definition.sections),
        "question": (q.id for q in definition.questions()),
        "attachment": (a.id for a in definition.files),
        "cost type": (c.id for c in definition.budget.cost_types),
        "criterion": (c.id for c in definition.review.criteria),
        "aid basis": (o.id for o in definition.decision.aid_bases),
        "report": (r.id for r in definition.reporting.reports),
        "eligibility question": (e.id for e in definition.eligibility),
        "rule for the role": (p.role for p in definition.parties),
    }
    for name, ids in groups.items():
        yield from (f"{name} {value} occurs twice" for value in _twice(ids))
    for report in definition.reporting.reports:
        yield from (f"report {report.id}: question {v} occurs twice" for v in _twice(q.id for q in report.questions))


def _questions(definition: "CallDefinition") -> Iterator[str]:
    criteria = {c.id for c in definition.review.criteria}
    forms = [("", list(definition.questions()))]
    forms += [(f"report {r.id}: ", list(r.questions)) for r in definition.reporting.reports]
    for where, questions in forms:
        earlier: dict[str, Question] = {}
        for question in questions:
            yield from (f"{where}question {question.id}: {fault}" for fault in _question(question, earlier))
            if question.criterion and question.criterion not in criteria:
                yield f"{where}question {question.id}: there is no criterion {question.criterion}"
            earlier[question.id] = question


def _question(question: "Question", earlier: "Mapping[str, Question]") -> Iterator[str]:
    yield from (f"option {value} occurs twice" for value in _twice(o.id for o in question.options))
    if question.least is not None and question.most is not None and question.least > question.most:
        yield "least is larger than most"
    if question.show_if is None:
        return
    other = earlier.get(question.show_if.question)
    if other is None:
        yield "show_if refers to no earlier question"
        return
    answers = {o.id for o in other.options} or ({YES, NO} if other.kind == "yesno" else set())
    if not answers:
        yield f"show_if: {other.id} is not answered by choosing, so no answer can be waited for"
    elif not question.show_if.equals:
        yield "show_if: no answer is named, so the question would never be shown"
    elif other.per_party and not question.per_party:
        yield f"show_if: each party answers {other.id} for itself, this question is answered once"
    for value in question.show_if.equals if answers else ():
        if value not in answers:
            yield f"show_if: {other.id} cannot be answered {value}"


def _money(definition: "CallDefinition") -> Iterator[str]:
    budget = definition.budget
    costs = {c.id for c in budget.cost_types}
    for cap in budget.caps:
        if cap.cost not in costs or cap.of not in costs | {"total"}:
            yield f"budget cap on {cap.cost}: unknown cost type"
    if budget.min_grant > budget.max_grant:
        yield "budget: min_grant is larger than max_grant"
    if definition.call_budget is not None and definition.call_budget < budget.max_grant:
        yield "call_budget is smaller than the largest grant to one project"


def _parties_and_dates(definition: "CallDefinition") -> Iterator[str]:
    roles = [p.role.value for p in definition.parties]
    if "coordinator" not in roles:
        yield "parties: nobody may coordinate"
    for rule in definition.parties:
        if rule.least > rule.most:
            yield f"parties: {rule.role} has a least number larger than its most"
    if definition.need_owners > sum(rule.most for rule in definition.parties):
        yield "need_owners is larger than the number of parties there may be"
    participants = sum(rule.most for rule in definition.parties if rule.role.value == "participant")
    if definition.stages.partner_confirmation and not participants:
        yield "stages: partner_confirmation is on, but there is no role for a partner"
    project = definition.project
    if not project.earliest_start <= project.latest_start <= project.latest_end:
        yield "project: earliest_start, latest_start and latest_end must come in that order"
    closes = definition.window.closes
    if closes is not None and definition.decision.decision_due and definition.decision.decision_due < closes.date():
        yield "decision: decision_due is before the call closes"


def _reporting(definition: "CallDefinition") -> Iterator[str]:
    reports = {r.id for r in definition.reporting.reports}
    longest = definition.project.max_months
    for report in definition.reporting.reports:
        months = report.every_months or report.months_after_start
        if report.kind != "final" and months is not None and months > longest:
            yield f"report {report.id}: comes after {months} months, the longest project has {longest}"
    if not any(report.kind == "final" for report in definition.reporting.reports):
        yield "reporting: there is no final report, so a project would have no end"
    payments = definition.reporting.payments
    for payment in payments:
        if payment.after != "accepted" and payment.after not in reports:
            yield f"payment after {payment.after}: there is no such report"
    if payments and abs(sum(p.percent for p in payments) - 100) > 0.01:
        yield "the payments must sum to 100 per cent"


def _aid(definition: "CallDefinition") -> Iterator[str]:
    decision, budget = definition.decision, definition.budget
    bases = {o.id for o in decision.aid_bases}
    for kind, basis in decision.default_aid_basis.items():
        if basis not in bases:
            yield f"default_aid_basis: {kind.value} refers to no aid basis"
    if budget.share_of == "party":
        for kind, percent in decision.default_intensity.items():
            if percent > budget.max_share:
                yield f"default_intensity: {kind.value} has more than max_share"
