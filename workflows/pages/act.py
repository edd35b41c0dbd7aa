"""The one page of every verb: what it will do, its form and, when it is refused, why. POST carries it out."""

import secrets
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import select_template
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from grants.cleaning import clean, clean_line
from grants.letters.data import Language
from grants.refusal import NotVisible, Refusal, Refused
from workflows.commands import COMMANDS, Act, barred, prepare, refusals, run
from workflows.pages.downloads import pdf
from workflows.pages.requests import SignedIn, local_path
from workflows.previewing import NoLetterError, letter_of
from workflows.queries import actions, acts, quoting, sides
from workflows.queries.first_page import first_page
from workflows.queries.next_page import next_page
from workflows.wording import HAPPENED

# Steps about one of many, which one leaves by the same step: what happened says to which.
WITH_NUMBER = frozenset({"lodge", "declare", "decline_assignment", "report_conflict"})
LETTER = "brev"  # the button that asks for the letter in a language instead of handing in
LONGEST_TYPED = 20_000  # characters of one field that are given back


@login_required
@require_http_methods(["GET", "POST"])
def act(request: SignedIn, command: str, pk: int) -> HttpResponse:
    """GET asks, POST does."""
    if not actions.open_to_persons(command):
        raise Http404(command)
    if request.method == "POST":
        return _post(request, command, pk)
    attempt = _prepared(request, command, pk)
    found = refusals(attempt)
    form = None if found else _form(attempt)
    return _page(request, attempt, found, form, secrets.token_urlsafe(16))


def _prepared(request: SignedIn, command: str, pk: int) -> Act:
    try:
        attempt = prepare(command, request.user, pk)
    except NotVisible:
        raise Http404(command) from None
    attempt.arrived_at = request.arrived_at
    attempt.memory["wish"] = request.GET.dict() | request.POST.dict()  # which proposal, for instance
    return attempt


def _form(attempt: Act, data: Any = None) -> forms.Form | None:
    make = COMMANDS[attempt.command].form
    return make(attempt, data) if make else None


def _post(request: SignedIn, command: str, pk: int) -> HttpResponse:
    reads_first = LETTER in request.POST and getattr(COMMANDS[command].form, "makes_letter", False)
    # what is only read has effect never, and the page that comes of it is not the one it was asked from
    key = secrets.token_urlsafe(16) if reads_first else clean_line(request.POST.get("key", ""))[:64]
    if key and (done := actions.done_before(command, pk, request.user, key)):
        try:
            return _done(request, prepare(command, request.user, pk), done.name)
        except NotVisible:  # the step itself took the sight away
            return redirect(first_page(request.user))
    attempt = _prepared(request, command, pk)
    form = _form(attempt, request.POST)
    if found := barred(attempt):
        return _page(request, attempt, found, None, key, typed=_typed(form), status=HTTPStatus.CONFLICT)
    if (redrawn := quoting.quoted(attempt, request.POST)) and not refusals(attempt):
        return _page(request, attempt, [], redrawn, key)
    if form is not None and not form.is_valid():
        found = refusals(attempt)
        status = HTTPStatus.CONFLICT if found else HTTPStatus.UNPROCESSABLE_ENTITY
        return _page(request, attempt, found, None if found else form, key, typed=_typed(form), status=status)
    data = form.cleaned_data if form is not None else {}
    try:
        if reads_first:
            return _letter(request, command, pk, data)
        event = run(command, request.user, pk, key=key or None, arrived_at=request.arrived_at, **data)
    except NotVisible:
        raise Http404(command) from None
    except Refused as refused:
        return _refused(request, command, pk, refused.refusals, form, key)
    return _done(request, attempt, event.name)


def _letter(request: SignedIn, command: str, pk: int, data: dict[str, Any]) -> HttpResponse:
    """The letter that what was typed would make. Nothing is handed in."""
    language: Language = "en" if request.POST[LETTER] == "en" else "sv"
    try:
        return pdf(letter_of(command, request.user, pk, data, language), f"forhandsvisning-{pk}-{language}.pdf")
    except NoLetterError:
        text = _("Brevet kan inte visas: ett namn eller en text får inte plats i det.")
        raise Refused([Refusal("no_letter", text)]) from None


def _refused(
    request: SignedIn, command: str, pk: int, found: tuple[Refusal, ...], form: forms.Form | None, key: str
) -> HttpResponse:
    """Nothing has changed. When what was typed is to blame the form comes back with it; otherwise the reasons do."""
    attempt = _prepared(request, command, pk)
    typed = _typed(form)
    if refusals(attempt):
        return _page(request, attempt, list(found), None, key, typed=typed, status=HTTPStatus.CONFLICT)
    if any(r.code == "changed" for r in found):
        form, key = _form(attempt), secrets.token_urlsafe(16)  # what is signed is what the page shows now
    return _page(request, attempt, list(found), form, key, typed=[], status=HTTPStatus.CONFLICT, correctable=True)


def _done(request: SignedIn, attempt: Act, event: str) -> HttpResponse:
    told = _("%(what)s: %(number)s.") if event in WITH_NUMBER and attempt.case else _("%(what)s.")
    messages.success(request, told % {"what": HAPPENED[event], "number": attempt.case.number if attempt.case else ""})
    return redirect(local_path(request, request.POST.get("next", "")) or next_page(attempt, request.user))


def _page(
    request: SignedIn,
    attempt: Act,
    found: list[Refusal],
    form: forms.Form | None,
    key: str,
    *,
    typed: list[tuple[str, str]] | None = None,
    status: int = HTTPStatus.OK,
    correctable: bool = False,
) -> HttpResponse:
    spec = COMMANDS[attempt.command]
    of_case = attempt.case if attempt.subject is attempt.case else None
    shown = sides.discreet(found, of_case, attempt.roles)
    shown = actions.with_addresses(shown, spec.name, attempt.subject.pk, attempt.case)
    can = correctable or not found
    lacking = [] if can else [r for r in shown if "#" in r.link]  # points at the field where it is put right
    extra = acts.EXTRAS[spec.name](attempt, form) if can and spec.name in acts.EXTRAS else {}
    context = {
        "spec": spec,
        "command": spec.name,
        "title": spec.title,
        "button": spec.button or spec.title,
        "about": acts.about(attempt),
        "case": attempt.case,
        "subject": attempt.subject,
        "form": form,
        "can": can,
        "refusals": [r for r in shown if r not in lacking],
        "lacking": lacking,
        "typed": typed if found and not correctable else [],
        "key": key,
        "next": local_path(request, request.POST.get("next", "") or request.GET.get("next", "")),
        "staff": sides.is_staff(attempt.roles),
        **extra,
    }
    own = [spec.template] if spec.template else [f"workflows/act_{spec.name}.html"]
    template = select_template([*own, "workflows/act.html"]) if can else select_template(["workflows/act.html"])
    return render(request, template.template.name, context, status=status)


def _typed(form: forms.Form | None) -> list[tuple[str, str]]:
    """What was typed, with the names of the fields, so that nothing is lost."""
    if form is None:
        return []
    found = []
    for name, field in form.fields.items():
        if field.widget.is_hidden or isinstance(field, (forms.ChoiceField, forms.ModelChoiceField, forms.BooleanField)):
            continue
        value = clean(str(form.data.get(form.add_prefix(name), "")))[:LONGEST_TYPED]
        if value:
            found.append((str(field.label), value))
    return found
