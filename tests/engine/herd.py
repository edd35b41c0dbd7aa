"""Many cases at little cost: one complete draft is copied, and every copy then goes its way by the real commands."""

from typing import Any

from django.db import connection

from grants import clock
from grants.applications.models import Answer, Application, Attachment, Party
from grants.budgets.models import AppliedGrant, CostLine
from tests.factories import World
from workflows import stepping
from workflows.commands import run
from workflows.commands.applying import create_draft
from workflows.models import Notice
from workflows.simulation import life


def drafts(world: World, count: int, slug: str = "starta-2023") -> list[Application]:
    """Complete drafts that say the same. Drafting is not what these tests are about."""
    first = world.draft(slug)
    return [first, *(copy(first) for _ in range(count - 1))]


def copy(pattern: Application) -> Application:
    """Another draft that says the same as this one."""
    case = create_draft(pattern.created_by, pattern.call, pattern.parties.get(role="coordinator").organisation)
    case.title, case.starts_on, case.ends_on = pattern.title, pattern.starts_on, pattern.ends_on
    case.save(update_fields=["title", "starts_on", "ends_on"])
    ours: dict[int | None, Party | None] = {None: None}
    for party in pattern.parties.all():
        old = party.pk
        party.pk = case.parties.get(role="coordinator").pk if party.role == "coordinator" else None
        party.application = case
        party.save()
        ours[old] = party
    for model in (Answer, CostLine, AppliedGrant, Attachment):
        rows: list[Any] = list(model._default_manager.filter(application=pattern))
        for row in rows:
            row.pk, row.application_id = None, case.pk
            if hasattr(row, "party_id"):
                row.party = ours[row.party_id]
        model._default_manager.bulk_create(rows)
    return life.fresh(case)


def forget_mail() -> None:
    """The mail and the receipts on the way to here are not what is counted afterwards."""
    Notice.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def submitted(world: World, count: int, slug: str = "starta-2023") -> list[Application]:
    """Submitted, the call closed."""
    cases = drafts(world, count, slug)
    for case in cases:
        life.submit(case, case.created_by)
    closes = cases[0].call.closes_at
    assert closes is not None
    stepping.walk(closes, clock.move)
    forget_mail()
    return [life.fresh(case) for case in cases]


def assessing(world: World, count: int, *reviewers: str) -> list[Application]:
    """Assessed now, offered to these reviewers."""
    cases = submitted(world, count)
    for case in cases:
        run("pass_formal", world.sara, case)
        if reviewers:
            world.assigned(case, *reviewers)
    return [life.fresh(case) for case in cases]


def to_reject(world: World, count: int) -> list[Application]:
    """Proposed for a formal rejection: the shortest way to a decision-maker's desk."""
    cases = submitted(world, count)
    for case in cases:
        run("propose_rejection", world.sara, case, reasons="Sökanden är inte en kommun.", participants="ingen annan")
    forget_mail()
    return [life.fresh(case) for case in cases]


def to_grant(world: World, count: int) -> list[Application]:
    """Proposed for a grant of all that was applied for."""
    cases = assessing(world, count, "mira", "tove")
    for case in cases:
        for assignment in case.assignments.select_related("reviewer"):
            life.review(assignment, world.rng)
        life.propose(case, world.sara)
    forget_mail()
    return [life.fresh(case) for case in cases]
