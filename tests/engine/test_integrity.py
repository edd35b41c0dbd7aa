"""check_integrity is silent about what the commands made, and names each fault that is planted behind their backs."""

import io
import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from guardian.models import UserObjectPermission

from grants import clock
from grants.applications.models import CaseState
from tests.factories import World
from workflows.integrity import check
from workflows.models import Task
from workflows.simulation import life

pytestmark = pytest.mark.django_db
S = CaseState


def codes() -> set[str]:
    return {fault.code for fault in check()}


@pytest.mark.parametrize("slug", ["starta-2022", "uppskalning-2023", "gemensamma-2023"])
def test_the_other_calls_are_clean_to_the_end(world: World, slug: str) -> None:
    opens = world.call(slug).opens_at
    assert opens is not None
    with clock.at(opens + timedelta(days=1)):
        world.case(S.CLOSED, slug)
        assert list(check()) == []


def test_what_is_still_to_be_made_is_no_fault(world: World) -> None:
    life.approve(world.case(S.PROPOSED), world.eva)
    assert list(check()) == []  # a job will make the letters
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert codes() == {"letter_missing"}


def test_a_grant_by_another_road_is_found(world: World) -> None:
    case = world.case(S.SUBMITTED)
    permission = Permission.objects.get(codename="edit_case")
    UserObjectPermission.objects.create(
        user=world.mira, permission=permission, content_type=permission.content_type, object_pk=str(case.pk)
    )
    assert codes() == {"grant_elsewhere"}


def test_the_command_says_what_differs(world: World) -> None:
    out = io.StringIO()
    call_command("check_integrity", stdout=out)
    assert "Everything agrees" in out.getvalue()
    case = world.case(S.SUBMITTED)
    Task.objects.filter(case=case).update(owner=world.eva)
    for options in ([], ["--json"]):
        out = io.StringIO()
        with pytest.raises(SystemExit) as stop:
            call_command("check_integrity", *options, stdout=out)
        assert stop.value.code == 1
        assert "task_owner" in out.getvalue()
        assert f"case:{case.pk}" in out.getvalue()
    answer = json.loads(out.getvalue())
    assert not answer["ok"]
    assert answer["faults"][0]["code"] == "task_owner"
