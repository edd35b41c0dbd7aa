"""The pool of reviewers: who is asked, joins and leaves, what they say of themselves, and the terms of a call before access."""

from datetime import timedelta

import pytest

from grants import clock
from grants.applications.models import Application
from grants.organisations.models import Person
from grants.programmes.models import Authority, Call
from grants.refusal import NotVisible
from reviewers.models import Affiliation, PoolPlace, Profile, TermsAccepted
from reviewers.pool import in_pool
from tests.engine import herd
from tests.engine.asking import refused
from tests.factories import World
from workflows.commands import run
from workflows.models import Notice
from workflows.pool_forms import competence_choices
from workflows.queries import pool
from workflows.simulation import life, people

pytestmark = pytest.mark.django_db
NEW = "ny-bedomare@exempel.invalid"


@pytest.fixture
def authority(world: World) -> Authority:
    found: Authority = world.call().programme.authority
    return found


def invited(world: World, authority: Authority, email: str = NEW) -> PoolPlace:
    run("invite_reviewer", world.sara, authority, email=email)
    return PoolPlace.objects.get(email=email)


@pytest.fixture
def ny() -> Person:
    return people.make_person("ny-bedomare", "Ny Bedömare")


class TestInvitations:
    def test_who_is_invited_is_told_and_may_join(self, world: World, authority: Authority, ny: Person) -> None:
        place = invited(world, authority)
        assert Notice.objects.get(kind="asked_reviewer").email == NEW
        assert ny not in in_pool(world.call())
        run("join_pool", ny, place)
        assert ny in in_pool(world.call())
        assert Profile.objects.filter(person=ny).exists()
        assert Notice.objects.get(kind="join_pool").person == world.sara

    def test_a_mail_that_is_passed_on_opens_nothing(self, world: World, authority: Authority) -> None:
        place = invited(world, authority)
        for person in (world.karin, world.mira):
            with pytest.raises(NotVisible):
                run("join_pool", person, place)

    def test_nobody_but_an_officer_of_the_authority_invites(self, world: World, authority: Authority) -> None:
        for person in (world.karin, world.mira):
            with pytest.raises(NotVisible):
                run("invite_reviewer", person, authority, email=NEW)
        for person in (world.eva, world.rolf):
            assert refused("invite_reviewer", person, authority, email=NEW).code == "role"

    def test_nobody_is_invited_twice(self, world: World, authority: Authority) -> None:
        invited(world, authority)
        for email in (NEW, NEW.upper(), world.mira.email):
            assert refused("invite_reviewer", world.sara, authority, email=email).code == "in_pool_already"

    def test_an_address_gets_a_few_letters_a_day(self, world: World, authority: Authority) -> None:
        place = invited(world, authority)
        for _n in range(2):
            run("invite_reviewer_again", world.sara, place)
        refusal = refused("invite_reviewer_again", world.sara, place)
        assert (refusal.code, refusal.changes_at) == ("asked_often", clock.now() + timedelta(days=1))

    def test_an_old_invitation_opens_nothing(self, world: World, authority: Authority, ny: Person) -> None:
        place = invited(world, authority)
        clock.move(clock.now() + timedelta(days=60))
        assert refused("join_pool", ny, place).code == "old"

    def test_who_says_no_leaves_no_address(self, world: World, authority: Authority, ny: Person) -> None:
        place = invited(world, authority)
        run("refuse_pool", ny, place)
        place.refresh_from_db()
        assert (place.state, place.email) == ("ended", "")
        with pytest.raises(NotVisible):
            run("join_pool", ny, place)


class TestPlaces:
    def test_who_has_left_is_not_asked(self, world: World, authority: Authority) -> None:
        place = PoolPlace.objects.get(person=world.mira)
        run("end_place", world.mira, place)
        assert world.mira not in in_pool(world.call())
        with pytest.raises(NotVisible):
            run("change_profile", world.mira, place, languages=[], load_cap=None)

    def test_who_has_open_assignments_stays_until_they_are_done(self, world: World) -> None:
        case = herd.assessing(world, 1, "mira")[0]
        place = PoolPlace.objects.get(person=world.mira)
        for person in (world.mira, world.sara):
            assert refused("end_place", person, place).code == "assignments_open"
        life.review(case.assignments.select_related("reviewer", "application__call").get(), world.rng)
        run("end_place", world.sara, place)

    def test_two_authorities_do_not_see_each_others_reviewers(self, world: World) -> None:
        other = Authority.objects.create(slug="annan", name="Annan", short_name="Annan", number="000000-9999")
        place = PoolPlace.objects.create(authority=other, person=world.ali, joined_at=clock.now())
        assert world.ali not in in_pool(world.call())
        assert pool.card_of(world.sara, place.pk) is None
        for command in ("end_place", "invite_reviewer_again"):
            with pytest.raises(NotVisible):
                run(command, world.sara, place)
        listed = pool.pool_of(world.sara, {})
        assert listed is not None
        assert {row.place.authority_id for row in listed.rows} == {world.call().programme.authority_id}


class TestProfiles:
    def test_a_profile_is_ones_own(self, world: World, authority: Authority) -> None:
        place = PoolPlace.objects.get(person=world.mira)
        first = competence_choices(authority)[0][0]
        run("change_profile", world.mira, place, competences=[first], languages=["sv"], load_cap=4)
        profile = Profile.objects.get(person=world.mira)
        assert (profile.competences, profile.languages, profile.load_cap) == ([first], ["sv"], 4)
        assert refused("change_profile", world.sara, place, languages=[], load_cap=None).code == "role"
        with pytest.raises(NotVisible):
            run("change_profile", world.tove, place, languages=[], load_cap=None)

    def test_what_another_authority_asks_for_is_kept(self, world: World) -> None:
        Profile.objects.create(person=world.mira, competences=["elsewhere"])
        place = PoolPlace.objects.get(person=world.mira)
        run("change_profile", world.mira, place, competences=[], languages=[], load_cap=None)
        assert Profile.objects.get(person=world.mira).competences == ["elsewhere"]

    def test_an_organisation_that_is_new_is_made(self, world: World) -> None:
        place = PoolPlace.objects.get(person=world.mira)
        told = {"number": "000000-7777", "name": "Nya AB", "kind": "company", "relation": "owner"}
        run("add_affiliation", world.mira, place, since=None, until=None, **told)
        row = Affiliation.objects.get(person=world.mira)
        assert (row.organisation.name, row.kind, row.organisation.is_example) == ("Nya AB", "owner", True)
        again = refused("add_affiliation", world.mira, place, since=None, until=None, **told)
        assert again.code == "same"

    def test_one_ends_only_what_is_ones_own(self, world: World) -> None:
        theirs = Affiliation.objects.create(person=world.tove, organisation=world.organisation)
        mine = Affiliation.objects.create(person=world.mira, organisation=world.organisation)
        place, today = PoolPlace.objects.get(person=world.mira), clock.today()
        refusal = refused("end_affiliation", world.mira, place, affiliation=str(theirs.pk), until=today)
        assert refusal.code == "nothing"
        run("end_affiliation", world.mira, place, affiliation=str(mine.pk), until=today)
        mine.refresh_from_db()
        assert mine.until == today


class TestTerms:
    @pytest.fixture
    def offered(self, world: World) -> Application:
        case = herd.assessing(world, 1, "mira")[0]
        TermsAccepted.objects.all().delete()
        return case

    def test_nothing_is_opened_before_the_terms(self, world: World, offered: Application) -> None:
        mine = offered.assignments.get()
        refusal = refused("declare", world.mira, mine, answer="no", text="")
        assert (refusal.code, refusal.link) == ("terms", "accept_terms")
        assert not Application.objects.visible_to(world.mira).exists()
        run("accept_terms", world.mira, offered.call, confirm=True)
        run("declare", world.mira, mine, answer="no", text="")
        assert Application.objects.visible_to(world.mira).exists()

    def test_they_are_accepted_once_for_the_call(self, world: World, offered: Application) -> None:
        run("accept_terms", world.mira, offered.call, confirm=True)
        assert refused("accept_terms", world.mira, offered.call, confirm=True).code == "accepted"
        assert TermsAccepted.objects.get().version == offered.call.version

    def test_who_reviews_nothing_in_the_call_accepts_nothing(self, world: World, offered: Application) -> None:
        with pytest.raises(NotVisible):
            run("accept_terms", world.tove, offered.call, confirm=True)
        assert refused("accept_terms", world.sara, offered.call, confirm=True).code == "role"


class TestFigures:
    def test_load_punctuality_and_calibration(self, world: World) -> None:
        first, second = herd.assessing(world, 2, "mira", "tove", "hugo")
        levels = {"mira": 5, "tove": 3, "hugo": 3}
        for key, level in levels.items():
            row = first.assignments.select_related("reviewer", "application__call").get(reviewer=world.people[key])
            people.accept_terms(row.reviewer, row.application.call)
            run("declare", row.reviewer, row, answer="no", text="")
            life.score(row, world.rng, level)
            row.sheet.scores.update(value=level)
            run("lodge", row.reviewer, row)
        second.assignments.filter(reviewer=world.mira).update(due=clock.now() - timedelta(days=1))
        mira = pool.figures_of(world.sara, [world.mira.pk])[world.mira.pk]
        assert (mira.open, mira.lodged, mira.on_time) == (1, 1, 50)
        assert (str(mira.calibration), mira.rests_on) == ("2.00", 1)
        tove = pool.figures_of(world.sara, [world.tove.pk])[world.tove.pk]
        assert (str(tove.calibration), tove.on_time) == ("-1.00", 100)

    def test_the_readers_own_cases_say_nothing(self, world: World) -> None:
        case = herd.assessing(world, 1, "mira", "tove")[0]
        people.speaks_for(world.jonas, case.parties.get(role="coordinator").organisation, world.sara)
        assert pool.figures_of(world.sara, [world.mira.pk])[world.mira.pk].open == 1
        assert world.mira.pk not in pool.figures_of(world.jonas, [world.mira.pk])

    def test_a_call_of_others_says_nothing(self, world: World) -> None:
        herd.assessing(world, 1, "mira")
        outsider = people.make_person("annan-hl", "Annan Handläggare", staff=True)
        assert pool.pool_of(outsider, {}) is None
        assert not pool.figures_of(outsider, [world.mira.pk])
        assert Call.objects.exists()
