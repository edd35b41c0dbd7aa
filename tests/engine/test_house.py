"""Rules of the repository that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from grants.decisions.models import Decision
from tests.engine.test_tables import MACHINES, transitions

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "grants", "reviewers", "workflows")
CODE = [p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py")) if "migrations" not in p.parts]
PAGES = sorted((ROOT / "templates").rglob("*.html"))
LONGEST = 400  # lines of one module
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def said(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def names_of_calls() -> set[str]:
    """Slugs, numbers, titles and names of the calls, programmes and authorities there are, from their own files."""
    found = set[str]()
    for path in sorted((ROOT / "fixtures" / "calls").glob("*.yaml")):
        data = yaml.safe_load(path.read_text("utf-8"))
        titles = [data.get("title"), data.get("full_title")]
        found |= {data["slug"], str(data.get("number") or ""), data["programme"]}
        found |= {
            text for title in titles if title for text in (title.values() if isinstance(title, dict) else [title])
        }
    for path in sorted((ROOT / "fixtures" / "programmes").glob("*.yaml")):
        data = yaml.safe_load(path.read_text("utf-8"))
        for row in (data["authority"], *data.get("programmes", [])):
            for key in ("slug", "number", "name", "name_en", "short_name", "title", "title_en"):
                value = row.get(key)
                found |= {str(v) for v in (value.values() if isinstance(value, dict) else [value]) if v}
    return {name for name in found if len(name) >= 5}


def test_the_files_name_something() -> None:
    assert len(names_of_calls()) >= 12
    assert len(CODE) > 60
    assert len(PAGES) > 20


@pytest.mark.parametrize("path", [*CODE, *PAGES], ids=said)
def test_no_call_is_named_in_code(path: Path) -> None:
    """What differs between calls is data; then a new call is a file."""
    text = path.read_text("utf-8").casefold()
    named = [n for n in names_of_calls() if re.search(rf"(?<!\w){re.escape(n.casefold())}(?!\w)", text)]
    assert not named


@pytest.mark.parametrize("path", CODE, ids=said)
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", [*CODE, *PAGES], ids=said)
def test_nothing_is_left_for_later(path: Path) -> None:
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", path.read_text("utf-8"))


def calls(module: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(module) if isinstance(node, ast.Call))


@pytest.mark.parametrize("path", CODE, ids=said)
def test_there_is_one_clock(path: Path) -> None:
    if said(path) == "grants/clock.py":
        return
    for call in calls(tree(path)):
        if isinstance(call.func, ast.Attribute):
            owner = ast.unparse(call.func.value)
            assert (owner, call.func.attr) not in {
                ("datetime", "now"), ("datetime", "today"), ("datetime", "utcnow"), ("datetime.datetime", "now"),
                ("timezone", "now"), ("date", "today"), ("time", "time"), ("timezone", "localdate"),
            }, f"line {call.lineno}"  # fmt: skip


def machine_words() -> set[str]:
    """Transitions whose names mean nothing else in Python or Django."""
    common = {"open", "file", "close", "end", "accept", "remove", "submit", "extend", "decline", "approve", "dispatch"}
    found = set[str]().union(*(transitions(model) for model in (*MACHINES.values(), Decision)))
    return found - common


@pytest.mark.parametrize("path", CODE, ids=said)
def test_only_commands_change_a_state(path: Path) -> None:
    """Neither around the machine, by an update or an assignment, nor through it from anywhere else."""
    module, where = tree(path), said(path)
    for node in ast.walk(module):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                assert not (isinstance(target, ast.Attribute) and target.attr == "state"), f"line {node.lineno}"
    for call in calls(module):
        if not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr in ("update", "update_or_create", "bulk_update"):
            assert "state" not in {k.arg for k in call.keywords}, f"line {call.lineno}"
        if call.func.attr in machine_words() and not where.startswith("workflows/commands/"):
            owner = ast.unparse(call.func.value)
            assert owner in {"act", "life", "rules", "self"} or where.startswith(("workflows/simulation/",)), (
                f"line {call.lineno}: {ast.unparse(call.func)}"
            )


@pytest.mark.parametrize("path", CODE, ids=said)
def test_nothing_runs_behind_ones_back(path: Path) -> None:
    """No signal receivers: a command does what it says, in the order it says it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.module not in ("django.dispatch", "django.db.models.signals", "viewflow.fsm"), (
                f"line {node.lineno}"
            )


@pytest.mark.parametrize("path", CODE, ids=said)
def test_everything_public_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree(path)) or not path.read_text("utf-8").strip()


@pytest.mark.parametrize("path", PAGES, ids=said)
def test_pages_carry_no_script_or_style_of_their_own(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert not re.search(r"\s(style|onclick|onchange|onsubmit|onload)=", text)


@pytest.mark.parametrize("path", PAGES, ids=said)
def test_nothing_is_shown_unescaped(path: Path) -> None:
    assert not re.search(r"\|\s*safe\b|autoescape\s+off", path.read_text("utf-8"))


@pytest.mark.parametrize("path", TESTS, ids=said)
def test_tests_make_states_by_commands(path: Path) -> None:
    """But for the builders of pages, which open a page on a row as it stands in one state."""
    assert "update(state=" not in path.read_text("utf-8").replace(" ", "") or path.name in ALLOWED_SHORTCUTS


ALLOWED_SHORTCUTS = {"test_house.py", "test_planted_faults.py"}
