"""The workspace: one address for every step; which step it is decides who answers."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grants.applications import freezing
from grants.applications.access import is_confirmed
from grants.applications.blind import as_read, reads_blind
from grants.applications.checklist import BUDGET, FILES, PARTIES
from grants.applications.models import Application, CaseState
from grants.applications.pages import budget, files, parties, sections
from grants.applications.pages.drawn import DRAWN
from grants.applications.pages.room import CHECK, LARGEST_KEY, Room, own_application, page_language
from grants.applications.preview import reading
from grants.organisations.models import Person

# Names of fields that nobody has written in.
OWN_NAMES = frozenset({"csrfmiddlewaretoken", DRAWN, "go", "do", "more", "mine", "theirs", "keep", "remove"})


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)  # login_required has seen to it
    return request.user


@login_required
@require_GET
def workspace(request: HttpRequest, pk: int) -> HttpResponse:
    """The way in: the first step where something is left, or the whole application when it cannot be written in."""
    person = _person(request)
    room = Room(own_application(person, pk), person, CHECK)
    if not room.may_write:
        return _closed(request, room)
    unfinished = (step for step in room.steps if step.state not in ("done", "turn"))
    return redirect(next(unfinished, room.step).url)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def workspace_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """One step: shown, or saved."""
    person = _person(request)
    if request.method != "POST":
        return _show(request, Room(own_application(person, pk), person, step))
    room = Room(own_application(person, pk), person, step)
    if not room.may_write:  # nothing is read of what somebody sends who may not write
        return _closed(request, room)
    uploads = files.examine(request, room) if step == FILES and room.may_edit else {}
    with transaction.atomic():
        room = Room(own_application(person, pk, lock=True), person, step)
        if not room.may_write:
            return _closed(request, room)
        return _save(request, room, uploads)


def _show(request: HttpRequest, room: Room) -> HttpResponse:
    if not _has_step(room):
        raise Http404
    if not room.may_write:
        return _closed(request, room)
    match room.current:
        case step if step == PARTIES:
            return parties.show(request, room)
        case step if step == BUDGET:
            return budget.show(request, room)
        case step if step == FILES:
            return files.show(request, room)
        case step if step == CHECK:
            return _check(request, room)
        case _:
            return sections.show(request, room, next(s for s in room.definition.sections if s.id == room.current))


def _save(request: HttpRequest, room: Room, uploads: files.Uploads) -> HttpResponse:
    section = next((s for s in room.definition.sections if s.id == room.current), None)
    is_gone = section is None and room.current not in (PARTIES, BUDGET, FILES) and DRAWN in request.POST
    if room.current == CHECK or not (_has_step(room) or is_gone):
        raise Http404
    match room.current:
        case step if step == PARTIES:
            return parties.save(request, room)
        case step if step == BUDGET:
            return budget.save(request, room)
        case step if step == FILES:
            return files.save(request, room, uploads)
        case _:
            return sections.save(request, room, section)


def _has_step(room: Room) -> bool:
    return any(step.is_current for step in room.steps)


def _check(request: HttpRequest, room: Room) -> HttpResponse:
    groups = [(step, [x for x in room.left if x.step == step.id]) for step in room.steps[:-1]]
    context = {
        "room": room,
        "groups": [group for group in groups if group[1]],
        "is_draft": room.application.state == CaseState.DRAFT,
        "may_submit": is_confirmed(room.person, room.application),
        "to_confirm": [p for p in room.parties if p.pk in room.confirms and p.confirmed_at is None],
    }
    return render(request, "applications/check.html", context)


def _closed(request: HttpRequest, room: Room) -> HttpResponse:
    """The application for who cannot write in it now; what they sent is given back."""
    sent = [
        (_label(room, name), "\n".join(values))
        for name, values in request.POST.lists()
        if name not in OWN_NAMES and not name.startswith(("v-", "was-", "s-")) and any(values)
    ]
    context = {"room": room, "reading": _reading(room), "typed": sent}
    status = HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK
    return render(request, "applications/closed.html", context, status=status)


def _label(room: Room, name: str) -> str:
    """What a field is called on its page."""
    question, party = room.split(name)
    names = {each.pk: each.name for each in room.found.parties}
    if asked := room.definition.question(question):
        whose = f" ({names[party]})" if party in names else ""
        return asked.label.read(page_language()) + whose
    return budget.label_of(room, name) or name


def _reading(room: Room) -> object:
    return reading(freezing.freeze(room.found), room.definition, page_language())


@login_required
@require_POST
def save_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One answer, saved while it is being written."""
    return sections.autosave(request, pk)


@login_required
@require_GET
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The application as a reviewer reads it: as it is now for those who write it, as submitted for its others."""
    person = _person(request)
    try:
        room = Room(own_application(person, pk), person)
    except Http404:
        return _as_submitted(request, person, pk)
    context = {"application": room.application, "reading": _reading(room), "room": room}
    return render(request, "applications/preview.html", context)


def _as_submitted(request: HttpRequest, person: Person, pk: int) -> HttpResponse:
    rows = Application.objects.visible_to(person).select_related("call", "version")
    application = rows.filter(pk=pk).first() if pk <= LARGEST_KEY else None
    standing = application.submissions.select_related("version").last() if application else None
    if application is None or standing is None:
        raise Http404(_("Sidan finns inte."))
    definition, content = standing.version.definition, standing.content
    if reads_blind(person, application):
        content = as_read(content, definition, application.pk)
        application.title = content["title"]
    found = reading(content, definition, page_language())
    context = {"application": application, "reading": found, "submission": standing}
    return render(request, "applications/preview.html", context)
