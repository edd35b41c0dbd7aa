"""A panel's meeting is closed: what stands in the way, what it leaves behind, and that nothing changes afterwards."""

import io

import pikepdf
import pytest
from django.db import DatabaseError, transaction

from grants import clock
from grants.applications.freezing import sha256
from grants.decisions.hearings import Hearing
from grants.letters.minutes import Minutes, render_minutes
from grants.models import StoredFile
from grants.refusal import Refused
from reviewers.panels import Item, Meeting
from tests.engine.asking import refused
from tests.engine.panels import TEXT, AtTable, write
from tests.engine.test_panels import may_read
from tests.letters.reading import text_of
from tests.letters.test_conformance import assert_conforms
from workflows.commands import run
from workflows.integrity.access import check_cases
from workflows.models import Event, Task
from workflows.simulation import life


class TestClosing(AtTable):
    def close(self) -> Meeting:
        run("close_meeting", self.panel.chair, self.panel.meeting)
        return Meeting.objects.select_related("minutes").get(pk=self.panel.meeting.pk)

    def test_every_item_is_done_first(self) -> None:
        panel = self.panel.open()
        panel.agree(panel.items[0])
        Item.objects.filter(pk=panel.items[1].pk).update(amount_ore=2_000_000_000)  # not discussed: nobody's wish yet
        with pytest.raises(Refused) as answer:
            run("close_meeting", panel.chair, panel.meeting)
        [found] = answer.value.refusals
        assert (found.code, found.link) == ("items_left", f"/mote/punkt/{panel.items[1].pk}/")
        assert all((item.application.number in found.text) == (n > 0) for n, item in enumerate(panel.items))

    def test_a_departure_from_the_ranking_needs_a_reason_on_either_side(self) -> None:
        for explained in (0, 2):
            with transaction.atomic():
                panel = self.panel.open()
                first, second, third = panel.items
                panel.agree(first, "reject")
                panel.agree(second, "reserve")
                panel.agree(third, "fund")
                with pytest.raises(Refused) as answer:
                    run("close_meeting", panel.chair, panel.meeting)
                assert [r.code for r in answer.value.refusals] == ["departure", "departure"]
                assert f"/mote/punkt/{first.pk}/#departure" in [r.link for r in answer.value.refusals]
                write([first, second, third][explained], panel.petra, departure="Panelen ser en annan helhet.")
                if explained == 0:
                    assert refused("close_meeting", panel.chair, panel.meeting).link.startswith(
                        f"/mote/punkt/{second.pk}/"
                    )
                else:
                    self.close()
                transaction.set_rollback(True)

    def test_whoever_is_out_of_an_item_is_not_told_of_it_by_a_refusal(self) -> None:
        panel = self.panel
        [first, *_rest] = panel.items
        panel.declare(panel.chair, "yes", [first], "Min syster.")
        panel.declare(panel.chair, "no", panel.items[1:])
        panel.declare(panel.petra)
        panel.declare(panel.pål)
        run("open_meeting", panel.world.sara, panel.meeting)
        for item, stance in zip(panel.items, ("reject", "fund", "fund"), strict=True):
            panel.agree(item, stance)
        told = refused("close_meeting", panel.chair, panel.meeting)
        assert told.code == "departure"
        assert all(item.application.number not in told.text for item in panel.items)

    def test_no_more_is_recommended_than_there_is(self) -> None:
        panel = self.panel.open().agree_on_all()
        Item.objects.filter(pk=panel.items[0].pk).update(amount_ore=2_000_000_000)
        with pytest.raises(Refused) as answer:
            run("close_meeting", panel.chair, panel.meeting)
        assert "call_budget" in {r.code for r in answer.value.refusals}

    def test_the_cases_go_on_with_what_the_panel_says(self) -> None:
        panel = self.panel.open().agree_on_all()
        self.close()
        for item in panel.items:
            hearing = Hearing.objects.get(application=item.application)
            assert (hearing.kind, hearing.recommendation, hearing.text) == ("panel", "fund", TEXT)
            assert "Petra Panel" in hearing.participants
            [task] = Task.objects.filter(case=item.application, finished=None)
            assert task.kind == "prepare"
            told = Event.objects.get(stream=f"case:{item.application_id}", name="panel_result")
            assert told.data["sha256"] == sha256(hearing.content())
            assert item.amount_ore is not None
        life.propose(panel.items[0].application, panel.world.sara)
        assert list(check_cases()) == []

    def test_access_ends_with_it(self) -> None:
        panel = self.panel.open().agree_on_all()
        assert may_read(panel.petra)
        self.close()
        assert may_read(panel.petra) == may_read(panel.chair) == set()

    def test_nothing_can_be_changed_afterwards(self) -> None:
        panel = self.panel.open().agree_on_all()
        meeting = self.close()
        item = panel.items[0]
        assert write(item, panel.petra, text="Något annat.", departure="Nej.").shut == ("text", "departure")
        assert refused("take_up", panel.world.sara, item).code == "meeting_state"
        for command in ("close_meeting", "make_agenda", "move_meeting"):
            assert refused(command, panel.world.sara, meeting).code == "state"
        with pytest.raises(DatabaseError), transaction.atomic():
            Meeting.objects.filter(pk=meeting.pk).update(place="Någon annanstans")

    def test_the_minutes_say_who_was_out_of_what_and_are_held_by_their_hash(self) -> None:
        panel = self.panel
        first, second, third = panel.items
        panel.declare(panel.petra, "yes", [first], "Min bror.")
        panel.declare(panel.petra, "no", [second])
        run("note_absence", panel.world.sara, panel.meeting, member=panel.seat(panel.pål), is_absent=True)
        panel.declare(panel.petra, "no", [third])
        panel.declare(panel.chair)
        run("open_meeting", panel.world.sara, panel.meeting)
        for item, stance in zip(panel.items, ("reject", "fund", "fund"), strict=True):
            run("take_up", panel.world.sara, item)
            write(item, panel.chair, recommendation=stance, text=TEXT)
            run("close_item", panel.world.sara, item)
        write(first, panel.chair, departure="Samma projekt har redan fått bidrag.")
        run("close_meeting", panel.world.sara, panel.meeting)
        meeting = Meeting.objects.select_related("minutes").get(pk=panel.meeting.pk)
        assert (meeting.record["closed_by"], meeting.closed_by) == ("Sara Lindqvist", panel.world.sara)
        assert Minutes.model_validate(meeting.record).closed_at == meeting.closed_at
        content = bytes(StoredFile.objects.get(pk=meeting.minutes_id).content)
        assert_conforms(content)
        text = " ".join(text_of(content).split())
        for said in (
            "Petra Panel (jäv)", "Frånvarande", "Pål Panel", "Olle Ordförande", TEXT, "avslag", "bifall",
            "Samma projekt har redan fått bidrag.", "Rum 4", first.application.number or "–",
            "avslutades av Sara Lindqvist och kan inte ändras",
            f"kl. {meeting.closed_at.astimezone(clock.SWEDEN):%H.%M} Plats",
        ):  # fmt: skip
            assert said in text, said
        assert "Min bror" not in text  # what a tie is stands in the register
        closed = Event.objects.get(stream=f"meeting:{meeting.pk}", name="close_meeting")
        assert (closed.data["sha256"], closed.data["minutes"]) == (sha256(meeting.record), meeting.minutes_id)
        again = render_minutes(Minutes.model_validate(meeting.record), "sv")
        assert again.sha256 == meeting.minutes_id
        with pikepdf.open(io.BytesIO(content)) as pdf:
            assert "protokoll.json" in pdf.attachments
