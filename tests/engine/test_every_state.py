"""One case in each state, by the real commands: everything about it is in order, and everybody's pages of it open."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grants.applications.models import Application, CaseState
from tests.factories import World
from tests.signing_in import signed_in
from workflows.commands import COMMANDS
from workflows.integrity import check
from workflows.models import Task
from workflows.queries import actions

S = CaseState
HELD_BY = {
    S.SUBMITTED: "check",
    S.COMPLETING: "complete",
    S.ASSESSING: "assess",
    S.ASSESSED: "prepare",
    S.PROPOSED: "decide",
    S.ACCEPTING: "accept",
    S.RESERVE: "reserve",
    S.WITHDRAWN: "write_off",
}
CASE_PAGE_QUERIES = 22


@pytest.mark.django_db
@pytest.mark.parametrize("state", S)
def test_a_case(world: World, state: CaseState) -> None:
    case = world.case(state)
    assert case.state == state
    assert [str(fault) for fault in check()] == []
    tasks = set(Task.objects.filter(case=case, finished=None).values_list("kind", flat=True))
    assert tasks == ({HELD_BY[state]} if state in HELD_BY else set())
    if state == S.LAPSED:
        return  # what was in it is gone, and so is its page
    if state == S.ASSESSING:
        world.assigned(case)
    clients = {person: signed_in(person) for person in (world.karin, world.sara, world.eva, world.rolf)}
    for person, client in clients.items():
        may_read = state != S.DRAFT or person == world.karin
        _case_page(client, case, may_read)
        if person in (world.karin, world.sara):
            _every_commands_page(client, case, may_read)


def _case_page(client: Client, case: Application, may_read: bool) -> None:
    address = reverse("case", args=[case.pk])
    response: Any = client.get(address)
    assert response.status_code == (200 if may_read else 404)
    if may_read:
        assert case.title in response.content.decode()
        with CaptureQueriesContext(connection) as captured:  # what a process reads once has been read
            client.get(address)
        assert len(captured) <= CASE_PAGE_QUERIES


def _every_commands_page(client: Client, case: Application, may_read: bool) -> None:
    for name, spec in COMMANDS.items():
        if spec.noun == "case":
            shown = may_read and actions.open_to_persons(name)
            status = client.get(reverse("act", args=[name, case.pk])).status_code
            assert status == (200 if shown else 404), name
