"""Conflicts of interest as a gate: what is known blocks until somebody else has ruled, what is found later stops access at once,
and all of it stands in the register."""

from datetime import timedelta

import pytest
from django.core import mail
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grants import clock
from grants.applications.models import Application, CaseMember, CaseState
from grants.refusal import Refused
from grants.spreadsheets import plain
from reviewers import conflicts
from reviewers.conflicts import Conflict, Source, Standing
from reviewers.models import Affiliation, Assignment, AssignmentState, PoolPlace
from tests.engine import herd
from tests.engine.asking import granted, happened, refused
from tests.factories import World
from workflows import integrity, jobs, sweeps
from workflows.commands import run
from workflows.commands.organisations import claim_organisation
from workflows.models import Notice, Task
from workflows.queries import case_page
from workflows.queries.register import rows_for, table_of
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
S = AssignmentState


@pytest.fixture
def case(world: World) -> Application:
    return herd.assessing(world, 1, "mira", "tove", "hugo")[0]


def of(case: Application, who: str) -> Assignment:
    rows = case.assignments.select_related("reviewer", "application__call")
    return rows.get(reviewer__email__startswith=who)


def works_there(world: World, case: Application, who: str, **fields: object) -> Affiliation:
    body = case.parties.get(role="coordinator").organisation
    return Affiliation.objects.create(person=world.people[who], organisation=body, **fields)


def register(case: Application) -> list[tuple[str, str, str]]:
    rows = Conflict.objects.filter(application=case).order_by("pk")
    return [(row.source, row.ground.partition("-")[0], row.state) for row in rows]


def codes(command: str, *arguments: object, **data: object) -> set[str]:
    with pytest.raises(Refused) as answer:
        run(command, *arguments, **data)  # type: ignore[arg-type]  # passed on
    return {refusal.code for refusal in answer.value.refusals}


def whole() -> bool:
    """Nothing is at odds; what the herd has not mailed and printed apart."""
    return not [fault for fault in integrity.check() if fault.code not in ("notice_missing", "receipt_missing")]


def join(world: World, who: str, case: Application) -> None:
    """The reviewer says in their profile that they work for the coordinator."""
    body = case.parties.get(role="coordinator").organisation
    told = {"number": body.number, "name": "", "kind": "", "relation": "employed", "since": None, "until": None}
    run("add_affiliation", world.people[who], PoolPlace.objects.get(person=world.people[who]), **told)


class TestDeclaring:
    def test_nobody_answers_themselves_free_of_what_is_known(self, world: World, case: Application) -> None:
        works_there(world, case, "mira")
        run("declare", world.mira, of(case, "mira"), answer="no", text="")
        assert of(case, "mira").state == S.UNSURE
        assert not Application.objects.visible_to(world.mira).exists()
        assert register(case) == [(Source.SYSTEM, "works", Standing.OPEN)]
        assert Task.objects.get(subject_id=of(case, "mira").pk, finished=None).kind == "rule"

    def test_what_is_said_beside_what_is_known_is_kept(self, world: World, case: Application) -> None:
        works_there(world, case, "mira")
        run("declare", world.mira, of(case, "mira"), answer="unsure", text="Min chef.")
        assert register(case) == [(Source.SYSTEM, "works", Standing.OPEN), (Source.DECLARED, "", Standing.OPEN)]

    def test_a_yes_stands_in_the_register(self, world: World, case: Application) -> None:
        run("declare", world.mira, of(case, "mira"), answer="yes", text="Min bror.")
        row = Conflict.objects.get(application=case)
        assert (row.source, row.state, row.text) == (Source.DECLARED, Standing.CONFLICTED, "Min bror.")
        assert (row.had_read, row.had_lodged, row.ruled_by) == (False, False, None)

    def test_a_no_without_ties_opens_and_leaves_no_row(self, world: World, case: Application) -> None:
        run("declare", world.mira, of(case, "mira"), answer="no", text="")
        assert of(case, "mira").state == S.CLEARED
        assert register(case) == []


class TestRuling:
    def test_somebody_else_rules_and_it_holds(self, world: World, case: Application) -> None:
        works_there(world, case, "mira")
        mine = of(case, "mira")
        run("declare", world.mira, mine, answer="no", text="")
        assert refused("rule_conflict", world.mira, mine, conflicted="no", reason="x").code == "role"
        run("rule_conflict", world.jonas, mine, conflicted="no", reason="Bara timvikarie.")
        row = Conflict.objects.get(application=case)
        assert (row.state, row.ruled_by, row.reason) == (Standing.FREE, world.jonas, "Bara timvikarie.")
        assert of(case, "mira").state == S.CLEARED
        assert sweeps.run_due() == 0  # what was ruled free is not found again

    def test_a_ruling_is_about_one_organisation(self, world: World, case: Application) -> None:
        works_there(world, case, "mira")
        run("declare", world.mira, of(case, "mira"), answer="no", text="")
        run("rule_conflict", world.sara, of(case, "mira"), conflicted="no", reason="Nej.")
        other = case.parties.exclude(role="coordinator").first()
        assert other is not None
        Affiliation.objects.create(person=world.mira, organisation=other.organisation)
        assert sweeps.run_due() == 1
        assert of(case, "mira").state == S.UNSURE

    def test_who_is_named_by_a_party_does_not_rule(self, world: World, case: Application) -> None:
        works_there(world, case, "mira")
        run("declare", world.mira, of(case, "mira"), answer="no", text="")
        case.parties.filter(role="coordinator").update(contact_email=world.sara.email)
        refusal = refused("rule_conflict", world.sara, of(case, "mira"), conflicted="no", reason="x")
        assert refusal.code == "own_party"

    def test_who_wrote_the_application_is_never_ruled_free(self, world: World, case: Application) -> None:
        CaseMember.objects.create(application=case, person=world.mira, right="read", ended_at=clock.now())
        run("declare", world.mira, of(case, "mira"), answer="no", text="")
        refusal = refused("rule_conflict", world.sara, of(case, "mira"), conflicted="no", reason="x")
        assert refusal.code == "own_case"
        run("rule_conflict", world.sara, of(case, "mira"), conflicted="yes", reason="Har skrivit.")


class TestAssigning:
    def test_who_is_tied_is_not_asked_before_a_ruling(self, world: World, case: Application) -> None:
        works_there(world, case, "ines")
        told = {"reviewers": [world.ines], "due": clock.now()}
        assert codes("assign", world.sara, case, **told) == {"conflict"}
        ruling = {"reviewer": world.ines, "conflicted": "no", "reason": "Slutar i veckan."}
        run("rule_tie", world.sara, case, **ruling)
        run("assign", world.sara, case, **told)
        people.accept_terms(world.ines, case.call)
        run("declare", world.ines, of(case, "ines"), answer="no", text="")
        assert of(case, "ines").state == S.CLEARED
        assert refused("rule_tie", world.sara, case, **ruling).code == "no_tie"

    def test_who_is_ruled_conflicted_stays_out(self, world: World, case: Application) -> None:
        works_there(world, case, "ines")
        run("rule_tie", world.sara, case, reviewer=world.ines, conflicted="yes", reason="Anställd.")
        assert "conflict" in codes("assign", world.sara, case, reviewers=[world.ines], due=clock.now())
        assert codes("rule_tie", world.sara, case, reviewer=world.ines, conflicted="no", reason="x") == {"no_tie"}
        assert register(case) == [(Source.SYSTEM, "works", Standing.CONFLICTED)]

    def test_who_is_tied_is_named_when_others_are_left_to_ask(self, world: World) -> None:
        case = herd.assessing(world, 1)[0]
        works_there(world, case, "ines")
        refusal = refused("assign", world.sara, case, reviewers=[world.ines, world.mira], due=clock.now())
        assert (refusal.code, refusal.link) == ("conflict", "rule_tie")
        assert world.ines.name in refusal.text


class TestFoundLater:
    def test_a_new_affiliation_stops_access_in_the_same_transaction(self, world: World, case: Application) -> None:
        run("declare", world.mira, of(case, "mira"), answer="no", text="")
        Assignment.objects.filter(pk=of(case, "mira").pk).update(first_read_at=clock.now())
        join(world, "mira", case)
        assert of(case, "mira").state == S.UNSURE
        assert not {name for who, name in granted(case) if who == world.mira.pk}
        row = Conflict.objects.get(application=case)
        assert (row.source, row.state, row.had_read, row.had_lodged) == (Source.SYSTEM, Standing.OPEN, True, False)
        told = Notice.objects.filter(kind="find_conflict").values_list("person", flat=True)
        assert set(told) == {world.sara.pk, world.mira.pk}

    def test_a_claim_to_speak_for_a_party_stops_access(self, world: World, case: Application) -> None:
        run("declare", world.mira, of(case, "mira"), answer="no", text="")
        claim_organisation(world.mira, world.organisation.number)
        assert of(case, "mira").state == S.UNSURE

    def test_a_lodged_sheet_is_kept_and_does_not_count_until_the_ruling(self, world: World, case: Application) -> None:
        for who in ("mira", "tove", "hugo"):
            life.review(of(case, who), world.rng)
        assert life.fresh(case).state == CaseState.ASSESSED
        join(world, "mira", case)
        assert life.fresh(case).state == CaseState.ASSESSING
        assert happened(case)[-2:] == ["find_conflict", "reopened_assessment"]
        assert of(case, "mira").sheet.scores.exists()
        run("rule_conflict", world.sara, of(case, "mira"), conflicted="no", reason="Nej.")
        assert of(case, "mira").state == S.LODGED
        assert life.fresh(case).state == CaseState.ASSESSED
        assert whole()

    def test_the_quorum_is_asked_again_when_it_is_a_conflict(self, world: World) -> None:
        case = herd.assessing(world, 1, "mira", "tove")[0]
        for who in ("mira", "tove"):
            life.review(of(case, who), world.rng)
        join(world, "mira", case)
        run("rule_conflict", world.sara, of(case, "mira"), conflicted="yes", reason="Anställd.")
        assert of(case, "mira").state == S.CONFLICTED
        assert life.fresh(case).state == CaseState.ASSESSING
        assert refused("end_assessment", world.sara, case).code == "quorum"
        assert whole()

    def test_who_begins_to_apply_with_a_party_stops_reading(self, world: World) -> None:
        case, other = herd.assessing(world, 2, "mira")
        run("declare", world.mira, of(case, "mira"), answer="no", text="")
        run("invite_member", world.karin, other, email=world.mira.email, right="read")
        run("join_case", world.mira, other.members.get(email=world.mira.email))
        assert of(case, "mira").state == S.UNSURE
        assert {(source, ground) for source, ground, _state in register(case)} == {(Source.SYSTEM, "co_party")}

    def test_what_nobody_asked_about_is_found_by_the_sweep(self, world: World, case: Application) -> None:
        run("declare", world.mira, of(case, "mira"), answer="no", text="")
        works_there(world, case, "mira")
        assert of(case, "mira").state == S.CLEARED
        assert sweeps.run_due() == 1
        assert of(case, "mira").state == S.UNSURE
        assert sweeps.run_due() == 0

    def test_what_a_decision_maker_reads_is_not_changed(self, world: World, case: Application) -> None:
        for who in ("mira", "tove", "hugo"):
            life.review(of(case, who), world.rng)
        life.propose(case, world.sara)
        join(world, "mira", case)
        assert of(case, "mira").state == S.LODGED
        run("return_proposal", world.eva, case, reason="Se över.")
        assert sweeps.run_due() == 1
        assert of(case, "mira").state == S.UNSURE

    def test_a_report_stands_in_the_register_with_what_was_seen(self, world: World, case: Application) -> None:
        life.review(of(case, "mira"), world.rng)
        Assignment.objects.filter(pk=of(case, "mira").pk).update(first_read_at=clock.now())
        run("report_conflict", world.sara, of(case, "mira"), reason="Hennes syster.")
        row = Conflict.objects.get(application=case)
        assert (row.source, row.state) == (Source.OFFICER, Standing.CONFLICTED)
        assert (row.had_read, row.had_lodged, row.ruled_by) == (True, True, world.sara)

    def test_a_replacement_is_asked_for(self, world: World, case: Application) -> None:
        jobs.run_pending()
        life.review(of(case, "mira"), world.rng)
        run("report_conflict", world.mira, of(case, "mira"), reason="Min syster.")
        told = "Ersätt 1 bedömare efter jäv"
        assert "Ersätt bedömare efter jäv" in case_page.read(world.sara, case.pk).turn.title
        jobs.run_pending()
        assert told in [m for m in mail.outbox if m.to == [world.sara.email]][-1].body
        world.assigned(case, "ines")
        assert "Ersätt" not in case_page.read(world.sara, case.pk).turn.title


class TestRegister:
    def test_ones_own_cases_are_not_in_it(self, world: World, case: Application) -> None:
        run("declare", world.mira, of(case, "mira"), answer="yes", text="Min bror.")
        assert rows_for(world.sara).count() == rows_for(world.rolf).count() == 1
        people.speaks_for(world.jonas, world.organisation, world.sara)
        for person in (world.jonas, world.mira, world.karin):
            assert not rows_for(person).exists()
        assert not rows_for(world.sara, "uppskalning-2023").exists()

    @pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
    def test_a_file_of_it_has_no_formulas(self, world: World, case: Application, sign: str) -> None:
        run("declare", world.mira, of(case, "mira"), answer="yes", text="x")
        Conflict.objects.update(text=f"{sign}1+1")
        table = table_of(world.sara)
        [row] = table.rows
        assert plain(row[5]) == f"'{sign}1+1"
        assert len(table.columns) == len(row)


class TestEnded:
    @pytest.mark.parametrize("how", ["conflict", "decline", "remove", "end", "suspend"])
    def test_the_content_closes_and_ones_own_sheet_stays(
        self, world: World, case: Application, sign_in, how: str
    ) -> None:
        mine = of(case, "mira")
        run("declare", world.mira, mine, answer="no", text="")
        life.score(mine, world.rng)
        mine.sheet.strengths = "MITT EGET ORD"
        mine.sheet.save()
        if how == "conflict":
            run("report_conflict", world.mira, mine, reason="Min syster.")
        elif how == "decline":
            run("decline_assignment", world.mira, mine, reason="Hinner inte.")
        elif how == "remove":
            run("remove_reviewer", world.sara, mine, reason="Fel.")
        elif how == "suspend":
            join(world, "mira", case)
        else:
            for who in ("tove", "hugo"):
                life.review(of(case, who), world.rng)
            run("end_assessment", world.sara, case)
        assert not Application.objects.visible_to(world.mira).exists()
        page = sign_in(world.mira).get(f"/bedomning/{mine.pk}/").content.decode()
        assert "MITT EGET ORD" in page
        assert 'id="lasning"' not in page


DAYS = st.integers(min_value=-2000, max_value=2000)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(Affiliation.Kind.values), until=st.none() | DAYS)
def test_an_affiliation_counts_exactly_as_long_as_the_call_says(
    case: Application, world: World, kind: str, until: int | None
) -> None:
    """Whatever it was there: now and for so many years after, and not a day longer; and for nobody else."""
    Affiliation.objects.all().delete()
    day = None if until is None else clock.today() + timedelta(days=until)
    works_there(world, case, "mira", kind=kind, until=day)
    review = case.definition.the_review
    found = conflicts.known([case.pk], [world.mira.pk, world.tove.pk])
    counts = until is None or -until <= review.conflict_years * 365.2425
    assert set(found) == ({(case.pk, world.mira.pk)} if counts else set())
