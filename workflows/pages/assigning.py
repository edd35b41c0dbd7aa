"""The matrix of a call's reviewers: who judges what, asked by hand or as a proposal says."""

import re
import secrets
from collections import defaultdict
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from grants.applications.models import Application
from grants.cleaning import clean_line
from grants.fields import MomentField
from grants.programmes.models import Call
from reviewers.asking import pool
from workflows import matchmaking
from workflows.assigning_forms import end_of_review
from workflows.forms import future
from workflows.matchmaking import ask_about
from workflows.models import AssignmentProposal
from workflows.pages.requests import SignedIn
from workflows.queries.proposals import handled_call
from workflows.queries.who_judges import board_of

PAIR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
MOST_SHOWN = 1_000  # rows or columns of one form
Pairs = dict[int, set[int]]  # case → reviewers


class DueForm(forms.Form):
    """Until when those who are asked have time."""

    due = MomentField(label=_l("Lämna bedömningen senast"), help_text=_l("ÅÅÅÅ-MM-DD TT:MM"))

    def clean_due(self) -> object:
        """A moment within a year from now."""
        return future(self.cleaned_data["due"])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def assignments(request: SignedIn, slug: str) -> HttpResponse:
    """The applications of a call against its reviewers; POST asks, or works with a proposal."""
    call = handled_call(request.user, slug)
    if call is None or call.definition.review is None:
        raise Http404(slug)
    if request.method != "POST":
        return _page(request, call, DueForm(initial={"due": end_of_review(call)}))
    match request.POST.get("gor", ""):
        case "foresla":
            matchmaking.ask(request.user, call)
            return redirect(_here(call) + "#forslag")
        case "kasta":
            return _dropped(request, call)
        case "spara" | "utse_forslag":
            return _with_proposal(request, call)
        case _:
            return _by_hand(request, call)


def _here(call: Call) -> str:
    return reverse("assignments", args=[call.slug])


def _ticked(request: SignedIn) -> Pairs:
    """The pairs that are ticked, as numbers."""
    found: Pairs = defaultdict(set)
    for text in request.POST.getlist("par"):
        if pair := PAIR.fullmatch(text):
            found[int(pair[1])].add(int(pair[2]))
    return found


def _shown(request: SignedIn, name: str) -> set[int]:
    """The applications or the reviewers that the form showed."""
    return {int(text) for text in request.POST.getlist(name)[:MOST_SHOWN] if re.fullmatch(r"[0-9]{1,18}", text)}


def _page(
    request: SignedIn,
    call: Call,
    form: DueForm,
    *,
    kept: frozenset[str] | None = None,
    refused: list[tuple[str, str]] | None = None,
    errors: list[str] | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    board = board_of(request.user, call, request.GET, kept)
    context = {
        "board": board,
        "call": call,
        "form": form,
        "page": board.page,
        "refused": refused or [],
        "errors": [{"text": text} for text in errors or []],
        "key": secrets.token_urlsafe(16),
    }
    return render(request, "workflows/assignments.html", context, status=status)


def _again(request: SignedIn, call: Call, form: DueForm, errors: list[str]) -> HttpResponse:
    """The form as it was sent, with what is wrong."""
    kept = frozenset(f"{case}-{one}" for case, people in _ticked(request).items() for one in people)
    return _page(request, call, form, kept=kept, errors=errors, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _by_hand(request: SignedIn, call: Call) -> HttpResponse:
    """Ask about each case by itself. What is refused stays ticked, and is told."""
    form, ticked = DueForm(request.POST), _ticked(request)
    if not form.is_valid() or not ticked:
        return _again(request, call, form, [] if ticked else [_("Kryssa för vilka som ska bedöma vad.")])
    visible = Application.objects.handled_by_office(request.user).filter(call=call, pk__in=ticked)
    cases = {case.pk: case for case in visible}
    people = {person.pk: person for person in pool(call)}
    key = clean_line(request.POST.get("key", ""))[:40] or secrets.token_urlsafe(16)
    asked, refused, kept = 0, list[tuple[str, str]](), set[str]()
    for pk in sorted(cases):
        chosen = [people[one] for one in sorted(ticked[pk]) if one in people]
        told = ask_about(request.user, pk, chosen, form.cleaned_data["due"], key) if chosen else []
        asked += len(chosen) - len(told)
        for row in told:
            refused.append((f"{cases[pk].number} {cases[pk].title}", row["text"]))
            kept.add(f"{pk}-{row['reviewer']}")
    _tell_asked(request, asked)
    if refused:
        return _page(request, call, form, kept=frozenset(kept), refused=refused, status=HTTPStatus.CONFLICT)
    return redirect(request.get_full_path())


def _tell_asked(request: SignedIn, asked: int) -> None:
    if asked:
        text = ngettext("%(n)d bedömare är tillfrågad.", "%(n)d bedömare är tillfrågade.", asked)
        messages.success(request, text % {"n": asked})


def _with_proposal(request: SignedIn, call: Call) -> HttpResponse:
    """Keep what the officer has changed in the proposal, and carry it out if they say so."""
    form, proposal = DueForm(request.POST), _proposal(request, call)
    visible = Application.objects.handled_by_office(request.user).filter(call=call)
    cases = visible.filter(pk__in=_shown(request, "rad")).values_list("pk", flat=True)
    people = pool(call).filter(pk__in=_shown(request, "kolumn")).values_list("pk", flat=True)
    pairs = [(case, one) for case, chosen in _ticked(request).items() for one in chosen]
    if not matchmaking.change(proposal, cases, people, pairs):
        return _again(request, call, form, [_("Förslaget har redan genomförts eller kastats av någon annan.")])
    if request.POST["gor"] == "spara":
        messages.success(request, _("Ändringarna i förslaget är sparade. Ingen är tillfrågad än."))
        return redirect(request.get_full_path())
    if not form.is_valid():
        return _again(request, call, form, [])
    matchmaking.confirm(request.user, proposal, form.cleaned_data["due"])
    return redirect(_here(call) + "#forslag")


def _proposal(request: SignedIn, call: Call) -> int:
    """The proposal that the form was about, if it is one of this call's."""
    text = request.POST.get("forslag", "")
    pk = int(text) if re.fullmatch(r"[0-9]{1,18}", text) else 0
    return pk if AssignmentProposal.objects.filter(pk=pk, call=call).exists() else 0


def _dropped(request: SignedIn, call: Call) -> HttpResponse:
    if matchmaking.drop(_proposal(request, call)):
        messages.success(request, _("Förslaget är kastat. Ingen har tillfrågats."))
    return redirect(_here(call))
