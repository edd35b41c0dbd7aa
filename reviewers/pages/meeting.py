"""A panel's meeting as a page: the ranking with its line, what one tries, and who is out of what. The same for everybody at
the table, but for what each of them is out of.

What changes is asked for again and again by pages that stand open; when nothing has, the answer is empty.
"""

import re
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from grants import money
from grants.cleaning import clean_line
from grants.organisations.models import Person
from grants.programmes.models import Office
from reviewers import trials
from reviewers.funding import Trial
from reviewers.meeting import seen_by, with_promises
from reviewers.models import Assignment, AssignmentState
from reviewers.panel_room import Room, room_of
from reviewers.panels import Answer, Declaration, Item, Meeting, PanelMember
from reviewers.sheets import fingerprint

LARGEST_KEY = 2**63 - 1
Fault = tuple[str, str]  # what is wrong in what is tried, and where it is put right
_KEY = re.compile(r"[0-9]{1,18}")


def find_meeting(person: Person, pk: int) -> Any:
    """The meeting, for those who sit at its table or hold an office on its call; to everybody else it does not exist."""
    offices = Office.objects.filter(person=person, until=None, call=OuterRef("call"))
    seat = PanelMember.objects.filter(person=person, ended_at=None, meeting=OuterRef("pk"))
    rows = with_promises(Meeting.objects.select_related("call__version", "call__programme__authority", "minutes"))
    rows = rows.defer("minutes__content").annotate(
        staff=Exists(offices),
        officer=Exists(offices.filter(role=Office.Role.HANDLE)),
        sits=Exists(seat),
        **_traces(person),
    )
    found = rows.filter(pk=pk).first() if pk <= LARGEST_KEY and person.is_active else None
    if found is None or not (found.staff or found.sits):
        raise Http404
    return found


def _trial(request: HttpRequest) -> tuple[Trial, tuple[Fault, ...]]:
    """What the address says is tried, with what the form adds to it; and what in the form could not be read."""
    before = trials.parse(clean_line(request.GET.get("plan", "")))
    wrong: list[Fault] = []
    amounts, lifted = dict(before.amounts), list(before.lifted)
    over = clean_line(request.GET.get("over", ""))
    if _KEY.fullmatch(over):
        lifted = [item for item in lifted if item != int(over)] + [int(over)]
    item, kronor = clean_line(request.GET.get("arende", "")), clean_line(request.GET.get("belopp", ""))
    if kronor and not _KEY.fullmatch(item):
        wrong.append((_("Välj vilken ansökan beloppet gäller."), "#arende"))
    elif item and not kronor:
        wrong.append((_("Skriv vilket belopp du vill pröva."), "#belopp"))
    elif _KEY.fullmatch(item):
        try:
            ore = money.read(kronor)
            if not 0 <= ore <= money.kronor(10**10 - 1):
                raise ValueError(kronor)
            amounts[int(item)] = ore
        except ValueError:
            wrong.append((_("Skriv beloppet i hela kronor."), "#belopp"))
    return trials.parse(trials.written(Trial(amounts, tuple(lifted)))), tuple(wrong)


def _room(request: HttpRequest, pk: int) -> tuple[Room, tuple[Fault, ...]]:
    person = cast(Person, request.user)
    meeting = find_meeting(person, pk)
    trial, wrong = _trial(request)
    return room_of(meeting, person, trial, stamp(meeting)), wrong


@login_required
@require_safe
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """The room."""
    room, wrong = _room(request, pk)
    errors = [{"text": text, "url": url} for text, url in wrong]
    typed = {name: clean_line(request.GET.get(name, "")) for name in ("over", "arende", "belopp")}
    context = {"room": room, "meeting": room.meeting, "errors": errors, "typed": typed}
    return render(request, "reviewers/meeting.html", context)


@login_required
@require_safe
def meeting_poll(request: HttpRequest, pk: int) -> HttpResponse:
    """What may have changed in the room; 204 when nothing has since the page was drawn."""
    person = cast(Person, request.user)
    found = find_meeting(person, pk)
    now = stamp(found)
    if request.GET.get("sedan") == now:
        return HttpResponse(status=204)
    room = room_of(found, person, _trial(request)[0], now)
    return render(request, "reviewers/_meeting_now.html", {"room": room, "meeting": room.meeting})


def stamp(meeting: Any) -> str:
    """A short stand-in for everything that a room shows: it changes when anything there does. What a viewer may see follows
    from declarations, seats and the cases, which all are in it. `meeting` comes from find_meeting."""
    facts = (meeting.opened_at, meeting.closed_at, meeting.starts_at, meeting.place, meeting.meeting_url)
    money_left = (meeting.decided_ore, meeting.promised_ore, meeting.call.version_id)
    return fingerprint(repr((facts, money_left, meeting.said, meeting.declared, meeting.table, meeting.judged)))


def _traces(viewer: Person) -> dict[str, Subquery]:
    """What tells that something has changed, from each table once. When somebody writes in an item that the viewer is out of,
    nothing has: that would tell them when and how often."""
    seen = seen_by(Item.objects.filter(meeting=OuterRef("pk")), viewer)
    judged = Assignment.objects.filter(application__panel_items__meeting=OuterRef("pk"))
    return {
        "said": _trace(
            seen,
            "meeting",
            n=Count("pk"),
            shown=ArrayAgg("pk", order_by="pk", filter=Q(may_see=True)),
            versions=Sum("version", filter=Q(may_see=True)),
            cases=ArrayAgg("application__state", order_by="pk"),
        ),
        "declared": _trace(
            Declaration.objects.filter(item__meeting=OuterRef("pk")),
            "item__meeting",
            n=Count("pk"),
            at=Max("at"),
            out=ArrayAgg("pk", order_by="pk", filter=~Q(answer=Answer.NO)),
        ),
        "table": _trace(
            PanelMember.objects.filter(meeting=OuterRef("pk"), ended_at=None),
            "meeting",
            all=ArrayAgg("pk", order_by="pk"),
            away=ArrayAgg("pk", order_by="pk", filter=Q(is_absent=True)),
            chair=Max("pk", filter=Q(is_chair=True)),
        ),
        # a sheet that is lodged, or no longer counts, changes the ranking
        "judged": _trace(
            judged,
            "application__panel_items__meeting",
            lodged=Count("pk", filter=Q(state=AssignmentState.LODGED)),
            at=Max("lodged_at", filter=Q(state=AssignmentState.LODGED)),
            out=Count("pk", filter=Q(state=AssignmentState.CONFLICTED)),
        ),
    }


def _trace(rows: QuerySet[Any], by: str, **facts: Any) -> Subquery:
    return Subquery(rows.order_by().values(by).annotate(trace=JSONObject(**facts)).values("trace")[:1])


@login_required
@require_safe
def meeting_minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """The minutes as PDF, for those who hold an office on the call and are out of nothing that they say."""
    person = cast(Person, request.user)
    found = find_meeting(person, pk)
    if found.minutes_id is None or not found.staff:
        raise Http404
    shown: Any = seen_by(Item.objects.filter(meeting=found), person)
    if not all(item.may_see for item in shown):
        raise Http404
    response = HttpResponse(bytes(found.minutes.content), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, f"protokoll-{pk}.pdf") or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
