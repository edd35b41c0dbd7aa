"""An officer's work with what a call says: its text, the proposal that comes of it, and a dry run of that."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from grants.cleaning import clean_line
from grants.programmes.models import Call, CallProposal, Programme
from grants.refusal import NotVisible, Refused
from workflows import proposing, trials
from workflows.commands.publishing import make_call
from workflows.pages.requests import SignedIn
from workflows.queries import fault_words, proposals

METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(METHODS)
def call_edit(request: SignedIn, slug: str) -> HttpResponse:
    """The text of the version in force, to be changed; POST checks what was written and makes a proposal of it."""
    call = proposals.handled_call(request.user, slug)
    if call is None or call.version is None:
        raise Http404(slug)
    start = _chosen(request, CallProposal.objects.filter(call=call)) or call.version.text.source
    page = {
        "call": call,
        "latest": proposals.latest(call.proposals.all()),
        "back": reverse("calls_work"),
        "programmes": (call.programme,),
    }
    return _edit(request, page, start)


@login_required
@require_http_methods(METHODS)
def call_new(request: SignedIn) -> HttpResponse:
    """The text of a call that is not there yet, in a programme in which one handles another."""
    programmes = proposals.programmes_of(request.user)
    if not programmes:
        raise Http404
    rows = CallProposal.objects.filter(call=None, programme__in=programmes)
    page = {
        "call": None,
        "latest": proposals.latest(rows.filter(by=request.user)),
        "back": reverse("calls_work"),
        "programmes": tuple(programmes),
    }
    return _edit(request, page, _chosen(request, rows))


def _chosen(request: SignedIn, rows: Any) -> str:
    """The text of the proposal that the address names, to go on with."""
    wanted = clean_line(request.GET.get("proposal", ""))
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        return ""
    return rows.filter(pk=int(wanted)).values_list("text", flat=True).first() or ""


def _edit(request: SignedIn, page: dict[str, Any], start: str) -> HttpResponse:
    if request.method != "POST":
        return render(request, "workflows/call_edit.html", page | {"text": start})
    typed, upload = request.POST.get("text", "").replace("\r\n", "\n"), request.FILES.get("file")
    call: Call | None = page["call"]
    programmes: tuple[Programme, ...] = page["programmes"]
    kept = [] if upload is None or typed.strip() in ("", start.strip()) else [(_("Det som stod i rutan"), typed)]
    try:
        text = proposing.text_of(upload, typed)
    except proposing.UnreadableError as error:
        field = "file" if upload is not None else "text"
        page |= {"text": typed, "errors": [{"text": str(error), "url": f"#{field}"}], f"{field}_error": str(error)}
        return render(request, "workflows/call_edit.html", page, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    slugs = tuple(programme.slug for programme in programmes)
    checked = proposing.check(text, slug=call.slug if call else "", programmes=slugs)
    if checked.definition is None:
        page |= {
            "text": proposals.visible(text),
            "faults": fault_words.told(checked.faults),
            "more": checked.more,
            "lines": proposals.source_lines(text, checked.faults),
            "typed": kept,
        }
        return render(request, "workflows/call_edit.html", page, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    (programme,) = (p for p in programmes if p.slug == checked.definition.programme)
    proposal = proposing.keep(request.user, programme, checked.definition.slug, text, call)
    return redirect("call_proposal", proposal.pk)


@login_required
@require_safe
def call_proposal(request: SignedIn, pk: int) -> HttpResponse:
    """What a proposal changes, whom it touches, and how a dry run of it went."""
    return _proposal(request, _found(request, pk))


def _found(request: SignedIn, pk: int) -> CallProposal:
    proposal = proposals.proposal_for(request.user, pk)
    if proposal is None:
        raise Http404(pk)
    return proposal


def _proposal(request: SignedIn, proposal: CallProposal, errors: list[str] | None = None) -> HttpResponse:
    page = proposals.page_of(proposal)
    status = HTTPStatus.CONFLICT if errors else HTTPStatus.OK
    context = {"page": page, "proposal": proposal, "errors": [{"text": text} for text in errors or []]}
    return render(request, "workflows/call_proposal.html", context, status=status)


@login_required
@require_POST
def call_trial(request: SignedIn, pk: int) -> HttpResponse:
    """Ask for a dry run."""
    proposal = _found(request, pk)
    wanted = clean_line(request.POST.get("applications", ""))
    sizes = {str(size): size for size in trials.SIZES}
    trials.ask(request.user, proposal, sizes.get(wanted, trials.SIZES[0]))
    return redirect(reverse("call_proposal", args=[pk]) + "#trial")


@login_required
@require_POST
def call_open(request: SignedIn, pk: int) -> HttpResponse:
    """Publish a call that was not there before."""
    proposal = _found(request, pk)
    if proposal.call is not None:  # a double click, or a page sent again
        return redirect("call_edit", proposal.call.slug)
    if "confirm" not in request.POST:
        return _proposal(request, proposal, [_("Bekräfta att omgången ska publiceras. Det går inte att ångra.")])
    try:
        call = make_call(request.user, proposal)
    except NotVisible:
        raise Http404(pk) from None
    except Refused as refused:
        return _proposal(request, proposal, [refusal.text for refusal in refused.refusals])
    messages.success(
        request, _("Omgången är publicerad, och du är dess handläggare. Administratören utser beslutsfattare.")
    )
    return redirect("call_edit", call.slug)
