"""States against open tasks: each noun has the one open task that its state asks for, or none, and its flow is over
exactly when it is nobody's turn."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from viewflow.workflow.status import STATUS

from workflows import flows
from workflows.integrity.faults import Fault, batches
from workflows.matrix import FLOW_NOUNS, Noun, Turn
from workflows.models import Process, Task
from workflows.nouns import NOUNS
from workflows.turns import turn_in


def check() -> Iterator[Fault]:
    """Every noun that has turns, then every process and open task that no noun accounts for."""
    for noun in FLOW_NOUNS:
        kind = NOUNS[noun]
        rows = kind.model._default_manager.all()
        cases = (
            rows.select_related("version").prefetch_related("hearings", "assignments", "decisions")
            if noun == Noun.CASE
            else None
        )
        for batch in batches(rows.select_related("application") if cases is None else cases):
            yield from _nouns(noun, batch)
    yield from _strays()


def _nouns(noun: Noun, batch: list[Any]) -> Iterator[Fault]:
    keys = [row.pk for row in batch]
    flow = flows.FLOWS[noun]
    processes = {p.subject_id: p for p in Process.objects.filter(flow_class=flow, subject_id__in=keys)}
    tasks: dict[int, list[Task]] = defaultdict(list)
    for task in Task.objects.filter(process__in=[p.pk for p in processes.values()], finished=None):
        tasks[task.process_id].append(task)
    for row in batch:
        process = processes.get(row.pk)
        where = f"{noun}:{row.pk}"
        turn = turn_in(row)
        opened = tasks[process.pk] if process else []
        if turn is None:
            if opened:
                kinds = ", ".join(sorted(t.kind for t in opened))
                yield Fault("task_left_open", where, f"nobody's turn in state {row.state}, but open: {kinds}")
            if process is not None and (process.finished is None or process.status != STATUS.DONE):
                yield Fault("flow_not_over", where, f"nobody's turn in state {row.state}, but the flow goes on")
        elif process is None or len(opened) != 1:
            yield Fault(
                "task_missing" if not opened else "task_doubled",
                where,
                f"state {row.state} asks for one open task {turn.kind}, there are {len(opened)}",
            )
        else:
            yield from _turn(where, noun, row, turn, process, opened[0])


def _turn(where: str, noun: Noun, row: Any, turn: Turn, process: Process, task: Task) -> Iterator[Fault]:
    if process.finished is not None or process.status == STATUS.DONE:
        yield Fault("flow_over", where, f"state {row.state} has a turn, but the flow is over")
    if task.kind != turn.kind or task.flow_task.name != turn.kind:
        yield Fault("task_kind", where, f"state {row.state} asks for {turn.kind}, the open task is {task.kind}")
    if task.office != turn.role:
        yield Fault(
            "task_office", where, f"the turn is the {turn.role}'s, the open task says {task.office or 'nobody'}"
        )
    if task.owner_id != flows.owner_of(row, turn.role):
        yield Fault("task_owner", where, "the open task is not owned by the one whose turn it is")
    if task.due != (due := flows.due_of(row, turn.role)):
        yield Fault("task_due", where, f"the open task is due {task.due}, the {noun} {due}")
    case_id = NOUNS[noun].case_id(row)
    if task.subject_id != row.pk or task.case_id != case_id or process.case_id != case_id:
        yield Fault("task_case", where, "the open task or its flow belongs to another case")


def _strays() -> Iterator[Fault]:
    nouns = {flows.FLOWS[noun]: noun for noun in FLOW_NOUNS}
    for batch in batches(Process.objects.all()):
        subjects: dict[Noun, set[int]] = defaultdict(set)
        for process in batch:
            if noun := nouns.get(process.flow_class):
                subjects[noun].add(process.subject_id)
        there = {
            noun: set(NOUNS[noun].model._default_manager.filter(pk__in=keys).values_list("pk", flat=True))
            for noun, keys in subjects.items()
        }
        for process in batch:
            noun = nouns.get(process.flow_class)
            if noun is None or process.subject_id not in there[noun]:
                yield Fault("flow_without_noun", f"process:{process.pk}", "runs for something that is not there")
