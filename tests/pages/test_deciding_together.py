"""The pages on which a whole call is prepared and signed: what they show, what they keep, whom they are for."""

import re
from typing import Any

import pytest
from django.test import Client, TestCase
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseMember, CaseState
from grants.decisions.models import Decision
from grants.programmes.models import Call, Office
from tests.conftest import START
from tests.engine import herd, panels
from tests.engine.stage import quick_letters
from tests.factories import World
from tests.signing_in import signed_in
from workflows import batching
from workflows.commands import run
from workflows.commands.calls import give_office
from workflows.models import DecisionBatch
from workflows.simulation import life

pytestmark = pytest.mark.django_db
CALL = "starta-2023"
FIELD = re.compile(
    r'<input[^>]* name="(?P<i>[a-z_]+[-0-9a-z_]*)"[^>]* value="(?P<v>[^"]*)"'
    r'|<textarea[^>]* name="(?P<t>[a-z_]+[-0-9a-z_]*)"[^>]*>\n?(?P<w>[^<]*)</textarea>'
    r'|<select[^>]* name="(?P<s>[a-z_]+[-0-9a-z_]*)"(?P<o>.*?)</select>',
    re.DOTALL,
)


def fields(page: str) -> dict[str, Any]:
    """What the form would send as it stands."""
    found: dict[str, Any] = {"rad": []}
    for match in FIELD.finditer(page.partition('name="key"')[2].join(['<input type="hidden" name="key"', ""])):
        if name := match["s"]:
            chosen = re.search(r'value="([^"]*)" selected', match["o"])
            found[name] = chosen[1] if chosen else ""
        elif name := match["t"]:
            found[name] = match["w"]
        elif match["i"] == "rad":
            found["rad"].append(match["v"])
        else:
            found[match["i"]] = match["v"]
    return found


class Together(TestCase):
    """Three assessed cases, made once."""

    @classmethod
    def setUpTestData(cls) -> None:
        with clock.at(START):
            panels.have_calls()
            cls.world = World()
            cls.cases = panels.assessed(cls.world, herd.submitted(cls.world, 3), [5, 4, 3])
            cls.now = clock.now()

    def setUp(self) -> None:
        self.enterContext(clock.at(self.now))
        patch = pytest.MonkeyPatch()
        self.addCleanup(patch.undo)
        quick_letters(patch)

    @property
    def prepare(self) -> str:
        return reverse("decision_batch", args=[CALL])

    @property
    def sign(self) -> str:
        return reverse("signing", args=[CALL])

    def page(self, client: Client, address: str) -> str:
        response = client.get(address)
        assert response.status_code == 200
        return response.content.decode()

    def go_through(self) -> DecisionBatch:
        batch = DecisionBatch.objects.latest("pk")
        batching.carry_out(batch.pk)
        batch.refresh_from_db()
        return batch

    def proposed(self) -> None:
        client = signed_in(self.world.sara)
        client.post(self.prepare, fields(self.page(client, self.prepare)) | {"gor": "skicka"})
        self.go_through()


class TestPreparing(Together):
    def test_from_the_ranking_to_the_desk_of_the_decision_maker(self) -> None:
        client = signed_in(self.world.sara)
        page = self.page(client, self.prepare)
        order = [page.index(str(case.number)) for case in self.cases]
        assert order == sorted(order)
        response = client.post(self.prepare, fields(page) | {"gor": "skicka"})
        assert response.status_code == 302
        assert 'data-refresh="3"' in self.page(client, self.prepare)
        batch = self.go_through()
        assert set(batch.results.values()) == {""}
        page = self.page(client, self.prepare)
        assert "3 förslag är lämnade" in page
        assert "Ingen ansökan väntar på förslag" in page
        assert Decision.objects.count() == 3

    def test_saved_and_counted_again_without_scripts(self) -> None:
        client = signed_in(self.world.sara)
        sent = fields(self.page(client, self.prepare))
        amount = next(name for name in sent if name.startswith("amount-"))
        sent |= {amount: "1 000", f"outcome-{self.cases[1].pk}": "", "hold_until": "2030-01-01 08:00", "gor": "spara"}
        assert client.post(self.prepare, sent).status_code == 302
        again = fields(self.page(client, self.prepare))
        assert again[amount] == "1 000"
        assert again[f"outcome-{self.cases[1].pk}"] == ""
        assert again["hold_until"] == "2030-01-01 08:00"
        assert not Decision.objects.exists()
        client.post(self.prepare, {"gor": "borja_om"})
        assert fields(self.page(client, self.prepare))[amount] != "1 000"

    def test_what_is_wrong_is_told_and_nothing_typed_is_lost(self) -> None:
        client = signed_in(self.world.sara)
        sent = fields(self.page(client, self.prepare))
        amount = next(name for name in sent if name.startswith("amount-"))
        sent |= {amount: "massor", f"reasons-{self.cases[0].pk}": "Mina egna ord.", "gor": "skicka"}
        response = client.post(self.prepare, sent)
        page = response.content.decode()
        assert response.status_code == 422
        assert f'href="#f-{amount}"' in page
        assert 'value="massor"' in page
        assert "Mina egna ord." in page
        assert not Decision.objects.exists()
        assert "Mina egna ord." in self.page(client, self.prepare)  # also after the browser was closed

    def test_what_was_refused_comes_back_as_it_was_typed(self) -> None:
        client = signed_in(self.world.sara)
        sent = fields(self.page(client, self.prepare)) | {
            f"reasons-{self.cases[0].pk}": "Mina egna ord.",
            "gor": "skicka",
        }
        client.post(self.prepare, sent)
        life.propose(self.cases[0], self.world.jonas)
        self.go_through()
        page = self.page(client, self.prepare)
        assert "De här gick inte" in page
        assert self.world.jonas.name in page
        run("return_proposal", self.world.eva, self.cases[0], reason="Nej.")
        assert "Mina egna ord." in self.page(client, self.prepare)

    def test_sent_twice_is_once_and_what_left_meanwhile_is_told(self) -> None:
        client = signed_in(self.world.sara)
        sent = fields(self.page(client, self.prepare)) | {"gor": "skicka"}
        run("withdraw", self.world.karin, self.cases[2], reason="")
        assert client.post(self.prepare, sent).status_code == 302
        assert client.post(self.prepare, sent).status_code == 302
        assert DecisionBatch.objects.count() == 1
        assert "1 ärende som stod på sidan" in self.page(client, self.prepare)
        self.go_through()
        assert client.post(self.prepare, sent).status_code == 302
        assert Decision.objects.count() == 2

    def test_no_input_breaks_it(self) -> None:
        client = signed_in(self.world.sara)
        pk = self.cases[0].pk
        for text in ("\x00", "9" * 400, "-1", "💥", "' OR 1=1", "<b>"):
            for gor in ("skicka", "spara", "borja_om", text):
                sent = {
                    "gor": gor,
                    "key": text,
                    "rad": text,
                    f"outcome-{pk}": text,
                    f"starts-{pk}": text,
                    "hold_until": text,
                }
                assert client.post(self.prepare, sent).status_code in (302, 422), (text, gor)
            assert self.page(client, self.prepare)

    def test_it_is_the_officers_alone(self) -> None:
        for person in (self.world.eva, self.world.rolf, self.world.mira, self.world.karin):
            client = signed_in(person)
            assert client.get(self.prepare).status_code == 404, person
            assert client.post(self.prepare, {"gor": "skicka"}).status_code == 404, person

    def test_the_calls_page_leads_here(self) -> None:
        assert self.prepare in self.page(signed_in(self.world.sara), reverse("calls_work"))
        assert self.sign not in self.page(signed_in(self.world.eva), reverse("calls_work"))
        self.proposed()
        assert self.sign in self.page(signed_in(self.world.eva), reverse("calls_work"))


class TestSigning(Together):
    def setUp(self) -> None:
        super().setUp()
        self.proposed()
        self.client = signed_in(self.world.eva)

    def test_what_is_signed_is_what_is_shown(self) -> None:
        page = self.page(self.client, self.sign)
        for case in self.cases:
            assert str(case.number) in page
            assert reverse("letter_preview", args=[case.pk, "sv"]) in page
        sent = fields(page) | {"confirm": "on"}
        assert len(sent["rad"]) == 3
        assert self.client.post(self.sign, sent).status_code == 302
        self.go_through()
        page = self.page(self.client, self.sign)
        assert "3 beslut är fattade" in page
        assert "Inget väntar på ditt beslut" in page

    def test_nothing_is_signed_unread(self) -> None:
        sent = fields(self.page(self.client, self.sign))
        response = self.client.post(self.sign, sent)
        assert response.status_code == 422
        assert 'href="#f-confirm"' in response.content.decode()
        assert not DecisionBatch.objects.filter(kind="approve").exists()

    def test_an_amount_changed_between_reading_and_signing(self) -> None:
        sent = fields(self.page(self.client, self.sign)) | {"confirm": "on"}
        case = self.cases[0]
        run("return_proposal", self.world.per, case, reason="För mycket.")
        basis = case.definition.decision.aid_bases[0].id
        lines = [
            {"party": p.pk, "max_amount_ore": 1_000_000, "intensity_bp": 5000, "aid_basis": basis}
            for p in case.parties.all()
        ]
        life.propose(case, self.world.sara, lines=lines)
        run("return_proposal", self.world.per, self.cases[1], reason="Skälen.")
        response = self.client.post(self.sign, sent)
        page = response.content.decode()
        assert response.status_code == 409
        assert "Ändrat sedan du läste sidan" in page
        assert f"{self.cases[1].number} väntar inte längre" in page
        assert "För mycket." in page
        assert "<del>" in page
        assert not DecisionBatch.objects.filter(kind="approve").exists()
        assert self.client.post(self.sign, fields(page) | {"confirm": "on"}).status_code == 302
        assert set(self.go_through().results.values()) == {""}

    def test_what_came_later_is_not_signed_with_it(self) -> None:
        run("return_proposal", self.world.per, self.cases[0], reason="Igen.")
        sent = fields(self.page(self.client, self.sign)) | {"confirm": "on"}
        life.propose(self.cases[0], self.world.sara)
        assert self.client.post(self.sign, sent).status_code == 302
        self.go_through()
        assert life.fresh(self.cases[0]).state == CaseState.PROPOSED
        assert life.fresh(self.cases[1]).state == CaseState.DECIDED

    def test_what_one_may_not_decide_is_apart_with_the_reason(self) -> None:
        self.cases[0].parties.filter(role="coordinator").update(contact_email=self.world.eva.email)
        CaseMember.objects.create(application=self.cases[1], person=self.world.eva, right="read")
        page = self.page(self.client, self.sign)
        assert "De här beslutar du inte" in page
        assert "förvaltningslagen 16 §" in page
        assert str(self.cases[1].number) not in page
        assert "1 ärende visas inte" in page
        assert len(fields(page)["rad"]) == 1

    def test_who_prepared_them_signs_none(self) -> None:
        give_office(Call.objects.get(slug=CALL), self.world.sara, Office.Role.DECIDE)
        page = self.page(signed_in(self.world.sara), self.sign)
        assert page.count("Du har förberett förslaget") == 3
        assert "f-confirm" not in page

    def test_a_proposal_that_came_back_says_what_changed_on_its_own_page_too(self) -> None:
        run("return_proposal", self.world.per, self.cases[0], reason="Villkor saknas.")
        life.propose(self.cases[0], self.world.sara, special_conditions="Rapportera varje kvartal.")
        page = self.page(self.client, reverse("act", args=["approve", self.cases[0].pk]))
        assert "Ändrat sedan det lämnades tillbaka" in page
        assert "Villkor saknas." in page
        assert "<ins>Rapportera varje kvartal.</ins>" in page
        other = self.page(self.client, reverse("act", args=["approve", self.cases[1].pk]))
        assert "Ändrat sedan det lämnades tillbaka" not in other

    def test_no_input_breaks_it(self) -> None:
        for text in ("", "\x00", "1-1", "9" * 30 + "-1-1", f"{self.cases[0].pk}-1-99999999999999999999", "x"):
            response = self.client.post(self.sign, {"rad": text, "key": text, "confirm": text})
            assert response.status_code in (409, 422), text
        assert not DecisionBatch.objects.filter(kind="approve").exists()

    def test_it_is_the_deciders_alone(self) -> None:
        for person in (self.world.sara, self.world.rolf, self.world.mira, self.world.karin):
            client = signed_in(person)
            assert client.get(self.sign).status_code == 404, person
            assert client.post(self.sign, {"confirm": "on"}).status_code == 404, person
        assert not Application.objects.filter(state=CaseState.DECIDED).exists()
