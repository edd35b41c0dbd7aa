"""One item of a panel's meeting: the application and what its reviewers gave beside what the panel writes of it.

Open to those at the table who have been let into it, and to an office that counts in the case. To whoever is out of it, it does
not exist.
"""

from collections.abc import Mapping
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from grants import clock
from grants.applications import preview
from grants.applications.access import is_named
from grants.applications.models import Party, Submission
from grants.cleaning import clean_line
from grants.decisions.hearings import Recommendation
from grants.money import written
from grants.organisations.models import Person
from grants.programmes.models import Office
from grants.templatetags.writing import when
from reviewers import panel_texts
from reviewers.meeting import seen_by
from reviewers.models import Assignment, AssignmentState
from reviewers.panel_forms import PanelItemForm
from reviewers.panels import Declaration, Item, MeetingState, PanelMember, seats
from reviewers.reading import read_sheet
from reviewers.sheets import fingerprint

LARGEST_KEY = 2**63 - 1
WRONG, CONFLICT = 400, 409
STOP_POLLING = 286  # of htmx: take what is sent, and ask no more


def find_item(person: Person, pk: int) -> Any:
    """The item with whether this person may write in it. To who may not see it, it does not exist."""
    rows = Item.objects.select_related("meeting", "application__version", "application__call__version", "saved_by")
    found: Any = seen_by(rows, person).filter(pk=pk).first() if pk <= LARGEST_KEY and person.is_active else None
    if found is None or not found.may_see:
        raise Http404
    meeting = found.meeting
    if meeting.state == MeetingState.CLOSED:
        found.seat, found.leads, found.may_write = None, False, ()
        return found
    found.seat = PanelMember.objects.filter(meeting=meeting, person=person, ended_at=None).first()
    officer = Office.objects.filter(person=person, call=meeting.call_id, until=None, role=Office.Role.HANDLE).exists()
    at_table = found.seat is not None and not found.seat.is_absent
    found.leads = bool(officer or (at_table and found.seat.is_chair))
    # whoever signs for a party or is its contact takes no part, although they see it (FL 16 §)
    named = Party.objects.filter(is_named(person), application=found.application_id).exists()
    found.may_write = panel_texts.open_fields(meeting, found) if (officer or at_table) and not named else ()
    return found


def _content(item: Item) -> dict[str, Any]:
    standing = Submission.objects.filter(application=item.application_id).order_by("-n").first()
    if standing is None:
        raise Http404
    content: dict[str, Any] = standing.content
    return content


@login_required
@require_safe
def panel_item(request: HttpRequest, pk: int) -> HttpResponse:
    """The item as it stands."""
    return _page(request, find_item(cast(Person, request.user), pk))


def _page(
    request: HttpRequest,
    item: Any,
    *,
    typed: Mapping[str, str] | None = None,
    conflicts: tuple[str, ...] = (),
    wrong: tuple[str, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """`typed` is what could not be saved; it stays on the page."""
    definition, language = item.application.definition, (get_language() or "sv")[:2]
    values, content = panel_texts.read(item), _content(item)
    form = PanelItemForm(values, typed or {})
    lodged = Assignment.objects.filter(application=item.application, state=AssignmentState.LODGED)
    rows = list(
        lodged.select_related("reviewer", "sheet").prefetch_related("sheet__scores").order_by("lodged_at", "pk")
    )
    sheets = [read for row in rows if (read := read_sheet(row, definition)) is not None]
    context = {
        "item": item,
        "meeting": item.meeting,
        "case": item.application,
        "definition": definition,
        "reading": preview.reading(content, definition, language),
        "applied": content["applied_ore"],
        "sheets": sheets,
        "form": form,
        "fields": [form[name] for name in item.may_write],
        "seen": form.seen(),
        "stored": {field: in_words(field, values[field]) for field in conflicts},
        "errors": [
            *({"text": _("Någon annan har ändrat det här sedan sidan ritades."), "url": f"#{f}"} for f in conflicts),
            *({"text": _what_is_wrong(f, content["applied_ore"]), "url": f"#{f}"} for f in wrong),
        ],
        **_now(item, values),
    }
    return render(request, "reviewers/panel_item.html", context, status=status)


def _now(item: Any, values: Mapping[str, str]) -> dict[str, Any]:
    """What others may change while a page stands open."""
    table = list(seats(item.meeting))
    said = {d.member_id: d for d in Declaration.objects.filter(item=item)}
    out = [m for m in table if m.pk in said and said[m.pk].answer != "no"]
    waits = [m for m in table if m.pk not in said and not m.is_absent]
    fields = {
        name: {"value": in_words(name, text), "raw": text, "version": fingerprint(text)}
        for name, text in values.items()
    }
    facts = (item.version, item.state, item.meeting.state, [m.pk for m in out], [m.pk for m in waits], item.may_write)
    return {"out": out, "waits": waits, "now": fields, "stamp": fingerprint(repr(facts))}


def in_words(field: str, text: str) -> str:
    """What stands in a field, as it is read."""
    if field == "recommendation" and text:
        return str(Recommendation(text).label)
    if field == "amount" and text:
        return written(int(text) * 100, (get_language() or "sv")[:2])
    return text


@login_required
@require_safe
def panel_item_poll(request: HttpRequest, pk: int) -> HttpResponse:
    """What others have written since; 204 when nothing has changed since the page was drawn. A page that stands open with a
    member who is out of the item by now is told so, once."""
    person = cast(Person, request.user)
    try:
        item = find_item(person, pk)
    except Http404:
        seats_of = PanelMember.objects.filter(meeting__items__pk__in=[pk] if pk <= LARGEST_KEY else [], person=person)
        seat = seats_of.select_related("meeting").first()
        if seat is None or "sedan" not in request.GET:
            raise
        told = {"is_closed": seat.meeting.state == MeetingState.CLOSED}
        return render(request, "reviewers/_panel_left.html", told, status=STOP_POLLING)
    context = {"item": item, "meeting": item.meeting, **_now(item, panel_texts.read(item))}
    if request.GET.get("sedan") == context["stamp"]:
        return HttpResponse(status=204)
    return render(request, "reviewers/_panel_item_now.html", context)


@login_required
@require_POST
def save_panel_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what was written: one field (JSON, as one writes) or the whole form, which may go on to the item being done."""
    person = cast(Person, request.user)
    item = find_item(person, pk)
    one = clean_line(request.POST["name"]) if "name" in request.POST else None
    whole = {f: request.POST[f] for f in panel_texts.FIELDS if f in request.POST}
    raw = whole if one is None else {one: request.POST.get("value", "")}
    if not set(raw) <= set(panel_texts.FIELDS):
        return JsonResponse({"error": "name"}, status=WRONG)
    applied = _content(item)["applied_ore"]
    stored = panel_texts.read(item)
    typed, wrong = _tidied({f: text for f, text in raw.items() if text != stored[f]}, applied)
    marks = {f: request.POST.get("version" if one else f"seen-{f}", "") for f in typed}
    with transaction.atomic():
        # again, under the lock that a declaration takes: who has just been let out writes no more
        Item.objects.select_for_update(of=("self",)).get(pk=item.pk)
        item = find_item(person, pk)
        allowed = {field: text for field, text in typed.items() if field in item.may_write}
        saved = panel_texts.save(item.pk, person, allowed, {f: clean_line(mark) for f, mark in marks.items()})
    refused = (*saved.shut, *(f for f in typed if f not in allowed and typed[f] != saved.values[f]))
    if one:
        return _answer(request, one, saved, refused, _what_is_wrong(one, applied) if wrong else "")
    if refused:
        return _shut(request, item, {f: typed[f] for f in refused})
    if saved.conflicts or wrong:
        item = find_item(person, pk)
        status = CONFLICT if saved.conflicts else 422
        return _page(request, item, typed=raw, conflicts=saved.conflicts, wrong=wrong, status=status)
    return (
        redirect("act", "close_item", item.pk) if request.POST.get("do") == "close" else redirect("panel_item", item.pk)
    )


def _tidied(raw: Mapping[str, str], applied_ore: int) -> tuple[dict[str, str], tuple[str, ...]]:
    typed, wrong = {}, []
    for field, text in raw.items():
        try:
            typed[field] = panel_texts.tidy(field, text, applied_ore)
        except ValueError:
            wrong.append(field)
    return typed, tuple(wrong)


def _what_is_wrong(field: str, applied_ore: int) -> str:
    if field == "amount":
        return _("Skriv ett belopp i hela kronor, högst %(applied)s.") % {"applied": written(applied_ore)}
    return _("Valet finns inte i formuläret. Välj igen.")


def _answer(
    request: HttpRequest, field: str, saved: panel_texts.Saved, refused: tuple[str, ...], wrong: str
) -> JsonResponse:
    """The answer about one field."""
    if wrong:
        return JsonResponse({"fault": wrong}, status=422)
    if refused or saved.conflicts:
        stored = None if refused else in_words(field, saved.values[field])
        html = render_to_string("reviewers/_panel_conflict.html", {"stored": stored}, request)
        return JsonResponse({"conflict": True, "html": html}, status=CONFLICT)
    saved_at = when(saved.saved_at or clock.now(), "near")
    return JsonResponse({"saved_at": saved_at, "version": fingerprint(saved.values[field])})


def _shut(request: HttpRequest, item: Any, typed: Mapping[str, str]) -> HttpResponse:
    """The item cannot be written in (any longer); what was typed is given back."""
    form = PanelItemForm({}, {})
    context = {
        "text": _("Punkten kan inte ändras i det här läget."),
        "back": request.path.removesuffix("spara/"),
        "typed": [(form[field].label, text) for field, text in typed.items() if text],
    }
    return render(request, "errors/conflict.html", context, status=CONFLICT)
