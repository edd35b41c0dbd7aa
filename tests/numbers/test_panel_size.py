"""A panel's room with three applications and with a hundred and fifty: the same queries, whoever looks, and almost none when
nothing has changed."""

from django.urls import reverse

from grants.organisations.models import Person
from tests.engine.panels import AtTable
from tests.numbers.cloner import clone
from tests.numbers.meter import Cost, metered
from tests.signing_in import signed_in
from workflows.commands import run

ROOM, POLL, ITEM = 12, 12, 20
MANY = 150


def cost(person: Person, url: str, status: int = 200) -> Cost:
    client = signed_in(person)
    client.get(url)  # what a process reads once has been read
    with metered() as cost:
        response = client.get(url)
    assert response.status_code == status, url
    cost.length = len(response.content)
    return cost


class TestSize(AtTable):
    def test_a_long_agenda_asks_the_database_no_more_than_a_short_one(self) -> None:
        panel = self.panel.all_declare()
        few = self.measure()
        clone([case.pk for case in panel.cases], MANY // 3 - 1)
        run("make_agenda", panel.world.sara, panel.meeting)
        panel.all_declare()
        assert len(panel.items) == MANY
        many = self.measure()
        for name, most in (("member", ROOM), ("officer", ROOM), ("item", ITEM), ("poll", POLL), ("quiet", 5)):
            assert few[name].queries <= most, (name, "\n".join(few[name].sql))
            assert many[name].queries == few[name].queries, (name, "\n".join(many[name].sql))
        assert many["quiet"].rows == few["quiet"].rows
        shown = MANY - 3
        assert many["member"].rows - few["member"].rows <= shown * 20  # three sheets with their scores are on each row
        assert many["member"].length - few["member"].length <= shown * 3500

    def measure(self) -> dict[str, Cost]:
        panel = self.panel
        room, item = reverse("meeting", args=[panel.meeting.pk]), reverse("panel_item", args=[panel.items[0].pk])
        poll = reverse("meeting_poll", args=[panel.meeting.pk])
        html = signed_in(panel.petra).get(room).content.decode()
        since = html.split("?sedan=")[1].split('"')[0]
        return {
            "member": cost(panel.petra, room),
            "officer": cost(panel.world.sara, room),
            "item": cost(panel.petra, item),
            "poll": cost(panel.petra, poll),
            "quiet": cost(panel.petra, f"{poll}?sedan={since}", 204),
        }
