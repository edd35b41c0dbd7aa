"""`manage.py call lint` names the rule, the line and the column of every fault; each rule has a file that breaks it."""

import re
import time
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import CommandError, call_command

from grants.applications.showing import Shown
from grants.programmes.consistency import RULES
from grants.programmes.faults import LoadingError
from grants.programmes.reading import parse_call

from .files import ROOT

EXAMPLE = (ROOT / "docs" / "example-call.yaml").read_text("utf-8")
FAULTY = sorted((ROOT / "tests" / "programmes" / "faulty").glob("*.yaml"))
MARK = "‸"
LINE = re.compile(r"line (\d+), column (\d+): .*\[([a-z-]+)\]$")
Found = list[tuple[str, int, int]]


def broken(path: Path) -> str:
    """The example with the differences that this file describes, and with its marks."""
    text = EXAMPLE
    for change in yaml.safe_load(path.read_text("utf-8")):
        assert text.count(change["was"]) == 1, change["was"]
        text = text.replace(change["was"], change["is"])
    return text


def marked(text: str) -> list[tuple[int, int]]:
    """Line and column of each mark, as if the marks were not there."""
    return [
        (number, place - n + 1)
        for number, line in enumerate(text.split("\n"), 1)
        for n, place in enumerate(i for i, character in enumerate(line) if character == MARK)
    ]


def linted(*paths: Path) -> Found:
    """The faults that the command names: rule, line, column."""
    with pytest.raises(CommandError) as refused:
        call_command("call", "lint", *map(str, paths), stdout=StringIO())
    lines = [LINE.search(line) for line in str(refused.value).splitlines()]
    assert all(lines), str(refused.value)
    return [(found[3], int(found[1]), int(found[2])) for found in lines if found]


def test_the_example_is_right() -> None:
    out = StringIO()
    call_command("call", "lint", str(ROOT / "docs" / "example-call.yaml"), stdout=out)
    assert out.getvalue() == "1 of 1 call files are right.\n"


@pytest.mark.parametrize("path", [p for p in FAULTY if p.stem != "several"], ids=lambda path: path.stem)
def test_a_fault_is_named_by_rule_line_and_column(path: Path, tmp_path: Path) -> None:
    text, rule = broken(path), path.stem.partition("--")[0]
    file = tmp_path / "call.yaml"
    file.write_text(text.replace(MARK, ""), "utf-8")
    assert linted(file) == [(rule, *place) for place in marked(text)]


def test_all_faults_are_named_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = broken(ROOT / "tests" / "programmes" / "faulty" / "several.yaml")
    file = tmp_path / "call.yaml"
    file.write_text(text.replace(MARK, ""), "utf-8")
    found = linted(file)
    assert [place for _rule, *place in found] == [list(place) for place in marked(text)]
    assert [rule for rule, *_ in found] == ["dates-order", "show-if-never", "unknown-key", "weights-sum"]


def test_every_rule_has_a_file_that_breaks_it() -> None:
    of_files = {"file", "same-slug"}  # about files, not what is in them: below
    assert {p.stem.partition("--")[0] for p in FAULTY} - {"several"} == set(RULES) - of_files


def test_two_files_of_one_call_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(EXAMPLE, "utf-8")
    with pytest.raises(CommandError, match=r"b\.yaml: slug: example-call is also the slug of .*a\.yaml \[same-slug\]"):
        call_command("call", "lint", str(tmp_path), stdout=StringIO())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: " + b"x" * 10_000_000, "larger than 1024 kB"),
        (b"- " * 340_000, "more than 30 levels"),
        (b"a: &a [*a]\n", "line 1, column 4: anchors (&) and aliases (*) are not accepted"),
        (b"a: &a [x, x]\n" + b"".join(b"b%d: &b%d [*a, *a, *a]\n" % (n, n) for n in range(1000)), "line 1, column 4"),
        (b"a: 'never ended\n" * 1000, "[yaml]"),
        (b"\xff\xfea", "is not written in UTF-8"),
        (b"{" * 1000 + b"}" * 1000, "more than 30 levels"),
        (b"", "the file is empty"),
        (b"a:\n" + b"- x\n" * 260_000, "more than 20000 keys and values"),
    ],
    ids=["ten megabytes", "deep", "recursive", "bomb", "malformed", "not utf-8", "braces", "empty", "many"],
)
def test_a_hostile_file_gets_a_clear_message(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "call.yaml"
    file.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        call_command("call", "lint", str(file), stdout=StringIO())
    assert message in str(refused.value)
    assert len(str(refused.value)) < 6000


def test_many_faults_are_counted_and_the_first_told(tmp_path: Path) -> None:
    file = tmp_path / "call.yaml"
    file.write_text(EXAMPLE + "".join(f"unknown_{n}: x\n" for n in range(500)) + f"{'k' * 1000}: x\n", "utf-8")
    with pytest.raises(CommandError) as refused:
        call_command("call", "lint", str(file), stdout=StringIO())
    lines = str(refused.value).splitlines()
    assert len(lines) == 101
    assert "unknown_99: there is no such key" in lines[99]
    assert lines[100] == "and 401 more faults"


def chained(questions: int, alternatives: int) -> str:
    """The example with so many more questions, each shown by the one before or by one of so many alternatives."""
    ways = ", ".join("{question: q0, answered: true}" for _n in range(alternatives))
    made = ["      - {id: q0, kind: yesno, label: {sv: x}}\n"]
    for n in range(1, questions):
        condition = f'{{all: [{{question: q{n - 1}, equals: ["yes"]}}, {{any: [{ways}]}}]}}'
        made.append(f"      - {{id: q{n}, kind: yesno, label: {{sv: x}}, show_if: {condition}}}\n")
    return EXAMPLE.replace("      - id: goal\n", "".join(made) + "      - id: goal\n", 1)


def test_a_long_chain_of_conditions_is_weighed_at_once() -> None:
    started = time.perf_counter()
    definition = parse_call(chained(400, 1))
    with pytest.raises(LoadingError):
        parse_call(chained(150, 8).replace("q149, kind: yesno", "q149, kind: boat"))
    assert time.perf_counter() - started < 20  # about one second here, and hours if each alternative were followed
    questions = [q for q in definition.questions() if q.id.startswith("q")]
    values = {(q.id, None): "yes" for q in questions}
    assert Shown(questions, values).has(questions[-1])  # and no stack is too small for it
