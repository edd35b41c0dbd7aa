"""Conflicts of interest (jäv, FL 16–18 §§): the register, and what the system itself knows of ties between reviewer and case.

One finding is one row: what the reviewer declared, what was found, what somebody else ruled, and what had been read and
written by then. Rows are added and ruled on, never removed.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.db import models
from django.db.models import Q
from django.db.models.functions import TruncDate
from django.utils import translation
from django.utils.translation import gettext_lazy as _l

from grants import clock
from grants.applications.models import Application, CaseMember, CaseState, Party
from grants.organisations.models import Membership, Person
from grants.programmes.judging import ReviewRules
from grants.templatetags.writing import day
from reviewers.pool import Affiliation

DAYS_A_YEAR = 365.2425
OWN = "own"  # the code of having worked in the application itself
RULED = "ruled"  # the code of what somebody has ruled to be a conflict


# What the system says of each kind of tie that it can find.
_SAID = {
    "works": _l("Företräder eller arbetar hos %(name)s."),
    "worked": _l("Har varit verksam hos %(name)s till och med %(day)s."),
    "co_party": _l("Söker själv i omgången tillsammans med %(name)s."),
    OWN: _l("Arbetar eller har arbetat i ansökan."),
    RULED: _l("Har förklarats jävig i ärendet."),
}
GROUND_NAMES = {
    "works": _l("företräder eller arbetar hos en part"),
    "worked": _l("har varit verksam hos en part"),
    "co_party": _l("söker i omgången tillsammans med en part"),
    OWN: _l("har arbetat i ansökan"),
}


@cache
def _kept(kind: str) -> re.Pattern[str] | None:
    """What is said of this kind of tie as it stands in the register: in Swedish, with the day in figures."""
    if kind not in _SAID:
        return None
    with translation.override("sv"):
        said = re.escape(str(_SAID[kind]) % {"name": "NAME", "day": "DAY"})
    return re.compile(said.replace("NAME", "(?P<name>.+)").replace("DAY", "(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"))


class Source(models.TextChoices):
    """How a conflict came to be known."""

    SYSTEM = "system", _l("hittades av systemet")
    DECLARED = "declared", _l("uppgavs vid prövningen")
    REPORTED = "reported", _l("anmäldes av bedömaren")
    OFFICER = "officer", _l("anmäldes av handläggaren")


class Standing(models.TextChoices):
    """What has come of it."""

    OPEN = "open", _l("inte avgjort")
    CONFLICTED = "conflicted", _l("jäv")
    FREE = "free", _l("inte jäv")


class Conflict(models.Model):
    """One row of the register: a tie between a reviewer and a case, how it was found, and who ruled what."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="conflicts")
    reviewer = models.ForeignKey(Person, models.PROTECT, related_name="conflicts")
    source = models.CharField(max_length=10, choices=Source.choices)
    ground = models.CharField(max_length=20, blank=True)  # a Ground's code; empty: in the reviewer's own words
    text = models.TextField(blank=True)
    found_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=10, choices=Standing.choices, default=Standing.OPEN)
    ruled_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ruled_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    had_read = models.BooleanField(default=False)
    had_lodged = models.BooleanField(default=False)

    class Meta:
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=Standing.OPEN) | Q(ruled_by=None, ruled_at=None), name="open_conflict_has_no_ruling"
            )
        ]
        indexes = [models.Index(fields=["application", "reviewer"], name="conflict_of_pair")]

    def __str__(self) -> str:
        return f"conflict {self.pk}"

    @property
    def kind(self) -> str:
        """What kind of tie the system found; empty: it is in the reviewer's own words."""
        return self.ground.partition("-")[0]

    @property
    def ground_name(self) -> str:
        """The same in words."""
        return str(GROUND_NAMES.get(self.kind, ""))

    @property
    def told(self) -> str:
        """What stands in the register, in the language of whoever reads it: what the system wrote was written in somebody
        else's. What a person wrote is left as it is."""
        kept = _kept(self.kind)
        found = kept.fullmatch(self.text) if kept else None
        if found is None:
            return self.text
        parts = found.groupdict()
        ended = date.fromisoformat(parts["day"]) if "day" in parts else None
        return Ground(self.ground, parts.get("name", ""), ended).text


@dataclass(frozen=True)
class Ground:
    """One tie that the system knows of. `code` is what a ruling is about: the kind of tie, and to which organisation."""

    code: str
    organisation: str
    ended: date | None = None

    @property
    def text(self) -> str:
        """In words, in the language of whoever reads."""
        return self._words(day(self.ended) if self.ended else "")

    @property
    def kept(self) -> str:
        """As it is written in the register, whoever the reader was."""
        with translation.override("sv"):
            return self._words(self.ended.isoformat() if self.ended else "")

    def _words(self, ended: str) -> str:
        return str(_SAID[self.code.partition("-")[0]]) % {"name": self.organisation, "day": ended}


Pair = tuple[int, int]  # application, person


def is_ruled(ties: Iterable[Ground]) -> bool:
    """Whether somebody has ruled that there is a conflict."""
    return any(tie.code == RULED for tie in ties)


@dataclass
class _Parties:
    """The parties of the cases that are asked about: by organisation, with what a tie to them is judged by."""

    of: dict[int, list[tuple[int, int, str]]]  # organisation → case, call, name
    years: dict[int, int]  # case → how long an earlier employment counts


def known(cases: Iterable[int], people: Iterable[int]) -> dict[Pair, list[Ground]]:
    """What ties these reviewers to these cases and has not been ruled free, by pair; pairs without any are left out.

    Four queries, however many there are. What somebody has ruled to be a conflict is among them.
    """
    ids, persons = list(cases), list(people)
    found: dict[Pair, list[Ground]] = defaultdict(list)
    parties = _parties(ids)
    _employed(parties, persons, found)
    _co_parties(set(ids), parties, persons, found)
    ruled = Conflict.objects.filter(application__in=ids, reviewer__in=persons).exclude(state=Standing.OPEN)
    free = set[tuple[int, int, str]]()
    judged = set[Pair]()
    for case, person, ground, state in ruled.order_by("ruled_at", "pk").values_list(
        "application_id", "reviewer_id", "ground", "state"
    ):
        if state == Standing.FREE:
            free |= {
                (case, person, ground),
                (case, person, ground.replace("works-", "worked-")),
            }  # also when it has ended
        elif (case, person) not in judged:
            judged.add((case, person))
            found[case, person].append(Ground(RULED, ""))
    return {
        pair: left
        for pair, grounds in found.items()
        if (left := [ground for ground in grounds if (*pair, ground.code) not in free])
    }


def _parties(cases: list[int]) -> _Parties:
    found = _Parties(defaultdict(list), {})
    rows = Party.objects.filter(application__in=cases).values_list(
        "organisation_id",
        "application_id",
        "application__call_id",
        "organisation__name",
        "application__version__text__content__review__conflict_years",
    )
    usual = ReviewRules.model_fields["conflict_years"].default  # of a call that was published without it
    for organisation, case, call, name, years in rows:
        found.of[organisation].append((case, call, name))
        found.years[case] = usual if years is None else years
    return found


def _employed(parties: _Parties, people: list[int], found: dict[Pair, list[Ground]]) -> None:
    """Who speaks for a party, works there, or did within the years that the call says."""
    today = clock.today()
    refused = Q(confirmed_at=None, until__isnull=False)  # who only said so never spoke for it
    here = {"person__in": people, "organisation__in": list(parties.of)}
    speaks = Membership.objects.filter(~refused, **here).order_by()
    works = Affiliation.objects.filter(**here).order_by()
    ties = speaks.values_list("person_id", "organisation_id", TruncDate("until", tzinfo=clock.SWEDEN)).union(
        works.values_list("person_id", "organisation_id", "until"), all=True
    )
    for person, organisation, ended in sorted(ties, key=lambda tie: (tie[0], tie[1], str(tie[2]))):
        _tie(person, organisation, ended, parties, today, found)


def _tie(
    person: int, organisation: int, ended: date | None, parties: _Parties, today: date, found: dict[Pair, list[Ground]]
) -> None:
    for case, _call, name in parties.of[organisation]:
        if ended is None or ended >= today:
            ground = Ground(f"works-{organisation}", name)
        elif (today - ended).days <= parties.years[case] * DAYS_A_YEAR:
            ground = Ground(f"worked-{organisation}", name, ended)
        else:
            continue
        if ground not in found[case, person]:
            found[case, person].append(ground)


def _co_parties(cases: set[int], parties: _Parties, people: list[int], found: dict[Pair, list[Ground]]) -> None:
    """Who works in an application themselves, or in another submitted one of the same call together with a party of this
    one. A draft is nobody's business."""
    works = CaseMember.objects.filter(person__in=people).order_by("pk")
    together: dict[tuple[int, int], set[tuple[int, int]]] = defaultdict(set)  # call, organisation → person, application
    own = set[Pair]()
    for case, call, state, person, organisation in works.values_list(
        "application_id",
        "application__call_id",
        "application__state",
        "person_id",
        "application__parties__organisation_id",
    ):
        assert person is not None  # they were asked for by person
        if case in cases and (case, person) not in own:
            own.add((case, person))
            found[case, person].append(Ground(OWN, ""))
        if state not in (CaseState.DRAFT, CaseState.LAPSED) and organisation in parties.of:
            together[call, organisation].add((person, case))
    for organisation, here in parties.of.items():
        for case, call, name in here:
            for person in sorted({person for person, of in together.get((call, organisation), ()) if of != case}):
                found[case, person].append(Ground(f"co_party-{organisation}", name))
