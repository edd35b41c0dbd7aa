"""The funded project's commands: duties open, reports are filed and examined, and after the last one the case closes."""

from datetime import datetime, timedelta

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.freezing import sha256
from grants.applications.models import CaseState
from grants.decisions.models import Decision
from grants.projects.filing import freeze_report, report_faults
from grants.projects.models import Duty, DutyState, Report, ReportDraft
from grants.projects.schedule import from_rows
from grants.refusal import Refusal
from workflows import forms
from workflows.commands.base import Act, command
from workflows.commands.disqualified import stands_outside


def begin_project(act: Act, decision: Decision) -> None:
    """Write the duties that the decision's schedule holds. Their turn comes when they open."""
    Duty.objects.bulk_create(
        Duty(
            application=act.the_case,
            decision=decision,
            rule=planned.rule,
            n=planned.n,
            due=planned.due,
            opens_at=planned.opens_at,
        )
        for planned in from_rows(decision.schedule, act.the_case.definition)
    )


def time_has_come(act: Act) -> Refusal | None:
    """A report opens on its date."""
    if clock.now() >= act.subject.opens_at:
        return None
    return Refusal("early", _("Rapporten öppnar senare."), changes_at=act.subject.opens_at)


def project_goes_on(act: Act) -> Refusal | None:
    """Reports belong to a project that reports."""
    if act.the_case.state == CaseState.REPORTING:
        return None
    return Refusal("not_reporting", _("Projektet rapporterar inte nu."))


@command("open_duty", _l("Öppna rapporten"), guards=(time_has_come, project_goes_on))
def open_duty(act: Act) -> None:
    """The report can be filed from now on."""
    act.move(act.subject, "open")


def reminder_due(duty: Duty, now: datetime, before: tuple[int, ...], after: tuple[int, ...]) -> int | None:
    """The reminder that is due now and has not been sent: days before the date, or minus days after it. Only the latest
    one counts: a project is not reminded three times at once."""
    passed = [d for d in (*before, *(-d for d in after)) if duty.due - timedelta(days=d) <= now]
    newest = min(passed) if passed else None
    return newest if newest is not None and newest not in duty.reminded else None


@command("remind", _l("Påminn om rapporten"), guards=(project_goes_on,))
def remind(act: Act) -> None:
    """Remind the project, once for each date of the call's plan."""
    duty: Duty = act.subject
    reporting = act.the_case.definition.reporting
    now_due = reminder_due(duty, clock.now(), reporting.remind_days_before, reporting.remind_days_after)
    assert now_due is not None, "the sweep asks first"
    duty.reminded = [*duty.reminded, now_due]
    duty.save(update_fields=["reminded"])
    act.note = {"days": now_due}


def draft_of(act: Act) -> ReportDraft:
    """What the project has written so far, read once with the lines of the decision that it answers to."""
    if "draft" not in act.memory:
        prefetch_related_objects([act.subject], "decision__lines")
        act.memory["draft"] = ReportDraft.objects.filter(duty=act.subject).first() or ReportDraft(duty=act.subject)
    draft: ReportDraft = act.memory["draft"]
    return draft


def report_is_whole(act: Act) -> list[Refusal]:
    """Every question is answered and every cost stated."""
    faults = report_faults(act.subject, draft_of(act), act.the_case.definition)
    return [Refusal("report", text, field=name, link=f"report#{name}") for name, text in faults]


@command(
    "file_report",
    _l("Lämna rapporten"),
    guards=(project_goes_on, report_is_whole),
    explain=_l("Rapporten blir en allmän handling. Handläggaren granskar den."),
    button=_l("Lämna rapporten"),
    primary=True,
)
def file_report(act: Act) -> None:
    """Freeze the draft as a filed report."""
    duty: Duty = act.subject
    content = freeze_report(duty, draft_of(act))
    n = duty.reports.count() + 1
    report = Report.objects.create(
        duty=duty, n=n, content=content, sha256=sha256(content), filed_at=act.arrived_at, filed_by=act.person
    )
    act.note = {"report": report.pk, "sha256": report.sha256}
    act.move(duty, "file")


@command(
    "return_report",
    _l("Lämna tillbaka rapporten"),
    guards=(stands_outside,),
    form=forms.ReasonForm,
    button=_l("Lämna tillbaka"),
)
def return_report(act: Act) -> None:
    """The officer wants more; the project files again."""
    duty: Duty = act.subject
    duty.return_reason = act.data["reason"]
    act.move(duty, "give_back", "return_reason")


@command(
    "approve_report",
    _l("Godkänn rapporten"),
    guards=(stands_outside, project_goes_on),
    button=_l("Godkänn"),
    primary=True,
)
def approve_report(act: Act) -> None:
    """Approve a report; with the last one the case closes."""
    act.move(act.subject, "approve")
    case = act.the_case
    if not case.duties.exclude(state=DutyState.APPROVED).exists():
        act.move(case, "close")
        act.also("closed_case", case, source=CaseState.REPORTING)
