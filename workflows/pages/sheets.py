"""The lodged sheets of a case with their earlier versions, and what is said about them: the authority's page."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from grants.refusal import NotVisible
from workflows.pages.requests import SignedIn
from workflows.queries import case_sheets as query


@login_required
@require_safe
def case_sheets(request: SignedIn, pk: int) -> HttpResponse:
    """Every sheet that was lodged, whole, for whoever works at the authority."""
    try:
        page = query.read(request.user, pk)
    except NotVisible:
        raise Http404 from None
    return render(request, "workflows/case_sheets.html", {"page": page, "case": page.case})
