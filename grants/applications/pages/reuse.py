"""Answers taken from an earlier application: what is asked the same, and is not answered yet."""

from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from grants.applications import answers
from grants.applications.access import case_grants
from grants.applications.answers import Key
from grants.applications.models import Application, CaseState
from grants.applications.pages.room import LARGEST_KEY, Room, own_application
from grants.organisations.models import Person
from grants.programmes.questions import Question

MOST = 50  # earlier applications to choose among, the newest first


@dataclass(frozen=True)
class Source:
    """An earlier application, and the answers that this one could take from it."""

    application: Application
    answers: dict[str, object]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def reuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose an earlier application; POST takes its answers. Nothing that has been written is replaced."""
    assert isinstance(request.user, Person)
    with transaction.atomic():
        room = Room(own_application(request.user, pk, lock=request.method == "POST"), request.user)
        if not room.may_edit:
            raise Http404
        if request.method == "POST":
            return _take(request, room)
        return _show(request, room)


def _show(request: HttpRequest, room: Room, status: int = HTTPStatus.OK) -> HttpResponse:
    context = {"room": room, "sources": sources(room), "back": room.url(room.definition.sections[0].id)}
    return render(request, "applications/reuse.html", context, status=status)


def _take(request: HttpRequest, room: Room) -> HttpResponse:
    if not room.may_write:
        messages.error(request, room.why_closed())
        return _show(request, room, HTTPStatus.CONFLICT)
    chosen = request.POST.get("source", "")
    is_key = chosen.isascii() and chosen.isdecimal() and len(chosen) <= len(str(LARGEST_KEY))
    source = next((s for s in sources(room) if is_key and s.application.pk == int(chosen)), None)
    if source is None:
        raise Http404
    for question_id, value in source.answers.items():
        question, held = room.definition.question(question_id), room.answers.get((question_id, None))
        assert question is not None
        answers.save_answer(room.application, question, None, value, room.person, held.version if held else None)
    count = len(source.answers)
    text = ngettext("%(n)d svar är hämtat. Läs igenom det.", "%(n)d svar är hämtade. Läs igenom dem.", count)
    messages.success(request, text % {"n": count})
    return redirect(room.url(room.definition.sections[0].id))


def sources(room: Room) -> list[Source]:
    """The person's other applications that something can be taken from, the newest first; two queries."""
    writable = case_grants(room.person, ["edit_case"]).values("content_object")
    others = (
        Application.objects.filter(pk__in=writable)
        .exclude(pk=room.application.pk)
        .exclude(state=CaseState.LAPSED)
        .select_related("call__version", "version")
        .prefetch_related("answers")
        .order_by("-pk")[:MOST]
    )
    found = []
    for other in others:
        values: dict[Key, object] = {(a.question, a.party_id): a.value for a in other.answers.all()}
        if fitting := _fitting(room, other, values):
            found.append(Source(other, fitting))
    return found


def _fitting(room: Room, other: Application, values: dict[Key, object]) -> dict[str, object]:
    """Answers to questions that are asked the same here and have no answer yet. What each party answers stays with it."""
    fitting: dict[str, object] = {}
    for question in room.definition.questions():
        held = room.answers.get((question.id, None))
        if question.per_party or question.kind == "file" or (held and held.value):
            continue
        value = values.get((question.id, None))
        same = value and _asks_the_same(question, other.definition.question(question.id))
        if same and (tidied := answers.tidy(question, value)):
            fitting[question.id] = tidied
    return fitting


def _asks_the_same(question: Question, other: Question | None) -> bool:
    return other is not None and other.kind == question.kind and other.label.sv == question.label.sv
