"""Cases to open pages on: a call, an application with its parties and a submission, and whoever is granted what."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from grants.applications import checklist, freezing
from grants.applications.models import Answer, Application, CaseMember, CaseState, Party, Submission
from grants.budgets import sheets
from grants.clock import SWEDEN
from grants.decisions.models import Decision, DecisionLine, DecisionState, Outcome
from grants.organisations.models import Organisation, Person
from grants.programmes.models import Call, Office
from grants.projects import schedule
from grants.projects.models import Duty, DutyState
from reviewers.models import Assignment, AssignmentState
from workflows import rights

TRANSACTION_CONTROL = ("SAVEPOINT", "RELEASE")
NOW = datetime(2023, 10, 9, 20, 0, tzinfo=SWEDEN)
STARTS, ENDS = date(2023, 12, 1), date(2024, 11, 30)


def person(name: str, **fields: Any) -> Person:
    return Person.objects.create_user(f"{name.lower()}@example.org", name=name, **fields)


def a_call() -> Call:
    """The loaded call with the most to report, so that something is on the way."""
    calls = Call.objects.select_related("version")
    return max(calls, key=lambda c: len(schedule.duties_for(c.definition, STARTS, ENDS)))


def serve(who: Person, call: Call, role: str) -> None:
    Office.objects.create(call=call, person=who, role=role)
    rights.settle_offices(call)


def an_application(applicant: Person, state: str = CaseState.ASSESSING, n: int = 1, **fields: Any) -> Application:
    """A submitted application with two parties."""
    call = a_call()
    assert call.version is not None
    application = Application.objects.create(
        call=call, version=call.version, state=state, title=f"Rätt ärende {n}", number=f"2023-9{n:04d}",
        created_by=applicant, starts_on=STARTS, ends_on=ENDS, **fields,
    )  # fmt: skip
    for place, (role, name) in enumerate((("coordinator", "Björkdala kommun"), ("participant", "Lillåns Grannar"))):
        organisation, _made = Organisation.objects.get_or_create(
            number=f"21200{place}-0000", defaults={"name": name, "kind": "municipality"}
        )
        party = Party.objects.create(
            application=application, organisation=organisation, role=role, position=place, contact_name=f"Karin {place}"
        )
        sheets.write(
            application.pk, party.pk, {(call.definition.budget.cost_types[0].id, 2024): 500_000_00}, 100_000_00
        )
    question = next(q for q in call.definition.questions() if q.kind == "long" and not q.per_party and not q.show_if)
    Answer.objects.create(
        application=application, question=question.id, value="HEMLIGT <b>innehåll</b>", saved_by=applicant
    )
    CaseMember.objects.create(application=application, person=applicant, right=CaseMember.Right.EDIT)
    content = freezing.freeze(checklist.contents(application))
    Submission.objects.create(
        application=application, n=1, version=call.version, content=content, sha256=freezing.sha256(content),
        arrived_at=NOW, submitted_by=applicant,
    )  # fmt: skip
    rights.settle(application)
    return application


def assigned(application: Application, reviewer: Person, state: str, **fields: Any) -> Assignment:
    assignment = Assignment.objects.create(
        application=application, reviewer=reviewer, state=state, assigned_by=application.created_by,
        due=datetime(2023, 10, 20, 23, 59, tzinfo=SWEDEN),
        lodged_at=NOW if state == AssignmentState.LODGED else None, **fields,
    )  # fmt: skip
    rights.settle(application)
    return assignment


def granted(application: Application, officer: Person, decider: Person) -> Decision:
    """A sent grant with its duties, all planned."""
    definition = application.definition
    duties = schedule.duties_for(definition, STARTS, ENDS)
    decision = Decision.objects.create(
        application=application, version=1, state=DecisionState.DISPATCHED, outcome=Outcome.GRANT, reasons="Skäl",
        starts_on=STARTS, ends_on=ENDS, schedule=schedule.as_rows(duties),
        payments=schedule.payments_for(definition, 200_000_00, duties), prepared_by=officer, decided_by=decider,
        decided_at=NOW, dispatched_at=NOW,
    )  # fmt: skip
    for party in application.parties.select_related("organisation"):
        DecisionLine.objects.create(
            decision=decision, party=party, party_name=party.organisation.name, party_number="x", aid_basis="not_aid",
            max_amount_ore=100_000_00, intensity_bp=8_000,
        )  # fmt: skip
    for planned in duties:
        Duty.objects.create(
            application=application, decision=decision, rule=planned.rule, n=planned.n, due=planned.due,
            opens_at=planned.opens_at, state=DutyState.PLANNED,
        )  # fmt: skip
    return decision


@contextmanager
def at_most(n: int) -> Iterator[None]:
    """What is done inside asks the database at most `n` things; where a transaction begins and ends is not a question."""
    with CaptureQueriesContext(connection) as seen:
        yield
    asked = [q["sql"][:150] for q in seen.captured_queries if not q["sql"].startswith(TRANSACTION_CONTROL)]
    assert len(asked) <= n, "\n".join([str(len(asked)), *asked])
