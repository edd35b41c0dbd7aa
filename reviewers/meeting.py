"""What a meeting's pages, its commands and its minutes read alike: the agenda with its places, sums and line, and who is out of
which item. A fixed number of queries, however long the agenda is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce

from grants.applications.access import case_grants, office_counts
from grants.applications.models import Application, CaseState
from grants.decisions.hearings import Hearing, HearingKind, Recommendation
from grants.decisions.models import Decision, DecisionLine
from grants.money import kronor
from grants.organisations.models import Person
from grants.programmes.definition import CallDefinition
from grants.programmes.models import Call
from reviewers import funding
from reviewers.models import Assignment, AssignmentState
from reviewers.panels import Answer, Declaration, Item, Meeting, PanelMember, seats
from reviewers.ranking import Ranked, ranked


@dataclass(frozen=True)
class Point:
    """One item with all that is known of it. `out` are the members who are not in it."""

    item: Item
    case: Application
    ranked: Ranked
    drawn: funding.Drawn
    out: tuple[PanelMember, ...]
    undeclared: tuple[PanelMember, ...]

    @property
    def is_live(self) -> bool:
        """Whether the panel still has a word in the case: what was withdrawn or decided meanwhile only stays on the list."""
        return bool(self.case.state == CaseState.ASSESSED)


@dataclass(frozen=True)
class Agenda:
    """A meeting's items in order, with the line through them."""

    meeting: Meeting
    definition: CallDefinition
    members: tuple[PanelMember, ...]
    points: tuple[Point, ...]
    gone: tuple[Point, ...]  # withdrawn or decided since
    line: funding.Line
    budget_ore: int | None

    @property
    def departures(self) -> list[funding.Departure]:
        """Where the line does not follow the ranking."""
        return funding.departures(self.line)

    @property
    def weighed(self) -> list[funding.Weighed]:
        """The call's limits against what is above the line."""
        return funding.weigh(self.definition.panel.limits if self.definition.panel else (), self.line)

    def the_point(self, item: int) -> Point:
        """The item by its key."""
        return next(point for point in (*self.points, *self.gone) if point.item.pk == item)


def with_promises(meetings: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """Each meeting with what its call has promised to others: what is proposed and decided, and what another panel has
    recommended that nothing has been proposed of yet."""
    promised = Decision.objects.promised().exclude(application__state=CaseState.DECLINED)
    lines = DecisionLine.objects.filter(decision__application__call=OuterRef("call"), decision__in=promised)
    # what was withdrawn or opened again when its meeting closed got no result there, and may be on another agenda since
    heard = Hearing.objects.filter(
        application=OuterRef("application"), kind=HearingKind.PANEL, recorded_at__isnull=False
    )
    later = Item.objects.filter(application=OuterRef("application"), pk__gt=OuterRef("pk"))
    recommended = Item.objects.filter(
        application__call=OuterRef("call"),
        application__state=CaseState.ASSESSED,
        meeting__closed_at__isnull=False,
        recommendation=Recommendation.FUND,
    ).filter(Exists(heard), ~Exists(later))
    return meetings.annotate(
        decided_ore=_sum(lines, "decision__application__call", "max_amount_ore"),
        promised_ore=_sum(recommended, "application__call", "amount_ore"),
    )


def _sum(rows: QuerySet[DecisionLine] | QuerySet[Item], by: str, field: str) -> Coalesce:
    totals = rows.order_by().values(by).annotate(total=Sum(field)).values("total")
    return Coalesce(Subquery(totals, output_field=BigIntegerField()), 0)


def left_of(call: Call, decided_ore: int, promised_ore: int) -> int | None:
    """What is left of the call's budget, in öre; None when it has none of its own."""
    budget = call.definition.call_budget
    return None if budget is None else kronor(budget) - decided_ore - promised_ore


def read_agenda(pk: int, trial: funding.Trial | None = None, viewer: Person | None = None) -> Agenda:
    """The meeting's agenda as it stands, or as it would be; with a viewer, as they see it. Meeting.DoesNotExist when there is
    no such meeting."""
    meeting = with_promises(Meeting.objects.select_related("call__version", "call__programme__authority")).get(pk=pk)
    return agenda_of(meeting, trial, viewer)


def agenda_of(meeting: Meeting, trial: funding.Trial | None = None, viewer: Person | None = None) -> Agenda:
    """The same, of a meeting that comes from `with_promises`; with a viewer, each item says whether they may see it. A viewer
    to whom something is hidden tries nothing and gets no line: by trying amounts they could read the rest off where it falls.
    A closed meeting is drawn from its record: what its cases and the money have come to since changes nothing in it."""
    call = meeting.call
    places = {one.case.pk: one for one in ranked(call)}
    items = list(seen_by(Item.objects.filter(meeting=meeting).select_related("application"), viewer))
    members = tuple(seats(meeting))
    out, declared = _declarations(meeting)
    if meeting.record is None:
        # a case that the ranking has no place for was withdrawn or rejected meanwhile
        live = [i for i in items if i.application.state == CaseState.ASSESSED and i.application_id in places]
    else:
        places = _as_recorded(meeting.record, items, places)
        live = [i for i in items if i.application_id in places]
    entries = [entry_of(item, places[item.application_id]) for item in live]
    hides = viewer is not None and not all(item.may_see for item in live)  # type: ignore[attr-defined]  # annotated
    left = None if hides else _left(meeting)
    if trial and not hides:
        entries = funding.tried(entries, trial, left)
    line = funding.draw(entries, left)
    by_key = {item.pk: item for item in live}

    def point(item: Item, drawn: funding.Drawn) -> Point:
        not_said = tuple(m for m in members if not m.is_absent and (item.pk, m.pk) not in declared)
        outside = tuple(m for m in members if (item.pk, m.pk) in out)
        judged = places.get(item.application_id) or _unranked(item.application)
        return Point(item, item.application, judged, drawn, outside, not_said)

    rest = [item for item in items if item.pk not in by_key]
    budget = call.definition.call_budget
    return Agenda(
        meeting,
        call.definition,
        members,
        tuple(point(by_key[row.entry.key], row) for row in line.rows),
        tuple(point(i, funding.Drawn(funding.Entry(i.pk, None, 0), None, False)) for i in rest),
        line,
        None if budget is None else kronor(budget),
    )


def _left(meeting: Any) -> int | None:
    """What there is to recommend, or was when the meeting closed."""
    if meeting.record is None:
        return left_of(meeting.call, meeting.decided_ore, meeting.promised_ore)
    left: int | None = meeting.record["left_ore"]
    return left


def _as_recorded(record: Mapping[str, Any], items: list[Item], places: Mapping[int, Ranked]) -> dict[int, Ranked]:
    """By case, what the minutes say of each that the panel weighed."""
    kept = {one["number"]: one for one in record["items"]}
    found = {}
    for item in items:
        case = item.application
        if one := kept.get(case.number or ""):
            judged = places.get(case.pk) or _unranked(case)
            found[case.pk] = replace(judged, place=one["rank"], applied_ore=one["applied_ore"])
    return found


def entry_of(item: Item, judged: Ranked) -> funding.Entry:
    """The item as the line sees it."""
    return funding.Entry(
        key=item.pk,
        place=judged.place,
        amount_ore=judged.applied_ore if item.amount_ore is None else item.amount_ore,
        stance=item.recommendation,
        county=judged.county,
        kind=judged.kind,
        has_reason=bool(item.departure),
    )


def seen_by(items: QuerySet[Item], viewer: Person | None) -> QuerySet[Item]:
    """Each item with whether the viewer may see what it is about: let in at the table, or by an office that counts in the case.
    One answer for the room, the item's page, what is asked for again and again, and the files."""
    if viewer is None:
        return items
    return items.annotate(may_see=ExpressionWrapper(in_sight(viewer), BooleanField()))


def in_sight(viewer: Person) -> Q:
    """Of items: that the viewer may see what they are about."""
    let_in = case_grants(viewer, ["panel_case"]).filter(content_object=OuterRef("application"))
    return Q(Exists(let_in)) | office_counts(viewer, case="application", call="application__call")


def _unranked(case: Application) -> Ranked:
    return Ranked(case, None, "", "", "", 0, (), None)


def _declarations(meeting: Meeting) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Who is out of which item, and who has declared about which: (item, member). One query."""
    shown = Assignment.objects.filter(
        application=OuterRef("item__application"),
        reviewer=OuterRef("member__person"),
        state=AssignmentState.CONFLICTED,
    )
    rows = Declaration.objects.filter(item__meeting=meeting, member__ended_at=None).annotate(shown=Exists(shown))
    out, declared = set(), set()
    for item, member, answer, found in rows.order_by().values_list("item_id", "member_id", "answer", "shown"):
        declared.add((item, member))
        if answer != Answer.NO or found:
            out.add((item, member))
    return out, declared
