"""A whole call decided at once: the officer's page on which it is prepared, and the decision-maker's on which it is signed."""

import re
import secrets
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from grants.cleaning import clean, clean_line
from grants.programmes.models import Call
from workflows import batching
from workflows.batch_forms import BatchForm
from workflows.batching import Kind
from workflows.pages.requests import SignedIn
from workflows.queries import signing as signings
from workflows.queries.batch import Desk, call_of_office, facts_of
from workflows.queries.batch_progress import progress_of

LONGEST = 20_000  # characters of one field that are kept


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decision_batch(request: SignedIn, slug: str) -> HttpResponse:
    """The call's assessed applications with a proposal for each; POST keeps what is typed, or sends it."""
    desk = call_of_office(request.user, slug, "handle_call")
    if desk is None:
        raise Http404(slug)
    call = desk.call
    if request.method != "POST":
        return _prepare_page(request, desk, None)
    if request.POST.get("gor") == "borja_om":
        batching.forget(request.user, call)
        return redirect("decision_batch", call.slug)
    form = BatchForm(facts_of(request.user, desk), _typed(request))
    typed = form.texts()
    _tell_of_gone(request, form)
    if request.POST.get("gor") == "skicka":
        return _sent(request, desk, form, typed)
    _keep(request, call, typed)
    return redirect(reverse("decision_batch", args=[call.slug]) + "#summa")


def _typed(request: SignedIn) -> dict[str, str]:
    return {name: clean(str(value))[:LONGEST] for name, value in request.POST.items()}


def _keep(request: SignedIn, call: Call, typed: dict[str, str]) -> None:
    if batching.keep(request.user, call, typed):
        messages.success(request, _("Det du har skrivit är sparat. Inget är skickat."))
    else:
        messages.warning(request, _("Dina förra förslag lämnas just nu. Vänta tills det är klart och skriv sedan."))


def _tell_of_gone(request: SignedIn, form: BatchForm) -> None:
    """What stood on the page and is no longer there to prepare."""
    shown = {text for text in request.POST.getlist("rad") if re.fullmatch(r"[0-9]{1,18}", text)}
    if gone := len(shown - {str(row.pk) for row in form.rows}):
        text = ngettext(
            "%(n)d ärende som stod på sidan har fått ett förslag eller tagits tillbaka under tiden, och är inte med.",
            "%(n)d ärenden som stod på sidan har fått förslag eller tagits tillbaka under tiden, och är inte med.",
            gone,
        )
        messages.warning(request, text % {"n": gone})


def _sent(request: SignedIn, desk: Desk, form: BatchForm, typed: dict[str, str]) -> HttpResponse:
    call = desk.call
    key = _key(request)
    if batching.was_sent(request.user, key):
        return redirect(reverse("decision_batch", args=[call.slug]) + "#laget")
    if form.is_swapped or form.faults():
        batching.keep(request.user, call, typed)
        return _prepare_page(request, desk, form)
    batching.send(request.user, call, Kind.PREPARE, form.proposals(), key, typed)
    return redirect(reverse("decision_batch", args=[call.slug]) + "#laget")


def _key(request: SignedIn) -> str:
    return clean_line(request.POST.get("key", ""))[:64] or secrets.token_urlsafe(16)


def _prepare_page(request: SignedIn, desk: Desk, form: BatchForm | None) -> HttpResponse:
    """The page. `form` is one that was sent and has something to put right."""
    call = desk.call
    batch = batching.latest(request.user, call, Kind.PREPARE)
    errors = form.faults() if form else []
    form = form or BatchForm(facts_of(request.user, desk), batch.typed if batch else {})
    context = {
        "call": call,
        "form": form,
        "money": form.facts.money,
        "errors": errors,
        "progress": progress_of(request.user, batch) if batch else None,
        "here": reverse("decision_batch", args=[call.slug]),
        "key": secrets.token_urlsafe(16),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workflows/decision_batch.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def signing(request: SignedIn, slug: str) -> HttpResponse:
    """Everything that waits for a decision in the call, exactly as it will be signed; POST signs what the page showed."""
    desk = call_of_office(request.user, slug, "decide_call")
    if desk is None:
        raise Http404(slug)
    call = desk.call
    shown = signings.shown_of(request.POST.getlist("rad")) if request.method == "POST" else None
    page = signings.signing_of(request.user, desk, shown)
    if shown is None:
        return _signing_page(request, page)
    key = _key(request)
    if batching.was_sent(request.user, key):
        return redirect(reverse("signing", args=[call.slug]) + "#laget")
    errors = [{"text": text, "url": url} for text, url in page.objections(request.POST.get("confirm") == "on")]
    if page.has_moved or errors:
        return _signing_page(request, page, errors)
    batching.send(request.user, call, Kind.APPROVE, page.signed_rows(), key)
    return redirect(reverse("signing", args=[call.slug]) + "#laget")


def _signing_page(
    request: SignedIn, page: signings.Signing, errors: list[dict[str, str]] | None = None
) -> HttpResponse:
    batch = batching.latest(request.user, page.call, Kind.APPROVE)
    context = {
        "call": page.call,
        "page": page,
        "money": page.money,
        "errors": errors or [],
        "progress": progress_of(request.user, batch) if batch else None,
        "here": reverse("signing", args=[page.call.slug]),
        "key": secrets.token_urlsafe(16),
    }
    status = HTTPStatus.CONFLICT if page.has_moved else HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workflows/signing.html", context, status=status)
