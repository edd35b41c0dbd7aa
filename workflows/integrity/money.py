"""Decisions, the calls' money, and the number series."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import BigIntegerField, CharField, Count, F, Func, Max, Min, Sum, Value
from django.db.models.functions import Cast

from grants.applications.models import Application, CaseState
from grants.decisions.models import GIVES_MONEY, MADE, Decision, DecisionLine, DecisionState, Outcome
from grants.money import kronor
from grants.programmes.models import Call, NumberSeries
from workflows.integrity.faults import Fault, batches
from workflows.models import Event


def check_decisions() -> Iterator[Fault]:
    """Every decision: four eyes, sums that were signed, and versions without gaps."""
    for batch in batches(Decision.objects.annotate(total=Sum("lines__max_amount_ore"))):
        streams = [f"case:{d.application_id}" for d in batch]
        rows = Event.objects.filter(stream__in=streams, name__in=("approve", "approve_later")).values_list(
            "data", "actor_id"
        )
        signed = {data.get("decision"): (data.get("total_ore"), actor) for data, actor in rows}
        for decision in batch:
            yield from _decision(decision, decision.total or 0, signed.get(decision.pk))
    wrong = Application.objects.annotate(n=Count("decisions"), top=Max("decisions__version")).exclude(n=0)
    for case in wrong.exclude(n=F("top")).order_by("pk").only("pk")[:500]:
        yield Fault("decision_version", f"case:{case.pk}", "its decisions are not numbered from 1 without gaps")


def _decision(decision: Decision, total: int, signed: tuple[Any, Any] | None) -> Iterator[Fault]:
    where = f"decision:{decision.pk}"
    if total and decision.outcome not in (*GIVES_MONEY, Outcome.RECOVERY):
        yield Fault("rejection_with_money", where, f"rejects, but its lines sum to {total} öre")
    if decision.payments and sum(p["amount_ore"] for p in decision.payments) != total:
        yield Fault("payments", where, f"its payments do not sum to its lines, {total} öre")
    if decision.state not in (*MADE, DecisionState.REPLACED):
        return
    if decision.decided_by_id is None:
        yield Fault("undecided", where, f"is {decision.state}, but nobody decided it")
    elif decision.decided_by_id == decision.prepared_by_id:
        yield Fault("four_eyes", where, "was prepared and made by the same person")
    if signed is None:
        yield Fault("unsigned", where, "no event tells that it was made")
    elif signed != (total, decision.decided_by_id):
        yield Fault("signed", where, f"its lines sum to {total} öre, {signed[0]} were signed by person {signed[1]}")


def check_budgets() -> Iterator[Fault]:
    """What was granted fits in each call's money and in what each application asked for."""
    counting = Decision.objects.counting().exclude(application__state=CaseState.DECLINED)
    spent = DecisionLine.objects.filter(decision__in=counting)
    for call in Call.objects.exclude(version=None).select_related("version").order_by("pk"):
        budget = call.definition.call_budget
        total = spent.filter(decision__application__call=call).aggregate(s=Sum("max_amount_ore"))["s"] or 0
        if budget is not None and total > kronor(budget):
            yield Fault("call_budget", f"call:{call.pk}", f"{total} öre were granted of {kronor(budget)}")
    sums = Decision.objects.counting().annotate(total=Sum("lines__max_amount_ore"))
    more = sums.filter(total__gt=F("application__applied_ore"))
    for decision in more.order_by("pk")[:500]:
        yield Fault("more_than_applied", f"decision:{decision.pk}", "grants more than was applied for")


def check_numbers() -> Iterator[Fault]:
    """Each series has exactly the numbers from 1 to its last. Numbers are unique, so counting them is enough."""
    series: dict[tuple[int, str], int] = {}
    for row in NumberSeries.objects.order_by("pk"):
        series[row.authority_id, f"{row.prefix} {row.year}".strip()] = row.last
    for (authority, head), (least, most, count, last) in sorted(_drawn(series).items()):
        if (least, most, count) != (1 if last else 0, last, last):
            text = f"its last is {last}, but cases have {count} numbers from {least} to {most}"
            yield Fault("numbers", f"series:{authority}:{head}", text)


def _drawn(series: dict[tuple[int, str], int]) -> dict[tuple[int, str], tuple[int, int, int, int]]:
    """Least, most, how many and last of each series, of those that only the cases know too."""
    head = Func(F("number"), Value("-[0-9]+$"), Value(""), function="regexp_replace", output_field=CharField())
    tail = Func(F("number"), Value("[0-9]+$"), function="substring", output_field=CharField())
    rows = Application.objects.exclude(number=None).annotate(head=head, tail=Cast(tail, BigIntegerField()))
    rows = rows.order_by().values_list("call__programme__authority", "head")
    drawn: dict[tuple[int, str], tuple[int, int, int, int]] = defaultdict(lambda: (0, 0, 0, 0))
    drawn |= {key: (0, 0, 0, last) for key, last in series.items()}
    for authority, name, least, most, count in rows.annotate(a=Min("tail"), b=Max("tail"), n=Count("pk")):
        drawn[authority, name] = (least or 0, most or 0, count, series.get((authority, name), 0))
    return drawn
