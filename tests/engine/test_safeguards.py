"""Against what goes wrong slowly: late sweeps, floods of mail, files that pile up."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from grants.applications.pages.room import Room, own_application
from grants.letters.models import Document
from grants.models import StoredFile
from grants.organisations.models import Person
from grants.programmes.definition import STORED, CallDefinition
from grants.programmes.models import Office
from grants.projects.models import Report
from grants.refusal import Refused
from tests.engine.asking import refused
from tests.factories import World
from workflows import collecting, sweeps
from workflows.commands import prepare, run
from workflows.commands.applying import create_draft
from workflows.commands.calls import give_office
from workflows.commands.parties import LINKS_A_DAY
from workflows.proposal_forms import ProposalForm
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
MOMENT = timedelta(microseconds=1)
S = CaseState


class TestInFlight:
    """What arrived in time may wait for its turn: nothing it needs is swept away under it."""

    def test_a_draft_waits_some_minutes_after_closing(self, world: World) -> None:
        case = world.draft()
        closes = case.call.closes_at
        assert closes is not None
        clock.move(closes + timedelta(minutes=5))
        sweeps.run_due()
        run("submit", world.karin, case, arrived_at=closes - MOMENT, confirm=True)
        assert life.fresh(case).state == S.SUBMITTED

    def test_and_no_longer(self, world: World) -> None:
        case = world.draft()
        closes = case.call.closes_at
        assert closes is not None
        due = sweeps.next_instant(closes, closes + timedelta(days=1))
        assert due is not None
        clock.move(due)
        sweeps.run_due()
        assert life.fresh(case).state == S.LAPSED


class TestFloods:
    def test_a_party_gets_a_few_links_a_day(self, world: World) -> None:
        party = create_draft(world.karin, world.open(), world.organisation).parties.get()
        began = clock.now()
        for n in range(LINKS_A_DAY):
            clock.move(began + timedelta(hours=n))
            run("invite_party", world.karin, party)
        refusal = refused("invite_party", world.karin, party)
        assert (refusal.code, refusal.changes_at) == ("asked_often", began + timedelta(days=1))
        clock.move(began + timedelta(days=1))
        run("invite_party", world.karin, party)


class TestWriting:
    def test_nothing_is_taken_that_is_about_to_be_swept_away(self, world: World) -> None:
        case = world.draft()
        assert Room(own_application(world.karin, case.pk), world.karin).may_write
        assert case.call.closes_at is not None
        clock.move(case.call.closes_at)
        assert not Room(own_application(world.karin, case.pk), world.karin).may_write


class TestSweeping:
    def test_one_case_that_cannot_be_swept_holds_up_no_other(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = world.draft(), world.draft()
        closes = first.call.closes_at
        assert closes is not None
        clock.move(closes + sweeps.IN_FLIGHT)

        def broken(name: str, actor: None, pk: int, **options: object) -> object:
            if pk == first.pk:
                raise RuntimeError("planted")
            return run(name, actor, pk, **options)

        monkeypatch.setattr(sweeps, "run", broken)
        with pytest.raises(ExceptionGroup):
            sweeps.run_due()
        assert (life.fresh(first).state, life.fresh(second).state) == (S.DRAFT, S.LAPSED)


def test_a_published_text_is_read_although_a_later_rule_would_refuse_it(world: World) -> None:
    content = world.call().definition.model_dump(mode="json")
    content["reporting"]["reports"] = [r for r in content["reporting"]["reports"] if r["kind"] != "final"]
    content["reporting"]["payments"] = []
    with pytest.raises(ValueError, match="no final report"):
        CallDefinition.model_validate(content)
    assert CallDefinition.model_validate(content, context=STORED).reporting.reports


class TestLetters:
    def test_what_is_far_too_long_is_refused_and_kept(self, world: World) -> None:
        case = world.case(S.ASSESSED)
        form = ProposalForm(prepare("propose", world.sara, case.pk), {"reasons": "å" * 30_000})
        assert "reasons" in form.errors

    def test_what_cannot_be_printed_is_refused_where_it_is_written(self, world: World) -> None:
        case = world.case(S.ASSESSED)
        act = prepare("propose", world.sara, case.pk)
        form = ProposalForm(act, {"reasons": "Bra 🌾", "participants": "漢", "special_conditions": "ok"})
        assert "🌾" in form.errors["reasons"][0]
        assert "漢" in form.errors["participants"][0]
        assert "special_conditions" not in form.errors

    def test_a_title_with_a_sign_that_no_font_has_stops_the_decision_and_says_which(self, world: World) -> None:
        case = world.case(S.PROPOSED)  # submitted before such titles were refused, or with fonts that had the sign
        Application.objects.filter(pk=case.pk).update(title="Blåbär 🫐 åt alla")
        with pytest.raises(Refused) as answer:
            life.approve(case, world.eva)
        assert [refusal.code for refusal in answer.value.refusals] == ["unprintable"]
        assert "U+1FAD0" in answer.value.refusals[0].text
        assert "Projektets titel" in answer.value.refusals[0].text


def test_who_gets_an_office_signs_in_as_staff_do(world: World, client: Client) -> None:
    person = people.make_person("nyanstalld", "Ny Anställd")
    give_office(world.call(), person, Office.Role.HANDLE)
    client.force_login(Person.objects.get(pk=person.pk), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("inbox"))
    assert answer.status_code == 302  # to set up a second factor
    assert "/konto/" in answer["Location"]


class TestFiles:
    def test_bytes_that_nothing_needs_go_after_a_day(self, world: World) -> None:
        case = world.submitted()
        named = {a["sha256"] for a in case.submissions.get().content["attachments"]}
        case.attachments.all().delete()  # the working copy's own rows; the submission still names the files
        StoredFile.keep(b"%PDF-1.7 ersatt", "application/pdf")
        assert collecting.collect() == 0
        clock.move(clock.now() + collecting.REST + MOMENT)
        StoredFile.keep(b"%PDF-1.7 ny", "application/pdf")
        assert collecting.collect() == 1
        assert named
        assert StoredFile.objects.filter(pk__in=named).count() == len(named)
        assert Document.objects.filter(application=case).exists()

    def test_bytes_that_are_wanted_again_stay(self, world: World) -> None:
        StoredFile.keep(b"samma", "application/pdf")
        clock.move(clock.now() + collecting.REST + MOMENT)
        StoredFile.keep(b"samma", "application/pdf")
        assert collecting.collect() == 0


def test_a_filed_report_and_a_published_definition_cannot_be_changed(world: World) -> None:
    case = world.case(S.CLOSED)
    for statement in (
        f"UPDATE projects_report SET content = '{{}}' WHERE id = {Report.objects.filter(duty__application=case)[0].pk}",
        f"UPDATE programmes_definitiontext SET source = 'x' WHERE sha256 = '{case.version.text_id}'",
    ):
        with pytest.raises(ProgrammingError, match="Cannot update"), connection.cursor() as cursor:
            cursor.execute("SAVEPOINT before")
            try:
                cursor.execute(statement)
            finally:
                cursor.execute("ROLLBACK TO SAVEPOINT before")
