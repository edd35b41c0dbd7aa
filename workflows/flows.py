"""Whose turn it is: one viewflow flow per noun, each a row of human tasks with no splits, joins, timers or jobs.

After each task the noun as it stands (turns.turn_in) says which task comes next or that the flow is over. So a stage
that a call switches off, a proposal that is sent back and a completion that comes round again are all the same thing.
"""

from datetime import datetime
from typing import Any

from django.db.models import Model
from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.activation import Activation
from viewflow.workflow.base import Edge
from viewflow.workflow.lock import SelectForUpdateLock
from viewflow.workflow.nodes.view import ViewActivation
from viewflow.workflow.status import STATUS

from grants import clock
from grants.applications.models import Application, CaseState
from workflows.matrix import Noun, Role, turn_kinds
from workflows.models import Process, Task
from workflows.nouns import noun_of
from workflows.turns import turn_in

LOCK = SelectForUpdateLock(nowait=False, attempts=1)  # wait for the row; lock_timeout bounds the wait


def _following(activation: Any) -> Any:
    """The node whose turn it is in the noun as it stands, or the end."""
    nodes, subject = activation.flow_class, activation.process.subject
    turn = turn_in(subject)
    return nodes.instance.node(turn.kind) if turn else nodes.instance.node("end")


class TurnActivation(ViewActivation):  # type: ignore[misc]  # viewflow is untyped
    """A human task whose owner and date come from the noun."""

    @classmethod
    def create(cls, flow_task: Any, prev_activation: Any, token: Any, data: Any = None, seed: Any = None) -> Any:
        """Write the task once, with everything an inbox needs to know about it."""
        process = prev_activation.process
        subject = process.subject
        turn = turn_kinds(flow_task.flow_class.noun)[flow_task.name]
        task = Task(
            process=process,
            flow_task=flow_task,
            token=token,
            status=STATUS.ASSIGNED,
            assigned=clock.now(),
            case_id=process.case_id,
            subject_id=subject.pk,
            kind=turn.kind,
            office=turn.role,
            owner_id=owner_of(subject, turn.role),
            due=due_of(subject, turn.role),
        )
        task.save(force_insert=True)
        return cls(task)  # not linked to the one before: nothing is undone here, and the events tell the story

    @Activation.status.transition(source=STATUS.DONE)  # type: ignore[untyped-decorator]  # viewflow is untyped
    def create_next(self) -> Any:
        """Whatever the noun's state says comes next."""
        yield _following(self)._create(self, self.task.token)


class StartActivation(flow.StartHandle.activation_class):  # type: ignore[misc]  # viewflow is untyped
    """The beginning of a flow."""

    @Activation.status.transition(source=STATUS.NEW)  # type: ignore[untyped-decorator]  # viewflow is untyped
    def execute(self) -> None:
        """Write the process and go on. A process that nobody else can know of yet needs no lock and no savepoint."""
        self.process.save(force_insert=True)
        self.complete()
        self.activate_next()

    @Activation.status.transition(source=STATUS.DONE)  # type: ignore[untyped-decorator]  # viewflow is untyped
    def create_next(self) -> Any:
        """Whatever the noun's state says comes first."""
        yield _following(self)._create(self, self.task.token)


class EndActivation(flow.End.activation_class):  # type: ignore[misc]  # viewflow is untyped
    """The end of a flow. A straight flow has one task at a time, so there is none left to count."""

    __hash__ = object.__hash__  # viewflow keeps activations in a set; this one's task has no key yet

    @classmethod
    def create(cls, flow_task: Any, prev_activation: Any, token: Any, data: Any = None, seed: Any = None) -> Any:
        """Not written until it is complete."""
        return cls(Task(process=prev_activation.process, flow_task=flow_task, token=token, started=clock.now()))

    @Activation.status.transition(source=STATUS.NEW)  # type: ignore[untyped-decorator]  # viewflow is untyped
    def activate(self) -> None:
        """The process is over."""
        self.process.status, self.process.finished = STATUS.DONE, clock.now()
        self.process.save(update_fields=["status", "finished"])


class End(flow.End):  # type: ignore[misc]  # viewflow is untyped
    """The node a flow ends in."""

    activation_class = EndActivation


class Turn(flow.View):  # type: ignore[misc]  # viewflow is untyped
    """A node that is somebody's turn."""

    activation_class = TurnActivation

    def __init__(self) -> None:
        super().__init__(_no_page)

    def _outgoing(self) -> Any:
        yield Edge(src=self, dst=self.flow_class.instance.node("end"), edge_class="next")


class Start(flow.StartHandle):  # type: ignore[misc]  # viewflow is untyped
    """The node a flow starts from."""

    activation_class = StartActivation

    def _outgoing(self) -> Any:
        yield Edge(src=self, dst=self.flow_class.instance.node("end"), edge_class="next")


def _no_page(request: Any) -> None:
    """Our pages run commands; viewflow's own are not in any urlconf."""
    raise NotImplementedError("viewflow's pages are not used")


def _begin(activation: Any, subject: Model, case_id: int) -> Any:
    activation.process.subject = subject
    activation.process.subject_id = subject.pk
    activation.process.case_id = case_id
    return activation.process


def make_flow(name: str, noun: Noun) -> Any:
    """The flow of one noun. Nodes are made fresh: a subclass would keep the edges of its parent's."""
    nodes: dict[str, Any] = {kind: Turn() for kind in turn_kinds(noun)}
    nodes |= {"start": Start(_begin).Next(this.end), "end": End()}
    attributes = {"__module__": __name__, "noun": noun, "process_class": Process, "task_class": Task, "lock_impl": LOCK}
    return type(flow.Flow)(name, (flow.Flow,), attributes | nodes)


CaseFlow = make_flow("CaseFlow", Noun.CASE)
AssignmentFlow = make_flow("AssignmentFlow", Noun.ASSIGNMENT)
DecisionFlow = make_flow("DecisionFlow", Noun.DECISION)
AcceptanceFlow = make_flow("AcceptanceFlow", Noun.ACCEPTANCE)
DutyFlow = make_flow("DutyFlow", Noun.DUTY)
FLOWS = {f.noun: f for f in (CaseFlow, AssignmentFlow, DecisionFlow, AcceptanceFlow, DutyFlow)}


def owner_of(subject: Any, role: Role) -> int | None:
    """The person whose turn it is; None when it is an office's, or anyone's who may act for the applicant."""
    if role == Role.REVIEWER:
        return int(subject.reviewer_id)
    if role == Role.OFFICER:
        case = subject if isinstance(subject, Application) else subject.application
        return int(case.handled_by_id) if case.handled_by_id else None
    return None


def due_of(subject: Any, role: Role) -> datetime | None:
    """When the turn should be taken. A date is given to an applicant, a party or a reviewer: when what they had to do has
    become the officer's turn, it is not the officer who is late."""
    if role in (Role.OFFICER, Role.DECIDER):
        return None
    if isinstance(subject, Application):
        return subject.completion_due if subject.state == CaseState.COMPLETING else None
    due: datetime = subject.due
    return due


def begin(subject: Any, case_id: int) -> None:
    """Start the flow of a noun that has none yet, with the turn of its state."""
    FLOWS[noun_of(subject)].start.run(subject=subject, case_id=case_id)


def keep(case: Application) -> None:
    """After something beside the case changed: let its turn follow, if it is another now. The caller holds the case."""
    turn = turn_in(case)
    running = Process.objects.filter(flow_class=CaseFlow, subject_id=case.pk)
    kinds = Task.objects.filter(process__in=running, finished=None).values_list("kind", flat=True)
    if turn is not None and list(kinds) != [turn.kind]:
        follow(case, case.pk)


def _resume(process: Process, subject: Any, kind: str) -> None:
    """It is somebody's turn again in a noun whose flow was over: a lodged sheet that is opened again."""
    process.status, process.finished = STATUS.NEW, None
    process.save(update_fields=["status", "finished"])
    last = Task.objects.filter(process=process).latest("pk")
    process.subject, last.process = subject, process
    TurnActivation.create(FLOWS[noun_of(subject)].instance.node(kind), TurnActivation(last), last.token)


def follow(subject: Any, case_id: int) -> None:
    """After the noun's state changed: end the turn that was, begin the one that is. Takes the locks on both rows."""
    noun = noun_of(subject)
    running = Process.objects.filter(flow_class=FLOWS[noun], subject_id=subject.pk)
    locked = Task.objects.select_for_update(of=("self", "process")).select_related("process")
    task = locked.filter(process__in=running, finished=None).first()
    if task is None:
        if turn := turn_in(subject):
            over = running.select_for_update().first()
            _resume(over, subject, turn.kind) if over else begin(subject, case_id)
        return
    task.process.subject = subject
    activation = task.flow_task.activation_class(task)
    activation.start(None)
    activation.execute()
