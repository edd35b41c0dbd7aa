"""What a case page and the pages of its decision show of interviews and panels, and the calendar file of an interview."""

from dataclasses import replace

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from grants.applications.models import Application, CaseState
from grants.decisions.hearings import Hearing, asked_for, called
from grants.organisations.models import Person
from grants.programmes.calendars import Meeting, meeting
from grants.refusal import NotVisible
from grants.templatetags.writing import when
from reviewers.panels import Item
from workflows.matrix import Role
from workflows.queries import sides
from workflows.queries.whose_turn import TurnSheet

GOES_ON = (CaseState.ASSESSING, CaseState.ASSESSED)  # an interview that is called belongs to these


# The amount that the panel's last closed meeting recommended, of a hearing's case.
RECOMMENDED_ORE = Subquery(
    Item.objects.filter(application=OuterRef("application"), meeting__closed_at__isnull=False)
    .order_by("-meeting__closed_at")
    .values("amount_ore")[:1]
)


def of_case(case: Application) -> list[Hearing]:
    """Everything that was called or held, for the authority; no query in a call that asks for nothing."""
    if not asked_for(case):
        return []
    return list(case.hearings.select_related("called_by", "recorded_by").annotate(panel_ore=RECOMMENDED_ORE))


def interview_of(case: Application) -> Hearing | None:
    """The interview that the applicant is called to."""
    return called(case) if case.state in GOES_ON and asked_for(case) else None


def shown(case: Application, roles: frozenset[Role]) -> list[Hearing]:
    """What this side sees: the authority everything, the applicant's side the interview that they are called to."""
    if sides.is_staff(roles):
        return of_case(case)
    found = interview_of(case)
    return [found] if found else []


def awaited(turn: TurnSheet, hearings: list[Hearing]) -> TurnSheet:
    """The turn as the applicant's side reads it when they are called to an interview."""
    if not hearings or turn.mine:
        return turn
    title = _("Ni är kallade till intervju %(when)s") % {"when": when(hearings[0].starts_at, "weekday")}
    return replace(turn, title=title)


def calendar_file(person: Person, pk: int) -> str:
    """The interview of a case that this person may read, as iCalendar. NotVisible when there is none."""
    from workflows.queries.case_page import find_case  # it reads this module

    case, _roles = find_case(person, pk)
    hearing = interview_of(case)
    if hearing is None:
        raise NotVisible(case)
    return meeting(
        Meeting(
            key=f"intervju-{hearing.pk}",
            starts_at=hearing.starts_at,
            title=_("Intervju: %(title)s") % {"title": case.title},
            place=hearing.place or hearing.meeting_url,
            about=case.number or "",
            url=settings.BASE_URL + reverse("case", args=[case.pk]),
        )
    )
