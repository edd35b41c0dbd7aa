"""Each fault that check_integrity looks for is planted behind the commands' backs, and found.

One set of cases serves all: every fault is planted in a transaction that is rolled back.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction

from grants import clock
from grants.applications.access import forget_permission_ids
from grants.applications.freezing import sha256
from grants.applications.models import Answer, Application, ApplicationUserObjectPermission, CaseState, Submission
from grants.decisions.models import Acceptance, Decision, DecisionLine, Hearing
from grants.letters.models import Document
from grants.organisations.models import Person
from grants.programmes.loading import Batch, store
from grants.programmes.models import Call, CallUserObjectPermission, NumberSeries
from grants.projects.models import Duty, Report
from reviewers.models import Assignment, LodgedSheet, ScoreSheet
from tests.conftest import START
from tests.factories import World
from workflows import integrity
from workflows.integrity import check
from workflows.models import Event, Notice, Process, Task

S = CaseState
# Later ones first: the clock starts anew for each case, and the sweeps of the next must find nothing due in it.
STATES = (
    S.CLOSED,
    S.WITHDRAWN,
    S.LAPSED,
    S.REPORTING,
    S.ASSESSED,
    S.PROPOSED,
    S.ACCEPTING,
    S.COMPLETING,
    S.DRAFT,
    S.SUBMITTED,
)


@pytest.fixture(scope="module")
def cases(django_db_setup: None, django_db_blocker, call_files: Batch) -> Iterator[dict[str, Application]]:
    """A case in each state, made by the commands once for all tests of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        with clock.at(START):
            if not Call.objects.exists():
                store(call_files)
            world, built = World(), {}
            for state in STATES:
                with clock.at(START):
                    built[state] = world.case(state)
        for state, case in built.items():
            case.refresh_from_db()
            assert case.state == state
        assert list(check()) == []
        yield built
        transaction.set_rollback(True)
    forget_permission_ids()


@contextmanager
def unguarded():
    """Write past triggers and foreign keys, as a superuser with a shell could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


Plant = Callable[[Application], object]


def sql(statement: str, *arguments: object) -> None:
    with unguarded() as cursor:
        cursor.execute(statement, arguments)
        assert cursor.rowcount, statement


def change(model, pk, **values) -> None:
    """UPDATE past every trigger and every protected field."""
    with unguarded():
        assert model.objects.filter(pk=pk).update(**values)


def last(model, case: Application, path: str = "application"):
    return model.objects.filter(**{path: case}).order_by("-pk").first()


def remove(rows) -> None:
    with unguarded():
        rows._raw_delete(rows.db)


def grant(person: Person, case: Application, codename: str) -> None:
    ApplicationUserObjectPermission.objects.create(
        user=person, content_object=case, permission=Permission.objects.get(codename=codename)
    )


def same_eyes(case: Application) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE decisions_decision DROP CONSTRAINT four_eyes")
    decision = last(Decision, case)
    change(Decision, decision.pk, decided_by_id=decision.prepared_by_id)


def second_task(case: Application) -> None:
    task = Task.objects.get(case=case, finished=None)
    task.pk = None
    task._state.adding = True
    task.save()


def stray_process(case: Application) -> None:
    process = Process.objects.filter(case=case).first()
    Process.objects.create(flow_class=process.flow_class, case=case, subject_id=10**9, status="NEW")


def receipt_of(case: Application) -> Document:
    return Document.objects.filter(application=case, kind="receipt").latest("pk")


def lost_letter(case: Application) -> None:
    remove(Document.objects.filter(application=case, kind="decision", language="en"))


def unlogged(case: Application, name: str) -> int:
    """Take the last event with this name, at the end of its stream, out of the table: nothing in the chain tells."""
    event = Event.objects.filter(stream=f"case:{case.pk}").order_by("-seq").first()
    assert event is not None
    assert event.name == name
    remove(Notice.objects.filter(event=event))
    remove(Event.objects.filter(pk=event.pk))
    return event.pk


def sheet_of(case: Application) -> LodgedSheet:
    return LodgedSheet.objects.filter(assignment__application=case).latest("pk")


def another(sheet: LodgedSheet) -> dict[str, object]:
    return sheet.content | {"fields": sheet.fields | {"strengths": "Annat"}}


def retold(case: Application) -> None:
    """Another content with its own hash: only the event knows better."""
    sheet = sheet_of(case)
    change(LodgedSheet, sheet.pk, content=another(sheet), sha256=sha256(another(sheet)))


def spent(case: Application) -> None:
    """More than the call has, and signed for: only the call's budget is wrong."""
    line = last(DecisionLine, case, "decision__application")
    change(DecisionLine, line.pk, max_amount_ore=10**12)


FAULTS: list[tuple[str, str, Plant]] = [
    # states against open tasks
    ("task_missing", S.SUBMITTED, lambda c: Task.objects.filter(case=c, finished=None).delete()),
    ("task_doubled", S.SUBMITTED, second_task),
    ("task_kind", S.SUBMITTED, lambda c: Task.objects.filter(case=c, finished=None).update(kind="decide")),
    ("task_office", S.PROPOSED, lambda c: Task.objects.filter(case=c, finished=None).update(office="officer")),
    ("task_owner", S.ASSESSED, lambda c: Task.objects.filter(case=c, finished=None).update(owner=None)),
    ("task_due", S.COMPLETING, lambda c: Task.objects.filter(case=c, finished=None).update(due=None)),
    ("task_case", S.SUBMITTED, lambda c: Task.objects.filter(case=c, finished=None).update(subject_id=0)),
    ("task_left_open", S.CLOSED, lambda c: Task.objects.filter(case=c, kind="check").update(finished=None)),
    ("flow_over", S.SUBMITTED, lambda c: Process.objects.filter(case=c).update(finished=c.created_at)),
    ("flow_not_over", S.CLOSED, lambda c: Process.objects.filter(case=c).update(finished=None)),
    ("flow_without_noun", S.SUBMITTED, stray_process),
    # grants against nouns
    ("grant_missing", S.DRAFT, lambda c: ApplicationUserObjectPermission.objects.filter(content_object=c).delete()),
    ("grant_extra", S.ASSESSED, lambda c: grant(Person.objects.get(email__startswith="mira"), c, "review_case")),
    ("grant_missing", S.DRAFT, lambda c: CallUserObjectPermission.objects.filter(content_object=c.call).delete()),
    # chains, and where they say that things stand
    ("chain", S.CLOSED, lambda c: change(Event, Event.objects.get(stream=f"case:{c.pk}", seq=3).pk, data={"x": 1})),
    ("chain", S.CLOSED, lambda c: change(Event, Event.objects.get(stream=f"case:{c.pk}", seq=2).pk, actor=None)),
    ("chain", S.CLOSED, lambda c: remove(Event.objects.filter(stream=f"case:{c.pk}", seq=4))),
    ("chain", S.CLOSED, lambda c: change(Event, Event.objects.get(stream=f"case:{c.pk}", seq=2).pk, hash="0" * 64)),
    ("state", S.CLOSED, lambda c: unlogged(c, "closed_case")),
    ("state", S.ASSESSED, lambda c: change(Application, c.pk, state=S.PROPOSED)),
    ("state", S.CLOSED, lambda c: change(Assignment, last(Assignment, c).pk, state="removed")),
    ("state", S.ACCEPTING, lambda c: change(Acceptance, last(Acceptance, c).pk, state="accepted")),
    ("state", S.CLOSED, lambda c: change(Duty, last(Duty, c).pk, state="filed")),
    ("no_history", S.DRAFT, lambda c: remove(Event.objects.filter(stream=f"case:{c.pk}"))),
    ("notice", S.SUBMITTED, lambda c: Notice.objects.filter(case=c).update(kind="other")),
    ("notice_missing", S.SUBMITTED, lambda c: remove(Notice.objects.filter(case=c))),
    # standing facts
    ("submitted_at", S.SUBMITTED, lambda c: change(Application, c.pk, submitted_at=c.created_at.replace(year=2020))),
    ("applied", S.SUBMITTED, lambda c: change(Application, c.pk, applied_ore=c.applied_ore + 1)),
    ("applied", S.SUBMITTED, lambda c: change(Application, c.pk, cost_ore=c.cost_ore + 1)),
    ("number_state", S.SUBMITTED, lambda c: change(Application, c.pk, number=None)),
    ("submission_state", S.SUBMITTED, lambda c: remove(Submission.objects.filter(application=c))),
    ("submission_missing", S.SUBMITTED, lambda c: change(Submission, last(Submission, c).pk, n=2)),
    ("working_copy", S.ASSESSED, lambda c: change(Application, c.pk, working_copy=True)),
    ("completion_due", S.COMPLETING, lambda c: change(Application, c.pk, completion_due=None)),
    ("decision_state", S.PROPOSED, lambda c: change(Decision, last(Decision, c).pk, state="returned")),
    ("assignment_left_open", S.CLOSED, lambda c: change(Assignment, last(Assignment, c).pk, state="cleared")),
    ("sheet_missing", S.CLOSED, lambda c: remove(ScoreSheet.objects.filter(assignment__application=c))),
    ("sheet_hash", S.ASSESSED, lambda c: change(LodgedSheet, sheet_of(c).pk, content=another(sheet_of(c)))),
    ("sheet_told", S.ASSESSED, retold),
    ("sheet_submission", S.ASSESSED, lambda c: change(LodgedSheet, sheet_of(c).pk, submission=7)),
    ("sheet_not_frozen", S.ASSESSED, lambda c: remove(LodgedSheet.objects.filter(assignment__application=c))),
    ("sheet_changed", S.ASSESSED, lambda c: change(ScoreSheet, sheet_of(c).assignment.sheet.pk, strengths="Annat")),
    ("not_accepted", S.REPORTING, lambda c: change(Acceptance, last(Acceptance, c).pk, state="waiting")),
    ("duty_left_open", S.CLOSED, lambda c: change(Duty, last(Duty, c).pk, state="open")),
    ("report_missing", S.CLOSED, lambda c: remove(Report.objects.filter(duty__application=c))),
    ("schedule", S.REPORTING, lambda c: remove(Duty.objects.filter(pk=last(Duty, c).pk))),
    ("acceptances", S.ACCEPTING, lambda c: remove(Acceptance.objects.filter(pk=last(Acceptance, c).pk))),
    ("not_erased", S.LAPSED, lambda c: change(Application, c.pk, title="Kvar")),
    (
        "not_erased",
        S.LAPSED,
        lambda c: Answer.objects.create(application=c, question="x", value="kvar", saved_by=c.created_by),
    ),
    # what is kept under its hash
    ("submission_hash", S.SUBMITTED, lambda c: change(Submission, last(Submission, c).pk, sha256="0" * 64)),
    (
        "submission_hash",
        S.SUBMITTED,
        lambda c: sql("UPDATE applications_submission SET content = jsonb_set(content, '{title}', '\"Annat\"')"),
    ),
    ("submission_told", S.SUBMITTED, lambda c: change(Submission, last(Submission, c).pk, sha256="0" * 64)),
    (
        "submission_case",
        S.SUBMITTED,
        lambda c: sql("UPDATE applications_submission SET content = jsonb_set(content, '{application}', '0')"),
    ),
    (
        "attachment_gone",
        S.SUBMITTED,
        lambda c: sql(
            "UPDATE applications_submission SET content = jsonb_set(content, '{attachments}', %s)",
            json.dumps([{"rule": "intyg", "sha256": "f" * 64, "name": "x.pdf", "pages": 1}]),
        ),
    ),
    ("report_hash", S.CLOSED, lambda c: change(Report, last(Report, c, "duty__application").pk, content={})),
    ("report_told", S.CLOSED, lambda c: change(Report, last(Report, c, "duty__application").pk, sha256="0" * 64)),
    (
        "file_hash",
        S.CLOSED,
        lambda c: sql(
            "UPDATE grants_storedfile SET content = set_byte(content, 100, 0) WHERE sha256 = %s",
            last(Document, c).file_id,
        ),
    ),
    ("file_hash", S.CLOSED, lambda c: sql("UPDATE grants_storedfile SET content = content || '\\x00'::bytea")),
    ("file_size", S.CLOSED, lambda c: sql("UPDATE grants_storedfile SET size = 1")),
    ("letter_missing", S.CLOSED, lost_letter),
    ("receipt_missing", S.SUBMITTED, lambda c: remove(Document.objects.filter(application=c, language="sv"))),
    ("letter_frozen", S.CLOSED, lambda c: change(Decision, last(Decision, c).pk, letters={"sv": {}, "en": {}})),
    ("letter_data", S.CLOSED, lambda c: change(Document, last(Document, c).pk, data={})),
    ("letter_sent", S.CLOSED, lambda c: change(Document, last(Document, c).pk, unsealed_sha256="0" * 64)),
    (
        "letter_again",
        S.CLOSED,
        lambda c: change(Document, last(Document, c).pk, data=last(Document, c).data | {"version": 9}),
    ),
    ("letter_begins", S.CLOSED, lambda c: change(Document, last(Document, c).pk, file_id=receipt_of(c).file_id)),
    ("dispatched_at", S.CLOSED, lambda c: change(Decision, last(Decision, c).pk, dispatched_at=None)),
    (
        "document_case",
        S.CLOSED,
        lambda c: change(Document, last(Document, c).pk, application_id=c.pk + 10**6),
    ),
    (
        "definition_hash",
        S.DRAFT,
        lambda c: sql("UPDATE programmes_definitiontext SET content = jsonb_set(content, '{call_budget}', '1')"),
    ),
    ("window", S.SUBMITTED, lambda c: change(Call, c.call_id, closes_at=c.created_at.replace(year=2030))),
    (
        "not_heard",
        S.CLOSED,
        lambda c: sql("UPDATE programmes_definitiontext SET content = jsonb_set(content, '{stages,panel}', 'true')"),
    ),
    (
        "hearing_told",
        S.CLOSED,
        lambda c: Hearing.objects.create(
            application=c,
            kind="interview",
            starts_at=c.created_at,
            participants="x",
            text="x",
            recorded_by=c.created_by,
            recorded_at=c.created_at,
        ),
    ),
    ("gathered", S.SUBMITTED, lambda c: change(Application, c.pk, gathered_at=c.created_at.replace(year=2030))),
    ("extended", S.DRAFT, lambda c: change(Application, c.pk, extended_to=c.created_at.replace(year=2030))),
    # decisions, money and numbers
    ("four_eyes", S.CLOSED, same_eyes),
    (
        "signed",
        S.CLOSED,
        lambda c: sql("UPDATE decisions_decisionline SET max_amount_ore = max_amount_ore + 100"),
    ),
    ("payments", S.CLOSED, lambda c: change(Decision, last(Decision, c).pk, payments=[{"amount_ore": 1}])),
    ("call_budget", S.CLOSED, spent),
    ("more_than_applied", S.CLOSED, spent),
    ("rejection_with_money", S.CLOSED, lambda c: change(Decision, last(Decision, c).pk, outcome="rejection")),
    ("undecided", S.CLOSED, lambda c: change(Decision, last(Decision, c).pk, decided_by=None, decided_at=None)),
    ("decision_version", S.PROPOSED, lambda c: change(Decision, last(Decision, c).pk, version=2)),
    ("numbers", S.SUBMITTED, lambda c: NumberSeries.objects.update(last=2)),
    ("numbers", S.SUBMITTED, lambda c: NumberSeries.objects.all().delete()),
    ("numbers", S.SUBMITTED, lambda c: change(Application, c.pk, number=str(c.number)[:-5] + "00099")),
]


@pytest.mark.parametrize(
    ("code", "state", "plant"), FAULTS, ids=[f"{n:02}-{code}-{state}" for n, (code, state, _p) in enumerate(FAULTS)]
)
@pytest.mark.django_db
def test_each_planted_fault_is_found(cases: dict[str, Application], code: str, state: str, plant: Plant) -> None:
    with transaction.atomic():
        plant(cases[state])
        assert code in {fault.code for fault in check()}
        transaction.set_rollback(True)


def test_every_code_has_a_test() -> None:
    """A check nobody has seen fail may be unable to."""
    source = "\n".join(p.read_text() for p in Path(integrity.__file__).parent.glob("*.py"))
    known = set(re.findall(r'Fault\(\s*"(\w+)"', source)) | {"receipt_missing", "letter_missing"}
    tried = {code for code, _state, _plant in FAULTS} | {"grant_elsewhere"}
    assert known - tried == {"task_doubled", "unsigned", "version"} - tried
