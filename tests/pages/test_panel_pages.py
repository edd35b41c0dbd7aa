"""A panel's meeting as pages: what each at the table sees, and that nobody sees more."""

from typing import Any

from django.urls import reverse

from grants.applications.models import Submission
from grants.organisations.models import Person
from reviewers.meeting import read_agenda
from reviewers.pages.meeting import find_meeting, stamp
from reviewers.panels import Declaration, Item
from tests.engine.panels import TEXT, AtTable, write
from tests.pages.asking import act, get
from tests.signing_in import signed_in
from workflows.commands import run
from workflows.models import Notice
from workflows.notices.sending import message
from workflows.queries import case_page
from workflows.simulation import life

SECRET = "Panelen tvekar om nyttan."


class Pages(AtTable):
    def as_(self, person: Person) -> Any:
        return signed_in(person)

    def room(self, person: Person, **query: str) -> str:
        return get(self.as_(person), "meeting", self.panel.meeting.pk, **query)

    def addresses(self, item: Item) -> list[str]:
        meeting = self.panel.meeting
        return [
            *(reverse(name, args=[meeting.pk]) for name in ("meeting", "meeting_poll")),
            *(reverse(name, args=[item.pk]) for name in ("panel_item", "panel_item_poll", "save_panel_item")),
        ]


class TestLeft(Pages):
    def test_a_page_that_stands_open_is_told_once_that_the_member_is_out_of_the_item(self) -> None:
        panel = self.panel.open()
        item = panel.items[0]
        run("take_up", self.panel.world.sara, item)
        address = reverse("panel_item_poll", args=[item.pk])
        assert self.as_(panel.petra).get(address).status_code == 200
        panel.declare(panel.petra, "yes", [item], "Släkt.")
        answer = self.as_(panel.petra).get(address + "?sedan=x")
        assert answer.status_code == 286
        assert "Du deltar inte längre" in answer.content.decode()
        assert item.application.title not in answer.content.decode()
        assert self.as_(panel.petra).get(address).status_code == 404
        assert self.as_(self.panel.world.karin).get(address + "?sedan=x").status_code == 404


class TestRoom(Pages):
    def test_the_line_is_drawn_where_the_money_ends(self) -> None:
        panel = self.panel.open()
        first, second, third = panel.items
        for item, ore in ((first, 600_000_000), (second, 300_000_000), (third, 200_000_000)):
            Item.objects.filter(pk=item.pk).update(amount_ore=ore)
        html = self.room(panel.world.sara)
        assert "Bidragslinjen vid 10\u00a0000\u00a0000\u00a0kr" in html
        assert "9\u00a0000\u00a0000\u00a0kr över linjen, 1\u00a0000\u00a0000\u00a0kr kvar" in html
        places = [html.index(f'id="punkt-{item.pk}"') for item in (first, second, third)]
        assert places[1] < html.index("Bidragslinjen") < places[2]
        assert "11\u00a0000\u00a0000" in html  # accumulated

    def test_a_closed_meeting_shows_what_its_minutes_say_whatever_comes_after(self) -> None:
        panel = self.panel.open()
        for item in panel.items:
            panel.agree(item, amount="2000000")
        before = read_agenda(panel.meeting.pk).line
        run("close_meeting", panel.world.sara, panel.meeting)
        life.propose(panel.items[0].application, panel.world.sara)
        now = read_agenda(panel.meeting.pk)
        assert now.line == before
        assert [point.ranked.place for point in now.points] == [1, 2, 3]
        html = self.room(panel.world.sara)
        assert "6\u00a0000\u00a0000\u00a0kr över linjen, 4\u00a0000\u00a0000\u00a0kr kvar" in html
        assert "Inte längre för panelen" not in html

    def test_what_one_tries_is_in_the_address_and_nowhere_else(self) -> None:
        panel = self.panel.open()
        first, second, third = panel.items
        Item.objects.filter(pk__in=[first.pk, second.pk, third.pk]).update(amount_ore=400_000_000)
        html = self.room(panel.petra, over=str(third.pk))
        assert f'value="o{third.pk}"' in html
        assert html.index(f'id="punkt-{third.pk}"') < html.index(f'id="punkt-{second.pk}"')
        html = self.room(panel.petra, plan=f"o{third.pk}", arende=str(first.pk), belopp="2 000 000")
        assert f"o{third.pk}.b{first.pk}-2000000" in html
        assert panel.items == [first, second, third]
        assert "adopt_trial" not in html  # Petra does not lead
        html = self.room(panel.chair, plan=f"o{third.pk}")
        assert f"/act/adopt_trial/{panel.meeting.pk}/?plan=o{third.pk}" in html

    def test_what_is_wrong_in_what_one_tries_is_said_and_kept(self) -> None:
        panel = self.panel.open()
        item = panel.items[0]
        html = self.room(panel.petra, belopp="500 000")
        assert "Välj vilken ansökan beloppet gäller." in html
        assert 'value="500 000"' in html
        assert "Skriv vilket belopp du vill pröva." in self.room(panel.petra, arende=str(item.pk))
        html = self.room(panel.petra, arende=str(item.pk), belopp="mycket")
        assert "Skriv beloppet i hela kronor." in html
        assert 'value="mycket" aria-invalid="true"' in html
        html = self.room(panel.petra, arende=str(item.pk), belopp="500 000")
        assert "Så skulle det bli" in html
        assert 'value="500 000"' in html
        assert f'<option value="{item.pk}" selected>' in html

    def test_the_table_says_who_has_not_declared(self) -> None:
        panel = self.panel
        panel.declare(panel.petra, "no", panel.items[:1])
        panel.declare(panel.chair)
        html = " ".join(self.room(panel.world.sara).split())
        assert 'Petra Panel<span class="an-name">Har inte prövat jäv i 2 ärenden' in html
        assert 'Pål Panel<span class="an-name">Har inte prövat jäv i 3 ärenden' in html
        assert html.count("Har inte prövat jäv i") == 2

    def test_who_leads_adopts_it(self) -> None:
        panel = self.panel.open()
        first, second, third = panel.items
        applied = Submission.objects.get(application=third.application).content["applied_ore"] // 100
        Item.objects.filter(pk__in=[first.pk, second.pk]).update(amount_ore=500_000_000)
        plan = f"o{third.pk}.b{third.pk}-{applied - 1}"
        client = self.as_(panel.chair)
        page = client.get(reverse("act", args=["adopt_trial", panel.meeting.pk]), {"plan": plan})
        assert third.application.number in page.content.decode()
        act(client, "adopt_trial", panel.meeting.pk, plan=plan)
        assert panel.items == [first, third, second]
        assert Item.objects.get(pk=third.pk).amount_ore == (applied - 1) * 100
        too_much = f"b{third.pk}-{applied + 1}"
        act(client, "adopt_trial", panel.meeting.pk, 409, plan=too_much, key="2")

    def test_odd_addresses_make_no_fault(self) -> None:
        for query in (
            {"plan": "o" * 5000}, {"over": "9" * 400}, {"arende": "x", "belopp": "y"}, {"plan": "b1--5.o٣"},
            {"arende": str(self.panel.items[0].pk), "belopp": "mycket"}, {"arende": "1", "belopp": "9" * 40},
        ):  # fmt: skip
            self.room(self.panel.world.sara, **query)
        assert self.as_(self.panel.world.sara).get("/mote/99999999999999999999999/").status_code == 404

    def test_limits_are_shown_with_their_figures(self) -> None:
        panel = self.panel.open()
        html = self.room(panel.world.sara)
        assert "Minst ett projekt som en civilsamhällesorganisation samordnar" in html
        assert "Civilsamhällesorganisation: 0 projekt, minst 1." in html

    def test_nothing_new_is_answered_with_nothing(self) -> None:
        panel = self.panel.open()
        client = self.as_(panel.petra)
        before = stamp(find_meeting(panel.petra, panel.meeting.pk))
        address = reverse("meeting_poll", args=[panel.meeting.pk])
        assert before in self.room(panel.petra)
        assert client.get(address, {"sedan": before}).status_code == 204
        run("take_up", panel.world.sara, panel.items[0])
        answer = client.get(address, {"sedan": before})
        assert answer.status_code == 200
        assert "uppe nu" in answer.content.decode()
        after = stamp(find_meeting(panel.petra, panel.meeting.pk))
        for step in (
            lambda: write(panel.items[0], panel.pål, text=TEXT),
            lambda: panel.declare(panel.pål, "yes", panel.items[1:2], "Min bror."),
            lambda: run("note_absence", panel.chair, panel.meeting, member=panel.seat(panel.pål), is_absent=True),
            lambda: run("withdraw", panel.world.karin, panel.items[2].application, reason=""),
        ):
            step()
            before, after = after, stamp(find_meeting(panel.petra, panel.meeting.pk))
            assert before != after

    def test_the_files_of_what_is_weighed_open_for_who_weighs_it(self) -> None:
        panel, item = self.panel, self.panel.items[0]
        file = item.application.submissions.latest("n").content["attachments"][0]
        address = reverse("case_file", args=[item.application_id, file["sha256"]])
        assert self.as_(panel.petra).get(address).status_code == 404  # has not declared yet
        panel.open()
        assert address in get(self.as_(panel.petra), "panel_item", item.pk)
        assert self.as_(panel.petra).get(address).status_code == 200
        panel.declare(panel.pål, "yes", [item], "Släkt.")
        assert self.as_(panel.pål).get(address).status_code == 404
        panel.agree_on_all()
        run("close_meeting", panel.world.sara, panel.meeting)
        assert self.as_(panel.petra).get(address).status_code == 404


class TestWaysIn(Pages):
    def test_the_navigation_says_where_one_is(self) -> None:
        world = self.panel.world
        for person, label in ((world.sara, "Omgångar"), (self.panel.petra, "Bedömningar")):
            assert f'aria-current="page">{label}' in self.room(person)
        for name in ("reviewers_pool", "conflict_register"):
            assert 'aria-current="page">Omgångar' in get(self.as_(world.sara), name)
        assert 'aria-current="page">Utlysningar' in get(self.as_(world.sara), "home")

    def test_calls_the_queue_and_the_case_lead_to_the_meeting(self) -> None:
        panel = self.panel
        address = reverse("meeting", args=[panel.meeting.pk])
        assert f'href="{address}">Öppna bedömningsmötet' in get(self.as_(panel.world.sara), "calls_work")
        assert f'href="{address}"' in get(self.as_(panel.petra), "review_queue")
        assert f'href="{address}"' not in get(self.as_(panel.world.ines), "review_queue")
        assert case_page.read(panel.world.sara, panel.cases[0].pk).turn.url == address

    def test_who_is_asked_is_told_when_and_nothing_of_the_applications(self) -> None:
        notice = Notice.objects.get(kind="add_panel_member", person=self.panel.petra)
        told = message(notice)
        assert reverse("meeting", args=[self.panel.meeting.pk]) in told.body
        assert "Gemensamma AI-förmågor 2023" in told.body
        assert all(case.number not in told.body and case.title not in told.body for case in self.panel.cases)


class TestWhoIsOut(Pages):
    def setUp(self) -> None:
        super().setUp()
        panel = self.panel
        self.first = panel.items[0]
        panel.declare(panel.petra, "yes", [self.first], "Min bror.")
        panel.declare(panel.petra, "no", panel.items[1:])
        panel.declare(panel.chair)
        panel.declare(panel.pål)
        run("open_meeting", panel.world.sara, panel.meeting)
        run("take_up", panel.world.sara, self.first)
        write(self.first, panel.pål, text=SECRET, recommendation="reserve", amount="123456")

    def test_they_see_that_the_item_is_there_and_no_more(self) -> None:
        html = self.room(self.panel.petra)
        case = self.first.application
        assert f"{case.number}. Du är jävig." in html
        for hidden in (f'id="punkt-{self.first.pk}"', "123\u00a0456", SECRET[:10], "Petra Panel</span>"):
            assert hidden not in html, hidden
        agenda = read_agenda(self.panel.meeting.pk)
        score = agenda.the_point(self.first.pk).ranked.total
        assert f"{score:.2f}".replace(".", ",") not in html
        assert 'role="cell" class="an-n">1</td>' in html  # places are counted among what is shown
        assert 'role="cell" class="an-n">3</td>' not in html
        assert "Helheten" not in html

    def test_the_items_own_pages_do_not_exist_for_them(self) -> None:
        client = self.as_(self.panel.petra)
        for name in ("panel_item", "panel_item_poll"):
            assert client.get(reverse(name, args=[self.first.pk])).status_code == 404
        saved = client.post(reverse("save_panel_item", args=[self.first.pk]), {"name": "text", "value": "x"})
        assert saved.status_code == 404
        for command in ("take_up", "close_item"):
            assert client.get(reverse("act", args=[command, self.first.pk])).status_code == 404

    def test_neither_does_the_case_to_anybody_at_the_table(self) -> None:
        case = self.first.application
        for person in (self.panel.petra, self.panel.pål, self.panel.chair):
            client = self.as_(person)
            for address in (
                reverse("case", args=[case.pk]), reverse("case_submission", args=[case.pk, 1]),
                reverse("preview", args=[case.pk]),
                reverse("cases"), reverse("meeting_minutes", args=[self.panel.meeting.pk]),
            ):  # fmt: skip
                assert client.get(address).status_code == 404, address

    def test_who_has_not_declared_sees_only_that_there_is_something_to_declare(self) -> None:
        world = self.panel.world
        run("add_panel_member", world.sara, self.panel.meeting, person=world.ines, is_chair=False)
        html = self.room(world.ines)
        assert "Pröva om du är jävig i 3 ärenden" in html
        assert "an-rank" not in html
        assert self.as_(world.ines).get(reverse("panel_item", args=[self.first.pk])).status_code == 404
        page = get(self.as_(world.ines), "act", "declare_panel", self.panel.meeting.pk)
        assert self.first.application.number in page
        assert SECRET not in page

    def test_an_outsider_an_applicant_and_somebody_elses_officer_find_nothing(self) -> None:
        world = self.panel.world
        for person in (world.karin, world.ali, world.mira, world.ines):
            client = self.as_(person)
            for address in self.addresses(self.first):
                assert client.get(address).status_code in (404, 405), (person, address)
                assert client.post(address, {"name": "text", "value": "x"}).status_code in (404, 405), (person, address)

    def test_an_officer_who_is_out_sees_it_as_little(self) -> None:
        world = self.panel.world
        run("add_panel_member", world.sara, self.panel.meeting, person=world.jonas, is_chair=False)
        self.panel.declare(world.jonas, "yes", [self.first], "Min mor.")
        client = self.as_(world.jonas)
        assert client.get(reverse("panel_item", args=[self.first.pk])).status_code == 404
        assert client.get(reverse("case", args=[self.first.application_id])).status_code == 404
        assert SECRET[:10] not in self.room(world.jonas)

    def test_yes_needs_words_and_the_rest_is_answered_at_once(self) -> None:
        panel = self.panel
        run("add_panel_member", panel.world.sara, panel.meeting, person=panel.world.jonas, is_chair=False)
        client = self.as_(panel.world.jonas)
        yes = {f"svar-{self.first.pk}": "yes", "rest": "on"}
        assert "Skriv vad kopplingen" in act(client, "declare_panel", panel.meeting.pk, 422, **yes).content.decode()
        act(client, "declare_panel", panel.meeting.pk, **yes, **{f"text-{self.first.pk}": "Min bror."})
        answers = Declaration.objects.filter(member__person=panel.world.jonas).values_list("item", "answer")
        assert dict(answers) == {item.pk: "yes" if item == self.first else "no" for item in panel.items}

    def test_the_door_shuts_in_the_same_second(self) -> None:
        client = self.as_(self.panel.pål)
        address = reverse("panel_item", args=[self.first.pk])
        assert client.get(address).status_code == 200
        act(
            client, "declare_panel", self.panel.meeting.pk,
            **{"arende": self.first.pk, f"svar-{self.first.pk}": "yes", f"text-{self.first.pk}": "Min granne."},
        )  # fmt: skip
        assert client.get(address).status_code == 404
        assert (
            client.post(reverse("save_panel_item", args=[self.first.pk]), {"name": "text", "value": "x"}).status_code
            == 404
        )


class TestItem(Pages):
    def setUp(self) -> None:
        super().setUp()
        self.panel.open()
        self.item = self.panel.items[0]
        run("take_up", self.panel.world.sara, self.item)

    def save(self, person: Person, status: int = 200, **data: str) -> Any:
        answer = self.as_(person).post(reverse("save_panel_item", args=[self.item.pk]), data)
        assert answer.status_code == status, answer.content.decode()[:1000]
        return answer

    def test_two_write_at_once_and_nobody_is_overwritten(self) -> None:
        html = get(self.as_(self.panel.petra), "panel_item", self.item.pk)
        assert "Panelen skriver" in html
        empty = self.save(self.panel.petra, name="text", value="", version="").json()["version"]
        first = self.save(self.panel.petra, name="text", value="Petras text.", version=empty).json()
        clash = self.save(self.panel.pål, 409, name="text", value="Påls text.", version=empty).json()
        assert "Petras text." in clash["html"]
        self.save(self.panel.pål, name="text", value="Bådas text.", version=first["version"])
        assert Item.objects.get(pk=self.item.pk).text == "Bådas text."

    def test_without_scripts_the_whole_form_is_saved_or_comes_back(self) -> None:
        seen = {f"seen-{f}": "x" for f in ("text", "recommendation", "amount", "departure")}
        back = self.save(self.panel.petra, 409, text="Min text.", recommendation="fund", **seen).content.decode()
        assert "Min text." in back
        html = get(self.as_(self.panel.petra), "panel_item", self.item.pk)
        seen = {part.split('"')[0]: part.split('value="')[1].split('"')[0] for part in html.split('name="seen-')[1:]}
        marks = {f"seen-{name}": mark for name, mark in seen.items()}
        self.save(self.panel.petra, 302, text="Min text.", recommendation="fund", amount="", departure="", **marks)
        assert Item.objects.get(pk=self.item.pk).text == "Min text."

    def test_an_amount_is_a_number_and_no_more_than_what_was_applied_for(self) -> None:
        for value in ("mycket", "-1", "999 999 999", "9" * 50):
            self.save(self.panel.petra, 422, name="amount", value=value, version="")
        for name in ("position", "version", ""):
            self.save(self.panel.petra, 400, name=name, value="1", version="")
        self.save(self.panel.petra, 422, name="recommendation", value="mer", version="")

    def test_a_poll_tells_of_what_others_have_written(self) -> None:
        client = self.as_(self.panel.pål)
        html = get(client, "panel_item", self.item.pk)
        since = html.split("?sedan=")[1].split('"')[0]
        address = reverse("panel_item_poll", args=[self.item.pk])
        assert client.get(address, {"sedan": since}).status_code == 204
        write(self.item, self.panel.petra, text="Petras text.")
        assert "Petras text." in client.get(address, {"sedan": since}).content.decode()

    def test_who_is_absent_writes_nothing_and_reads_nothing(self) -> None:
        run(
            "note_absence", self.panel.chair, self.panel.meeting, member=self.panel.seat(self.panel.pål), is_absent=True
        )
        self.save(self.panel.pål, 404, name="text", value="x", version="")

    def test_after_the_meeting_members_find_nothing_and_the_office_the_minutes(self) -> None:
        panel = self.panel
        write(self.item, panel.petra, text=TEXT, recommendation="fund")
        run("close_item", panel.chair, self.item)
        for item in panel.items[1:]:
            panel.agree(item)
        run("close_meeting", panel.chair, panel.meeting)
        client = self.as_(panel.petra)
        assert client.get(reverse("panel_item", args=[self.item.pk])).status_code == 404
        html = self.room(panel.petra)
        assert "Mötet är avslutat" in html
        assert all(item.application.number not in html for item in panel.items)
        assert client.get(reverse("meeting_minutes", args=[panel.meeting.pk])).status_code == 404
        answer = self.as_(panel.world.sara).get(reverse("meeting_minutes", args=[panel.meeting.pk]))
        assert answer.content.startswith(b"%PDF-1.7")
        assert TEXT in get(self.as_(panel.world.sara), "panel_item", self.item.pk)
