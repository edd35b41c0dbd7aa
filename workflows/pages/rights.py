"""Who may do what, open to anyone: the tables that the code itself reads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workflows.pages.access_table import URLS
from workflows.queries.rights_table import tables


@require_safe
def matrix(request: HttpRequest) -> HttpResponse:
    """Role × state × command, and every address with who may open it."""
    return render(request, "workflows/matrix.html", {"tables": tables(), "addresses": URLS.items()})
