"""Memberships that wait for an officer, a person's own organisations, and a person's notices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from grants import clock
from grants.applications import access
from grants.applications.models import Application
from grants.organisations.models import Membership, Person
from workflows import links
from workflows.models import Notice
from workflows.notices.details import called, detail, place
from workflows.notices.table import NOTICES, Recipient
from workflows.wording import HAPPENED

PAGE = 50
TO_REVIEWERS = frozenset(
    kind for kind, recipients in NOTICES.items() if recipients == (Recipient.REVIEWER,)
)  # they lead to the reviewer's list


def is_officer(person: Person) -> bool:
    """Whether the person handles any call."""
    return access.office_grants(person, ["handle_call"]).exists()


def pending_memberships(query: Mapping[str, str]) -> Page[Any]:
    """Those who say that they speak for an organisation and have not been confirmed, oldest first."""
    rows = Membership.objects.filter(until=None, confirmed_at=None).select_related(
        "person", "organisation__municipality"
    )
    confirmed = Q(organisation__memberships__until=None, organisation__memberships__confirmed_at__isnull=False)
    rows = rows.annotate(others=Count("organisation__memberships", filter=confirmed, distinct=True))
    return Paginator(rows.order_by("since", "pk"), PAGE).get_page(query.get("page"))


def own_memberships(person: Person) -> QuerySet[Membership]:
    """The organisations that one speaks for, or has said one speaks for."""
    return (
        Membership.objects.filter(person=person, until=None)
        .select_related("organisation")
        .order_by("organisation__name")
    )


@dataclass(frozen=True)
class Message:
    """A notice in words."""

    text: str
    about: str
    at: datetime
    url: str
    link: str
    to: str
    is_new: bool
    is_sent: bool


def notices_of(person: Person, query: Mapping[str, str]) -> tuple[Page[Notice], list[Message]]:
    """A page of one's own notices, newest first."""
    rows = Notice.objects.filter(person=person).select_related("event", "case__version")
    page = Paginator(rows, PAGE).get_page(query.get("page"))
    told = [notice.case_id for notice in page.object_list if notice.case_id]
    seen = set(Application.objects.visible_to(person).filter(pk__in=told).values_list("pk", flat=True))
    for notice in page.object_list:
        if notice.case_id not in seen:
            notice.case = None  # what it is called now is for those who may still read it
    return page, [_message(notice) for notice in page.object_list]


def outside_notices() -> list[Message]:
    """The newest notices with a personal link, to whoever they went. For a demonstration only: links are secrets."""
    rows = Notice.objects.filter(invitation__isnull=False).select_related(
        "event", "case", "invitation__party__organisation"
    )
    rows = rows.order_by(F("invitation__ended_at").asc(nulls_first=True), "-created_at", "-pk")
    return [_personal(notice) for notice in rows[:PAGE]]


def read_all(person: Person) -> int:
    """Mark one's notices as read. Returns how many were new."""
    return Notice.objects.filter(person=person, read_at=None).update(read_at=clock.now())


def _about(notice: Notice) -> str:
    return called(notice).strip()


def _message(notice: Notice) -> Message:
    data = notice.event.data
    noun, pk = data.get("noun"), data.get("id")
    url, link = reverse("memberships"), _("Till organisationer")
    if noun == "assignment" and notice.kind in TO_REVIEWERS:
        url, link = reverse("review_queue"), _("Till bedömningarna")
    elif path := place(notice):
        url, link = path, _("Gå dit")
    elif noun == "duty":
        url, link = reverse("report", args=[pk]), _("Till rapporten")
    elif notice.case_id:
        url, link = reverse("case", args=[notice.case_id]), _("Till ärendet")
    text = str(HAPPENED.get(notice.event.name, notice.event.name))
    return Message(
        text,
        " ".join(x for x in (_about(notice), detail(notice.event)) if x),
        notice.created_at,
        url,
        link,
        notice.email,
        notice.read_at is None,
        notice.sent_at is not None,
    )


def _personal(notice: Notice) -> Message:
    assert notice.invitation is not None
    ended = notice.invitation.ended_at is not None
    text = str(HAPPENED.get(notice.event.name, notice.event.name))
    url = "" if ended else reverse("personal_link", args=[links.token(notice.invitation)])
    link = _("Öppna länken som %(party)s") % {"party": notice.invitation.party.name}
    return Message(
        text, _about(notice), notice.created_at, url, link, notice.email, not ended, notice.sent_at is not None
    )
