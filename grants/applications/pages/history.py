"""Earlier versions of an answer, and taking one of them back."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from grants.applications import answers
from grants.applications.models import Answer, AnswerHistory
from grants.applications.pages import fields as f
from grants.applications.pages.room import Room, own_application
from grants.organisations.models import Person
from grants.programmes.questions import Question, Section

PAGE = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def answer_history(request: HttpRequest, pk: int, question: str) -> HttpResponse:
    """What an answer was before, newest first; POST takes an earlier version back, as a new version."""
    assert isinstance(request.user, Person)
    with transaction.atomic():
        application = own_application(request.user, pk, lock=request.method == "POST")
        room = Room(application, request.user)
        section, asked, answer = _find(room, question)
        if request.method == "POST":
            return _take_back(request, room, section, asked, answer, question)
        return _show(request, room, section, asked, answer)


def _find(room: Room, name: str) -> tuple[Section, Question, Answer]:
    key, party = room.split(name)
    rows = Answer.objects.select_related("saved_by", "party__organisation")
    answer = rows.filter(application=room.application, question=key, party=party).first()
    if not room.covers(party):
        answer = None  # what others write can be read in the application, as it is now
    for section in room.definition.sections:
        for question in section.questions:
            if question.id == key and answer is not None:
                return section, question, answer
    raise Http404


def _show(
    request: HttpRequest, room: Room, section: Section, question: Question, answer: Answer, status: int = HTTPStatus.OK
) -> HttpResponse:
    rows = AnswerHistory.objects.filter(answer=answer).select_related("saved_by").order_by("-version")
    field = f.alone(room, question, answer.party, answer)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "room": room,
        "section": section,
        "field": field,
        "answer": answer,
        "now": f.shown(field, answer.value),
        "page": page,
        "earlier": [(row, f.shown(field, row.value)) for row in page],
        "back": room.url(section.id, field.name),
    }
    return render(request, "applications/history.html", context, status=status)


def _take_back(
    request: HttpRequest, room: Room, section: Section, question: Question, answer: Answer, name: str
) -> HttpResponse:
    if not room.may_write:
        messages.error(request, room.why_closed())
        return _show(request, room, section, question, answer, HTTPStatus.CONFLICT)
    wanted = f.read_version(request.POST.get("restore"))
    row = AnswerHistory.objects.filter(answer=answer, version=wanted).first() if wanted else None
    if row is None:
        raise Http404
    seen = f.read_version(request.POST.get("version"))
    raw = row.value if row.value is not None else ""
    saved = answers.save_answer(room.application, question, answer.party_id, raw, room.person, seen or 0)
    if saved.conflict:
        messages.error(request, _("Svaret ändrades medan du läste. Inget är ersatt. Välj igen bland versionerna."))
        return _show(request, room, section, question, saved.answer, HTTPStatus.CONFLICT)
    messages.success(request, _("Version %(n)d gäller igen. Det du ersatte finns kvar här.") % {"n": row.version})
    return redirect(room.url(section.id, name))
