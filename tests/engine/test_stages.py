"""Stages that a call switches on or off: the formal check, interviews, a panel, and a call that nobody reviews."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grants import clock
from grants.applications.models import Application
from grants.decisions.hearings import Hearing
from grants.decisions.models import Outcome
from grants.organisations.models import Person
from grants.programmes.loading import canonical
from grants.programmes.models import CallPhase, CallVersion, DefinitionText
from tests.engine.asking import happened, refused
from tests.engine.calls import SLUG, differing, make_call, publish
from tests.engine.closing import DAY, SECOND, S, closes
from tests.factories import World
from tests.pages.asking import act, get
from tests.signing_in import signed_in
from workflows import integrity, jobs, stepping, sweeps
from workflows.commands import run
from workflows.models import Event, Notice, Task
from workflows.notices.details import detail
from workflows.queries import case_page
from workflows.queries.inbox import inbox_of
from workflows.simulation import life

pytestmark = pytest.mark.django_db
FIRST = datetime(2023, 7, 10, 14, tzinfo=clock.SWEDEN)
UNCHECKED = {"formal_check": False}
SECRET = "Sökanden verkar osäker på sina data."


def turns_of(person: Person) -> list[str]:
    return [row.title for group in inbox_of(person).groups for row in group.rows]


def assessed(world: World, **stages: bool) -> Application:
    make_call(world, stages=stages)
    return world.case(S.ASSESSED, SLUG)


def call_in(world: World, case: Application, at: datetime | None = None) -> datetime:
    at = at or clock.now() + 5 * DAY
    life.call_in(case, world.sara, at)
    return at


class TestWithoutFormalCheck:
    def test_the_clock_passes_an_application_on_when_it_is_to_be_judged(self, world: World) -> None:
        call = make_call(world, stages=UNCHECKED)
        case = world.submitted(SLUG)
        stepping.walk(closes(call) - SECOND, clock.move, jobs.run_pending)
        assert (life.fresh(case).state, turns_of(world.sara)) == (S.SUBMITTED, [])
        assert sweeps.next_instant(clock.now(), closes(call)) == closes(call)
        clock.move(closes(call))
        assert turns_of(world.sara) == []  # nor in the minute until the clock comes round
        assert case_page.read(world.sara, case.pk).turn.whose == "Väntar på systemet"
        sweeps.run_due()
        assert life.fresh(case).state == S.ASSESSING
        assert turns_of(world.sara) == ["Utse bedömare"]
        passed = Event.objects.get(stream=f"case:{case.pk}", name="pass_unchecked")
        assert (passed.actor, passed.source, passed.target) == (None, "submitted", "assessing")
        assert sweeps.run_due() == 0
        assert list(integrity.check()) == []

    def test_it_has_none_of_the_steps_of_the_check(self, world: World) -> None:
        call = make_call(world, stages=UNCHECKED)
        case = world.submitted(SLUG)
        clock.move(closes(call))
        for command in ("pass_formal", "ask_completion", "propose_rejection"):
            assert refused(command, world.sara, case).code == "stage"
        page = case_page.read(world.sara, case.pk)
        steps = {a.command for a in (*page.actions.can, *page.actions.cannot)}
        assert not steps & {"pass_formal", "ask_completion", "propose_rejection", "call_interview", "record_panel"}

    def test_a_call_with_a_check_is_not_passed_on_by_the_clock(self, world: World) -> None:
        case = world.closed(world.submitted())
        assert (case.state, refused("pass_unchecked", None, case).code) == (S.SUBMITTED, "stage")

    def test_each_cutoff_passes_on_what_it_gathers(self, world: World) -> None:
        make_call(world, stages=UNCHECKED, cutoffs=[FIRST])
        early = world.submitted(SLUG)
        clock.move(FIRST)
        late = world.submitted(SLUG)
        sweeps.run_due()
        assert [life.fresh(c).state for c in (early, late)] == [S.ASSESSING, S.SUBMITTED]

    def test_what_is_being_changed_is_passed_on_as_it_was_submitted(self, world: World) -> None:
        make_call(world, stages=UNCHECKED, cutoffs=[FIRST])
        case = world.submitted(SLUG)
        run("unlock", world.karin, case)
        stepping.walk(FIRST, clock.move, jobs.run_pending)
        assert (life.fresh(case).state, life.fresh(case).working_copy) == (S.SUBMITTED, True)
        stepping.walk(FIRST + sweeps.IN_FLIGHT, clock.move, jobs.run_pending)
        assert (life.fresh(case).state, life.fresh(case).working_copy) == (S.ASSESSING, False)

    def test_without_an_end_it_goes_on_at_once(self, world: World) -> None:
        make_call(world, stages=UNCHECKED, window={"closes": None})
        case = world.submitted(SLUG)
        sweeps.run_due()
        assert life.fresh(case).state == S.ASSESSING

    def test_it_can_be_withdrawn_before_anybody_has_had_a_turn(self, world: World) -> None:
        make_call(world, stages=UNCHECKED)
        case = world.case(S.WITHDRAWN, SLUG)
        assert [task.kind for task in Task.objects.filter(case=case, finished=None)] == ["write_off"]
        assert list(integrity.check()) == []


class TestInterview:
    def test_a_grant_waits_for_it_and_a_rejection_does_not(self, world: World) -> None:
        case = assessed(world, interview=True)
        refusal = refused("propose", world.sara, case, outcome=Outcome.GRANT, lines=[])
        assert (refusal.code, refusal.link) == ("no_interview", "call_interview")
        life.propose(case, world.sara, Outcome.REJECTION)
        assert life.fresh(case).state == S.PROPOSED

    def test_the_turns_lead_from_call_to_note_to_proposal(self, world: World) -> None:
        case = assessed(world, interview=True)
        assert turns_of(world.sara) == ["Kalla till intervju"]
        at = call_in(world, case)
        assert turns_of(world.sara) == ["Håll intervjun och anteckna den"]
        assert refused("record_interview", world.sara, case).changes_at == at
        assert case_page.read(world.sara, case.pk).turn.url == ""  # a turn never leads to a page that only says no
        clock.move(at)
        assert case_page.read(world.sara, case.pk).turn.url.startswith("/act/record_interview/")
        life.note_interview(case, world.sara)
        assert turns_of(world.sara) == ["Förbered beslut"]
        life.propose(case, world.sara)
        run("return_proposal", world.eva, case, reason="Skälen.")
        assert turns_of(world.sara) == ["Förbered beslut"]
        assert list(integrity.check()) == []

    def test_nothing_is_proposed_while_the_applicant_is_called(self, world: World) -> None:
        case = assessed(world, interview=True)
        at = call_in(world, case)
        for outcome in (Outcome.GRANT, Outcome.REJECTION):
            with pytest.raises(Exception, match="interview_ahead"):
                life.propose(case, world.sara, outcome)
        page = case_page.read(world.sara, case.pk)
        (step,) = [a for a in page.actions.cannot if a.command == "propose"]
        assert step.reasons[0].link.startswith("/act/cancel_interview/")
        clock.move(at)
        page = case_page.read(world.sara, case.pk)
        (step,) = [a for a in page.actions.cannot if a.command == "propose"]
        assert step.reasons[0].link.startswith("/act/record_interview/")

    def test_it_is_moved_and_cancelled_and_the_applicant_is_told_each_time(self, world: World) -> None:
        case = assessed(world, interview=True)
        at = call_in(world, case)
        assert refused("call_interview", world.sara, case, starts_at=at).code == "called"
        run("move_interview", world.sara, case, starts_at=at + DAY, place="Rum 4", meeting_url="", participants="Sara")
        run("cancel_interview", world.sara, case)
        told = Notice.objects.filter(case=case, kind__endswith="_interview").order_by("pk")
        assert [(n.kind, n.person) for n in told] == [
            (kind, world.karin) for kind in ("call_interview", "move_interview", "cancel_interview")
        ]
        assert "Intervjun är" in detail(told[1].event)
        assert turns_of(world.sara) == ["Kalla till intervju"]
        for command in ("move_interview", "cancel_interview", "record_interview"):
            assert refused(command, world.sara, case).code == "not_called"
        assert refused("propose", world.sara, case, outcome=Outcome.GRANT, lines=[]).code == "no_interview"
        call_in(world, case)
        assert Hearing.objects.filter(application=case).count() == 2

    def test_the_applicant_sees_when_and_where_and_no_notes(self, world: World) -> None:
        case = assessed(world, interview=True)
        assert "mote.exempel" not in get(signed_in(world.karin), "case", case.pk)
        at = call_in(world, case)
        page = get(signed_in(world.karin), "case", case.pk)
        assert "Ni är kallade till intervju" in page
        assert "https://mote.exempel.invalid/1" in page
        file = get(signed_in(world.karin), "interview_calendar", case.pk)
        assert f"DTSTART:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" in file
        assert "LOCATION:https://mote.exempel.invalid/1" in file
        clock.move(at)
        run("record_interview", world.sara, case, participants="Sara och Karin", text=SECRET)
        get(signed_in(world.karin), "interview_calendar", case.pk, status=404)
        assert case_page.read(world.karin, case.pk).hearings == []
        for who, sees in ((world.karin, False), (world.sara, True), (world.eva, True), (world.rolf, True)):
            assert (SECRET in get(signed_in(who), "case", case.pk)) == sees, who
        life.propose(case, world.sara)
        assert SECRET in get(signed_in(world.eva), "act", "approve", case.pk)
        life.approve(case, world.eva)
        jobs.run_pending()
        assert SECRET not in get(signed_in(world.karin), "case", case.pk)
        assert "record_interview" in happened(case)

    def test_what_is_written_down_stands(self, world: World) -> None:
        case = assessed(world, interview=True)
        clock.move(call_in(world, case))
        life.note_interview(case, world.sara)
        rows = Hearing.objects.filter(application=case)
        for change in (lambda: rows.update(text="Något annat"), rows.delete):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        assert list(integrity.check()) == []

    def test_an_assessment_that_opens_again_leaves_it_as_it_is(self, world: World) -> None:
        case = assessed(world, interview=True)
        at = call_in(world, case)
        for assignment in case.assignments.filter(state="lodged"):
            run("report_conflict", world.sara, assignment, reason="Jäv.")
        assert life.fresh(case).state == S.ASSESSING
        turn = Task.objects.get(case=case, finished=None)
        clock.move(at)
        life.note_interview(case, world.sara)
        assert Task.objects.get(case=case, finished=None) == turn
        assert turns_of(world.sara) == ["Ersätt bedömare efter jäv eller avböjt uppdrag"]
        assert list(integrity.check()) == []

    def test_the_forms_say_what_is_wrong(self, world: World) -> None:
        case, sara = assessed(world, interview=True), signed_in(world.sara)
        good = {"starts_at": "2023-12-01 10:00", "place": "Rum 4", "participants": "Sara"}
        bad = (
            {"starts_at": "2020-01-01 10:00"},
            {"starts_at": "i morgon"},
            {"place": ""},
            {"meeting_url": "javascript:alert(1)"},
            {"meeting_url": "ftp://exempel.invalid/"},
            {"participants": "\x00"},
        )
        for n, wrong in enumerate(bad):
            act(sara, "call_interview", case.pk, status=422, **(good | wrong | {"key": str(n)}))
        act(sara, "call_interview", case.pk, **good)
        assert "Rum 4" in get(sara, "act", "move_interview", case.pk)
        act(sara, "move_interview", case.pk, **(good | {"place": "Rum 5"}))
        get(sara, "act", "record_interview", case.pk)
        act(sara, "record_interview", case.pk, status=409, participants="Sara", text="x")
        clock.move(datetime(2023, 12, 1, 10, tzinfo=clock.SWEDEN))
        act(sara, "record_interview", case.pk, status=422, participants="Sara", text="", key="a")
        act(sara, "record_interview", case.pk, participants="Sara", text="x", key="b")

    def test_the_page_of_a_proposal_says_what_is_lacking(self, world: World) -> None:
        case, sara = assessed(world, interview=True, panel=True), signed_in(world.sara)
        page = get(sara, "act", "propose", case.pk)
        for code in ("no_interview", "no_panel"):
            assert f'data-rule="{code}"' in page
        answer = {"outcome": "grant", "reasons": "Bra.", "participants": "ingen annan"}
        shown = {k: str(v) for k, v in _amounts(case).items()} | answer
        response = act(sara, "propose", case.pk, status=409, **shown)
        assert b"Bra." in response.content  # what was typed comes back
        assert life.fresh(case).state == S.ASSESSED


def _amounts(case: Application) -> dict[str, str]:
    basis = case.definition.decision.aid_bases[0].id
    fields = {"starts_on": case.starts_on, "ends_on": case.ends_on}
    for party in case.parties.all():
        fields |= {f"amount_{party.pk}": "1000", f"share_{party.pk}": "50", f"basis_{party.pk}": basis}
    return fields


class TestPanel:
    def test_a_grant_waits_for_its_recommendation(self, world: World) -> None:
        case = assessed(world, panel=True)
        assert turns_of(world.sara) == ["Anteckna panelens rekommendation"]
        refusal = refused("propose", world.sara, case, outcome=Outcome.GRANT, lines=[])
        assert (refusal.code, refusal.link) == ("no_panel", "record_panel")
        life.note_panel(case, world.sara, "reserve")
        assert turns_of(world.sara) == ["Förbered beslut"]
        life.propose(case, world.sara)  # it advises, it decides nothing
        page = get(signed_in(world.eva), "act", "approve", case.pk)
        assert "Panelen rekommenderar reserv." in page
        assert "record_panel" not in [m.title for m in case_page.read(world.karin, case.pk).line]
        assert not Notice.objects.filter(case=case, kind="record_panel").exists()
        assert list(integrity.check()) == []

    def test_its_form_wants_to_know_what_it_recommends_and_why(self, world: World) -> None:
        case, sara = assessed(world, panel=True), signed_in(world.sara)
        met = f"{clock.now().astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}"
        good = {"starts_at": met, "participants": "Ledamöterna", "recommendation": "fund", "text": "Nytta."}
        for n, wrong in enumerate(({"recommendation": "kanske"}, {"text": ""}, {"starts_at": "2199-01-01 10:00"})):
            act(sara, "record_panel", case.pk, status=422, **(good | wrong | {"key": str(n)}))
        act(sara, "record_panel", case.pk, **good)
        assert Hearing.objects.get(application=case).recommendation == "fund"

    def test_after_an_interview(self, world: World) -> None:
        case = assessed(world, interview=True, panel=True)
        clock.move(call_in(world, case))
        life.note_interview(case, world.sara)
        assert turns_of(world.sara) == ["Anteckna panelens rekommendation"]
        assert refused("propose", world.sara, case, outcome=Outcome.GRANT, lines=[]).code == "no_panel"

    def test_the_database_keeps_no_panel_without_a_recommendation(self, world: World) -> None:
        case = assessed(world, panel=True)
        row = {"kind": "panel", "starts_at": clock.now(), "participants": "x", "text": "x"}
        with pytest.raises(DatabaseError), transaction.atomic():
            Hearing.objects.create(application=case, recorded_by=world.sara, recorded_at=clock.now(), **row)


class TestWithoutReview:
    def test_a_call_that_does_not_say_how_to_review_lives_and_shows_itself(self, world: World) -> None:
        pattern = world.call().definition
        sections = tuple(
            s.model_copy(update={"questions": tuple(q.model_copy(update={"criterion": None}) for q in s.questions)})
            for s in pattern.sections
        )
        stages = {"review": False, "formal_check": False, "interview": True}
        publish(world, differing(pattern, stages=stages, review=None, sections=sections, demo=()))
        world.open(SLUG)
        page = get(Client(), "call", SLUG)
        assert "Den som kan få bidrag kallas först till en intervju." in page
        assert "#criteria" not in page
        for name in ("call_form", "call_sheet", "call_source", "eligibility", "call_calendar"):
            assert Client().get(reverse(name, args=[SLUG])).status_code == 200, name
        case = world.submitted(SLUG)
        assert get(signed_in(world.karin), "preview", case.pk)
        case = world.closed(case)
        assert case.state == S.ASSESSED
        life.hear(case, world.sara)
        for name in ("case", "machine"):
            get(signed_in(world.sara), name, case.pk if name == "case" else SLUG)
        get(signed_in(world.sara), "act", "propose", case.pk)
        life.propose(case, world.sara)
        life.approve(case, world.eva)
        jobs.run_pending()
        assert life.fresh(case).state == S.ACCEPTING
        assert list(integrity.check()) == []


def test_a_call_whose_gatherings_are_all_decided_is_decided_when_it_closes(world: World) -> None:
    call = make_call(world, cutoffs=[FIRST])
    case = world.submitted(SLUG)
    clock.move(FIRST)
    run("propose_rejection", world.sara, case, reasons="Nej.", participants="ingen annan")
    life.approve(case, world.eva)
    jobs.run_pending()
    assert (life.fresh(case).state, world.call(SLUG).phase()) == (S.CLOSED, CallPhase.OPEN)
    stepping.walk(closes(call) + timedelta(minutes=1), clock.move, jobs.run_pending)
    assert world.call(SLUG).phase() == CallPhase.DECIDED


def test_an_ordinary_case_asks_nothing_of_hearings(world: World) -> None:
    case = world.case(S.ASSESSED)
    with CaptureQueriesContext(connection) as captured:
        case_page.read(world.sara, case.pk)
        case_page.read(world.karin, case.pk)
    assert not [q for q in captured if "decisions_hearing" in q["sql"]]


def test_the_same_file_makes_no_new_version_when_the_format_has_got_a_key(world: World) -> None:
    """A version of before has none of the newer stages in its text; they are what they are by default."""
    call = world.call()
    content = json.loads(canonical(call.definition))
    for key in ("formal_check", "interview", "panel"):
        del content["stages"][key]
    text = DefinitionText.objects.create(sha256="0" * 64, content=content, source="")
    call.version = CallVersion.objects.create(call=call, number=2, text=text)
    call.save(update_fields=["version"])
    publish(world, call.definition)
    assert world.call().version == call.version
