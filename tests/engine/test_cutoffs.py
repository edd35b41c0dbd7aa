"""Cut-offs gather: what has come in by one is judged from it, the rest from the next or from the closing."""

from datetime import datetime, timedelta

import pytest

from grants import clock
from grants.applications.models import Application
from grants.programmes.models import Call, CallPhase
from grants.programmes.reading import parse_call
from grants.refusal import Refusal
from grants.templatetags.writing import when
from tests.engine.asking import happened, refused
from tests.engine.calls import SLUG, differing, make_call, publish
from tests.engine.closing import DAY, MOMENT, SECOND, S, closes, nudged
from tests.factories import World
from tests.programmes.files import ROOT
from workflows import integrity, jobs, stepping, sweeps
from workflows.commands import run
from workflows.commands.publishing import note_publication
from workflows.models import Notice
from workflows.notices.details import detail
from workflows.queries import case_page
from workflows.queries.inbox import inbox_of
from workflows.queries.lists import cases_of_applicant, cases_of_staff
from workflows.simulation import life

pytestmark = pytest.mark.django_db
FIFTH = ROOT / "tests" / "programmes" / "fifth.yaml"
FIRST = datetime(2023, 7, 10, 14, tzinfo=clock.SWEDEN)
SECOND_ONE = datetime(2023, 8, 14, 14, tzinfo=clock.SWEDEN)
ENDLESS = {"closes": None}


def sent_in(world: World, at: datetime | None = None) -> Application:
    case = world.draft(SLUG)
    if at is not None:
        clock.move(at)
    life.submit(case, world.karin)
    return life.fresh(case)


def why_not(world: World, case: Application) -> Refusal:
    return refused("pass_formal", world.sara, case)


@pytest.fixture
def call(world: World) -> Call:
    return make_call(world, cutoffs=[FIRST, SECOND_ONE])


@pytest.mark.usefixtures("call")
class TestGathering:
    def test_two_are_judged_from_different_moments(self, world: World) -> None:
        early, late = sent_in(world), sent_in(world, FIRST)  # at the very cut-off: too late for it
        last = sent_in(world, SECOND_ONE)
        ends = closes(last.call)
        assert [c.judged_from for c in (early, late, last)] == [FIRST, SECOND_ONE, ends]
        assert [c.gathered_at for c in (early, late, last)] == [FIRST, SECOND_ONE, None]
        run("pass_formal", world.sara, early)
        run("pass_formal", world.sara, late)
        assert why_not(world, last).changes_at == ends
        assert [life.fresh(c).state for c in (early, late, last)] == [S.ASSESSING, S.ASSESSING, S.SUBMITTED]
        assert world.call(SLUG).phase() == CallPhase.OPEN  # the call goes on meanwhile
        assert list(integrity.check()) == []

    def test_nothing_is_judged_a_moment_before(self, world: World) -> None:
        case = sent_in(world)
        clock.move(FIRST - MOMENT)
        for command in ("pass_formal", "ask_completion", "propose_rejection"):
            refusal = refused(command, world.sara, case)
            assert (refusal.code, refusal.changes_at) == ("call_open", FIRST)
            assert "avstämningen" in refusal.text
        assert inbox_of(world.sara).count == 0
        clock.move(FIRST)
        assert inbox_of(world.sara).count == 1
        run("pass_formal", world.sara, case)

    def test_what_arrived_in_time_is_in_time_however_late_it_is_taken_in(self, world: World) -> None:
        case = world.draft(SLUG)
        clock.move(FIRST + SECOND)
        run("submit", world.karin, case, arrived_at=FIRST - MOMENT, confirm=True)
        run("pass_formal", world.sara, case)
        assert life.fresh(case).gathered_at == FIRST

    def test_a_draft_lives_on_past_a_cutoff(self, world: World) -> None:
        case = world.draft(SLUG)
        stepping.walk(SECOND_ONE + DAY, clock.move, jobs.run_pending)
        assert life.fresh(case).state == S.DRAFT
        life.submit(case, world.karin)
        assert life.fresh(case).judged_from == closes(case.call)

    def test_a_completion_is_still_of_the_same_gathering(self, world: World) -> None:
        case = sent_in(world)
        clock.move(FIRST + DAY)
        run("ask_completion", world.sara, case, request_text="Intyg.", due=SECOND_ONE + 3 * DAY)
        clock.move(SECOND_ONE + DAY)
        life.submit(case, world.karin)
        assert life.fresh(case).gathered_at == FIRST
        run("pass_formal", world.sara, case)
        assert list(integrity.check()) == []


@pytest.mark.usefixtures("call")
class TestApplicant:
    def test_may_change_until_the_cutoff_and_not_after(self, world: World) -> None:
        case = sent_in(world)
        run("unlock", world.karin, case)
        life.submit(case, world.karin)
        assert life.fresh(case).gathered_at == FIRST
        clock.move(FIRST)
        refusal = refused("unlock", world.karin, case)
        assert (refusal.code, "avstämningen" in refusal.text) == ("gathered", True)

    def test_a_change_is_in_time_by_when_it_arrived(self, world: World) -> None:
        case = sent_in(world)
        run("unlock", world.karin, case)
        clock.move(FIRST + SECOND)
        assert refused("submit", world.karin, case, confirm=True).code == "gathered"
        run("submit", world.karin, case, arrived_at=FIRST - MOMENT, confirm=True)

    def test_a_working_copy_ends_with_the_cutoff(self, world: World) -> None:
        case, later = sent_in(world), sent_in(world, FIRST - 2 * DAY)
        for each in (case, later):
            run("unlock", world.karin, each)
        run("drop_copy", world.karin, later)
        assert refused("end_copy", None, case).code == "still_open"
        clock.move(FIRST)
        assert why_not(world, case).code == "being_changed"
        assert sweeps.next_instant(clock.now(), FIRST + DAY) == FIRST + sweeps.IN_FLIGHT
        stepping.walk(FIRST + sweeps.IN_FLIGHT, clock.move, jobs.run_pending)
        assert not life.fresh(case).working_copy
        assert happened(case)[-1] == "end_copy"
        run("pass_formal", world.sara, case)

    def test_is_told_from_when_it_is_judged(self, world: World) -> None:
        case = sent_in(world)
        page = case_page.read(world.karin, case.pk)
        assert f"efter avstämningen {when(FIRST, 'weekday')}" in page.turn.text
        assert any(m.title == "Avstämning" and m.at == FIRST for m in page.line)
        assert not any(m.title == "Omgången stänger" for m in page.line)
        notice = Notice.objects.filter(case=case, kind="submit").latest("pk")
        assert f"avstämningen {when(FIRST, 'full')}" in detail(notice.event)

    def test_is_reminded_of_the_cutoff_when_what_was_submitted_is_unlocked(self, world: World) -> None:
        clock.move(FIRST - 20 * DAY)
        case = sent_in(world)
        run("unlock", world.karin, case)
        stepping.walk(FIRST - SECOND, clock.move, jobs.run_pending)
        assert nudged(case) == [(14, FIRST - 14 * DAY), (3, FIRST - 3 * DAY), (1, FIRST - DAY)]
        (mine,) = cases_of_applicant(world.karin).going_on
        assert mine.due == FIRST


class TestWhatMovesTime:
    def test_an_incident_moves_the_closing_and_no_cutoff(self, world: World) -> None:
        call = make_call(world, cutoffs=[FIRST])
        early, late = sent_in(world), sent_in(world, FIRST)
        ends = closes(call)
        now = clock.now()
        run("log_incident", world.sara, call, closes_at=ends + DAY, began_at=now, ended_at=now, text="x", text_en="")
        assert [life.fresh(c).judged_from for c in (early, late)] == [FIRST, ends + DAY]

    def test_a_cutoff_at_the_closing_time_is_the_closing(self, world: World) -> None:
        """So an incident moves it: what is submitted can be changed for as long as others may submit."""
        ends = closes(world.call())
        call = make_call(world, cutoffs=[FIRST, ends])
        case = sent_in(world, FIRST)
        assert (case.gathered_at, case.judged_from) == (None, ends)
        now = clock.now()
        run("log_incident", world.sara, call, closes_at=ends + DAY, began_at=now, ended_at=now, text="x", text_en="")
        clock.move(ends)
        run("unlock", world.karin, case)

    def test_ones_own_later_time_holds_for_what_no_cutoff_gathers(self, world: World) -> None:
        call = make_call(world, cutoffs=[FIRST])
        case = world.draft(SLUG)
        clock.move(FIRST)
        run("ask_extension", world.karin, case, reason="Avbrott.")
        later = closes(call) + 2 * DAY
        run("grant_extension", world.sara, case.extensions.get(), due=later, reason="Ja.")
        life.submit(case, world.karin)
        assert life.fresh(case).judged_from == later

    def test_a_new_version_moves_no_cutoff_of_what_is_submitted(self, world: World) -> None:
        call = make_call(world, cutoffs=[FIRST])
        case, draft = sent_in(world), world.draft(SLUG)
        publish(world, differing(call.definition, cutoffs=[FIRST + DAY]))
        newest = world.call(SLUG)
        assert newest.version is not None
        note_publication(newest, newest.version)
        life.submit(draft, world.karin)
        assert [life.fresh(c).gathered_at for c in (case, draft)] == [FIRST, FIRST + DAY]
        assert list(integrity.check()) == []


class TestEndless:
    def test_what_comes_after_the_last_cutoff_is_judged_at_once(self, world: World) -> None:
        make_call(world, cutoffs=[FIRST], window=ENDLESS)
        gathered, after = sent_in(world), sent_in(world, FIRST)
        assert (gathered.judged_from, after.judged_from) == (FIRST, None)
        for case in (gathered, after):
            run("pass_formal", world.sara, case)
        assert refused("unlock", world.karin, gathered).code == "state"
        assert world.call(SLUG).phase() == CallPhase.OPEN
        assert list(integrity.check()) == []

    def test_a_copy_ends_and_reminders_come_without_a_closing_time_too(self, world: World) -> None:
        make_call(world, cutoffs=[FIRST], window=ENDLESS)
        clock.move(FIRST - 2 * DAY)
        case, draft = sent_in(world), world.draft(SLUG)
        run("unlock", world.karin, case)
        stepping.walk(FIRST + sweeps.IN_FLIGHT, clock.move, jobs.run_pending)
        assert not life.fresh(case).working_copy
        assert nudged(case) == [(1, FIRST - DAY)]
        assert (life.fresh(draft).state, nudged(draft)) == (S.DRAFT, [])


def test_the_call_unlike_the_others_gathers_twice(world: World) -> None:
    """Its second cut-off is its closing time, and the first gathering is decided before that."""
    definition = parse_call(FIFTH.read_text("utf-8"), FIFTH.name)
    call = publish(world, definition.model_copy(update={"programme": world.call().definition.programme}))
    cutoff, ends = definition.window.cutoffs
    assert ends == call.closes_at
    first = world.submitted(call.slug)
    clock.move(cutoff)
    second = world.submitted(call.slug)
    assert [c.judged_from for c in (first, second)] == [cutoff, ends]
    assert world.onwards(first, S.REPORTING).state == S.REPORTING
    assert clock.now() < ends
    assert why_not(world, second).changes_at == ends
    assert world.onwards(world.closed(second), S.ASSESSED).state == S.ASSESSED
    assert list(integrity.check()) == []


@pytest.mark.usefixtures("call")
def test_staff_find_what_came_in_for_a_cutoff(world: World) -> None:
    early, late = sent_in(world), sent_in(world, FIRST + timedelta(hours=1))
    found = cases_of_staff(world.sara, {"omgang": SLUG})
    assert [moment for _value, moment in found.cutoffs] == [FIRST, SECOND_ONE]
    for (value, _moment), case in zip(found.cutoffs, (early, late), strict=True):
        narrowed = cases_of_staff(world.sara, {"omgang": SLUG, "avstamning": value})
        assert [row.case.pk for row in narrowed.rows] == [case.pk]
    assert cases_of_staff(world.sara, {"omgang": "starta-2023"}).cutoffs == []
    assert len(cases_of_staff(world.sara, {"avstamning": "\x00'; --"}).rows) == 2
