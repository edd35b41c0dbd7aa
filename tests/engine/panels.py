"""A panel's meeting in a call that has one, with what these tests do again and again."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.test import TestCase

from grants import clock
from grants.applications.models import Application, CaseState
from grants.organisations.models import Person
from grants.programmes.loading import PARTS, read_files, store
from grants.programmes.models import Call
from reviewers import panel_texts
from reviewers.panels import Item, Meeting, PanelMember
from reviewers.sheets import fingerprint
from tests.conftest import START
from tests.engine import herd
from tests.factories import World
from workflows.commands import run
from workflows.simulation import life

CALL = "gemensamma-2023"
TEXT = "Panelen ser stor nytta för flera kommuner."


def have_calls() -> None:
    """The project's own calls, where a class makes its data before any test."""
    if not Call.objects.exists():
        store(read_files([settings.BASE_DIR / "fixtures" / part for part in PARTS]))


def assessed(world: World, cases: list[Application], levels: list[int]) -> list[Application]:
    """The same cases, assessed in a closed call: the first case's scores are all the first level, and so on."""
    for case, level in zip(cases, levels, strict=True):
        run("pass_formal", world.sara, case)
        for assignment in world.assigned(case, "mira", "tove", "hugo"):
            life.review(assignment, Level(), level)  # type: ignore[arg-type]  # no chance in it
        if life.fresh(case).state == CaseState.ASSESSING:
            run("end_assessment", world.sara, case)
    return [life.fresh(case) for case in cases]


class Level:
    """A die that never falls otherwise: every score is the level itself."""

    def choice(self, options: Any) -> Any:
        return 0 if 0 in options else options[0]

    def randint(self, low: int, high: int) -> int:
        return low

    def randrange(self, *bounds: int) -> int:
        return bounds[0] if len(bounds) > 1 else 0


class Panel:
    """A planned meeting about assessed cases, with a chair and two members of its own."""

    def __init__(self, world: World, cases: list[Application], slug: str = CALL) -> None:
        self.world, self.cases = world, cases
        self.chair = world.reviewer("olle", "Olle Ordförande")
        self.petra = world.reviewer("petra", "Petra Panel")
        self.pål = world.reviewer("pal", "Pål Panel")
        run("plan_meeting", world.sara, world.call(slug), **when_and_where())
        self.meeting = Meeting.objects.latest("pk")
        for person in (self.chair, self.petra, self.pål):
            run("add_panel_member", world.sara, self.meeting, person=person, is_chair=person == self.chair)

    @property
    def items(self) -> list[Item]:
        """The agenda in order."""
        return list(Item.objects.filter(meeting=self.meeting).select_related("application"))

    def seat(self, person: Person) -> PanelMember:
        return PanelMember.objects.get(meeting=self.meeting, person=person, ended_at=None)

    def declare(self, person: Person, answer: str = "no", items: list[Item] | None = None, text: str = "") -> None:
        """The same answer about these items, or about all."""
        keys = [item.pk for item in items or self.items]
        run("declare_panel", person, self.meeting, answers=dict.fromkeys(keys, answer), texts=dict.fromkeys(keys, text))

    def all_declare(self) -> "Panel":
        for person in (self.chair, self.petra, self.pål):
            self.declare(person)
        return self

    def open(self) -> "Panel":
        self.all_declare()
        run("open_meeting", self.world.sara, self.meeting)
        return self

    def agree(self, item: Item, recommendation: str = "fund", amount: str = "", departure: str = "") -> None:
        """Take the item up, write and be done with it."""
        run("take_up", self.world.sara, item)
        write(item, self.petra, recommendation=recommendation, amount=amount, text=TEXT, departure=departure)
        run("close_item", self.world.sara, item)

    def agree_on_all(self) -> "Panel":
        for item in self.items:
            self.agree(item)
        return self


def panel_of(world: World, levels: list[int], slug: str = CALL) -> Panel:
    """A planned meeting about as many cases as there are levels, each scored about so."""
    return Panel(world, assessed(world, herd.submitted(world, len(levels), slug), levels), slug)


def write(item: Item, person: Person, **typed: str) -> panel_texts.Saved:
    """Save what is typed by somebody who has seen what stands there."""
    seen = {field: fingerprint(text) for field, text in panel_texts.read(Item.objects.get(pk=item.pk)).items()}
    with transaction.atomic():
        return panel_texts.save(item.pk, person, typed, seen)


def when_and_where() -> dict[str, Any]:
    return {"starts_at": clock.now() + timedelta(days=3), "place": "Rum 4", "meeting_url": ""}


class AtTable(TestCase):
    """The meeting is planned once for a class; what a test does to it has not happened in the next."""

    levels: ClassVar[list[int]] = [5, 2, 4]
    panel: ClassVar[Panel]
    now: ClassVar[datetime]

    @classmethod
    def setUpTestData(cls) -> None:
        with clock.at(START):
            have_calls()
            cls.panel = panel_of(World(), cls.levels)
            cls.now = clock.now()

    def setUp(self) -> None:
        self.enterContext(clock.at(self.now))
