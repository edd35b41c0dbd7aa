"""Many cases out of a few: copies of simulated cases with shifted keys, numbers of their own and chains made anew.

For tests of size only. Whatever it makes must be as whole as what the commands make: check_integrity is the judge.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import ForeignKey, Model

from grants.applications.freezing import sha256
from grants.applications.models import (
    Answer,
    AnswerHistory,
    Application,
    ApplicationUserObjectPermission,
    Attachment,
    CaseMember,
    Party,
    Submission,
)
from grants.budgets.models import AppliedGrant, CostLine
from grants.decisions.models import Acceptance, Decision, DecisionLine
from grants.letters.deliveries import Delivery
from grants.letters.models import Document
from grants.programmes.models import NumberSeries
from grants.projects.models import Duty, Report, ReportDraft
from reviewers.models import Assignment, Conflict, LodgedSheet, Score, ScoreSheet
from workflows import events
from workflows.models import Event, Invitation, Notice, Process, Task

SHIFT = 1_000_000  # between the keys of one copy and the next; no table of a test has as many rows
# In an order in which each table follows those it points at, with how a row is found from its case.
TABLES: tuple[tuple[type[Model], str], ...] = (
    (Application, "id"),
    (Party, "application_id"),
    (CaseMember, "application_id"),
    (ApplicationUserObjectPermission, "content_object_id"),
    (Answer, "application_id"),
    (AnswerHistory, "answer_id"),
    (Attachment, "application_id"),
    (CostLine, "application_id"),
    (AppliedGrant, "application_id"),
    (Submission, "application_id"),
    (Decision, "application_id"),
    (DecisionLine, "decision_id"),
    (Acceptance, "application_id"),
    (Duty, "application_id"),
    (ReportDraft, "duty_id"),
    (Report, "duty_id"),
    (Assignment, "application_id"),
    (Conflict, "application_id"),
    (ScoreSheet, "assignment_id"),
    (Score, "sheet_id"),
    (LodgedSheet, "assignment_id"),
    (Document, "application_id"),
    (Delivery, "decision_id"),
    (Process, "case_id"),
    (Task, "case_id"),
    (Task.previous.through, "from_task_id"),
    (Invitation, "application_id"),
    (Event, "id"),
    (Notice, "case_id"),
)
CLONED = {model for model, _path in TABLES}
IN_PYTHON = {Submission, Report, Event}  # whose hashes must be made anew
# What a copied event's data point at within the copy; everything else in them is the same for all.
KEYS_OF_CASE = ("id", "submission", "decision", "report", "invitation", "link", "party", "assignments")


def clone(cases: Sequence[int], copies: int) -> None:
    """Copy these cases so many times, with everything that belongs to them."""
    keys: dict[type[Model], list[int]] = {Application: list(cases)}
    with connection.cursor() as cursor:
        for model, path in TABLES:
            keys[model] = _keys(model, path, keys)
            if model in IN_PYTHON:
                {Submission: _submissions, Report: _reports, Event: _events}[model](keys[model], copies)
            elif keys[model]:
                columns, values = _columns(model)
                cursor.execute(
                    f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "
                    f"SELECT {', '.join(values)} FROM {model._meta.db_table} t CROSS JOIN generate_series(1, %(copies)s) k "
                    "WHERE t.id = ANY(%(keys)s)",
                    {"copies": copies, "keys": keys[model], "cases": list(cases), "numbered": _numbered(cases)},
                )
        series = NumberSeries.objects.get()  # one authority and one year
        series.last += copies * _numbered(cases)
        series.save()
        for model, _path in TABLES:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def _keys(model: type[Model], path: str, keys: dict[type[Model], list[int]]) -> list[int]:
    """The rows of a table that belong to the cases."""
    rows = model._default_manager.order_by("pk")
    if model is Application:
        return keys[Application]
    if model is Event:
        return list(rows.filter(stream__in=[f"case:{pk}" for pk in keys[Application]]).values_list("pk", flat=True))
    field = next(f for f in model._meta.concrete_fields if f.column == path)
    above: Any = field.related_model
    return list(rows.filter(**{f"{field.name}__in": keys[above]}).values_list("pk", flat=True))


def _columns(model: type[Model]) -> tuple[list[str], list[str]]:
    """Every column with its value in copy number k."""
    columns, values = [], []
    for field in model._meta.concrete_fields:
        columns.append(f'"{field.column}"')
        shifted = f't."{field.column}" + k::bigint * {SHIFT}'
        if (
            field.primary_key
            or (isinstance(field, ForeignKey) and field.related_model in CLONED)
            or field.column == "subject_id"
        ):
            values.append(shifted)
        elif model is Application and field.column == "number":
            values.append(_NUMBER)
        elif model is Invitation and field.column == "nonce":
            values.append("md5(t.nonce || k)")
        elif (model, field.column) in ((Document, "code"), (Delivery, "token")):
            values.append(f'left(md5(t."{field.column}" || k), 22)')
        else:
            values.append(f't."{field.column}"')
    return columns, values


# The cases' numbers come after all that were drawn, without gaps: copy by copy, in the order of the originals.
_NUMBER = """
    regexp_replace(t.number, '[0-9]+$', '') || lpad((
        (SELECT s.last FROM programmes_numberseries s)
        + (k - 1) * %(numbered)s
        + (SELECT count(*) FROM applications_application b
           WHERE b.id = ANY(%(cases)s) AND b.number IS NOT NULL AND b.id <= t.id)
    )::text, 5, '0')
"""


def _numbered(cases: Sequence[int]) -> int:
    return Application.objects.filter(pk__in=cases).exclude(number=None).count()


def _submissions(keys: list[int], copies: int) -> None:
    def remade(row: Submission, by: int) -> dict[str, Any]:
        content = dict(row.content, application=row.content["application"] + by)
        content["parties"] = [dict(p, id=p["id"] + by) for p in content["parties"]]
        for part in ("answers", "budgets"):
            content[part] = [dict(x, party=x["party"] + by if x["party"] else None) for x in content[part]]
        return content

    _frozen(Submission, keys, copies, remade)


def _reports(keys: list[int], copies: int) -> None:
    def remade(row: Report, by: int) -> dict[str, Any]:
        content = dict(row.content)
        for part in ("answers", "costs"):
            content[part] = [dict(x, party=x["party"] + by if x["party"] else None) for x in content[part]]
        return content

    _frozen(Report, keys, copies, remade)


def _frozen(model: Any, keys: list[int], copies: int, remade: Any) -> None:
    rows = list(model.objects.filter(pk__in=keys))
    for k in range(1, copies + 1):
        made = []
        for row in rows:
            by, content = k * SHIFT, remade(row, k * SHIFT)
            copy = {f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields}
            for field in model._meta.concrete_fields:
                if field.primary_key or field.related_model in CLONED:
                    copy[field.attname] += by
            made.append(model(**(copy | {"content": content, "sha256": sha256(content)})))
        model.objects.bulk_create(made)


def _events(keys: list[int], copies: int) -> None:
    rows = list(Event.objects.filter(pk__in=keys).order_by("stream", "seq"))
    for k in range(1, copies + 1):
        by, previous, made = k * SHIFT, "", []
        shas = {"submission": _hashes(Submission, by), "report": _hashes(Report, by)}
        for row in rows:
            data = {key: _shifted(value, by) if key in KEYS_OF_CASE else value for key, value in row.data.items()}
            if (name := next((key for key in shas if key in data), "")) and "sha256" in data:
                data["sha256"] = shas[name][data[name]]
            copy = Event(
                pk=row.pk + by,
                stream=f"case:{int(row.stream.partition(':')[2]) + by}",
                seq=row.seq,
                name=row.name,
                actor_id=row.actor_id,
                at=row.at,
                source=row.source,
                target=row.target,
                data=data,
                key=f"{row.key}:{k}" if row.key else None,
                previous="" if row.seq == 1 else previous,
            )
            copy.hash = previous = events.digest(copy)
            made.append(copy)
        Event.objects.bulk_create(made)


def _hashes(model: Any, by: int) -> dict[int, str]:
    """The hashes of what this copy has frozen."""
    return dict(model.objects.filter(pk__range=(by, by + SHIFT - 1)).values_list("pk", "sha256"))


def _shifted(value: Any, by: int) -> Any:
    return [x + by for x in value] if isinstance(value, list) else value + by
