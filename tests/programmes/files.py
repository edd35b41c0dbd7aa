"""What the tests of calls share: the files as plain data, to be broken one value at a time."""

import copy
from functools import cache
from pathlib import Path
from typing import Any

from grants.programmes import strict_yaml

ROOT = Path(__file__).resolve().parents[2]
CALLS = sorted((ROOT / "fixtures" / "calls").glob("*.yaml"))


@cache
def _read(name: str) -> Any:
    return strict_yaml.read((ROOT / "fixtures" / "calls" / f"{name}.yaml").read_text("utf-8")).data


def raw(name: str) -> Any:
    """A call's file as dicts and lists that the test may change."""
    return copy.deepcopy(_read(name))
