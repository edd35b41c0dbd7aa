"""What an attack on the panel's meeting found: who leads, orders and writes in what is their own."""

from typing import Any

from django.urls import reverse

from grants.applications.access import case_grants
from grants.applications.models import Application, CaseState, Party
from grants.decisions.hearings import Hearing
from grants.organisations.models import Membership, Person
from reviewers.conflicts import Conflict
from reviewers.funding import Trial
from reviewers.meeting import with_promises
from reviewers.panels import Declaration, Item, Meeting
from reviewers.pool import Affiliation
from reviewers.sheets import fingerprint
from tests.engine.asking import refused
from tests.engine.panels import AtTable, when_and_where
from tests.signing_in import signed_in
from workflows import sweeps
from workflows.commands import run
from workflows.commands.finding import look_again
from workflows.commands.organisations import claim_organisation

LEADING: dict[str, dict[str, Any]] = {"make_agenda": {}, "open_meeting": {}, "adopt_trial": {"trial": Trial({}, ())}}


def join_a_party(person: Person, item: Item) -> None:
    organisation = Party.objects.filter(application=item.application).earliest("position").organisation
    Membership.objects.create(person=person, organisation=organisation)


class TestOwnCases(AtTable):
    def test_a_chair_who_is_out_of_an_item_moves_nothing(self) -> None:
        panel = self.panel
        first, *rest = panel.items
        panel.declare(panel.chair, "yes", [first])
        panel.declare(panel.chair, "no", rest)
        assert refused("order_agenda", panel.chair, panel.meeting, item=rest[0], position=1).code == "hidden_item"
        for trial in (Trial({first.pk: 100}, ()), Trial({}, (first.pk,)), Trial({rest[0].pk: 100}, ())):
            assert refused("adopt_trial", panel.chair, panel.meeting, trial=trial).code == "hidden_item"
        run("order_agenda", panel.world.sara, panel.meeting, item=first, position=2)

    def test_an_officer_of_a_party_leads_nothing(self) -> None:
        panel = self.panel
        panel.all_declare()
        join_a_party(panel.world.sara, panel.items[0])
        for name, data in LEADING.items():
            assert refused(name, panel.world.sara, panel.meeting, **data).code == "own_application", name
        refusal = refused("order_agenda", panel.world.sara, panel.meeting, item=panel.items[1], position=1)
        assert refusal.code == "own_application"
        run("open_meeting", panel.chair, panel.meeting)

    def test_an_officer_who_is_named_leads_nothing_and_writes_nothing(self) -> None:
        panel, sara = self.panel.open(), self.panel.world.sara
        first, second, _third = panel.items
        run("take_up", sara, first)
        run("take_up", sara, second)
        Party.objects.filter(application=first.application).update(contact_email=sara.email.upper())
        assert refused("make_agenda", sara, panel.meeting).code == "own_application"
        typed = {"name": "text", "value": "Bra.", "version": fingerprint("")}
        for item, status in ((first, 409), (second, 200)):
            answer = signed_in(sara).post(reverse("save_panel_item", args=[item.pk]), typed)
            assert answer.status_code == status
        assert [Item.objects.get(pk=item.pk).text for item in (first, second)] == ["", "Bra."]


class TestTies(AtTable):
    def test_a_tie_that_comes_to_be_known_shuts_the_items_at_once(self) -> None:
        panel = self.panel.all_declare()
        party = Party.objects.filter(application=panel.items[0].application).earliest("position")
        claim_organisation(panel.petra, party.organisation.number)
        assert case_grants(panel.petra, ["panel_case"]).count() == 0
        assert case_grants(panel.pål, ["panel_case"]).count() == 3
        assert Conflict.objects.filter(reviewer=panel.petra, source="system", had_read=True).count() == 3

    def test_a_tie_that_nobody_asked_about_is_found_by_a_sweep(self) -> None:
        panel = self.panel.all_declare()
        party = Party.objects.filter(application=panel.items[0].application).earliest("position")
        Affiliation.objects.create(person=panel.petra, organisation=party.organisation)
        sweeps.run_due()
        assert case_grants(panel.petra, ["panel_case"]).count() == 0
        assert sweeps.run_due() == 0

    def test_somebody_ruled_free_is_asked_about_again(self) -> None:
        panel = self.panel
        panel.declare(panel.petra, "unsure", panel.items[:1], "En bekant.")
        found = Declaration.objects.get(member__person=panel.petra)
        run("rule_panel_conflict", panel.world.sara, panel.meeting, declaration=found, conflicted="no", reason="Nej.")
        join_a_party(panel.petra, panel.items[0])
        look_again([panel.petra.pk])
        assert case_grants(panel.petra, ["panel_case"]).count() == 0


class TestDoubts(AtTable):
    def again(self, person: Person) -> None:
        panel = self.panel
        run("remove_panel_member", panel.world.sara, panel.meeting, member=panel.seat(person))
        run("add_panel_member", panel.world.sara, panel.meeting, person=person, is_chair=False)

    def test_a_doubt_is_not_washed_away_by_another_seat(self) -> None:
        panel = self.panel
        [first, *_rest] = panel.items
        panel.declare(panel.petra, "unsure", [first], "En bekant.")
        self.again(panel.petra)
        panel.declare(panel.petra)
        now = Declaration.objects.get(member=panel.seat(panel.petra), item=first)
        assert (now.answer, now.text) == ("unsure", "En bekant.")
        assert case_grants(panel.petra, ["panel_case"]).count() == 2
        run("rule_panel_conflict", panel.world.sara, panel.meeting, declaration=now, conflicted="no", reason="Nej.")
        assert case_grants(panel.petra, ["panel_case"]).count() == 3
        self.again(panel.petra)  # what has been ruled on is not asked again
        panel.declare(panel.petra)
        assert case_grants(panel.petra, ["panel_case"]).count() == 3


class TestMoney(AtTable):
    def promised(self) -> int:
        row: Any = with_promises(Meeting.objects.all()).get(pk=self.panel.meeting.pk)
        return int(row.promised_ore)

    def test_what_got_no_result_is_not_promised_and_nothing_is_promised_twice(self) -> None:
        panel = self.panel.open()
        for item in panel.items:
            panel.agree(item, amount="1000")
        [first, second, _third] = panel.items
        gone = Application.objects.filter(pk=first.application_id)
        gone.update(state=CaseState.ASSESSING)  # opened again while the panel met
        run("close_meeting", panel.world.sara, panel.meeting)
        gone.update(state=CaseState.ASSESSED)
        assert self.promised() == 2 * 100_000
        run("plan_meeting", panel.world.sara, panel.meeting.call, **when_and_where())
        assert Item.objects.get(meeting=Meeting.objects.latest("pk")).application_id == first.application_id
        Item.objects.create(meeting=Meeting.objects.latest("pk"), application=second.application, position=9)
        assert self.promised() == 100_000

    def test_what_is_done_keeps_its_amount(self) -> None:
        panel = self.panel.open()
        first, second, _third = panel.items
        panel.agree(first, amount="1000")
        trial = Trial({first.pk: 5000, second.pk: 7000}, ())
        assert refused("adopt_trial", panel.chair, panel.meeting, trial=trial).code == "item_done"
        run("adopt_trial", panel.chair, panel.meeting, trial=Trial({first.pk: 100_000, second.pk: 7000}, ()))
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.amount_ore, first.saved_by) == (100_000, panel.petra)
        assert (second.amount_ore, second.saved_by) == (7000, panel.chair)

    def test_whoever_never_declared_took_no_part_in_the_item(self) -> None:
        panel = self.panel.open().agree_on_all()
        run("add_panel_member", panel.world.sara, panel.meeting, person=panel.world.jonas, is_chair=False)
        run("close_meeting", panel.world.sara, panel.meeting)
        for hearing in Hearing.objects.all():
            assert panel.petra.name in hearing.participants
            assert panel.world.jonas.name not in hearing.participants

    def test_nobody_rules_on_what_they_are_out_of(self) -> None:
        panel = self.panel
        [first, *rest] = panel.items
        panel.declare(panel.chair, "yes", [first])
        panel.declare(panel.chair, "no", rest)
        panel.declare(panel.petra, "unsure", [first], "En bekant.")
        found = Declaration.objects.get(member__person=panel.petra)
        assert refused("rule_panel_conflict", panel.chair, panel.meeting).code == "nobody_unsure"
        panel.declare(panel.pål, "unsure", rest[:1], "En annan.")
        ruling = {"declaration": found, "conflicted": "no", "reason": "Nej."}
        assert refused("rule_panel_conflict", panel.chair, panel.meeting, **ruling).code == "ruled"
        run("rule_panel_conflict", panel.world.sara, panel.meeting, **ruling)

    def test_what_is_proposed_meanwhile_loses_no_other_answers(self) -> None:
        panel = self.panel
        mira, [first, *rest] = panel.world.mira, panel.items
        run("add_panel_member", panel.world.sara, panel.meeting, person=mira, is_chair=False)
        first.application.__class__.objects.filter(pk=first.application_id).update(state=CaseState.PROPOSED)
        page = signed_in(mira).get(reverse("act", args=["declare_panel", panel.meeting.pk]))
        assert (
            first.application.title not in page.content.decode() or rest[0].application.title == first.application.title
        )
        run("declare_panel", mira, panel.meeting, answers={first.pk: "yes", rest[0].pk: "no"}, texts={})
        said = dict(Declaration.objects.filter(member__person=mira).values_list("item", "answer"))
        assert said == {first.pk: "yes", rest[0].pk: "no"}


class TestAbsence(AtTable):
    def test_a_chair_who_is_not_there_leads_nothing(self) -> None:
        panel = self.panel.all_declare()
        run("note_absence", panel.world.sara, panel.meeting, member=panel.seat(panel.chair), is_absent=True)
        assert refused("open_meeting", panel.chair, panel.meeting).code == "role"
        run("open_meeting", panel.world.sara, panel.meeting)
