"""What is kept under its hash still has it, and what should have been written is there."""

from collections.abc import Iterator
from typing import Any

from django.db.models import BinaryField, CharField, Count, F, Func, IntegerField, Q, Value
from procrastinate.contrib.django.models import ProcrastinateJob

from grants.applications.freezing import sha256
from grants.applications.models import Submission
from grants.decisions.models import MADE, Decision, DecisionState
from grants.letters.models import Document
from grants.models import StoredFile
from grants.programmes.models import CallVersion, DefinitionText
from grants.projects.models import Report
from reviewers import sheets
from reviewers.lodged import LodgedSheet
from reviewers.models import Assignment, AssignmentState
from workflows import papers
from workflows.integrity.faults import Fault, batches
from workflows.models import Event

CONTENTS = 50  # frozen documents held at a time: some hundred kB each at worst
WAITING = ("todo", "doing")  # the job will still see to it


def check_submissions() -> Iterator[Fault]:
    """Every submission's content against its hash, against the event that told it, and against the files it names."""
    for batch in batches(Submission.objects.all(), CONTENTS):
        told = _told("submit", "submission", [f"case:{s.application_id}" for s in batch])
        named = {a["sha256"] for s in batch for a in s.content["attachments"]}
        files = set(StoredFile.objects.filter(pk__in=named).values_list("pk", flat=True))
        for submission in batch:
            where = f"submission:{submission.pk}"
            if sha256(submission.content) != submission.sha256:
                yield Fault("submission_hash", where, "its content does not have its hash")
            if told.get(submission.pk) != submission.sha256:
                yield Fault("submission_told", where, "no event tells of this submission with this hash")
            if submission.content["application"] != submission.application_id:
                yield Fault("submission_case", where, "its content is another application's")
            for item in submission.content["attachments"]:
                if item["sha256"] not in files:
                    yield Fault("attachment_gone", where, f"the file of {item['rule']} is not kept")
    yield from _without_papers(Submission.objects.all(), "receipt", "make_receipt", "submission_id")


def check_reports() -> Iterator[Fault]:
    """Every filed report's content against its hash and against the event that told it."""
    for batch in batches(Report.objects.select_related("duty"), CONTENTS):
        told = _told("file_report", "report", [f"case:{r.duty.application_id}" for r in batch])
        for report in batch:
            where = f"report:{report.pk}"
            if sha256(report.content) != report.sha256:
                yield Fault("report_hash", where, "its content does not have its hash")
            if told.get(report.pk) != report.sha256:
                yield Fault("report_told", where, "no event tells of this report with this hash")


def check_sheets() -> Iterator[Fault]:
    """Every lodged sheet's content against its hash and against the event that told it; and what is lodged now is what the
    working sheet holds."""
    rows = LodgedSheet.objects.select_related("assignment__application__version", "assignment__sheet")
    for batch in batches(rows.prefetch_related("assignment__sheet__scores"), CONTENTS):
        streams = [f"case:{sheet.assignment.application_id}" for sheet in batch]
        events = Event.objects.filter(stream__in=streams, name="lodge", data__has_key="sha256")
        told = {(data["id"], data["sheet"]): data["sha256"] for data in events.values_list("data", flat=True)}
        for sheet in batch:
            where = f"lodged sheet:{sheet.pk}"
            if sha256(sheet.content) != sheet.sha256:
                yield Fault("sheet_hash", where, "its content does not have its hash")
            # those that were lodged before there were versions were told without a hash
            if told.get((sheet.assignment_id, sheet.n), sheet.sha256 if sheet.n == 1 else "") != sheet.sha256:
                yield Fault("sheet_told", where, "no event tells that it was lodged with this hash")
            if sheet.content["submission"] != sheet.submission:
                yield Fault("sheet_submission", where, "its content is about another submission")
    yield from _lodged_now()


def _lodged_now() -> Iterator[Fault]:
    """What stands as lodged is the last version, and it is what the sheet says."""
    lodged = Assignment.objects.filter(state=AssignmentState.LODGED).select_related("sheet", "application__version")
    for batch in batches(lodged.prefetch_related("versions", "sheet__scores"), CONTENTS):
        for assignment in batch:
            where, last = f"assignment:{assignment.pk}", max(assignment.versions.all(), key=lambda v: v.n, default=None)
            sheet = sheets.sheet_of(assignment)
            fields = sheets.read(sheet, sheets.scores_of(sheet), assignment.application.definition)
            if last is None or last.reopened_at is not None:
                yield Fault("sheet_not_frozen", where, "is lodged, but no version of its sheet stands")
            elif last.fields != fields:
                yield Fault("sheet_changed", where, "its sheet is not what was lodged")


def _told(name: str, key: str, streams: list[str]) -> dict[int, str]:
    rows = Event.objects.filter(stream__in=streams, name=name).values_list("data", flat=True)
    return {data.get(key): data.get("sha256") for data in rows}


def check_files() -> Iterator[Fault]:
    """Every stored file's bytes, hashed anew by the database, where they lie."""
    bytes_hash = Func(F("content"), function="sha256", output_field=BinaryField())
    anew = Func(bytes_hash, Value("hex"), function="encode", output_field=CharField())
    size = Func(F("content"), function="octet_length", output_field=IntegerField())
    rows: Any = StoredFile.objects.annotate(anew=anew, bytes=size).defer("content")
    for batch in batches(rows, CONTENTS):
        for file in batch:
            if file.anew != file.pk:
                yield Fault("file_hash", f"file:{file.pk[:12]}", "its bytes do not have its hash")
            elif file.bytes != file.size:
                yield Fault("file_size", f"file:{file.pk[:12]}", f"is {file.bytes} bytes, says {file.size}")


def check_letters() -> Iterator[Fault]:
    """Every decision that was made has its letters in both languages, and each document belongs to its own case."""
    made = Decision.objects.filter(state__in=(*MADE, DecisionState.REPLACED))
    yield from _without_papers(made, "letter", "make_letter", "decision_id")
    sent = Decision.objects.filter(state=DecisionState.DISPATCHED, dispatched_at=None)
    for decision in sent.order_by("pk")[:500]:
        yield Fault("dispatched_at", f"decision:{decision.pk}", "was dispatched at no time")
    ours = Q(decision=None) | Q(decision__application=F("application"))
    ours &= Q(submission=None) | Q(submission__application=F("application"))
    for batch in batches(Document.objects.exclude(ours).only("pk")):
        for document in batch:
            yield Fault("document_case", f"document:{document.pk}", "is kept in another case than what it is about")


def _without_papers(rows: Any, word: str, job: str, argument: str) -> Iterator[Fault]:
    """Rows whose document is not there in every language, and no job waits that will make it."""
    languages = len(papers.LANGUAGES)
    for batch in batches(rows.annotate(have=Count("documents")).filter(have__lt=languages)):
        jobs = ProcrastinateJob.objects.filter(task_name=job, status__in=WAITING)
        coming = set(jobs.values_list(f"args__{argument}", flat=True))
        for row in batch:
            dispatched = isinstance(row, Decision) and row.state == DecisionState.DISPATCHED
            if dispatched or row.pk not in coming:
                where = f"{row._meta.model_name}:{row.pk}"
                yield Fault(f"{word}_missing", where, f"{row.have} of {languages} are there")


def check_definitions() -> Iterator[Fault]:
    """Every definition's text against its hash, and what a call says of itself against its version."""
    for batch in batches(DefinitionText.objects.defer("source"), CONTENTS):
        for text in batch:
            if sha256(text.content) != text.pk:
                yield Fault("definition_hash", f"definition:{text.pk[:12]}", "its content does not have its hash")
    for version in CallVersion.objects.filter(call__version=F("pk")).select_related("call"):
        call, window = version.call, version.definition.window
        planned = (window.announced, window.opens, call.closing(window.closes))
        if (call.announced_at, call.opens_at, call.closes_at) != planned:
            yield Fault("window", f"call:{call.pk}", "its dates are not those of its version and its incidents")
