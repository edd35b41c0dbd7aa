"""The steps that the call's definition describes: title and dates first, then its questions. Whole steps are saved
here, single answers too, while they are being written; nobody's answer is overwritten by who has not seen it."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from grants import clock
from grants.applications import answers
from grants.applications.models import Answer
from grants.applications.pages import basics, drawn
from grants.applications.pages import fields as f
from grants.applications.pages.room import Room, own_application
from grants.organisations.models import Person
from grants.programmes.questions import Section
from grants.templatetags.writing import when

Clashes = dict[str, tuple[Answer, Any]]  # by field: what somebody else saved, what was sent


def show(
    request: HttpRequest,
    room: Room,
    section: Section,
    shown: list[f.Field] | None = None,
    form: basics.BasicsForm | None = None,
    status: int = HTTPStatus.OK,
    sent: drawn.Sent | None = None,
) -> HttpResponse:
    """The page of a section; `sent` holds what was sent and found no place."""
    shown = shown if shown is not None else f.fields(room, section)
    held = basics.held(room.application)
    if _is_first(room, section) and room.may_edit:
        form = form or basics.BasicsForm(initial=held)
    context = {
        "room": room,
        "section": section,
        "fields": shown,
        "known": f.known(room, section, shown),
        "basics": [(form[name], basics.WAS + name, held[name]) for name in basics.BASICS] if form else [],
        "saved_at": max((field.saved_at for field in shown if field.saved_at), default=None),
        "errors": _errors(shown, form),
        "given_back": sent.given_back if sent else [],
        "has_changed": sent is not None and sent.is_older,
    }
    return render(request, "applications/section.html", context, status=status)


def _is_field(room: Room, name: str) -> bool:
    return room.definition.question(room.split(name)[0]) is not None


def _is_first(room: Room, section: Section) -> bool:
    return section.id == room.definition.sections[0].id


def _errors(shown: list[f.Field], form: basics.BasicsForm | None) -> list[dict[str, str]]:
    found = []
    for field in shown:
        if field.conflict:
            text = _("Fråga %(number)s: %(who)s sparade ett annat svar sedan sidan hämtades.")
            text %= {"who": field.conflict.who, "number": field.number}
            found.append({"text": text, "url": f"#{field.name}"})
    for name, texts in form.errors.items() if form and form.is_bound else ():
        found += [{"text": str(text), "url": f"#{name}"} for text in texts]
    return found


def save(request: HttpRequest, room: Room, section: Section | None) -> HttpResponse:
    """Save every answer that was sent, then go on, or stay with what could not be saved. Called under the lock.
    `section` is None when the call has no such step any more."""
    data = request.POST
    sent = drawn.sent(room, data)
    clashes = _save_answers(room, drawn.section_of(room, room.current, sent), sent)
    if section is None:
        context = {"room": room, "typed": sent.given_back}
        return render(request, "applications/changed.html", context, status=HTTPStatus.CONFLICT)
    form, taken = None, set[str]()
    if _is_first(room, section) and room.may_edit:
        form = basics.BasicsForm(data)
        was = {name: data.get(basics.WAS + name, "") for name in basics.BASICS if basics.WAS + name in data}
        taken = basics.save(room.application, form, was)
    room.forget()
    if not clashes and not (form and form.errors) and not sent.given_back:
        grown = data.get("more", "")  # the table that more rows were asked for in
        chosen = data.get("mine") or data.get("theirs") or data.get("go") == "stay" or grown
        onward = None if chosen else room.next_step
        return redirect(onward.url if onward else room.url(room.current, grown if _is_field(room, grown) else ""))
    typed = {name: value for name, (_answer, value) in clashes.items()}
    shown = [_with_clash(field, clashes, data) for field in f.fields(room, section, typed)]
    status = HTTPStatus.CONFLICT if clashes or taken or sent.given_back else HTTPStatus.UNPROCESSABLE_ENTITY
    return show(request, room, section, shown, form, status, sent)


def _save_answers(room: Room, section: Section | None, sent: drawn.Sent) -> Clashes:
    data = sent.data
    mine, _colon, agreed = data.get("mine", "").rpartition(":")  # who wants their own text after having seen the other
    clashes: Clashes = {}
    placed: set[str] = set()
    for field in f.fields(room, section) if section else ():
        was_sent = field.name in data or field.version_name in data  # boxes that are not ticked are not sent
        if not was_sent or not sent.fits(field.question):
            continue
        placed.add(field.name)
        if field.name == data.get("theirs"):
            continue
        raw = f.sent(field, data)
        sent.hand_back_what_is_no_answer(field.question, raw)
        value = answers.tidy(field.question, raw)
        if field.version is None and value is None:
            continue
        version = f.read_version(agreed if field.name == mine else data.get(field.version_name))
        party = field.party.pk if field.party else None
        saved = answers.save_answer(room.application, field.question, party, value, room.person, version)
        if saved.conflict:
            clashes[field.name] = (saved.answer, value)
    drawn.hand_back_the_rest(room, sent, placed)
    return clashes


def _with_clash(field: f.Field, clashes: Clashes, data: QueryDict) -> f.Field:
    if field.name not in clashes:
        return field
    # the version stays the old one, so that only the two buttons beside the texts settle the conflict
    field = f.with_conflict(field, *clashes[field.name])
    return replace(field, version=f.read_version(data.get(field.version_name)))


def autosave(request: HttpRequest, pk: int) -> HttpResponse:
    """Save one answer, or the title, or a date; the reply is JSON."""
    assert isinstance(request.user, Person)
    name = request.POST.get("name") or request.POST.get("question") or ""
    if party := request.POST.get("party"):
        name = f"{name}-{party}"
    with transaction.atomic():
        room = Room(own_application(request.user, pk, lock=True), request.user)
        if not room.may_write:
            return JsonResponse({"closed": True, "fault": room.why_closed()}, status=HTTPStatus.FORBIDDEN)
        if room.definition.question(name) is None and name in basics.BASICS and room.may_edit:
            return _autosave_basic(room, name, request.POST)
        return _autosave_answer(room, name, request.POST)


def _autosave_basic(room: Room, name: str, data: QueryDict) -> HttpResponse:
    form = basics.BasicsForm({name: data.get("value", "")})
    was = {name: data.get("version", "")} if "version" in data else {}
    clash = basics.save(room.application, form, was)
    if form.errors:
        html = render_to_string("components/note.html", {"kind": "bad", "text": form.errors[name][0]})
        status = HTTPStatus.CONFLICT if clash else HTTPStatus.UNPROCESSABLE_ENTITY
        return JsonResponse({"conflict": bool(clash), "fault": form.errors[name][0], "html": html}, status=status)
    now = basics.held(room.application)[name]
    saved_at = when(clock.now(), "near")
    return JsonResponse({"saved_at": saved_at, "version": now, "count": len(now), "fault": None})


def _autosave_answer(room: Room, name: str, data: QueryDict) -> HttpResponse:
    key, party_pk = room.split(name)
    question, sent = room.definition.question(key), drawn.sent(room, data)
    if sent.is_older and not (question and sent.fits(question)):
        text = _("Frågan har ändrats sedan sidan hämtades. Kopiera det du har skrivit och ladda om sidan.")
        return JsonResponse({"fault": text}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if question is None or question.per_party == (party_pk is None) or not room.covers(party_pk):
        raise Http404
    party = None
    if party_pk is not None:
        party = room.application.parties.select_related("organisation").filter(pk=party_pk).first()
        if party is None:
            raise Http404
    raw = data.getlist("value") if answers.is_listed(question) else data.get("value", "")
    saved = answers.save_answer(
        room.application, question, party_pk, raw, room.person, f.read_version(data.get("version"))
    )
    if saved.conflict:
        field = f.with_conflict(f.alone(room, question, party, saved.answer), saved.answer, answers.tidy(question, raw))
        html = render_to_string("applications/_conflict.html", {"field": field})
        return JsonResponse({"conflict": True, "html": html}, status=HTTPStatus.CONFLICT)
    value = saved.answer.value
    told = {
        "saved_at": when(saved.answer.saved_at, "near"),
        "version": saved.answer.version,
        "count": answers.length(value) if isinstance(value, str) else 0,
        "fault": f.draft_fault(question, value) or None,
    }
    if question.kind == "table":  # by the rows as they stand on the page, empty ones too
        wrong = f.faults_of_cells(question, name, answers.rows_as_sent(question, raw))
        told["cells"] = [{"id": place, "text": text} for place, text in wrong]
    return JsonResponse(told)
