"""A panel's meeting by its commands: who is let into what, what may be written, and what closing it asks for."""

from grants.applications.access import case_grants, office_counts
from grants.applications.models import Application
from grants.organisations.models import Person
from reviewers import panel_texts
from reviewers.conflicts import Conflict
from reviewers.panels import Declaration, Item, Meeting
from reviewers.pool import Affiliation
from reviewers.sheets import fingerprint
from tests.engine.asking import refused
from tests.engine.panels import TEXT, AtTable, write
from workflows.commands import run
from workflows.integrity.access import check_cases
from workflows.models import Event


def may_read(person: Person) -> set[int]:
    return set(case_grants(person, ["panel_case"]).values_list("content_object_id", flat=True))


class TestPlanning(AtTable):
    def test_the_agenda_is_in_the_order_of_the_ranking(self) -> None:
        best, weak, good = self.panel.cases
        assert [item.application for item in self.panel.items] == [best, good, weak]

    def test_only_a_call_with_a_panel_has_meetings(self) -> None:
        world = self.panel.world
        assert refused("plan_meeting", world.sara, world.call("starta-2023")).code == "stage"

    def test_a_case_is_at_one_meeting_at_a_time(self) -> None:
        panel = self.panel
        world = panel.world
        run(
            "plan_meeting", world.sara, panel.meeting.call, starts_at=panel.meeting.starts_at, place="x", meeting_url=""
        )
        assert not Item.objects.filter(meeting=Meeting.objects.latest("pk")).exists()
        assert refused("record_panel", world.sara, panel.cases[0]).code == "at_meeting"

    def test_a_new_chair_takes_over(self) -> None:
        panel = self.panel
        run("add_panel_member", panel.world.sara, panel.meeting, person=panel.world.mira, is_chair=True)
        assert not panel.seat(panel.chair).is_chair
        assert panel.seat(panel.world.mira).is_chair

    def test_it_opens_with_a_chair_and_an_agenda(self) -> None:
        panel = self.panel
        run("remove_panel_member", panel.world.sara, panel.meeting, member=panel.seat(panel.chair))
        assert refused("open_meeting", panel.world.sara, panel.meeting).code == "no_chair"

    def test_the_order_is_changed_and_made_again(self) -> None:
        panel = self.panel.all_declare()
        first, second, third = panel.items
        run("order_agenda", panel.chair, panel.meeting, item=third, position=1)
        assert panel.items == [third, first, second]
        run("make_agenda", panel.world.sara, panel.meeting)
        assert panel.items == [first, second, third]


class TestConflicts(AtTable):
    def test_nothing_is_read_before_declaring_and_only_what_one_is_free_in(self) -> None:
        panel = self.panel
        first, second, third = panel.items
        assert may_read(panel.petra) == set()
        panel.declare(panel.petra, "no", [first])
        panel.declare(panel.petra, "yes", [second], "Min bror arbetar där.")
        assert may_read(panel.petra) == {first.application_id}
        assert list(check_cases()) == []

    def test_a_conflict_that_comes_to_mind_later_shuts_the_door_at_once(self) -> None:
        panel = self.panel
        panel.declare(panel.petra)
        panel.declare(panel.petra, "yes", panel.items[:1], "Vi är grannar.")
        assert may_read(panel.petra) == {item.application_id for item in panel.items[1:]}
        found = Conflict.objects.get(reviewer=panel.petra)
        assert (found.state, found.had_read) == ("conflicted", True)

    def test_nobody_takes_back_a_conflict_of_their_own(self) -> None:
        panel = self.panel
        panel.declare(panel.petra, "yes", panel.items[:1], "Vi är grannar.")
        panel.declare(panel.petra, "no", panel.items[:1])
        assert may_read(panel.petra) == set()

    def test_a_known_tie_counts_whatever_is_answered(self) -> None:
        panel = self.panel
        body = panel.cases[0].parties.get(role="coordinator").organisation
        Affiliation.objects.create(person=panel.petra, organisation=body)
        panel.declare(panel.petra, "no")
        assert may_read(panel.petra) == set()  # all of them are the same applicant's
        assert Declaration.objects.filter(member__person=panel.petra, by_system=True).count() == 3
        assert Conflict.objects.filter(reviewer=panel.petra, source="system").count() == 3

    def test_a_tie_found_between_declaring_and_the_item_shuts_it(self) -> None:
        panel = self.panel
        panel.open()
        body = panel.cases[0].parties.get(role="coordinator").organisation
        Affiliation.objects.create(person=panel.petra, organisation=body)
        run("take_up", panel.world.sara, panel.items[0])
        assert panel.items[0].application_id not in may_read(panel.petra)
        assert panel.items[0].application_id in may_read(panel.pål)
        assert list(check_cases()) == []

    def test_whoever_is_unsure_is_out_until_somebody_else_has_ruled(self) -> None:
        panel = self.panel
        [first, *_rest] = panel.items
        panel.declare(panel.chair, "unsure", [first], "Vi sågs en gång.")
        found = Declaration.objects.get()
        assert may_read(panel.chair) == set()
        assert refused("rule_panel_conflict", panel.chair, panel.meeting).code == "nobody_unsure"
        run("rule_panel_conflict", panel.world.sara, panel.meeting, declaration=found, conflicted="no", reason="Nej.")
        assert may_read(panel.chair) == {first.application_id}
        assert Conflict.objects.get().state == "free"

    def test_a_reviewer_who_is_found_to_be_disqualified_is_out(self) -> None:
        panel = self.panel
        world, case = panel.world, panel.items[0].application
        run("add_panel_member", world.sara, panel.meeting, person=world.mira, is_chair=False)
        panel.declare(world.mira)
        assert case.pk in may_read(world.mira)
        assignment = case.assignments.get(reviewer=world.mira)
        run("report_conflict", world.mira, assignment, reason="Min bror.")
        assert case.pk not in may_read(world.mira)
        assert list(check_cases()) == []

    def test_a_conflict_at_the_table_ends_the_assignment_too(self) -> None:
        panel = self.panel
        world, [first, *_rest] = panel.world, panel.items
        run("add_panel_member", world.sara, panel.meeting, person=world.mira, is_chair=False)
        panel.declare(world.mira)
        panel.declare(world.mira, "yes", [first], "Min bror.")
        assert first.application.assignments.get(reviewer=world.mira).state == "conflicted"
        assert list(check_cases()) == []

    def test_an_office_gives_nothing_where_one_is_out(self) -> None:
        panel = self.panel
        world, [first, *_rest] = panel.world, panel.items
        run("add_panel_member", world.sara, panel.meeting, person=world.jonas, is_chair=False)
        panel.declare(world.jonas, "yes", [first], "Min bror.")
        seen = set(Application.objects.filter(office_counts(world.jonas)).values_list("pk", flat=True))
        assert seen == {case.pk for case in panel.cases} - {first.application_id}

    def test_the_absent_and_the_removed_read_nothing(self) -> None:
        panel = self.panel
        panel.all_declare()
        run("note_absence", panel.chair, panel.meeting, member=panel.seat(panel.petra), is_absent=True)
        run("remove_panel_member", panel.world.sara, panel.meeting, member=panel.seat(panel.pål))
        assert may_read(panel.petra) == may_read(panel.pål) == set()
        run("note_absence", panel.chair, panel.meeting, member=panel.seat(panel.petra), is_absent=False)
        assert len(may_read(panel.petra)) == 3


class TestItems(AtTable):
    def test_an_item_waits_until_everybody_there_has_declared(self) -> None:
        panel = self.panel
        panel.declare(panel.chair)
        panel.declare(panel.petra)
        run("open_meeting", panel.chair, panel.meeting)
        refusal = refused("take_up", panel.chair, panel.items[0])
        assert (refusal.code, "Pål Panel" in refusal.text, "Petra" in refusal.text) == ("undeclared", True, False)
        run("note_absence", panel.chair, panel.meeting, member=panel.seat(panel.pål), is_absent=True)
        run("take_up", panel.chair, panel.items[0])

    def test_nothing_is_taken_up_before_the_meeting(self) -> None:
        panel = self.panel
        panel.all_declare()
        assert refused("take_up", panel.world.sara, panel.items[0]).code == "meeting_state"
        assert write(panel.items[0], panel.petra, text=TEXT).shut == ("text",)

    def test_it_is_done_with_a_recommendation_and_a_text_and_then_shut(self) -> None:
        panel = self.panel
        panel.open()
        item = panel.items[0]
        run("take_up", panel.chair, item)
        write(item, panel.petra, text=TEXT)
        assert refused("close_item", panel.chair, item).code == "no_recommendation"
        write(item, panel.petra, recommendation="fund", text="")
        assert refused("close_item", panel.chair, item).code == "no_text"
        write(item, panel.petra, text=TEXT)
        run("close_item", panel.chair, item)
        assert write(item, panel.petra, text="Något annat.").shut == ("text",)
        assert write(item, panel.petra, departure="Därför.").shut == ()
        run("take_up", panel.chair, item)
        assert write(item, panel.petra, text="Något annat.").shut == ()

    def test_what_somebody_else_wrote_is_not_overwritten_unseen(self) -> None:
        panel = self.panel
        panel.open()
        item = panel.items[0]
        run("take_up", panel.chair, item)
        write(item, panel.petra, text="Petras text.")
        saved = panel_texts.save(item.pk, panel.pål, {"text": "Påls text."}, {"text": fingerprint("")})
        assert (saved.conflicts, saved.values["text"]) == (("text",), "Petras text.")
        assert Item.objects.get(pk=item.pk).saved_by == panel.petra

    def test_a_withdrawn_application_leaves_the_table(self) -> None:
        panel = self.panel
        panel.open()
        item = panel.items[0]
        run("withdraw", panel.world.karin, item.application, reason="")
        assert refused("take_up", panel.world.sara, item).code == "not_assessed"
        assert item.application_id not in may_read(panel.petra)
        assert list(check_cases()) == []


class TestEvents(AtTable):
    def test_the_meeting_and_its_cases_tell_their_own_stories(self) -> None:
        panel = self.panel
        panel.open()
        panel.agree(panel.items[0])
        told = Event.objects.filter(stream=f"meeting:{panel.meeting.pk}").order_by("seq").values_list("name", flat=True)
        assert list(told) == [*["add_panel_member"] * 3, *["declare_panel"] * 3, "open_meeting"]
        case = Event.objects.filter(stream=f"case:{panel.items[0].application_id}").order_by("-seq")
        assert [event.name for event in case[:2]] == ["close_item", "take_up"]
