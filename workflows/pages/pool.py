"""The pool of reviewers, one reviewer, a reviewer's own profile, and the register of conflicts of interest."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workflows.pages.downloads import csv_file
from workflows.pages.requests import SignedIn
from workflows.queries import pool, register


@login_required
@require_safe
def reviewers_pool(request: SignedIn) -> HttpResponse:
    """Who reviews for the authority, with their load, punctuality and calibration."""
    return _shown(request, "pool", pool.pool_of(request.user, request.GET))


@login_required
@require_safe
def reviewer_card(request: SignedIn, pk: int) -> HttpResponse:
    """One reviewer, for the authority's staff."""
    card = pool.card_of(request.user, pk) if pk < 2**63 else None
    return _shown(request, "reviewer_card", card, name="card")


@login_required
@require_safe
def reviewer_profile(request: SignedIn) -> HttpResponse:
    """What one has said of oneself as a reviewer, and invitations that wait."""
    return _shown(request, "reviewer_profile", pool.own_profile(request.user), name="profile")


@login_required
@require_safe
def conflict_register(request: SignedIn) -> HttpResponse:
    """The register of conflicts of interest, of the cases one serves on."""
    return _shown(request, "conflict_register", register.register_of(request.user, request.GET), name="register")


@login_required
@require_safe
def conflict_register_csv(request: SignedIn) -> HttpResponse:
    """The same as a file for the archive."""
    found = register.register_of(request.user, request.GET)
    if found is None:
        raise Http404
    return csv_file(register.table_of(request.user, found.chosen), "javsregister")


def _shown(request: SignedIn, template: str, found: Any, *, name: str = "pool") -> HttpResponse:
    """The page of what was found; what is not there for the person is not there."""
    if found is None:
        raise Http404
    return render(request, f"workflows/{template}.html", {name: found})
