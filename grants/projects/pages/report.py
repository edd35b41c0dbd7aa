"""One report: what it will ask for, the form while it is open, and what has been filed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from grants import clock, money
from grants.cleaning import clean_line
from grants.organisations.models import Person
from grants.projects import drafts, filing
from grants.projects.drafts import COST, Fields
from grants.projects.forms import ReportForm
from grants.projects.models import Duty, Report, ReportDraft
from grants.projects.overruns import Overrun, overruns
from grants.projects.pages.project import language, visible
from grants.projects.reading import ReadReport, in_words, read_content
from grants.templatetags.writing import when

WRONG, CONFLICT = 400, 409


@dataclass(frozen=True)
class Filed:
    """A filed report as it is read."""

    report: Report
    read: ReadReport


def _duty(person: Person, pk: int, *, lock: bool = False) -> Duty:
    """The duty, if the person sees its case; the case's `may_edit` and `is_officer` say what they are to it.

    `lock` takes the duty's row, as every change of its state does; the draft is read after the lock, never with it.
    """
    rows = Duty.objects.select_related("decision").prefetch_related("decision__lines")
    rows = rows.select_for_update(of=("self",), no_key=True) if lock else rows.select_related("draft__saved_by")
    duty: Duty | None = rows.filter(pk=pk).first()
    if duty is None:
        raise Http404
    duty.application = visible(person, duty.application_id)
    return duty


def _may_write(duty: Duty) -> bool:
    return bool(getattr(duty.application, "may_edit", False)) and duty.state in drafts.WRITABLE


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The report's page; what is posted to it is saved as its draft."""
    return _save_all(request, pk) if request.method == "POST" else _page(request, _duty(cast(Person, request.user), pk))


@login_required
@require_POST
def save_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the draft: one field (JSON, as one writes) or the whole form."""
    return _save_one(request, pk) if "name" in request.POST else _save_all(request, pk)


def _page(
    request: HttpRequest,
    duty: Duty,
    *,
    typed: Mapping[str, Any] | None = None,
    saved: drafts.Saved | None = None,
    status: int = 200,
) -> HttpResponse:
    tongue, fields = language(), Fields(duty)
    may_write = _may_write(duty)
    context: dict[str, Any] = {
        "duty": duty,
        "application": duty.application,
        "rule": fields.rule,
        "title": fields.rule.title.read(tongue),
        "spoken": fields.rule.title.spoken(tongue),
        "questions": [(q.label.read(tongue), q.label.spoken(tongue)) for q in fields.rule.questions],
        "filed": list(_filed(duty, fields, tongue)),
        "may_write": may_write,
        "may_examine": bool(getattr(duty.application, "is_officer", False)) and duty.state == "filed",
        "is_late": duty.state in drafts.WRITABLE and duty.due < clock.now(),
    }
    if may_write:
        context |= _form_context(duty, fields, tongue, typed or {}, saved)
    return render(request, "projects/report.html", context, status=status)


def _form_context(
    duty: Duty, fields: Fields, tongue: str, typed: Mapping[str, Any], saved: drafts.Saved | None
) -> dict[str, Any]:
    draft: ReportDraft | None = saved.draft if saved else getattr(duty, "draft", None)
    values = fields.read(draft)
    conflicts = saved.conflicts if saved else ()
    faults = filing.report_faults(duty, draft, duty.application.definition)
    wrong = _wrong(faults, values)
    form = ReportForm(fields, values, tongue, {name: typed[name] for name in conflicts}, wrong)
    return {
        "form": form,
        "wrong": wrong,
        "over": _over(duty, fields, draft),
        "draft": draft,
        "seen": {name: drafts.stamp(value) for name, value in values.items()},
        "stored": {name: _in_words(fields, name, values[name], tongue) for name in conflicts},
        "faults": faults,
        "settlement": filing.settlement_of(duty, draft.costs) if draft and fields.costs else None,
        "errors": [
            *({"text": _("Någon annan har ändrat det här sedan sidan ritades."), "url": f"#{n}"} for n in conflicts),
            *({"text": text, "url": f"#{name}"} for name, text in wrong.items() if name not in conflicts),
        ],
    }


def _wrong(faults: Iterable[tuple[str, str]], values: Mapping[str, Any]) -> dict[str, str]:
    """Of the faults those of something that has been written: what is merely missing yet is no error of a draft."""
    return {name: text for name, text in faults if values[name] not in (None, "", [])}


def _over(duty: Duty, fields: Fields, draft: ReportDraft | None) -> dict[str, Overrun]:
    """Costs above the parties' budgets, by field."""
    stated = filing.costs_in(draft.costs) if draft and fields.costs else {}
    return {f"{COST}{one.party_id}": one for one in overruns(duty, fields.lines, stated)}


def _filed(duty: Duty, fields: Fields, tongue: str) -> Iterator[Filed]:
    """What has been filed, the latest first."""
    for found in duty.reports.select_related("filed_by").order_by("-n"):
        yield Filed(found, read_content(duty, found.content, fields, tongue))


def _in_words(fields: Fields, name: str, value: Any, tongue: str) -> str:
    if name in fields.costs:
        return money.written(value, tongue) if isinstance(value, int) else str(value or "")
    return in_words(fields.questions[name], value, tongue)


def _save_all(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole form. Groups of boxes say that they were on the page by their `seen` field."""
    person, saved = cast(Person, request.user), None
    with transaction.atomic():
        duty = _duty(person, pk, lock=True)
        fields = Fields(duty)
        typed = {
            name: fields.sent(name, request.POST, name)
            for name in fields.names()
            if name in request.POST or f"seen-{name}" in request.POST
        }
        seen = {name: clean_line(request.POST.get(f"seen-{name}", "")) for name in typed}
        if _may_write(duty):
            saved = drafts.save(duty, fields, typed, seen, person)
    if saved is None or not saved.is_open:
        return _closed(request, duty, fields, typed)
    if saved.conflicts:
        return _page(request, duty, typed=typed, saved=saved, status=CONFLICT)
    if request.POST.get("do") == "file":
        return redirect("act", "file_report", duty.pk)
    return redirect("report", duty.pk)


def _save_one(request: HttpRequest, pk: int) -> JsonResponse:
    """One field; `version` is the stamp of the value that the page was drawn with or last saved."""
    person, tongue, saved = cast(Person, request.user), language(), None
    name, seen = clean_line(request.POST["name"]), clean_line(request.POST.get("version", ""))
    with transaction.atomic():
        duty = _duty(person, pk, lock=True)
        fields = Fields(duty)
        if name not in fields.names():
            return JsonResponse({"error": "name"}, status=WRONG)
        if _may_write(duty):
            saved = drafts.save(duty, fields, {name: fields.sent(name, request.POST, "value")}, {name: seen}, person)
    if saved is None or not saved.is_open or saved.conflicts:
        stored = _in_words(fields, name, saved.values[name], tongue) if saved and saved.is_open else None
        html = render_to_string("projects/_conflict.html", {"stored": stored}, request)
        return JsonResponse({"conflict": True, "html": html}, status=CONFLICT)
    faults = filing.report_faults(duty, saved.draft, duty.application.definition)
    over = _over(duty, fields, saved.draft).get(name)
    return JsonResponse(
        {
            "saved_at": when(saved.draft.saved_at if saved.draft else clock.now(), "near"),
            "version": drafts.stamp(saved.values[name]),
            "fault": _wrong(faults, saved.values).get(name),
            "note": render_to_string("projects/_overrun.html", {"one": over}, request) if over else "",
        }
    )


def _closed(request: HttpRequest, duty: Duty, fields: Fields, typed: Mapping[str, Any]) -> HttpResponse:
    """The report cannot be written in by this person now; what was typed is given back."""
    tongue = language()
    form = ReportForm(fields, {}, tongue, {}, {})
    context = {
        "text": _("Rapporten kan inte ändras av dig i det här läget."),
        "back": reverse("report", args=[duty.pk]),
        "typed": [(form[name].label, _in_words(fields, name, value, tongue)) for name, value in typed.items() if value],
    }
    return render(request, "errors/conflict.html", context, status=CONFLICT)
