"""The pool as the authority's staff see it: load, punctuality and calibration, what reviewers can and where they belong. Facts
from what was assigned and lodged; nothing that anybody thinks of anybody.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from grants import clock
from grants.applications import access
from grants.applications.models import Application
from grants.organisations.models import Person
from grants.programmes.models import Authority
from reviewers import conflicts, ranking, scoring
from reviewers.models import OPEN_ASSIGNMENT, Assignment, AssignmentState
from reviewers.places import PoolPlace, TermsAccepted
from reviewers.pool import Affiliation, Profile
from workflows.matrix import Noun, Role
from workflows.pool_forms import LANGUAGES, competence_choices
from workflows.queries.actions import Action, row_actions

PAGE = 100
S = AssignmentState


@dataclass
class Figures:
    """One reviewer's work in figures, in the cases that the reader may see."""

    open: int = 0
    lodged: int = 0
    in_time: int = 0
    late: int = 0  # lodged late, or still not lodged after the day
    deviations: list[Decimal] = field(default_factory=list)  # from the mean of the others, one for each application
    conflicts: int = 0

    @property
    def on_time(self) -> int | None:
        """The share that was lodged in time, in per cent; none before anything was due."""
        due = self.in_time + self.late
        return round(100 * self.in_time / due) if due else None

    @property
    def calibration(self) -> Decimal | None:
        """How much higher than the other reviewers of the same applications, on the mean."""
        rests_on = len(self.deviations)
        return scoring.two_decimals(sum(self.deviations, Decimal(0)) / rests_on) if rests_on else None

    @property
    def rests_on(self) -> int:
        """How many applications the calibration rests on."""
        return len(self.deviations)


@dataclass(frozen=True)
class PoolRow:
    """One place in the pool."""

    place: PoolPlace
    glyph: str
    state: str
    figures: Figures
    competences: tuple[str, ...]
    languages: tuple[str, ...]
    load_cap: int | None
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Pool:
    """One page of the pool, with the authorities into whose pool one may invite."""

    page: Page[PoolPlace]
    rows: list[PoolRow]
    invites: list[tuple[str, str]]  # address, authority


def authorities_of(person: Person, *codenames: str) -> QuerySet[Authority]:
    """The authorities on whose calls the person serves, in these offices or in any."""
    calls = access.office_grants(person, codenames or access.OFFICES).values("content_object")
    return Authority.objects.filter(programmes__calls__in=calls).distinct().order_by("name")


def places_seen_by(person: Person) -> QuerySet[PoolPlace]:
    """The places that the person's offices let them see: those in the pools of their own authorities."""
    rows = PoolPlace.objects.filter(authority__in=authorities_of(person).order_by().values("pk"))
    return rows.select_related("person", "authority", "invited_by")


def pool_of(person: Person, query: Mapping[str, str]) -> Pool | None:
    """The pool, for those who work at the authority; None for everyone else. A fixed number of queries."""
    if not access.office_grants(person).exists():
        return None
    places = places_seen_by(person).filter(ended_at=None).order_by("authority__name", "joined_at", "person__name", "pk")
    page = Paginator(places, PAGE).get_page(query.get("page"))
    handled = list(authorities_of(person, "handle_call"))
    invites = [(reverse("act", args=["invite_reviewer", one.pk]), one.read_name()) for one in handled]
    return Pool(page, rows_of(person, list(page.object_list), {one.pk for one in handled}), invites)


def rows_of(reader: Person, places: list[PoolPlace], handled: set[int]) -> list[PoolRow]:
    """The places as lines of a table."""
    people = [place.person_id for place in places if place.person_id is not None]
    figures = figures_of(reader, people)
    profiles = {profile.person_id: profile for profile in Profile.objects.filter(person__in=people)}
    labels = {one: dict(competence_choices(one)) for one in {place.authority for place in places}}
    return [
        _row(
            place,
            figures.get(place.person_id or 0, Figures()),
            profiles.get(place.person_id or 0),
            labels[place.authority],
            {Role.OFFICER} if place.authority_id in handled else set(),
        )
        for place in places
    ]


def _row(
    place: PoolPlace, figures: Figures, profile: Profile | None, labels: Mapping[str, str], roles: set[Role]
) -> PoolRow:
    state = place.state
    words = {
        "invited": ("wait", _("Inbjuden")),
        "joined": ("done", _("Med i poolen")),
        "ended": ("empty", _("Avslutad")),
    }
    spoken = dict(LANGUAGES)
    return PoolRow(
        place,
        *words[state],
        figures,
        tuple(labels[key] for key in profile.competences if key in labels) if profile else (),
        tuple(str(spoken[key]) for key in profile.languages if key in spoken) if profile else (),
        profile.load_cap if profile else None,
        tuple(row_actions(Noun.PLACE, place.pk, state, roles)),
    )


def figures_of(reader: Person, people: Iterable[int]) -> dict[int, Figures]:
    """Each reviewer's figures from the cases that the reader sees by office: never from the reader's own. Six queries."""
    found: dict[int, Figures] = defaultdict(Figures)
    seen = access.office_counts(reader, case="application_id", call="application__call_id")
    rows = Assignment.objects.filter(seen, reviewer__in=list(people))
    now, cases = clock.now(), set[int]()
    for who, case, state, due, lodged in rows.values_list("reviewer_id", "application_id", "state", "due", "lodged_at"):
        figures = found[who]
        figures.open += state in OPEN_ASSIGNMENT
        if state == S.LODGED:
            figures.lodged += 1
            figures.in_time += lodged <= due
            cases.add(case)
        figures.late += (state == S.LODGED and lodged > due) or (state in (S.OFFERED, S.CLEARED) and due < now)
    _calibrate(cases, found)
    jav = conflicts.Conflict.objects.filter(seen, reviewer__in=list(people), state=conflicts.Standing.CONFLICTED)
    for who, n in jav.values_list("reviewer").annotate(n=Count("application", distinct=True)).order_by():
        found[who].conflicts = n
    return found


def _calibrate(cases: set[int], found: dict[int, Figures]) -> None:
    """How each sheet differs from the mean of the others of the same application."""
    versions = Application.objects.filter(pk__in=cases).select_related("version")
    reviews = {case.pk: case.definition.the_review for case in versions}
    for case, sheets in ranking.judged(sorted(cases)).items():
        totals = [(sheet.reviewer, scoring.weighted(sheet.values, reviews[case])) for sheet in sheets]
        known = [(who, total) for who, total in totals if total is not None]
        for who, total in known:
            others = [other for one, other in known if one != who]
            if others and who in found:
                found[who].deviations.append(total - sum(others, Decimal(0)) / len(others))


@dataclass(frozen=True)
class Card:
    """One reviewer: what they say of themselves, and what they have been asked to judge."""

    row: PoolRow
    affiliations: list[Affiliation]
    assignments: list[Assignment]
    conflicts: list[conflicts.Conflict]


def card_of(reader: Person, pk: int) -> Card | None:
    """One place in the pool, for the authority's staff; None when it does not exist for them."""
    place = places_seen_by(reader).filter(pk=pk).first()
    if place is None:
        return None
    handled = set(authorities_of(reader, "handle_call").order_by().values_list("pk", flat=True))
    seen = access.office_counts(reader, case="application_id", call="application__call_id")
    mine = Q(reviewer=place.person_id) if place.person_id else Q(pk__in=())
    return Card(
        rows_of(reader, [place], handled)[0],
        affiliations_of(place.person),
        list(
            Assignment.objects.filter(seen, mine)
            .select_related("application__call__version")
            .order_by("-assigned_at", "pk")[:PAGE]
        ),
        list(conflicts.Conflict.objects.filter(seen, mine).select_related("application", "ruled_by")[:PAGE]),
    )


def affiliations_of(person: Person | None) -> list[Affiliation]:
    """Where somebody works and has worked, what goes on first."""
    rows: Any = Affiliation.objects.filter(person=person).select_related("organisation") if person else ()
    return sorted(rows, key=lambda row: (row.until is not None, row.organisation.name, row.pk))


@dataclass(frozen=True)
class OwnPlace:
    """One's own place in a pool, with one's steps."""

    place: PoolPlace
    competences: tuple[str, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class OwnProfile:
    """What a reviewer has said of themselves, and the invitations that wait for an answer."""

    places: list[OwnPlace]
    invitations: list[PoolPlace]
    languages: tuple[str, ...]
    load_cap: int | None
    affiliations: list[Affiliation]
    terms: list[TermsAccepted]


def own_profile(person: Person) -> OwnProfile | None:
    """A reviewer's own page; None for who neither is nor is asked to be one."""
    rows = PoolPlace.objects.filter(ended_at=None).select_related("authority", "invited_by")
    invited = list(rows.filter(email__iexact=person.email, joined_at=None))
    joined = list(rows.filter(person=person, joined_at__isnull=False))
    if not invited and not joined:
        return None
    profile = Profile.objects.filter(person=person).first()
    spoken = dict(LANGUAGES)
    known = {one.authority_id: dict(competence_choices(one.authority)) for one in joined}
    can = profile.competences if profile else []
    return OwnProfile(
        [
            OwnPlace(
                place,
                tuple(known[place.authority_id][key] for key in can if key in known[place.authority_id]),
                tuple(
                    sorted(
                        row_actions(Noun.PLACE, place.pk, "joined", {Role.SELF}),
                        key=lambda one: one.command == "end_place",
                    )
                ),
            )
            for place in joined
        ],
        invited,
        tuple(str(spoken[key]) for key in profile.languages if key in spoken) if profile else (),
        profile.load_cap if profile else None,
        affiliations_of(person),
        list(TermsAccepted.objects.filter(person=person).select_related("call__version").order_by("-at", "pk")),
    )
