"""The public pages: what can be applied for, on which terms and when. Nobody needs to sign in to read them."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grants import clock, money
from grants.programmes import calendars
from grants.programmes.definition import CallDefinition
from grants.programmes.models import Authority
from grants.programmes.pages_eligibility import check
from grants.programmes.pages_examples import examples
from grants.programmes.pages_questions import asked, file_remark, how_many, period, when_due
from grants.programmes.pages_standing import Standing, by_programme, visible_call, visible_calls
from grants.programmes.pages_steps import steps
from grants.programmes.timeline import timeline
from grants.templatetags.call_texts import reading_language

MOST_LINKS = 4  # of calls to check or read about, below the cards


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Every programme with its calls, what closes next, and where to begin."""
    standings = visible_calls()
    groups = [(programme, calls, timeline(calls)) for programme, calls in by_programme(standings)]
    context = {
        "groups": groups,
        "only": groups[0][0] if len(groups) == 1 else None,
        "upcoming": _upcoming(standings),
        "suggested": [s for s in standings if s.is_open or s.is_coming][:MOST_LINKS] or standings[:1],
    }
    return render(request, "programmes/home.html", context)


@require_safe
def call(request: HttpRequest, slug: str) -> HttpResponse:
    """One call on one page."""
    standing = visible_call(slug)
    definition = standing.definition
    context = _about(standing) | {
        "steps": steps(standing),
        "roles": [(rule, how_many(rule)) for rule in definition.parties],
        "reports": [(report, when_due(report)) for report in definition.reporting.reports],
        "period": period(definition),
        "scores": _scores(definition),
        "check": check(definition, {}),
        "may_ask": bool(definition.eligibility) and (standing.is_open or standing.is_coming),
        "examples": examples(definition),
    }
    context |= _money(definition)
    return render(request, "programmes/call.html", context)


@require_safe
def call_form(request: HttpRequest, slug: str) -> HttpResponse:
    """All questions of the application, to read, print and prepare for."""
    return render(request, "programmes/call_form.html", _about(visible_call(slug)))


@require_safe
def eligibility(request: HttpRequest, slug: str) -> HttpResponse:
    """May we apply? Answers in the query string, and the rule behind each."""
    standing = visible_call(slug)
    checked = check(standing.definition, request.GET.dict())
    context: dict[str, Any] = {"standing": standing, "d": standing.definition, "check": checked}
    if checked.refused:
        context["others"] = [s for s in visible_calls() if s.call.pk != standing.call.pk and (s.is_open or s.is_coming)]
    return render(request, "programmes/eligibility.html", context)


@require_safe
def call_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """The dates of one call for a calendar."""
    standing = visible_call(slug)
    return _calendar([standing], standing.call.title, slug)


@require_safe
def calls_calendar(request: HttpRequest) -> HttpResponse:
    """The dates of every call for a calendar."""
    return _calendar(visible_calls(), _("Ansökningsomgångar"), "anslag")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How it works, by role."""
    return render(request, "programmes/help.html", {"authorities": _authorities()})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What has been tested for accessibility, what has not, and how to report a fault."""
    return render(request, "programmes/accessibility.html", {"authorities": _authorities()})


def _about(standing: Standing) -> dict[str, Any]:
    definition = standing.definition
    return {
        "standing": standing,
        "call": standing.call,
        "d": definition,
        "now": clock.now(),
        "parts": list(zip(definition.sections, asked(definition), strict=True)),
        "min_grant_ore": money.kronor(definition.budget.min_grant),
        "files": [(rule, file_remark(rule)) for rule in definition.files],
    }


def _scores(definition: CallDefinition) -> Sequence[int]:
    """From the highest down; none in a call without review."""
    review = definition.review
    return range(review.highest, review.lowest - 1, -1) if review else ()


def _money(definition: CallDefinition) -> dict[str, Any]:
    budget, payments = definition.budget, definition.reporting.payments
    first = [p.percent for p in payments if p.after == "accepted"]
    return {
        "left_to_pay_bp": money.FULL_SHARE - budget.max_share_bp,
        "first_payment_bp": round(sum(first) * 100),
        "call_budget_ore": definition.call_budget and money.kronor(definition.call_budget),
        "payments": [(money.written_share(round(p.percent * 100), reading_language()), p.label) for p in payments],
    }


def _upcoming(standings: Sequence[Standing]) -> Standing | None:
    """The call that closes next, or else the one that opens next."""
    closing = next((s for s in standings if s.next_to_close), None)
    return closing or next((s for s in standings if s.is_coming and s.call.opens_at is not None), None)


def _calendar(standings: Sequence[Standing], name: str, filename: str) -> HttpResponse:
    response = HttpResponse(calendars.calendar(standings, name), content_type=calendars.MEDIA_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{filename}.ics"'
    return response


def _authorities() -> list[Authority]:
    return list(Authority.objects.order_by("name"))
