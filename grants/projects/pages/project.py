"""A funded project on one page: whose turn it is, the money per party, the reports, the calendar, the letters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grants import clock
from grants.applications import access
from grants.applications.models import FINAL_STATES, Application, CasePhase, CaseState
from grants.decisions.models import GIVES_MONEY, Acceptance, AcceptanceState, Decision
from grants.letters.models import Document
from grants.organisations.models import Person
from grants.programmes.definition import CallDefinition
from grants.projects import filing, schedule
from grants.projects.models import Duty, DutyState, Report
from grants.projects.settlement import Settlement, settle
from grants.templatetags.writing import day, days_left, kr, when

GLYPHS = {
    DutyState.PLANNED: "plan",
    DutyState.OPEN: "open",
    DutyState.FILED: "wait",
    DutyState.RETURNED: "open",
    DutyState.APPROVED: "done",
}


@dataclass(frozen=True)
class DutyRow:
    """One report on the page."""

    duty: Duty
    title: str
    spoken: str
    glyph: str
    state: str
    who: str
    is_late: bool


@dataclass(frozen=True)
class PaymentRow:
    """A part of the grant: what releases it, and whether that has come about."""

    label: str
    amount_ore: int
    is_released: bool


@dataclass(frozen=True)
class Now:
    """Whose turn it is, and what they are to do."""

    whose: str
    title: str
    text: str = ""
    url: str = ""
    link: str = ""
    mine: bool = False


@dataclass
class Project:
    """Everything that the page reads; a number of queries that does not grow."""

    application: Application
    decision: Decision
    duties: list[Duty]
    acceptances: list[Acceptance]
    may_edit: bool
    is_officer: bool
    language: str

    @property
    def definition(self) -> CallDefinition:
        """The version of the call that the case follows."""
        return self.application.definition

    def title_of(self, duty: Duty) -> str:
        """The report's title in the reader's language."""
        return filing.rule_of(duty, self.definition).title.read(self.language)


def language() -> str:
    """The language of the page, as call texts know it."""
    return (get_language() or "sv")[:2]


def visible(person: Person, pk: int) -> Any:
    """The Application, if the person sees it. `may_edit` and `is_officer` say what they are to it."""
    edit = access.case_grants(person, ["edit_case"]).filter(content_object=OuterRef("pk"))
    found = (
        Application.objects.visible_to(person)
        .select_related("version", "call")
        .annotate(may_edit=Exists(edit), is_officer=access.office_counts(person, ["handle_call"]))
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    return found


def load(person: Person, pk: int) -> Project | None:
    """The project; None while no grant has been sent."""
    application: Any = visible(person, pk)
    decision = (
        Decision.objects.in_force()
        .filter(application=application, outcome__in=GIVES_MONEY)
        .select_related("decided_by")
        .prefetch_related("lines")
        .first()
    )
    if decision is None:
        return None
    duties = list(Duty.objects.filter(application=application).select_related("draft"))
    for duty in duties:
        duty.application, duty.decision = application, decision
    acceptances = list(Acceptance.objects.filter(decision=decision).select_related("party__organisation"))
    return Project(application, decision, duties, acceptances, application.may_edit, application.is_officer, language())


@login_required
@require_safe
def project(request: HttpRequest, pk: int) -> HttpResponse:
    """The project for whoever sees its case; before the grant is sent there is only the case."""
    found = load(cast(Person, request.user), pk)
    if found is None:
        return redirect("case", pk)
    latest, now = _latest_reports(found), _now(found)
    settlement = _settlement(found, latest)
    context = {
        "project": found,
        "application": found.application,
        "decision": found.decision,
        "call_title": found.definition.title,
        "now": now,
        "stations": _stations(found, now),
        "settlement": settlement,
        "reported": bool(latest),
        "aid_bases": {o.id: o.label.read(found.language) for o in found.definition.decision.aid_bases},
        "payments": list(_payments(found)),
        "duties": [_row(found, duty) for duty in found.duties],
        "calendar": _calendar(found),
        "documents": Document.objects.filter(application=found.application).defer("data").order_by("made_at", "pk"),
    }
    return render(request, "projects/project.html", context)


def _stations(found: Project, now: Now) -> list[dict[str, Any]]:
    """The five stations of the case, for components/track.html."""
    case, decision = found.application, found.decision
    notes = {CasePhase.SUBMITTED: day(case.submitted_at, "short"), CasePhase.DECIDED: day(decision.decided_at, "short")}
    phases = list(CasePhase)
    here = phases.index(case.phase)
    waiting = "turn" if now.mine else "wait"
    over = case.state in FINAL_STATES
    return [
        {
            "label": phase.label,
            "note": notes.get(phase, ""),
            "status": "done" if place < here or (place == here and over) else waiting if place == here else "plan",
            "square": phase == CasePhase.DECIDED,
            "current": place == here,
        }
        for place, phase in enumerate(phases)
    ]


def _latest_reports(found: Project) -> list[Report]:
    """The filed reports with stated costs, the latest first."""
    filed = Report.objects.filter(duty__in=found.duties).order_by("-filed_at", "-pk")
    return [report for report in filed if report.content.get("costs")]


def _settlement(found: Project, latest: Sequence[Report]) -> Settlement:
    costs = {c["party"]: c["cost_ore"] for c in latest[0].content["costs"]} if latest else {}
    return settle(found.decision.lines.all(), costs)


def _row(found: Project, duty: Duty) -> DutyRow:
    rule = filing.rule_of(duty, found.definition)
    turn = duty.state in (DutyState.OPEN, DutyState.RETURNED)
    mine = (turn and found.may_edit) or (duty.state == DutyState.FILED and found.is_officer)
    state = _("öppnar %(when)s") % {"when": day(duty.opens_at)} if duty.state == DutyState.PLANNED else ""
    who = {
        DutyState.OPEN: _("projektet skriver"),
        DutyState.RETURNED: _("projektet kompletterar"),
        DutyState.FILED: _("handläggaren granskar"),
    }.get(DutyState(duty.state), "")
    late = turn and duty.due < clock.now()
    return DutyRow(
        duty=duty,
        title=rule.title.read(found.language),
        spoken=rule.title.spoken(found.language),
        glyph="stop" if late else "turn" if mine else GLYPHS[DutyState(duty.state)],
        state=state or str(DutyState(duty.state).label),
        who=who,
        is_late=late,
    )


def _payments(found: Project) -> Iterator[PaymentRow]:
    accepted = not found.acceptances or all(a.state == AcceptanceState.ACCEPTED for a in found.acceptances)
    approved = {duty.rule for duty in found.duties if duty.state == DutyState.APPROVED}
    released = approved | ({schedule.ACCEPTED} if accepted else set())
    for row in found.decision.payments:
        label = row["label_en"] if found.language == "en" and row["label_en"] else row["label_sv"]
        yield PaymentRow(label, row["amount_ore"], row["after"] in released)


def _now(found: Project) -> Now:
    """The first thing that waits for somebody."""
    case = found.application
    if case.state == CaseState.ACCEPTING:
        return _accepting(found)
    if case.state != CaseState.REPORTING:
        return Now(_("Ingen väntar"), _("Projektet är avslutat."))
    for state in (DutyState.RETURNED, DutyState.OPEN, DutyState.FILED, DutyState.PLANNED):
        duty = next((d for d in found.duties if d.state == state), None)
        if duty is not None:
            return _about(found, duty)
    return Now(_("Ingen väntar"), _("Alla rapporter är godkända."))


def _accepting(found: Project) -> Now:
    waiting = [a.party.name for a in found.acceptances if a.state != AcceptanceState.ACCEPTED]
    title = ngettext("%(n)d part har inte godkänt villkoren", "%(n)d parter har inte godkänt villkoren", len(waiting))
    return Now(
        _("Väntar på parterna"),
        title % {"n": len(waiting)},
        _("Varje part svarar genom länken i sitt mejl. Väntar: %(names)s.") % {"names": ", ".join(waiting)},
        reverse("case", args=[found.application.pk]),
        _("Till ärendet"),
    )


def _about(found: Project, duty: Duty) -> Now:
    title, url = found.title_of(duty), reverse("report", args=[duty.pk])
    if duty.state == DutyState.PLANNED:
        text = _("Den öppnar %(opens)s.") % {"opens": day(duty.opens_at)}
        return Now(
            _("Ingen väntar just nu"),
            _("Nästa är %(report)s, senast %(due)s") % {"report": title.lower(), "due": day(duty.due)},
            text,
            url,
            _("Se vad den frågar efter"),
        )
    if duty.state == DutyState.FILED:
        mine = found.is_officer
        whose = _("Din tur") if mine else _("Väntar på handläggaren")
        return Now(whose, _("Granska %(report)s") % {"report": title.lower()}, "", url, _("Läs rapporten"), mine)
    mine = found.may_edit
    heading = _("Lämna %(report)s senast %(due)s") if duty.state == DutyState.OPEN else _("Komplettera %(report)s")
    return Now(
        _("Er tur") if mine else _("Väntar på projektet"),
        heading % {"report": title.lower(), "due": when(duty.due)},
        _waiting_text(found, duty),
        url,
        (_("Fortsätt på rapporten") if getattr(duty, "draft", None) else _("Börja på rapporten"))
        if mine
        else _("Till rapporten"),
        mine,
    )


def _waiting_text(found: Project, duty: Duty) -> str:
    waiting = [p["amount_ore"] for p in found.decision.payments if p["after"] == duty.rule]
    left = days_left(duty.due)
    if not waiting:
        return f"{left[:1].upper()}{left[1:]}."
    return _("%(left)s. Nästa utbetalning, %(amount)s, väntar på den.") % {
        "left": f"{left[:1].upper()}{left[1:]}",
        "amount": kr(sum(waiting)),
    }


def _calendar(found: Project) -> list[dict[str, Any]]:
    """What has happened and what comes, by date, for components/line.html."""
    decision, today = found.decision, clock.today()
    events: list[tuple[date, dict[str, Any]]] = []

    def add(at: datetime | date | None, title: str, status: str, kind: str = "", **more: Any) -> None:
        if at is not None:
            sorted_by = at.astimezone(clock.SWEDEN).date() if isinstance(at, datetime) else at
            events.append((sorted_by, {"title": title, "at": sorted_by, "status": status, "kind": kind, **more}))

    add(decision.decided_at, _("Beslut"), "decision_done")
    answered = [a.answered_at for a in found.acceptances if a.state == AcceptanceState.ACCEPTED and a.answered_at]
    if found.acceptances and len(answered) == len(found.acceptances):
        add(max(answered), _("Alla parter har godkänt villkoren"), "done")
    elif found.acceptances:
        add(decision.acceptance_due, _("Parterna godkänner villkoren"), "wait", "next")
    for at, title in ((decision.starts_on, _("Projektet börjar")), (decision.ends_on, _("Projektet slutar"))):
        past = at is not None and at <= today
        add(at, title, "done" if past else "plan", "" if past else "next")
    for duty in found.duties:
        row = _row(found, duty)
        kind = "now" if row.glyph in ("turn", "stop") else "" if duty.state == DutyState.APPROVED else "next"
        note = row.state if duty.state != DutyState.PLANNED else ""
        add(duty.due, row.title, row.glyph, kind, note=note)
    return [event for _at, event in sorted(events, key=lambda item: item[0])]
