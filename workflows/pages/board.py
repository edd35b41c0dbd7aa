"""The board of a call, and its figures as files."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from grants import spreadsheets
from grants.refusal import NotVisible
from workflows.pages.downloads import csv_file, xlsx_file
from workflows.pages.requests import SignedIn
from workflows.queries import board as boards
from workflows.queries import board_export


@login_required
@require_safe
def board(request: SignedIn, slug: str) -> HttpResponse:
    """The call's applications in the order of their scores."""
    return _drawn(request, slug, "workflows/board.html")


@login_required
@require_safe
def board_pictures(request: SignedIn, slug: str) -> HttpResponse:
    """What the scores say, drawn, each picture with its table."""
    return _drawn(request, slug, "workflows/board_pictures.html")


@login_required
@require_safe
def board_xlsx(request: SignedIn, slug: str) -> HttpResponse:
    """Everything that the assessment led to, one sheet a table."""
    return xlsx_file(_tables(request, slug, *board_export.TITLES), f"{slug}-bedomning")


@login_required
@require_safe
def board_csv(request: SignedIn, slug: str, table: str) -> HttpResponse:
    """One of the tables."""
    if table not in board_export.TITLES:
        raise Http404
    (found,) = _tables(request, slug, table)
    return csv_file(found, f"{slug}-{table}")


def _drawn(request: SignedIn, slug: str, template: str) -> HttpResponse:
    try:
        found = boards.board_of(request.user, slug, request.GET)
    except NotVisible:
        raise Http404 from None
    return render(request, template, {"board": found, "tables": board_export.TITLES.items()})


def _tables(request: SignedIn, slug: str, *names: str) -> list[spreadsheets.Table]:
    try:
        return board_export.tables(request.user, slug, names)
    except NotVisible:
        raise Http404 from None
