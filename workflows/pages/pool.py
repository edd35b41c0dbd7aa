"""The pool of reviewers, one reviewer, a reviewer's own profile, and the register of conflicts of interest."""

import csv
import io

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workflows.pages.requests import SignedIn
from workflows.queries import pool, register


@login_required
@require_safe
def reviewers_pool(request: SignedIn) -> HttpResponse:
    """Who reviews for the authority, with their load, punctuality and calibration."""
    found = pool.pool_of(request.user, request.GET)
    if found is None:
        raise Http404
    return render(request, "workflows/pool.html", {"pool": found, "page": found.page})


@login_required
@require_safe
def reviewer_card(request: SignedIn, pk: int) -> HttpResponse:
    """One reviewer, for the authority's staff."""
    card = pool.card_of(request.user, pk) if pk < 2**63 else None
    if card is None:
        raise Http404
    return render(request, "workflows/reviewer_card.html", {"card": card, "row": card.row})


@login_required
@require_safe
def reviewer_profile(request: SignedIn) -> HttpResponse:
    """What one has said of oneself as a reviewer, and invitations that wait."""
    profile = pool.own_profile(request.user)
    if profile is None:
        raise Http404
    return render(request, "workflows/reviewer_profile.html", {"profile": profile})


@login_required
@require_safe
def conflict_register(request: SignedIn) -> HttpResponse:
    """The register of conflicts of interest, of the cases one serves on."""
    found = register.register_of(request.user, request.GET)
    if found is None:
        raise Http404
    return render(request, "workflows/conflict_register.html", {"register": found, "page": found.page})


@login_required
@require_safe
def conflict_register_csv(request: SignedIn) -> HttpResponse:
    """The same as a file for the archive, with a mark that tells spreadsheets its encoding."""
    found = register.register_of(request.user, request.GET)
    if found is None:
        raise Http404
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(register.table_of(request.user, found.chosen))
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="javsregister.csv"'
    return response
