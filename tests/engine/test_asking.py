"""Who can be asked to review: limits and known ties hold in the step itself; who leaves is replaced, who is late is reminded."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from grants.organisations.models import Person
from reviewers.conflicts import Conflict, Source, Standing, known
from reviewers.loads import Load, loads
from reviewers.matching import knowledge, needs
from reviewers.models import Assignment, AssignmentState
from reviewers.pool import Affiliation, Profile
from tests.engine import herd
from tests.engine.asking import granted, happened, refused
from tests.factories import World
from tests.forms import publish
from workflows import chasing, jobs, stepping, sweeps
from workflows.commands import run
from workflows.integrity import turns
from workflows.models import Event, Notice, Task
from workflows.queries.inbox import inbox_of
from workflows.queries.turns import mine
from workflows.simulation import life

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def case(world: World) -> Application:
    return herd.assessing(world, 1)[0]


def due() -> Any:
    return clock.now() + 20 * DAY


def ask(world: World, case: Application, *who: str) -> list[Assignment]:
    return world.assigned(case, *who)


def of(case: Application, person: Person) -> Assignment:
    return case.assignments.select_related("reviewer", "application__version").get(reviewer=person)


def most_each(world: World, most: int) -> None:
    call = world.call()
    review = call.definition.the_review.model_copy(update={"most_each": most})
    publish(call, call.definition.model_copy(update={"review": review}))


class TestLimits:
    def test_the_calls_limit_counts_also_what_is_lodged(self, world: World) -> None:
        first, second, third = herd.assessing(world, 3)
        most_each(world, 2)
        for each in (first, second):
            ask(world, each, "mira")
        life.review(of(first, world.mira), world.rng)
        refusal = refused("assign", world.sara, third, reviewers=[world.mira], due=due())
        assert (refusal.code, refusal.field) == ("full", "reviewers")
        assert world.mira.name in refusal.text
        assert "2 av omgångens högst 2" in refusal.text
        run("remove_reviewer", world.sara, of(second, world.mira), reason="Fel.")
        ask(world, third, "mira")

    def test_the_reviewers_own_limit_counts_what_is_at_hand_in_all_calls(self, world: World) -> None:
        here = herd.assessing(world, 1)[0]
        elsewhere = world.case(CaseState.ASSESSING, "gemensamma-2023")
        Profile.objects.create(person=world.tove, load_cap=1)
        ask(world, elsewhere, "tove")
        refusal = refused("assign", world.sara, here, reviewers=[world.tove], due=due())
        assert refusal.code == "full"
        assert "1 uppdrag på gång och tar högst 1" in refusal.text
        life.review(of(elsewhere, world.tove), world.rng)
        ask(world, here, "tove")

    def test_of_several_all_are_asked_or_none(self, world: World, case: Application) -> None:
        Profile.objects.create(person=world.tove, load_cap=0)
        refused("assign", world.sara, case, reviewers=[world.mira, world.tove], due=due())
        assert not case.assignments.exists()

    def test_the_nearest_limit_is_told(self) -> None:
        assert Load(3, 5, 8, 6).words == "5 av 6 samtidigt"
        assert Load(7, 5, 8, 9).words == "7 av 8 i omgången"
        assert Load(3, 5).words == "3 uppdrag"
        assert (Load(9, 9, 8).room, Load().is_full) == (-1, False)

    def test_loads_are_read_at_once(self, world: World, django_assert_num_queries: Any) -> None:
        for each in herd.assessing(world, 2):
            ask(world, each, "mira", "tove")
        call = world.call()
        with django_assert_num_queries(1):
            found = loads(call, [world.mira.pk, world.tove.pk, world.ines.pk])
        assert [found[p.pk].in_call for p in (world.mira, world.tove, world.ines)] == [2, 2, 0]


class TestTies:
    def test_who_has_a_known_conflict_is_not_asked_before_it_is_ruled_free(
        self, world: World, case: Application
    ) -> None:
        Affiliation.objects.create(person=world.mira, organisation=world.organisation)
        refusal = refused("assign", world.sara, case, reviewers=[world.mira], due=due())
        assert refusal.code == "conflict"
        assert world.organisation.name in refusal.text
        pair = case.pk, world.mira.pk
        Conflict.objects.create(
            application=case, reviewer=world.mira, source=Source.SYSTEM, state=Standing.FREE, ruled_by=world.sara,
            ruled_at=clock.now(), reason="Annan nämnd.", ground=known([case.pk], [world.mira.pk])[pair][0].code,
        )  # fmt: skip
        ask(world, case, "mira")

    def test_who_works_with_the_call_is_not_asked(self, world: World, case: Application) -> None:
        assert refused("assign", world.sara, case, reviewers=[world.jonas], due=due()).code == "pool"

    def test_the_page_offers_who_can_and_says_why_not_the_others(
        self, world: World, case: Application, sign_in: Any
    ) -> None:
        Affiliation.objects.create(person=world.mira, organisation=world.organisation)
        Profile.objects.create(person=world.tove, load_cap=0)
        Profile.objects.create(person=world.ines, competences=["data"], load_cap=7)
        page = sign_in(world.sara).get(reverse("act", args=["assign", case.pk])).content.decode()
        assert f'value="{world.hugo.pk}"' in page
        for person in (world.mira, world.tove):
            assert f'value="{person.pk}"' not in page
            assert person.name in page
        assert world.organisation.name in page
        assert "0 av 7 samtidigt" in page
        assert "Data och AI-teknik" in page

    def test_an_application_asks_for_what_its_answers_say(self, world: World, case: Application) -> None:
        area = next(a["value"] for a in case.submissions.get().content["answers"] if a["question"] == "area")
        asked = needs([life.fresh(case)])[case.pk]
        by_area = {"care": "care", "school": "school", "social": "civil", "culture": "civil", "planning": "planning"}
        chosen = area if isinstance(area, list) else [area]
        assert asked == {"data", *(by_area[one] for one in chosen if one in by_area)}
        Profile.objects.create(person=world.ines, competences=["data", "law"])
        assert knowledge(world.ines) == {"data", "law"}


class TestReplacing:
    def test_one_step_ends_the_one_and_asks_the_other(self, world: World, case: Application) -> None:
        ask(world, case, "mira", "tove", "hugo")
        mine_ = of(case, world.mira)
        run("declare", world.mira, mine_, answer="no", text="")
        run("replace_reviewer", world.sara, mine_, reviewer=world.ines, due=due(), reason="Sjuk.")
        assert of(case, world.mira).state == AssignmentState.REMOVED
        assert of(case, world.ines).replaces == mine_
        assert {p for p, right in granted(case) if right in ("review_case", "declare_case")} == {
            world.tove.pk, world.hugo.pk, world.ines.pk,
        }  # fmt: skip
        assert happened(case)[-2:] == ["replace_reviewer", "offered"]
        told = set(Notice.objects.filter(case=case).values_list("kind", "person"))
        assert {("replace_reviewer", world.mira.pk), ("offered", world.ines.pk)} <= told
        assert list(turns.check()) == []

    def test_nobody_is_lost_when_the_other_cannot_be_asked(self, world: World, case: Application) -> None:
        ask(world, case, "mira")
        Profile.objects.create(person=world.ines, load_cap=0)
        refused("replace_reviewer", world.sara, of(case, world.mira), reviewer=world.ines, due=due(), reason="x")
        assert of(case, world.mira).state == AssignmentState.OFFERED

    def test_whoever_is_asked_after_somebody_left_takes_their_place(self, world: World, case: Application) -> None:
        ask(world, case, "mira", "tove", "hugo")
        run("declare", world.mira, of(case, world.mira), answer="yes", text="Min bror.")
        assert Task.objects.get(case=case, subject_id=case.pk, finished=None, office="officer").kind == "replace"
        inbox = inbox_of(world.sara)
        assert [row.title for group in inbox.groups for row in group.rows] == [
            "Ersätt bedömare efter jäv eller avböjt uppdrag"
        ]
        ask(world, case, "ines")
        assert of(case, world.ines).replaces == of(case, world.mira)
        assert not inbox_of(world.sara).groups

    def test_late_assignment_has_its_own_last_day(self, world: World, case: Application) -> None:
        ask(world, case, "mira", "tove")
        life.review(of(case, world.mira), world.rng)
        later = clock.now() + 50 * DAY
        run("assign", world.sara, case, reviewers=[world.ines], due=later)
        assert of(case, world.ines).due == later

    def test_on_the_page(self, world: World, case: Application, sign_in: Any) -> None:
        ask(world, case, "mira")
        Profile.objects.create(person=world.tove, load_cap=0)
        client, address = sign_in(world.sara), reverse("act", args=["replace_reviewer", of(case, world.mira).pk])
        page = client.get(address).content.decode()
        assert f"{world.ines.name}, 0 uppdrag" in page
        assert world.tove.name not in page
        answer = {"key": "k", "reviewer": world.ines.pk, "due": "2023-11-20 16:00", "reason": "Sjuk."}
        assert client.post(address, answer).status_code == 302
        assert of(case, world.ines).replaces == of(case, world.mira)


class TestTurns:
    def test_the_turn_is_the_officers_until_enough_are_asked(self, world: World, case: Application) -> None:
        def kind() -> str:
            return str(Task.objects.get(case=case, subject_id=case.pk, finished=None, office="officer").kind)

        assert kind() == "assess"
        ask(world, case, "mira", "tove")
        assert kind() == "assess"
        ask(world, case, "hugo")
        assert kind() == "follow"
        assert not Task.objects.filter(mine(world.sara)).exists()
        run("decline_assignment", world.mira, of(case, world.mira), reason="Hinner inte.")
        assert kind() == "replace"
        ask(world, case, "ines")
        assert kind() == "follow"
        run("remove_reviewer", world.sara, of(case, world.ines), reason="Fel.")
        assert kind() == "assess"
        assert list(turns.check()) == []

    def test_the_officer_is_told_when_a_reviewer_is_late(self, world: World, case: Application, sign_in: Any) -> None:
        ask(world, case, "mira", "tove", "hugo")
        page = reverse("case", args=[case.pk])
        assert "Väntar på bedömarna" in sign_in(world.sara).get(page).content.decode()
        clock.move(of(case, world.mira).due + SECOND)
        assert [row.title for g in inbox_of(world.sara).groups for row in g.rows] == ["Följ upp bedömare som är sena"]
        [group] = inbox_of(world.sara).groups
        assert (group.is_late, group.rows[0].late_since) == (True, of(case, world.mira).due)
        shown = sign_in(world.sara).get(page).content.decode()
        assert "Tiden har gått ut för" in shown
        later = clock.now() + 5 * DAY
        for person in (world.mira, world.tove, world.hugo):
            run("extend_review", world.sara, of(case, person), due=later)
        assert not inbox_of(world.sara).groups
        assert set(Task.objects.filter(case=case, kind="declare", finished=None).values_list("due", flat=True)) == {
            later
        }
        assert list(turns.check()) == []


class TestReminders:
    def reminded(self, case: Application) -> list[tuple[int, str, Any]]:
        rows = Event.objects.filter(stream=f"case:{case.pk}", name="remind_reviewer").order_by("seq")
        return [(e.data["reviewer"], e.data["about"], e.at) for e in rows]

    def test_before_and_after_the_last_day_once_each(self, world: World, case: Application) -> None:
        (mine_,) = ask(world, case, "mira")
        run("declare", world.mira, mine_, answer="no", text="")
        moments = [mine_.due - 7 * DAY, mine_.due - DAY, mine_.due + DAY, mine_.due + 7 * DAY]
        stepping.walk(moments[0] - SECOND, clock.move)
        assert self.reminded(case) == []
        assert sweeps.next_instant(clock.now(), mine_.due) == moments[0]
        clock.move(moments[0])
        for _again in range(3):
            sweeps.run_due()
        assert self.reminded(case) == [(world.mira.pk, "lodge", moments[0])]
        stepping.walk(mine_.due + 60 * DAY, clock.move)
        assert self.reminded(case) == [(world.mira.pk, "lodge", at) for at in moments]

    def test_who_has_not_declared_is_asked_again(self, world: World, case: Application, mailoutbox: list[Any]) -> None:
        (mine_,) = ask(world, case, "mira")
        stepping.walk(mine_.assigned_at + 8 * DAY, clock.move, jobs.run_pending)
        at = mine_.assigned_at + case.definition.the_review.declare_days * DAY
        assert self.reminded(case) == [(world.mira.pk, "declare", at)]
        (mail,) = [m for m in mailoutbox if "påminnelse" in m.subject.lower()]
        assert mail.to == [world.mira.email]
        assert "Svara om du är jävig" in mail.body
        assert f"/bedomning/{mine_.pk}/" in mail.body

    def test_what_was_missed_is_one_reminder(self, world: World, case: Application) -> None:
        (mine_,) = ask(world, case, "mira")
        clock.move(mine_.due + 3 * DAY)
        sweeps.run_due()
        assert [about for _who, about, _at in self.reminded(case)] == ["lodge"]

    def test_a_moved_day_is_told_and_reminded_of_anew(self, world: World, case: Application) -> None:
        (mine_,) = ask(world, case, "mira")
        clock.move(mine_.due - 2 * DAY)
        sweeps.run_due()
        later = mine_.due + 10 * DAY
        run("extend_review", world.sara, mine_, due=later)
        assert Notice.objects.get(case=case, kind="extend_review").person == world.mira
        before = len(self.reminded(case))
        stepping.walk(later, clock.move)
        assert [at for _who, _about, at in self.reminded(case)[before:]] == [later - 7 * DAY, later - DAY]

    def test_who_is_done_or_waits_for_a_ruling_is_left_alone(self, world: World, case: Application) -> None:
        ask(world, case, "mira", "tove", "hugo")
        life.review(of(case, world.mira), world.rng)
        run("declare", world.tove, of(case, world.tove), answer="unsure", text="Kusin.")
        run("decline_assignment", world.hugo, of(case, world.hugo), reason="Nej.")
        stepping.walk(of(case, world.mira).due + 30 * DAY, clock.move)
        assert self.reminded(case) == []

    def test_the_step_itself_refuses_between_the_moments(self, world: World, case: Application) -> None:
        (mine_,) = ask(world, case, "mira")
        assert refused("remind_reviewer", None, mine_).code == "not_due"
        assert chasing.reminder(of(case, world.mira), clock.now()) is None

    def test_an_officer_reminds_when_they_want_to_but_once_a_day(
        self, world: World, case: Application, mailoutbox: list[Any], sign_in: Any
    ) -> None:
        (mine_,) = ask(world, case, "mira")
        assert refused("prompt_reviewer", world.sara, mine_).code == "reminded"
        clock.move(clock.now() + DAY)
        assert (
            reverse("act", args=["prompt_reviewer", mine_.pk])
            in sign_in(world.sara).get(reverse("case", args=[case.pk])).content.decode()
        )
        run("prompt_reviewer", world.sara, mine_)
        jobs.run_pending()
        assert "Svara om du är jävig senast" in mailoutbox[-1].body
        found = refused("prompt_reviewer", world.sara, mine_)
        assert (found.code, found.changes_at) == ("reminded", clock.now() + DAY)
        run("declare", world.mira, mine_, answer="no", text="")
        clock.move(mine_.due + 2 * DAY)
        run("prompt_reviewer", world.sara, mine_)
        jobs.run_pending()
        assert "Bedömningen skulle ha lämnats senast" in mailoutbox[-1].body
