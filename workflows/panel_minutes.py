"""What the minutes of a panel's meeting say, from its agenda as it is when the meeting closes."""

from datetime import datetime

from grants import clock
from grants.decisions.hearings import Recommendation
from grants.letters.minutes import Minutes, MinutesItem, Outsider, Participant, WeighedLimit
from grants.letters.sender import sender
from grants.organisations.models import Person
from reviewers.limits import told
from reviewers.meeting import Agenda, Point
from reviewers.panels import Declaration


def minutes_of(agenda: Agenda, by: Person, at: datetime) -> Minutes:
    """The minutes of a meeting that this person closes at this moment."""
    meeting = agenda.meeting
    found = Declaration.objects.filter(item__meeting=meeting, by_system=True).values_list("item_id", "member_id")
    by_system = set(found)
    definition = agenda.definition
    return Minutes(
        authority=sender(meeting.call.programme.authority, "sv"),
        call_title=definition.full_title.read("sv"),
        call_number=definition.number,
        starts_at=meeting.starts_at.astimezone(clock.SWEDEN),
        opened_at=(meeting.opened_at or at).astimezone(clock.SWEDEN),
        closed_at=at.astimezone(clock.SWEDEN),
        place=meeting.place or meeting.meeting_url,
        closed_by=by.name,
        participants=tuple(
            Participant(name=m.person.name, is_chair=m.is_chair, is_absent=m.is_absent) for m in agenda.members
        ),
        items=tuple(_item(point, by_system) for point in agenda.points),
        gone=tuple(point.case.number or "" for point in agenda.gone),
        budget_ore=agenda.budget_ore,
        left_ore=agenda.line.left_ore,
        limits=tuple(WeighedLimit(text=told(one, "sv"), is_met=one.is_met) for one in agenda.weighed),
        example=any(point.case.is_example for point in agenda.points),
    )


def _item(point: Point, by_system: set[tuple[int, int]]) -> MinutesItem:
    item, total = point.item, point.ranked.total
    return MinutesItem(
        number=point.case.number or "",
        title=point.case.title,
        coordinator=point.ranked.coordinator,
        rank=point.ranked.place,
        score="" if total is None else f"{total:.2f}".replace(".", ","),
        applied_ore=point.ranked.applied_ore,
        amount_ore=point.drawn.entry.amount_ore,
        recommendation=str(Recommendation(item.recommendation).label),
        is_above=point.drawn.is_above,
        text=item.text,
        departure=item.departure,
        out=tuple(
            Outsider(name=member.person.name, by_system=(item.pk, member.pk) in by_system) for member in point.out
        ),
    )
