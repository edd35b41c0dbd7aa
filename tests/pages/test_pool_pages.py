"""The pool, a reviewer's card and profile, the register and its file: who sees them, what stands there, and what they cost."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from grants import clock
from grants.applications.models import Application
from grants.programmes.models import Authority
from grants.templatetags.writing import day
from reviewers.models import Affiliation, Conflict, PoolPlace, Profile
from tests.engine import herd
from tests.factories import World
from tests.numbers.meter import metered
from tests.signing_in import signed_in
from workflows.commands import run
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
STAFF_PAGES = ("reviewers_pool", "conflict_register", "conflict_register_csv")


@pytest.fixture
def cases(world: World) -> list[Application]:
    return herd.assessing(world, 2, "mira", "tove")


class TestWhoSees:
    @pytest.mark.parametrize("name", STAFF_PAGES)
    def test_only_those_who_work_at_the_authority(self, world: World, cases: list[Application], name: str) -> None:
        for person in (world.sara, world.eva, world.rolf):
            assert signed_in(person).get(reverse(name)).status_code == 200
        for person in (world.mira, world.karin):
            assert signed_in(person).get(reverse(name)).status_code == 404

    def test_a_card_is_for_staff_of_the_authority(self, world: World) -> None:
        place = PoolPlace.objects.get(person=world.mira)
        other = Authority.objects.create(slug="annan", name="Annan", short_name="Annan", number="000000-9999")
        theirs = PoolPlace.objects.create(authority=other, person=world.ali, joined_at=clock.now())
        assert signed_in(world.sara).get(reverse("reviewer_card", args=[place.pk])).status_code == 200
        for person in (world.mira, world.tove, world.karin):
            assert signed_in(person).get(reverse("reviewer_card", args=[place.pk])).status_code == 404
        for pk in (theirs.pk, 0, 2**63, 10**30):
            assert signed_in(world.sara).get(reverse("reviewer_card", args=[pk])).status_code == 404

    def test_a_profile_is_for_reviewers_and_for_who_is_asked(self, world: World) -> None:
        address = reverse("reviewer_profile")
        assert signed_in(world.mira).get(address).status_code == 200
        assert signed_in(world.karin).get(address).status_code == 404
        run("invite_reviewer", world.sara, world.call().programme.authority, email=world.karin.email)
        assert "Tacka nej" in signed_in(world.karin).get(address).content.decode()

    def test_who_has_left_the_pool_has_no_profile_and_is_not_offered(self, world: World) -> None:
        run("end_place", world.mira, PoolPlace.objects.get(person=world.mira))
        assert signed_in(world.mira).get(reverse("reviewer_profile")).status_code == 404
        case = herd.assessing(world, 1)[0]
        page = signed_in(world.sara).get(reverse("act", args=["assign", case.pk])).content.decode()
        assert world.mira.name not in page
        assert world.tove.name in page


class TestWhatStandsThere:
    def test_the_pool_says_what_reviewers_can_and_have(self, world: World, cases: list[Application]) -> None:
        known = world.call().definition.the_review.competences[0]
        Profile.objects.create(person=world.mira, competences=[known.id], languages=["sv"], load_cap=7)
        page = signed_in(world.sara).get(reverse("reviewers_pool")).content.decode()
        assert world.mira.name in page
        assert known.label.sv in page
        assert "av 7" in page

    def test_the_register_tells_who_what_and_by_whom(self, world: World, cases: list[Application]) -> None:
        mine = cases[0].assignments.get(reviewer=world.mira)
        run("declare", world.mira, mine, answer="unsure", text="En gammal kollega <b>.")
        run("rule_conflict", world.sara, mine, conflicted="yes", reason="För nära.")
        page = signed_in(world.jonas).get(reverse("conflict_register")).content.decode()
        for text in (world.mira.name, str(cases[0].number), "kollega &lt;b&gt;", world.sara.name, "För nära."):
            assert text in page
        assert world.mira.name not in signed_in(world.jonas).get("/javsregister/?omgang=uppskalning-2023").text
        assert signed_in(world.jonas).get("/javsregister/?omgang=%00x").status_code == 200

    def test_the_file_says_the_same_without_formulas(self, world: World, cases: list[Application]) -> None:
        mine = cases[0].assignments.get(reviewer=world.mira)
        run("declare", world.mira, mine, answer="yes", text="=HYPERLINK(1)")
        response = signed_in(world.sara).get(reverse("conflict_register_csv"))
        assert response["Content-Type"].startswith("text/csv")
        assert response["Content-Disposition"].startswith("attachment")
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
        assert len(rows) == 2
        assert rows[1][1:3] == [cases[0].number, world.mira.name]
        assert "'=HYPERLINK(1)" in rows[1]
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]

    def test_what_the_system_found_is_told_in_the_readers_language_with_its_day(
        self, world: World, cases: list[Application]
    ) -> None:
        ended = clock.today() - timedelta(days=200)
        Affiliation.objects.create(person=world.mira, organisation=world.organisation, until=ended)
        mine = cases[0].assignments.get(reviewer=world.mira)
        with translation.override("en"):  # whoever declares may read English
            run("declare", world.mira, mine, answer="no", text="")
        row = Conflict.objects.get(application=cases[0], reviewer=world.mira, source="system")
        name = world.organisation.name
        assert row.text == f"Har varit verksam hos {name} till och med {ended.isoformat()}."
        page = signed_in(world.sara).get(reverse("conflict_register")).content.decode()
        assert f"till och med {day(ended)}." in page
        assert ended.isoformat() not in page
        file = signed_in(world.sara).get(reverse("conflict_register_csv")).content.decode()
        assert "har varit verksam hos en part" in file
        assert "worked-" not in file

    def test_who_has_lodged_has_read(self, world: World, cases: list[Application]) -> None:
        mine = cases[0].assignments.get(reviewer=world.mira)
        life.review(mine, world.rng)
        run("report_conflict", world.mira, mine, reason="Min syster.")
        assert Conflict.objects.get(reviewer=world.mira, source="reported").had_read

    def test_what_is_known_is_shown_where_one_declares_and_where_one_rules(
        self, world: World, cases: list[Application]
    ) -> None:
        Affiliation.objects.create(person=world.mira, organisation=world.organisation)
        mine = cases[0].assignments.get(reviewer=world.mira)
        page = signed_in(world.mira).get(reverse("act", args=["declare", mine.pk])).content.decode()
        assert "Systemet hittade en möjlig koppling" in page
        assert world.organisation.name in page
        run("declare", world.mira, mine, answer="no", text="")
        page = signed_in(world.sara).get(reverse("act", args=["rule_conflict", mine.pk])).content.decode()
        assert f"hos {world.organisation.name}" in page

    def test_terms_are_read_and_accepted_on_their_page(self, world: World) -> None:
        case = herd.submitted(world, 1)[0]
        run("pass_formal", world.sara, case)
        run("assign", world.sara, case, reviewers=[world.mira], due=clock.now())
        client, address = signed_in(world.mira), reverse("act", args=["accept_terms", case.call_id])
        terms = case.call.definition.the_review.terms
        assert terms is not None
        assert terms.sv.strip()[:40] in client.get(address).content.decode()
        assert client.post(address, {}).status_code == 422
        assert client.post(address, {"confirm": "on"}).status_code == 302

    def test_a_profile_is_changed_by_its_forms(self, world: World) -> None:
        client, place = signed_in(world.mira), PoolPlace.objects.get(person=world.mira)
        address = reverse("act", args=["add_affiliation", place.pk])
        assert client.post(address, {"number": "x", "relation": "employed"}).status_code == 422
        assert client.post(address, {"number": "000000-7777", "relation": "employed"}).status_code == 422
        told = {"number": "000000-7777", "relation": "employed", "name": "Nya AB", "kind": "company"}
        assert client.post(address, {**told, "since": "2020-01-01"}).status_code == 302
        assert "Nya AB" in client.get(reverse("reviewer_profile")).content.decode()
        address = reverse("act", args=["end_affiliation", place.pk])
        row = Affiliation.objects.get(person=world.mira)
        assert client.post(address, {"affiliation": row.pk, "until": "2019-01-01"}).status_code == 409
        assert client.post(address, {"affiliation": row.pk, "until": "2022-01-01"}).status_code == 302


class TestCosts:
    """A fixed number of queries, whatever there is."""

    def test_the_pool_and_the_register_do_not_grow(self, world: World) -> None:
        first, second, third = herd.assessing(world, 3, "mira", "tove")

        def costs() -> list[int]:
            found = []
            for name in STAFF_PAGES:
                client = signed_in(world.sara)
                client.get(reverse(name))
                with metered() as cost:
                    assert client.get(reverse(name)).status_code == 200
                found.append(cost.queries)
            return found

        self._judge(world, first)
        few = costs()
        for case in (second, third):
            self._judge(world, case)
        authority = world.call().programme.authority
        for n in range(20):
            person = people.make_person(f"fler-{n}", f"Fler {n}")
            people.into_pool(authority, person, world.sara)
            Profile.objects.create(person=person, competences=["data"])
            Conflict.objects.create(application=third, reviewer=person, source="system", text="x")
        many = costs()
        assert many == few
        assert all(cost <= limit for cost, limit in zip(many, (16, 10, 8), strict=True)), many

    def _judge(self, world: World, case: Application) -> None:
        for row in case.assignments.select_related("reviewer", "application__call"):
            life.review(row, world.rng)
        run("report_conflict", world.sara, case.assignments.get(reviewer=world.mira), reason="x")
