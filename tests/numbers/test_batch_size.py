"""The pages on which a whole call is prepared and signed, with a few and with 150 applications: the same queries."""

import pytest
from django.urls import reverse

from grants import clock
from grants.applications.models import Application, CaseState
from tests.engine import herd, panels
from tests.engine.stage import quick_letters
from tests.factories import World
from tests.numbers.cloner import clone
from tests.numbers.meter import Cost, metered
from tests.signing_in import signed_in
from workflows.simulation import life

pytestmark = pytest.mark.django_db
MOST_QUERIES = 14
CASES = 150


def page(world: World, name: str, who: str) -> tuple[Cost, str]:
    client, address = signed_in(getattr(world, who)), reverse(name, args=[world.call().slug])
    client.get(address)  # what a process reads once has been read
    with metered() as cost:
        response = client.get(address)
    assert response.status_code == 200
    return cost, response.content.decode()


def held(world: World, cases: list[Application], name: str, who: str, state: str) -> str:
    few, _text = page(world, name, who)
    clone([case.pk for case in cases], CASES // len(cases) - 1)
    assert Application.objects.filter(state=state).count() == CASES
    many, text = page(world, name, who)
    assert text.count('name="rad"') == CASES
    assert few.queries <= MOST_QUERIES, "\n".join(few.sql)
    assert many.queries == few.queries, "\n".join(many.sql)
    return text


def test_the_page_on_which_a_call_is_prepared(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    quick_letters(monkeypatch)
    cases = panels.assessed(world, herd.submitted(world, 3), [5, 4, 3])
    text = held(world, cases, "decision_batch", "sara", CaseState.ASSESSED)
    assert len(text) < 14_000 * CASES
    fields = text.count(' name="')
    client = signed_in(world.sara)
    typed = {f"reasons-{case.pk}": "x" for case in cases} | {f"f{n}": "x" for n in range(fields)}
    response = client.post(reverse("decision_batch", args=[world.call().slug]), typed | {"gor": "spara"})
    assert response.status_code == 302, "as many fields as the page has can be sent"


def test_the_page_on_which_a_call_is_signed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    quick_letters(monkeypatch)
    cases = panels.assessed(world, herd.submitted(world, 3), [5, 4, 3])
    for case in cases:
        life.propose(case, world.sara)
    with clock.at(clock.now()):
        held(world, cases, "signing", "eva", CaseState.PROPOSED)
