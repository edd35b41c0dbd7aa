"""An officer changes what a call says: the text is checked, becomes a proposal, shows its impact, and is published."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from grants import clock
from grants.applications.checklist import contents
from grants.budgets.rules import total_applied
from grants.organisations.models import Person
from grants.programmes.models import Call, CallProposal, Office
from tests.factories import World
from tests.pages.asking import act, get, queries
from workflows import jobs, proposing
from workflows.commands import run
from workflows.commands.calls import give_office
from workflows.integrity import check
from workflows.models import Event, Notice, Trial
from workflows.simulation import life, people

SLUG = "starta-2023"
pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def source(world: World, **other: Any) -> str:
    """The file in force, with other values."""
    call = world.call(SLUG)
    assert call.version is not None
    return str(yaml.safe_dump(yaml.safe_load(call.version.text.source) | other, allow_unicode=True, sort_keys=False))


def post(client: Client, text: str | None = None, slug: str = SLUG, *, status: int, file: bytes | None = None) -> str:
    data: dict[str, Any] = {"text": text or ""}
    if file is not None:
        data["file"] = SimpleUploadedFile("omgang.yaml", file)
    response = client.post(reverse("call_edit", args=[slug]), data)
    assert response.status_code == status, response.content.decode()[:3000]
    return response["Location"] if status == 302 else response.content.decode()


def proposed(client: Client, text: str) -> CallProposal:
    address = post(client, text, status=302)
    return CallProposal.objects.get(pk=int(address.rstrip("/").rpartition("/")[2]))


@pytest.fixture
def other_officer(world: World) -> Person:
    """Somebody who handles another call only."""
    person = people.make_person("ola", "Ola Annan", staff=True)
    give_office(world.call("uppskalning-2023"), person, Office.Role.HANDLE)
    return person


class TestWhoMay:
    def test_only_officers_of_the_call(self, world: World, sign_in: SignIn, other_officer: Person) -> None:
        client = sign_in(world.sara)
        assert "Ändra omgången" in get(client, "calls_work")
        proposal = proposed(client, source(world, call_budget=7_654_321))
        get(client, "call_proposal", proposal.pk)
        for person in (world.karin, world.mira, world.eva, world.rolf, other_officer):
            theirs = sign_in(person)
            get(theirs, "call_edit", SLUG, status=404)
            get(theirs, "call_proposal", proposal.pk, status=404)
            assert theirs.post(reverse("call_edit", args=[SLUG]), {"text": "x"}).status_code == 404
            for name in ("call_trial", "call_open"):
                assert theirs.post(reverse(name, args=[proposal.pk])).status_code == 404
        assert not Trial.objects.exists()
        assert "Ändra omgången" not in get(sign_in(world.eva), "calls_work")
        act(sign_in(other_officer), "publish_version", world.call(SLUG).pk, 404, proposal=proposal.pk, base=1)

    def test_what_is_not_there(self, world: World, sign_in: SignIn) -> None:
        client = sign_in(world.sara)
        get(client, "call_edit", "finns-inte", status=404)
        for pk in (0, 2**31, 2**62):
            get(client, "call_proposal", pk, status=404)
            get(client, "call_edit", SLUG, proposal=str(pk))


class TestChecking:
    def test_each_fault_leads_to_its_line_and_nothing_is_lost(self, world: World, sign_in: SignIn) -> None:
        text = source(world).replace("max_grant:", "max_grnat:", 1)
        line = text[: text.index("max_grnat")].count("\n") + 1
        page = post(sign_in(world.sara), text + "\n# min egen rad <b>", status=422)
        assert f'href="#rad-{line}"' in page
        assert f'id="rad-{line}"' in page
        assert "Menade du" in page and "max_grant</b>" in page
        assert "# min egen rad &lt;b&gt;" in page
        assert "Nyckeln finns inte" in page
        assert "600\N{NO-BREAK SPACE}000" in page  # kept as it was written
        assert not CallProposal.objects.exists()

    def test_a_file_instead_and_what_was_typed_stays_too(self, world: World, sign_in: SignIn) -> None:
        page = post(sign_in(world.sara), "min halva text", status=422, file=b"slug: [")
        assert "slug: [" in page
        assert "min halva text" in page

    def test_a_right_file_becomes_a_proposal(self, world: World, sign_in: SignIn) -> None:
        post(sign_in(world.sara), "", status=302, file=source(world, call_budget=7_654_321).encode("utf-8-sig"))
        assert CallProposal.objects.get().call == world.call(SLUG)

    @pytest.mark.parametrize(
        ("raw", "said"),
        [
            (b"\xff\xfe\x00bad", "UTF-8"),
            (b"rad ett\nrad \xe5\n", "rad 2"),
            (bytes(range(128)) * 10, "Rad 1"),
            (b"slug: a\x00b", "Rad 1"),
            (b"", "Rad 1"),
            (b"x" * (proposing.LARGEST + 1), "256 kB"),
            (b"a: &a [x, x]\nb: [" + b"*a, " * 500 + b"*a]", "YAML"),
            (b"[" * 50_000, "YAML"),
            (b"- " * 5_000, "YAML"),
            (b"\n".join(b"key%d: 1" % i for i in range(9_000)), "till. R\u00e4tta de h\u00e4r f\u00f6rst"),
            (b"'" * 99_999, "YAML"),
        ],
        ids=["not-text", "latin-1", "binary", "nul", "empty", "large", "bomb", "deep", "dashes", "many", "quotes"],
    )
    def test_rubbish_is_answered_in_words(self, world: World, sign_in: SignIn, raw: bytes, said: str) -> None:
        page = post(sign_in(world.sara), "", status=422, file=raw)
        assert said in page
        assert "\x00" not in page
        assert len(page) < 2_000_000

    def test_more_than_a_request_may_hold(self, world: World, sign_in: SignIn) -> None:
        response = sign_in(world.sara).post(reverse("call_edit", args=[SLUG]), {"text": "x" * 10 * 1024 * 1024})
        assert response.status_code in (400, 413)
        assert "För" in response.content.decode()
        assert "256 kB" in post(sign_in(world.sara), "", status=422, file=b"x" * 10 * 1024 * 1024)

    def test_typed_signs_that_cannot_be_kept(self, world: World, sign_in: SignIn) -> None:
        page = post(sign_in(world.sara), "slug: a\x00b\x07", status=422)
        assert "\N{REPLACEMENT CHARACTER}" in page

    def test_a_file_of_another_call_or_programme(self, world: World, sign_in: SignIn) -> None:
        client = sign_in(world.sara)
        other = world.call("uppskalning-2023")
        assert other.version is not None
        page = post(client, other.version.text.source, status=422)
        assert "Den här sidan är till starta-2023" in page
        assert "Menade" not in page
        page = post(client, source(world, programme="nagot-annat"), status=422)
        assert "kan inte ligga i programmet nagot-annat" in page
        assert not CallProposal.objects.exists()

    def test_the_same_text_twice_is_one_proposal(self, world: World, sign_in: SignIn) -> None:
        client, text = sign_in(world.sara), source(world, call_budget=7_654_321)
        assert proposed(client, text) == proposed(client, text.replace("\n", "\r\n"))
        page = get(client, "call_edit", SLUG, proposal=str(CallProposal.objects.get().pk))
        assert "7654321" in page
        assert "7654321" not in get(client, "call_edit", SLUG).partition("Senaste")[0]

    def test_queries(self, world: World, sign_in: SignIn) -> None:
        client = sign_in(world.sara)
        assert queries(client, "call_edit", SLUG) <= 12
        proposal = proposed(client, source(world, call_budget=7_654_321))
        few = queries(client, "call_proposal", proposal.pk)
        for _n in range(3):
            world.draft(SLUG)
        assert few <= 16
        assert queries(client, "call_proposal", proposal.pk) == few


def without_a_question(world: World) -> tuple[str, str]:
    """The file without its first question that nothing refers to, and what the question was called."""
    data = yaml.safe_load(source(world))
    referred = str(data.get("checks", "")) + str([q.get("show_if") for s in data["sections"] for q in s["questions"]])
    for section in data["sections"]:
        for question in section["questions"]:
            if (
                question["kind"] == "long"
                and question["id"] not in referred
                and question["id"] not in str(data.get("demo"))
            ):
                section["questions"].remove(question)
                return str(yaml.safe_dump(data, allow_unicode=True, sort_keys=False)), question["label"]["sv"]
    raise AssertionError("no question to take away")


class TestImpact:
    def test_the_difference_and_whom_it_touches_in_numbers_only(self, world: World, sign_in: SignIn) -> None:
        draft, submitted = world.draft(SLUG), world.submitted(SLUG)
        text, label = without_a_question(world)
        client = sign_in(world.sara)
        page = get(client, "call_proposal", proposed(client, text).pk)
        assert "tas bort" in page
        assert "1 utkast följer den nya versionen" in page
        assert "1 inskickad ansökan står kvar vid sin version" in page
        assert "Frågor vars svar ändras eller faller bort" in page
        assert label in page
        assert '<td class="an-n">färre än 5</td>' in page  # a number would tell of single drafts
        for case in (draft, submitted):
            assert case.title not in page
        assert "Björkdala" not in page

    def test_unlocked_applications_stay_with_their_version(self, world: World, sign_in: SignIn) -> None:
        case = world.submitted(SLUG)
        run("unlock", world.karin, case)
        client = sign_in(world.sara)
        page = get(client, "call_proposal", proposed(client, source(world, call_budget=7_654_321)).pk)
        assert "Det finns inga utkast." in page
        assert "1 av dem är upplåst för ändring" in page
        assert "Inga svar går förlorade." in page

    def test_a_lower_grant_is_warned_of_without_telling_what_drafts_apply_for(
        self, world: World, sign_in: SignIn
    ) -> None:
        draft = world.draft(SLUG)
        applied = total_applied(contents(draft).budgets) // 100
        data = yaml.safe_load(source(world))
        client, told = sign_in(world.sara), []
        for most in (applied - 1, applied):  # whoever saw a difference here could search for the amount
            data["budget"]["max_grant"] = most
            page = get(client, "call_proposal", proposed(client, yaml.safe_dump(data, allow_unicode=True)).pk)
            told.append([line for line in page.splitlines() if "Utkast kan söka mer än det nya maxbeloppet" in line])
        assert [len(lines) for lines in told] == [1, 1]

    def test_an_earlier_closing_time_is_warned_of(self, world: World, sign_in: SignIn) -> None:
        closes = world.open(SLUG).closes_at
        assert closes is not None
        data = yaml.safe_load(source(world))
        data["window"]["closes"] = f"{(closes - timedelta(days=5)).astimezone(clock.SWEDEN):%Y-%m-%d %H:%M}"
        client = sign_in(world.sara)
        page = get(client, "call_proposal", proposed(client, yaml.safe_dump(data, allow_unicode=True)).pk)
        assert "Sista tiden blir tidigare" in page


class TestPublishing:
    def test_drafts_follow_and_their_writers_are_told(self, world: World, sign_in: SignIn) -> None:
        draft, submitted = world.draft(SLUG), world.submitted(SLUG)
        client = sign_in(world.sara)
        proposal = proposed(client, source(world, call_budget=7_654_321))
        call = world.call(SLUG)
        address = reverse("act", args=["publish_version", call.pk])
        page = client.get(address, {"proposal": proposal.pk}).content.decode()
        assert f'name="proposal" value="{proposal.pk}"' in page
        assert 'name="base" value="1"' in page
        data = {"proposal": proposal.pk, "base": 1}
        assert act(client, "publish_version", call.pk, **data)["Location"] == reverse("call_edit", args=[SLUG])
        act(client, "publish_version", call.pk, **data)  # a double click
        call = world.call(SLUG)
        assert call.version is not None
        assert call.version.number == 2
        assert call.definition.call_budget == 7_654_321
        assert life.fresh(draft).version == call.version
        assert life.fresh(submitted).version.number == 1
        (event,) = Event.objects.filter(stream=f"call:{call.pk}", name="publish_version")
        assert event.actor == world.sara
        assert (event.data["version"], event.data["from"], event.data["drafts"]) == (2, 1, 1)
        assert list(Notice.objects.filter(event=event).values_list("person", flat=True)) == [world.karin.pk]
        jobs.run_pending()
        assert "Publicerat som version 2" in get(client, "call_proposal", proposal.pk)
        assert list(check()) == []

    def test_somebody_else_was_faster(self, world: World, sign_in: SignIn) -> None:
        client = sign_in(world.sara)
        mine, theirs = (proposed(client, source(world, call_budget=n)) for n in (7_654_321, 6_543_210))
        call = world.call(SLUG)
        act(sign_in(world.jonas), "publish_version", call.pk, proposal=theirs.pk, base=1)
        response = act(sign_in(world.sara), "publish_version", call.pk, 409, proposal=mine.pk, base=1)
        page = response.content.decode()
        assert "En annan version, nummer 2" in page
        assert 'name="base" value="2"' in page
        assert "6 543 210".replace(" ", "\N{NO-BREAK SPACE}") in page
        assert world.call(SLUG).definition.call_budget == 6_543_210
        act(sign_in(world.sara), "publish_version", call.pk, proposal=mine.pk, base=2, key="again")
        assert world.call(SLUG).definition.call_budget == 7_654_321

    def test_what_says_the_same_is_not_published(self, world: World, sign_in: SignIn) -> None:
        client = sign_in(world.sara)
        proposal = proposed(client, source(world) + "\n# bara en kommentar")
        assert "detsamma som den version som gäller" in get(client, "call_proposal", proposal.pk)
        response = act(client, "publish_version", world.call(SLUG).pk, 409, proposal=proposal.pk, base=1)
        assert {r.code for r in response.context["refusals"]} == {"same"}

    @pytest.mark.parametrize("proposal", ["", "0", "x", "9" * 30, "-1", "²"])
    def test_no_such_proposal(self, world: World, sign_in: SignIn, proposal: str) -> None:
        client, call = sign_in(world.sara), world.call(SLUG)
        address = reverse("act", args=["publish_version", call.pk])
        assert "Det finns inget förslag" in client.get(address, {"proposal": proposal}).content.decode()
        assert client.post(address, {"proposal": proposal, "base": 1, "key": "k"}).status_code in (409, 422)

    def test_a_proposal_of_another_call(self, world: World, sign_in: SignIn) -> None:
        client = sign_in(world.sara)
        proposal = proposed(client, source(world, call_budget=7_654_321))
        other = world.call("uppskalning-2023")
        response = act(client, "publish_version", other.pk, 409, proposal=proposal.pk, base=1)
        assert {r.code for r in response.context["refusals"]} == {"no_proposal"}

    def test_a_decider_is_told_whose_step_it_is(self, world: World, sign_in: SignIn) -> None:
        response = act(sign_in(world.eva), "publish_version", world.call(SLUG).pk, 409, proposal=1, base=1)
        assert {r.code for r in response.context["refusals"]} == {"role"}


NEW = "en-ny-omgang"


class TestNewCall:
    def new(self, world: World, client: Client, status: int = 302, **other: Any) -> str:
        text = source(world, **({"slug": NEW, "number": None} | other)).replace("number: null\n", "")
        response = client.post(reverse("call_new"), {"text": text})
        assert response.status_code == status, response.content.decode()[:2000]
        return response["Location"] if status == 302 else response.content.decode()

    def test_it_is_published_and_handled_by_who_did_it(self, world: World, sign_in: SignIn) -> None:
        client = sign_in(world.sara)
        assert "En ny omgång" in get(client, "calls_work")
        address = self.new(world, client)
        page = client.get(address).content.decode()
        assert "Publicera omgången" in page
        proposal = CallProposal.objects.get()
        asked = client.post(reverse("call_open", args=[proposal.pk]))
        assert "Bekräfta att omgången ska publiceras" in asked.content.decode()
        response = client.post(reverse("call_open", args=[proposal.pk]), {"confirm": "on"}, follow=True)
        assert "Administratören utser beslutsfattare" in response.content.decode()
        assert client.post(reverse("call_open", args=[proposal.pk])).status_code == 302  # a double click
        call = Call.objects.get(slug=NEW)
        assert list(call.offices.values_list("person", "role")) == [(world.sara.pk, "handle_call")]
        events = Event.objects.filter(stream=f"call:{call.pk}").order_by("seq")
        assert [(e.name, e.actor) for e in events] == [("publish_version", world.sara), ("give_office", world.sara)]
        get(client, "call", NEW)
        assert list(check()) == []

    def test_a_name_that_is_taken(self, world: World, sign_in: SignIn) -> None:
        assert "finns redan en omgång" in self.new(world, sign_in(world.sara), 422, slug=SLUG)

    def test_only_in_a_programme_of_ones_own(self, world: World, sign_in: SignIn) -> None:
        assert "kan inte ligga i programmet" in self.new(world, sign_in(world.sara), 422, programme="annat")
        for person in (world.karin, world.mira, world.eva):
            get(sign_in(person), "call_new", status=404)

    def test_somebody_took_the_name_meanwhile(self, world: World, sign_in: SignIn) -> None:
        address = self.new(world, sign_in(world.sara))
        self.new(world, sign_in(world.jonas))
        first, second = CallProposal.objects.order_by("pk")
        assert str(first.pk) in address
        sign_in(world.jonas).post(reverse("call_open", args=[second.pk]), {"confirm": "on"})
        response = sign_in(world.sara).post(reverse("call_open", args=[first.pk]), {"confirm": "on"})
        assert response.status_code == 409
        assert "finns redan" in response.content.decode()
