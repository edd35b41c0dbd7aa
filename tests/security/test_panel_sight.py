"""What somebody at a panel's table cannot find out about an item that they are out of, however they ask."""

import pytest
from django.urls import reverse

from grants.applications.models import CaseMember
from grants.refusal import Refused
from reviewers.pages.meeting import find_meeting, stamp
from reviewers.panels import Item
from tests.engine.panels import AtTable, write
from tests.pages.asking import get
from tests.signing_in import signed_in
from workflows.commands import run

SECRET = 423_456_700  # öre of the hidden item
SHOWN = "4\u00a0234\u00a0567"
LEFT = "10\u00a0000\u00a0000"  # what the call has


class Hidden(AtTable):
    """An open meeting whose chair, and Petra, are out of its first item."""

    def setUp(self) -> None:
        super().setUp()
        panel = self.panel
        self.first, self.second, self.third = panel.items
        for person in (panel.chair, panel.petra):
            panel.declare(person, "yes", [self.first], "Min bror.")
            panel.declare(person, "no", [self.second, self.third])
        panel.declare(panel.pål)
        run("open_meeting", panel.world.sara, panel.meeting)
        Item.objects.filter(pk=self.first.pk).update(amount_ore=SECRET)


class TestLine(Hidden):
    def test_no_line_falls_where_it_would_tell_the_hidden_amount(self) -> None:
        for person in (self.panel.chair, self.panel.petra):
            client, seen = signed_in(person), set()
            for kronor in (1, 5_765_433, 5_765_434, 99_000_000):
                for item in (self.first, self.second):
                    plan = f"o{self.third.pk}.b{item.pk}-{kronor}"
                    html = get(client, "meeting", self.panel.meeting.pk, plan=plan)
                    assert "Bidragslinjen visas inte" in html
                    assert 'id="over"' not in html
                    for told in ("Bidragslinjen vid", LEFT, "an-below"):
                        assert told not in html, told
                    seen.add(get(client, "meeting_poll", self.panel.meeting.pk, plan=plan))
            assert len(seen) == 1  # nothing that is tried changes anything

    def test_amounts_that_are_saved_move_no_line_either(self) -> None:
        html = set()
        for ore in (100, 5_900_000_000):
            Item.objects.filter(pk=self.first.pk).update(amount_ore=ore)
            html.add(get(signed_in(self.panel.petra), "meeting_poll", self.panel.meeting.pk))
        assert len(html) == 1

    def test_a_page_that_stands_open_does_not_tell_when_somebody_writes_there(self) -> None:
        def stamps() -> list[str]:
            pk = self.panel.meeting.pk
            return [stamp(find_meeting(person, pk)) for person in (self.panel.petra, self.panel.pål)]

        before = stamps()
        run("take_up", self.panel.world.sara, self.first)
        write(self.first, self.panel.pål, text="Nytta.", recommendation="fund")
        run("close_item", self.panel.world.sara, self.first)
        after = stamps()
        assert after[0] == before[0]
        assert after[1] != before[1]
        run("take_up", self.panel.world.sara, self.second)
        assert stamps()[0] != after[0]

    def test_who_sees_everything_has_the_line_and_the_form(self) -> None:
        for person in (self.panel.pål, self.panel.world.sara):
            html = get(signed_in(person), "meeting", self.panel.meeting.pk, plan=f"b{self.second.pk}-1")
            assert "Bidragslinjen vid" in html
            assert 'id="over"' in html
            assert "Bidragslinjen visas inte" not in html
            assert SHOWN in html


class TestSteps(Hidden):
    def page(self, command: str, **query: str) -> str:
        address = reverse("act", args=[command, self.panel.meeting.pk])
        return signed_in(self.panel.chair).get(address, query).content.decode()

    def reasons(self) -> dict[str, str]:
        with pytest.raises(Refused) as answer:
            run("close_meeting", self.panel.chair, self.panel.meeting)
        told = {refusal.code: refusal.text for refusal in answer.value.refusals}
        assert len(told) == len(answer.value.refusals)
        return told

    def test_what_would_be_adopted_tells_nothing_of_the_hidden_item(self) -> None:
        for plan in (f"b{self.first.pk}-1", f"b{self.second.pk}-99000000", f"o{self.third.pk}"):
            html = self.page("adopt_trial", plan=plan)
            assert self.first.application.number not in html
            assert "linjen:" not in html

    def test_the_agenda_is_not_ordered_by_who_does_not_see_all_of_it(self) -> None:
        html = self.page("order_agenda")
        assert "kan därför inte ändra den" in html
        assert self.first.application.number not in html
        assert f'value="{self.first.pk}"' not in html

    def test_what_stands_in_the_way_of_closing_tells_no_sum_and_no_number(self) -> None:
        panel = self.panel
        told = self.reasons()
        assert told["items_left"].startswith("3 ")
        panel.agree(self.second, "reserve")
        for item in (self.first, self.third):
            run("take_up", panel.world.sara, item)
            write(item, panel.pål, recommendation="fund", text="Nytta.")
            run("close_item", panel.world.sara, item)
        for amount in (2_000_000_000, SECRET):
            Item.objects.filter(pk=self.first.pk).update(amount_ore=amount)
            told |= self.reasons()
        assert set(told) == {"items_left", "call_budget", "departure"}
        for text in told.values():
            assert not any(item.application.number in text for item in panel.items), text
            assert "\u00a0" not in text, text

    def test_who_has_a_part_in_the_call_is_told_only_that(self) -> None:
        world = self.panel.world
        case = self.second.application
        CaseMember.objects.create(application=case, person=world.sara, right="read")
        with pytest.raises(Refused) as answer:
            run("close_meeting", world.sara, self.panel.meeting)
        assert [refusal.code for refusal in answer.value.refusals] == ["own_application"]


class TestOddNumbers(AtTable):
    def test_five_thousand_digits_make_no_fault(self) -> None:
        client, meeting, many = signed_in(self.panel.chair), self.panel.meeting.pk, "9" * 5000
        for page, query in (("meeting", {"over": many}), ("meeting", {"arende": many, "belopp": "1"}),
                            ("meeting_poll", {"over": many})):  # fmt: skip
            get(client, page, meeting, **query)
        assert client.get(reverse("act", args=["declare_panel", meeting]), {"arende": many}).status_code < 500
        assert client.get(reverse("act", args=["order_agenda", meeting]), {"arende": many}).status_code < 500
