"""A dry run lives whole lives by the real commands, tells what became of them, and leaves nothing behind."""

import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from grants.applications.checklist import contents, lacks
from grants.organisations.models import Person
from grants.programmes.definition import CallDefinition
from grants.programmes.questions import ShowIf
from grants.programmes.reading import parse_call
from tests.engine.stage import quick_letters
from tests.factories import World
from tests.forms import publish, question, with_form
from workflows import jobs
from workflows.integrity import check
from workflows.simulation import life
from workflows.simulation.apart import tables_of_ones_own
from workflows.simulation.dryrun import as_text, dry_run
from workflows.simulation.plans import End

from .files import ROOT

FIFTH = ROOT / "tests" / "programmes" / "fifth.yaml"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def letters_of_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """How letters look is tested elsewhere."""
    quick_letters(monkeypatch)


def row_counts() -> dict[str, int]:
    """How many rows each table of the database has, the jobs' tables too."""
    with connection.cursor() as cursor:
        tables = [info.name for info in connection.introspection.get_table_list(cursor) if info.type in ("t", "p")]
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


def run(path: Path, *options: str) -> tuple[str, str]:
    """What the command prints, and what it says while it works."""
    out, err = io.StringIO(), io.StringIO()
    call_command("call", "dryrun", str(path), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def definition_of(path: Path) -> CallDefinition:
    return parse_call(path.read_text("utf-8"), path.name)


def written(tmp_path: Path, was: str, now: str) -> Path:
    """The fifth call with one difference."""
    text = FIFTH.read_text("utf-8")
    assert text.count(was) == 1
    file = tmp_path / "call.yaml"
    file.write_text(text.replace(was, now), "utf-8")
    return file


def test_a_call_unlike_the_others_lints_and_lives_and_leaves_nothing_behind() -> None:
    call_command("call", "lint", str(FIFTH), stdout=io.StringIO())
    before = row_counts()
    assert "procrastinate_jobs" in before
    printed, told = run(FIFTH, "--applications", str(len(End)), "--json")
    assert row_counts() == before
    assert f"{len(End)} of {len(End)} lives are over" in told
    result: dict[str, Any] = json.loads(printed)
    assert result["call"] == "folkbibliotek-2025"
    assert result["applications"] == sum(result["states"].values()) == len(End)
    assert set(result["states"]) == {"closed", "withdrawn", "lapsed"}  # nobody can decline without acceptance
    assert result["dead_ends"] == result["never_shown"] == result["unexpected"] == []
    assert result["accepted_at_boundaries"] > 15
    assert result["at_a_boundary"] > 0
    assert result["not_tried"] == 0
    assert {"not_open", "closed", "incomplete_answer", "incomplete_start", "incomplete_length"} <= set(
        result["refusals"]
    )
    assert {"incomplete_kind", "incomplete_budget_max_grant", "incomplete_budget_max_share"} <= set(result["refusals"])
    days = dict((what, day) for day, what in result["calendar"])
    assert days["the call opens"] == "2025-01-20"
    assert days["decisions are expected"] == "2025-07-04"
    assert "submission: the earliest" in days
    assert result["per_second"] > 0


def test_the_example_of_the_documentation_has_partners_ceilings_and_files() -> None:
    result = dry_run(definition_of(ROOT / "docs" / "example-call.yaml"), len(End), seed=2)
    assert (result.dead_ends, result.never_shown, result.unexpected) == ([], [], [])
    refused = {"incomplete_too_few", "incomplete_too_many", "incomplete_confirmation", "incomplete_attachment"}
    assert refused | {"incomplete_budget_cap_indirect", "incomplete_check"} <= set(result.refusals)
    assert "Nothing was kept" in as_text(result)


def test_a_call_without_an_end_and_without_review_has_no_dead_ends(tmp_path: Path) -> None:
    path = written(tmp_path, "  closes: 2025-05-05 14:00\n", "")
    path.write_text(path.read_text("utf-8").replace("  review: true\n", "  review: false\n"), "utf-8")
    result = dry_run(definition_of(path), len(End), seed=1)
    assert (result.dead_ends, result.unexpected) == ([], [])
    assert set(result.states) == {"draft", "withdrawn", "lapsed", "closed"}  # lapsed: thrown away
    assert "closed" not in result.refusals


def test_a_budget_that_nobody_can_make_is_a_dead_end(tmp_path: Path) -> None:
    caps = """  caps:
    - {cost: staff, of: things, percent: 10, rule: {sv: Tak}}
    - {cost: things, of: total, percent: 10, rule: {sv: Tak}}
"""
    path = written(tmp_path, "  max_share: 90\n", f"  max_share: 90\n{caps}")
    out = io.StringIO()
    with pytest.raises(CommandError, match="Dead ends: draft"):
        call_command("call", "dryrun", str(path), "--applications", "3", stdout=out, stderr=io.StringIO())
    assert "incomplete_budget_cap_" in out.getvalue()
    assert "dead ends:" in out.getvalue()


def test_a_question_that_nothing_shows_is_named() -> None:
    definition = definition_of(FIFTH)
    first, *others = definition.sections
    hidden = [
        q.model_copy(update={"show_if": ShowIf(question="form", equals=("boat",))}) if q.id == "place" else q
        for q in first.questions
    ]
    section = first.model_copy(update={"questions": tuple(hidden)})
    changed = definition.model_copy(update={"sections": (section, *others)})  # unvalidated: lint would have refused it
    result = dry_run(changed, 3, seed=1)
    assert result.never_shown == ["place"]


def test_a_faulty_file_and_a_number_out_of_range_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="weights-sum"):
        run(written(tmp_path, "weight: 25", "weight: 26"))
    with pytest.raises(CommandError, match="1 to 1000"):
        run(FIFTH, "--applications", "0")


def test_cases_that_are_there_are_left_alone(world: World) -> None:
    """Also what becomes due in them while the clock of the dry run passes, and the jobs that wait."""
    draft, submitted = world.draft(), world.submitted()
    life.submit(world.draft(), world.karin)  # its receipt and its mail wait
    before = row_counts()
    result = dry_run(definition_of(FIFTH), 3, seed=1)
    assert result.applications == 3
    assert row_counts() == before
    assert ProcrastinateJob.objects.filter(status="todo").exists()
    for case, state in ((draft, "draft"), (submitted, "submitted")):
        assert life.fresh(case).state == state
    assert list(check()) == []


def locks(tables: tuple[int, ...]) -> set[tuple[int, str]]:
    """What this connection holds of these tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid()")
        return {row for row in cursor.fetchall() if row[0] in tables}


def test_nothing_that_is_there_is_locked_or_even_read() -> None:
    """Every table of the block is another one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'applications_application'::regclass::oid, 'procrastinate_jobs'::regclass::oid")
        real = cursor.fetchone()
        before = locks(real)
        with tables_of_ones_own():
            cursor.execute("SELECT 'applications_application'::regclass::oid, 'procrastinate_jobs'::regclass::oid")
            assert not set(cursor.fetchone()) & set(real)
            assert locks(real) - before <= {(table, "AccessShareLock") for table in real}
            assert not Person.objects.exists()
            jobs.defer_mail("a", "b", "c@example.org")
            assert ProcrastinateJob.objects.count() == 1
        assert not ProcrastinateJob.objects.filter(args__subject="a").exists()


def test_a_function_that_has_run_before_means_the_tables_of_now() -> None:
    """The database keeps the plans of its functions, with the tables that they meant when they first ran."""
    for n in range(1, 4):
        jobs.defer_mail("a", "b", "c@example.org")
        assert ProcrastinateJob.objects.filter(args__subject="a").count() == n
        with tables_of_ones_own():
            jobs.defer_mail("a", "b", "c@example.org")
            assert ProcrastinateJob.objects.count() == 1


def test_a_made_up_application_keeps_the_least_grant_and_the_checks(world: World) -> None:
    definition = world.call("starta-2023").definition
    text = {"sv": "Stämmer inte.", "en": "Does not agree."}
    table = question("steps", "table", columns=[question("cost", "money"), question("hours", "number", least=1)])
    asked = [question("low", "number", least=1, most=50), question("high", "number", most=10), table]
    asked += [question("first", "date"), question("last", "date")]
    checks = [
        ("low", "at_most", "high"),
        ("high", "at_most", 7),
        ("steps.cost", "equal", "budget.cost"),
        ("steps.hours", "at_least", 400),
        ("last", "after", "first"),
        ("budget.applied", "after", definition.budget.max_grant - 2000),
    ]
    rules = [
        {"id": f"check-{n}", "left": a, "relation": b, "right": c, "text": text} for n, (a, b, c) in enumerate(checks)
    ]
    least = definition.budget.max_grant - 1000
    call = world.open("starta-2023")
    made = with_form(definition, asked, checks=rules)
    publish(call, made.model_copy(update={"budget": made.budget.model_copy(update={"min_grant": least})}))
    for n in range(3):
        case = life.draft(world.call("starta-2023"), world.karin, world.organisation, random.Random(n), 1000 + 20 * n)
        assert [lack.text for lack in lacks(contents(case))] == []


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_keeps_no_migration_waiting() -> None:
    """A lock on a real table, however weak, would hold up whoever wants to change the table, and everybody behind them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'applications_application'::regclass::oid, 'procrastinate_jobs'::regclass::oid")
        real = cursor.fetchone()
    with tables_of_ones_own():
        jobs.defer_mail("a", "b", "c@example.org")
        assert locks(real) == set()
    assert ProcrastinateJob.objects.filter(args__subject="a").count() == 0
