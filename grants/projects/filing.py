"""A report on its way: what a draft lacks before it can be filed, and the draft frozen as a filed report.

Costs are stated from the start of the project, so that the latest report alone tells what the project has cost.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from grants.applications.answers import Key, fault
from grants.applications.showing import Shown
from grants.clock import SWEDEN
from grants.decisions.models import DecisionLine
from grants.programmes.definition import CallDefinition, ReportRule
from grants.programmes.questions import Question
from grants.projects.models import Duty, ReportDraft
from grants.projects.settlement import Settlement, settle

MOST_COST_ORE = 10**15  # more than any project costs, and safe in every column


def rule_of(duty: Duty, definition: CallDefinition) -> ReportRule:
    """What the call asks for in this report. LookupError when its pinned version knows no such report."""
    rule = definition.report(duty.rule)
    if rule is None:
        raise LookupError(f"the call has no report {duty.rule}")
    return rule


def lines_of(duty: Duty) -> list[DecisionLine]:
    """The parties that were granted something by the duty's decision; cached by prefetch_related("decision__lines")."""
    return list(duty.decision.lines.all())


def answer_key(question: Question, party_id: int | None = None) -> str:
    """The name under which a draft and a filed report keep an answer."""
    return question.id if party_id is None else f"{question.id}-{party_id}"


def places(rule: ReportRule, lines: list[DecisionLine]) -> Iterator[tuple[Question, DecisionLine | None]]:
    """Every place for an answer, in order: once a question, or once a party for questions to each party."""
    for question in rule.questions:
        for line in lines if question.per_party else [None]:
            yield question, line


def values_in(answers: Mapping[str, Any], rule: ReportRule, lines: list[DecisionLine]) -> dict[Key, Any]:
    """A draft's answers as the questions' own rules read them."""
    values: dict[Key, Any] = {}
    for question, line in places(rule, lines):
        party = line.party_id if line else None
        values[(question.id, party)] = answers.get(answer_key(question, party))
    return values


def costs_in(costs: Mapping[str, Any]) -> dict[int, int | None]:
    """Stored costs by party, those that are amounts; JSON knows only text as keys, and a draft keeps what was typed."""
    return {int(party): ore for party, ore in costs.items() if isinstance(ore, int)}


def report_faults(duty: Duty, draft: ReportDraft | None, definition: CallDefinition) -> list[tuple[str, str]]:
    """Everything that is missing or wrong before the report can be filed: (name of the form's field, in words)."""
    rule, lines = rule_of(duty, definition), lines_of(duty)
    language = (get_language() or "sv")[:2]
    values = values_in(draft.answers if draft else {}, rule, lines)
    shown = Shown(rule.questions, values)
    found: list[tuple[str, str]] = []
    for question, line in places(rule, lines):
        party = line.party_id if line else None
        if not shown.has(question, party):
            continue
        if wrong := fault(question, values[(question.id, party)]):
            label = question.label.read(language) + (f" ({line.party_name})" if line else "")
            found.append((answer_key(question, party), f"{label} {wrong}"))
    if rule.cost_statement:
        for line in lines:
            if text := _cost_fault(line, draft.costs.get(str(line.party_id)) if draft else None):
                found.append((f"cost-{line.party_id}", text))
    return found


def _cost_fault(line: DecisionLine, stated: Any) -> str:
    if stated is None:
        return _("Ange vad %(party)s har haft för kostnader, 0 om inga.") % {"party": line.party_name}
    if not isinstance(stated, int) or not 0 <= stated <= MOST_COST_ORE:
        return _("Skriv kostnaden för %(party)s i kronor, till exempel 12 000.") % {"party": line.party_name}
    return ""


def settlement_of(duty: Duty, costs: Mapping[str, Any]) -> Settlement:
    """What stated costs give each party."""
    return settle(lines_of(duty), costs_in(costs))


def freeze_report(duty: Duty, draft: ReportDraft) -> dict[str, Any]:
    """What is filed: shown answers only, and each party's cost with the grant that it gives."""
    rule, lines = rule_of(duty, duty.application.definition), lines_of(duty)
    values = values_in(draft.answers, rule, lines)
    shown = Shown(rule.questions, values)
    content: dict[str, Any] = {
        "rule": duty.rule,
        "kind": rule.kind,
        "duty": duty.n,
        "decision": duty.decision.version,
        "due": duty.due.astimezone(SWEDEN).date().isoformat(),
        "answers": [
            {"question": question.id, "party": line.party_id if line else None, "value": value}
            for question, line in places(rule, lines)
            if (value := values[(question.id, line.party_id if line else None)]) is not None
            and shown.has(question, line.party_id if line else None)
        ],
        "costs": [],
    }
    if rule.cost_statement:
        content["costs"] = [
            {
                "party": row.party_id,
                "name": row.name,
                "max_ore": row.max_ore,
                "intensity_bp": row.intensity_bp,
                "cost_ore": row.cost_ore,
                "grant_ore": row.final_ore,
            }
            for row in settlement_of(duty, draft.costs).rows
        ]
    return content
