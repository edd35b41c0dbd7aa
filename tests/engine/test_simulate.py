"""A simulation lives by the real commands and leaves everything in order."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from grants import clock
from grants.applications.models import Application, CaseState
from grants.organisations.models import Person
from grants.programmes.models import Call
from tests.factories import World
from workflows.integrity import check
from workflows.simulation.plans import CHANCES, End, Twist, plans
from workflows.simulation.running import simulate

SLUGS = ("starta-2022", "starta-2023", "uppskalning-2023", "gemensamma-2023")


@pytest.fixture
def calls(world: World) -> None:
    """The four calls, and no case in them."""


def lived(slug: str, n: int, seed: int, until: str = ""):
    call = Call.objects.select_related("version", "programme__authority").get(slug=slug)
    assert call.opens_at is not None
    with clock.at(call.opens_at):
        return simulate(call, n, seed, until)


@pytest.mark.django_db
@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("slug", SLUGS)
def test_one_of_each_end_in_each_call_leaves_everything_in_order(slug: str) -> None:
    result = lived(slug, len(End), seed=3)
    assert sum(result.states.values()) == len(End)
    assert set(result.states) >= {"closed", "withdrawn", "lapsed"}
    assert list(check()) == []
    assert result.sql_per_life["most"] > result.sql_per_life["median"] > 0


@pytest.mark.django_db
@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("until", ["draft", "submitted", "completing", "assessing", "proposed", "decided", "declined"])
def test_cases_stop_where_they_should(until: str) -> None:
    result = lived("starta-2023", 2, seed=1, until=until)
    assert result.states.get(until), result.states
    assert set(result.states) <= {until, "withdrawn", "lapsed", "closed"}
    assert list(check()) == []


def test_every_end_and_every_twist_comes_about() -> None:
    import random

    made = plans(400, random.Random(1))
    assert {plan.end for plan in made} == set(End)
    assert {twist for plan in made for twist in plan.twists} == set(Twist) == {twist for twist, _p, _e in CHANCES}


@pytest.mark.django_db
@pytest.mark.usefixtures("calls")
def test_the_command_prints_what_it_led_to_and_the_same_seed_leads_to_the_same() -> None:
    rows = []
    for _ in range(2):
        out = io.StringIO()
        arguments = ["--call", "starta-2022", "--applications", "2", "--seed", "5", "--until", "assessing", "--json"]
        call_command("simulate", *arguments, stdout=out, stderr=io.StringIO())
        rows.append(json.loads(out.getvalue()))
    first, second = rows
    assert first["applications"] == 2
    assert first["states"] == second["states"]
    assert first["days"] == second["days"]
    assert Person.objects.filter(email__startswith="simulering-starta-2022-5-").count() > 20
    assert Application.objects.count() == 4


@pytest.mark.django_db
def test_it_refuses_where_others_have_cases(world: World) -> None:
    world.case(CaseState.DRAFT)
    with pytest.raises(CommandError, match="no simulation made"):
        call_command("simulate", "--call", "starta-2023", "--applications", "1")
    with pytest.raises(CommandError, match="There is no call"):
        call_command("simulate", "--call", "finns-inte", "--applications", "1")
    with pytest.raises(CommandError, match="1 to"):
        call_command("simulate", "--call", "starta-2023", "--applications", "0")
