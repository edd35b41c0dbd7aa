"""Rules of the repository that no linter knows. Each test reads all files and lists everything that it finds."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import yaml

from grants.decisions.models import Decision
from tests.engine.test_tables import MACHINES, transitions

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "grants", "reviewers", "workflows")
CODE = [p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py")) if "migrations" not in p.parts]
PAGES = sorted((ROOT / "templates").rglob("*.html"))
LONGEST = 400  # lines of one module
CLOCKS = {
    "datetime.now", "datetime.today", "datetime.utcnow", "datetime.datetime.now", "timezone.now", "timezone.localdate",
    "timezone.localtime", "date.today", "datetime.date.today", "time.time",
}  # fmt: skip


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def nodes() -> Iterator[tuple[str, ast.AST]]:
    """Every node of our code with the name of its file."""
    for path in CODE:
        name = str(path.relative_to(ROOT))
        yield from ((name, node) for node in ast.walk(tree(path)))


def lines_with(pattern: str, paths: Iterable[Path]) -> list[str]:
    found = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if found.search(line)
    ]


def words(value: object) -> Iterator[str]:
    for word in value.values() if isinstance(value, dict) else [value]:
        if word:
            yield str(word)


@cache
def names_of_calls() -> frozenset[str]:
    """Slugs, numbers, titles and names of the calls, programmes and authorities there are, from their own files."""
    found = set[str]()
    for path in sorted((ROOT / "fixtures" / "calls").glob("*.yaml")):
        data = yaml.safe_load(text_of(path))
        for key in ("slug", "number", "programme", "title", "full_title"):
            found.update(words(data.get(key)))
    for path in sorted((ROOT / "fixtures" / "programmes").glob("*.yaml")):
        data = yaml.safe_load(text_of(path))
        for row in (data["authority"], *data.get("programmes", [])):
            for key in ("slug", "number", "name", "name_en", "short_name", "title", "title_en"):
                found.update(words(row.get(key)))
    return frozenset(name for name in found if len(name) >= 5)


def test_there_is_something_to_read() -> None:
    assert len(names_of_calls()) >= 12
    assert len(CODE) > 60
    assert len(PAGES) > 20


def test_no_call_is_named_in_code() -> None:
    """What differs between calls is data; then a new call is a file."""
    named = "|".join(re.escape(name) for name in sorted(names_of_calls(), key=len, reverse=True))
    assert not lines_with(rf"(?i)(?<!\w)({named})(?!\w)", [*CODE, *PAGES])


def test_a_module_can_be_read_in_one_sitting() -> None:
    assert not [path for path in CODE if len(text_of(path).splitlines()) > LONGEST]


def test_every_module_says_what_it_is() -> None:
    assert not [path for path in CODE if text_of(path).strip() and not ast.get_docstring(tree(path))]


def test_nothing_is_left_for_later() -> None:
    assert not lines_with(r"\b(TODO|FIXME|XXX|HACK)\b", [*CODE, *PAGES])


def test_there_is_one_clock() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, node in nodes()
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CLOCKS and name != "grants/clock.py"
    ]
    assert not found


def test_no_state_is_written_around_the_machines() -> None:
    found = []
    for name, node in nodes():
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Attribute) and t.attr == "state" for t in targets):
                found.append(f"{name}:{node.lineno}")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            writes = node.func.attr in ("update", "update_or_create", "bulk_update", "setattr")
            if writes and "state" in {k.arg for k in node.keywords}:
                found.append(f"{name}:{node.lineno}")
    assert not found


def test_only_commands_take_a_transition() -> None:
    """Those whose names mean nothing else in Python; `act.move` in the commands takes them all by name."""
    common = {"open", "file", "close", "end", "accept", "remove", "submit", "extend", "decline", "approve", "propose"}
    words_of_machines = set[str]().union(*(transitions(m) for m in (*MACHINES.values(), Decision))) - common
    found = [
        f"{name}:{node.lineno}: {ast.unparse(node.func)}"
        for name, node in nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in words_of_machines
        and not name.startswith(
            ("workflows/commands/", "workflows/simulation/")
        )  # the latter calls functions of its own
    ]
    assert not found
    assert len(words_of_machines) > 20


def test_nothing_runs_behind_ones_back() -> None:
    """No signal receivers: a command does what it says, in the order it says it."""
    forbidden = ("django.dispatch", "django.db.models.signals", "viewflow.fsm")
    found = [
        f"{name}:{node.lineno}"
        for name, node in nodes()
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(forbidden)
    ]
    assert not found


def test_pages_carry_no_script_or_style_of_their_own() -> None:
    assert not lines_with(r"<script(?![^>]*\bsrc=)[^>]*>", PAGES)
    assert not lines_with(r"\s(style|on(click|change|submit|load|input))=", PAGES)


def test_nothing_is_shown_unescaped() -> None:
    ours = [path for path in PAGES if "django" not in path.relative_to(ROOT / "templates").parts]  # its own widgets
    assert not lines_with(r"\|\s*safe\b|autoescape\s+off", ours)
