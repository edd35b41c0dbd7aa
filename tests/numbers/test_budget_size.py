"""The largest budget that people write: 12 parties, 5 types of cost, 3 years. It is one page and one request."""

from datetime import date
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse

from grants.applications.models import Application, Party
from grants.budgets import sheets
from grants.money import kronor
from grants.programmes.definition import CallDefinition, PartyRole
from tests.factories import World
from tests.forms import publish
from tests.pages.workspace.drafts import body, queries
from workflows.commands.applying import create_draft

pytestmark = pytest.mark.django_db
TYPES, YEARS, FEW, MOST = 5, 3, 2, 12


def large(definition: CallDefinition) -> CallDefinition:
    """The call with 5 types of cost, 3 years and room for 12 parties."""
    data = definition.model_dump(mode="json", exclude_none=True)
    kinds = [{"id": f"type_{n}", "label": {"sv": f"Kostnadsslag {n}"}} for n in range(TYPES)]
    data["budget"] |= {"cost_types": kinds, "caps": []}
    data["project"] |= {"latest_end": "2026-12-31", "max_months": 36}
    for rule in data["parties"]:
        rule["most"] = MOST if rule["role"] == PartyRole.PARTICIPANT else 1
    data["demo"] = []
    return CallDefinition.model_validate(data)


@pytest.fixture
def draft(world: World) -> Application:
    """A draft with two parties, over three years."""
    call = world.open("starta-2023")
    publish(call, large(call.definition))
    case = create_draft(world.karin, world.call("starta-2023"), world.organisation)
    Application.objects.filter(pk=case.pk).update(starts_on=date(2024, 1, 1), ends_on=date(2026, 12, 31))
    grow(case, FEW)
    return case


def grow(case: Application, wanted: int) -> None:
    """So many parties."""
    for n in range(case.parties.count(), wanted):
        Party.objects.create(application=case, organisation=body(500 + n), role=PartyRole.PARTICIPANT, position=n)


def amounts(case: Application) -> dict[str, str]:
    """What a page without JavaScript sends: every field of every party."""
    parties = list(case.parties.all())
    cells = {
        f"c-{party.pk}-type_{kind}-{year}": f"{1 + kind} 000,50"
        for party in parties
        for kind in range(TYPES)
        for year in range(2024, 2024 + YEARS)
    }
    return cells | {f"a-{party.pk}": "10 000" for party in parties}


def test_it_is_saved_by_one_request(draft: Application, world: World, sign_in: object) -> None:
    grow(draft, MOST)
    page: Client = sign_in(world.karin)  # type: ignore[operator]  # the fixture's function
    sent = amounts(draft)
    assert len(sent) == MOST * (TYPES * YEARS + 1)
    answer = page.post(reverse("workspace_step", args=[draft.pk, "budget"]), sent)
    assert answer.status_code == HTTPStatus.FOUND
    found = sheets.read(draft.pk, [(party.pk, "") for party in draft.parties.all()])
    assert {len(budget.costs) for budget in found} == {TYPES * YEARS}
    assert {budget.total for budget in found} == {YEARS * (kronor(15_000) + TYPES * 50)}
    assert {budget.applied for budget in found} == {kronor(10_000)}
    text = page.get(answer["Location"]).content.decode()
    assert all(f'name="{name}"' in text for name in sent)


def test_its_page_asks_no_more_and_grows_by_its_cells_only(draft: Application, world: World, sign_in: object) -> None:
    page: Client = sign_in(world.karin)  # type: ignore[operator]  # the fixture's function
    address = reverse("workspace_step", args=[draft.pk, "budget"])
    counts, sizes = [], []
    for parties in (FEW, MOST):
        grow(draft, parties)
        page.post(address, amounts(draft))
        counts.append(len(queries(page, method="GET", path=address)))
        sizes.append(len(page.get(address).content))
    assert counts[0] == counts[1]
    assert counts[1] <= 12
    a_party = (sizes[1] - sizes[0]) / (MOST - FEW)
    assert a_party < 20_000  # fifteen amounts with their names, totals and rules
    assert sizes[1] < 300_000
