"""Personal links: whoever was sent one reads what it is about and answers, without an account."""

import secrets
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods

from grants.cleaning import clean_line
from grants.refusal import NotVisible, Refused
from workflows.commands import COMMANDS, Act, prepare, refusals, run
from workflows.pages.requests import SignedIn
from workflows.queries import personal
from workflows.wording import HAPPENED


@require_http_methods(["GET", "HEAD", "POST"])
def personal_link(request: SignedIn, token: str) -> HttpResponse:
    """What the link is about, and its answer."""
    try:
        found = personal.find(token)
    except NotVisible:
        raise Http404 from None
    if found.ended:
        return _private(render(request, "workflows/personal_used.html", {"found": found}, status=HTTPStatus.GONE))
    if request.method == "POST":
        return _private(_answer(request, found))
    return _private(_page(request, found, secrets.token_urlsafe(16)))


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a secret: not kept, not indexed, and not told to other sites.

    same-origin, not no-referrer: browsers then send "Origin: null" with every form of the page, which the protection
    against forged requests refuses, and other sites are told nothing by either.
    """
    patch_cache_control(response, no_store=True, private=True)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response


def _answer(request: SignedIn, found: personal.Personal) -> HttpResponse:
    name, key = request.POST.get("command", ""), clean_line(request.POST.get("key", ""))[:64]
    if name not in found.commands:
        return _page(request, found, key, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    attempt = _prepared(found, name)
    make = COMMANDS[name].form
    form = make(attempt, request.POST) if make else None
    if form is not None and not form.is_valid():
        return _page(request, found, key, bound={name: form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        event = run(
            name,
            None,
            found.invitation.subject_id,
            key=key or None,
            arrived_at=request.arrived_at,
            link=found.invitation,
            **(form.cleaned_data if form else {}),
        )
    except NotVisible:
        # answered in another window a moment ago: say so instead of pretending that the link never existed
        again = personal.find(request.resolver_match.kwargs["token"]) if request.resolver_match else found
        return render(request, "workflows/personal_used.html", {"found": again}, status=HTTPStatus.GONE)
    except Refused as refused:
        bound = {name: form} if form else {}
        return _page(request, found, key, bound=bound, refused=refused.refusals, status=HTTPStatus.CONFLICT)
    return render(
        request, "workflows/personal_done.html", {"found": found, "what": HAPPENED[event.name], "command": name}
    )


def _prepared(found: personal.Personal, name: str) -> Act:
    try:
        return prepare(name, None, found.invitation.subject_id, link=found.invitation)
    except NotVisible:
        raise Http404 from None


def _page(
    request: HttpRequest,
    found: personal.Personal,
    key: str,
    *,
    bound: dict[str, Any] | None = None,
    refused: Any = (),
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """The answers that can be given now, each with its form, and why others cannot."""
    answers, bound = [], bound or {}
    why = list(refused)
    for name in found.commands:
        attempt = _prepared(found, name)
        if reasons := refusals(attempt):
            why += [r for r in reasons if r not in why]
            continue
        make = COMMANDS[name].form
        form = bound.get(name) or (make(attempt, None) if make else None)
        if form is not None:
            form.auto_id = f"{name}_%s"
        answers.append({"name": name, "spec": COMMANDS[name], "form": form, "open": name in bound})
    errors = next((a["form"] for a in answers if a["open"]), None)
    context = {"found": found, "answers": answers, "refusals": why, "key": key, "form": errors}
    return render(request, "workflows/personal_link.html", context, status=status)
