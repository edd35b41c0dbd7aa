"""YAML as plain data and nothing more: no aliases, no anchors, no tags, no key twice, no surprise types.

Aliases are refused because a few lines of them unfold to gigabytes, tags because they ask for objects. Only `true`,
`false`, `null` and plainly written numbers are anything but text: `no` is a word, `2022-05-02 09:00` what was written.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from grants.cleaning import clean

DEEPEST = 30  # levels; the schema needs 10

Path = tuple[str | int, ...]


class YamlFaultError(ValueError):
    """The text is not YAML as we accept it. `line` and `column` count from 1; 0 when unknown."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass(frozen=True)
class Document:
    """What was read, and the line (from 1) on which each value was written."""

    data: Any
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of the value at `path`, or of the nearest value around it."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Loader(yaml.SafeLoader):
    """Composes nodes; values are made by `_Reading`, so no constructor can ever run."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_INT = r"-?(?:0|[1-9][0-9]{0,14})"
_Loader.add_implicit_resolver("null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver("int", re.compile(rf"^{_INT}$"), list("-0123456789"))
_Loader.add_implicit_resolver("float", re.compile(rf"^{_INT}\.[0-9]{{1,15}}$"), list("-0123456789"))


def read(text: str) -> Document:
    """The document in `text`. YamlFaultError with line and column when it cannot be read or is not plain data."""
    try:
        _refuse_what_is_not_data(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise YamlFaultError(said, mark.line + 1 if mark else 0, mark.column + 1 if mark else 0) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
        raise YamlFaultError("a character that may not be in a text file", line, column) from None
    if node is None:
        raise YamlFaultError("the file is empty", 1, 1)
    lines: dict[Path, int] = {}
    return Document(_value(node, (), lines), lines)


def _refuse_what_is_not_data(text: str) -> None:
    """Look at the events first: they come one by one, so neither a bomb nor a deep nest is ever built."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        mark = event.start_mark
        where = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise YamlFaultError("anchors (&) and aliases (*) are not accepted; write the value out", *where)
        if getattr(event, "tag", None):
            raise YamlFaultError("tags (!) are not accepted", *where)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise YamlFaultError(f"more than {DEEPEST} levels", *where)


def _value(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, place), lines) for place, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node)
    out: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        mark = key_node.start_mark
        key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
        if not isinstance(key, (str, int)):
            raise YamlFaultError("a key must be a word or a number", mark.line + 1, mark.column + 1)
        if key in out:
            raise YamlFaultError(f"the key {key} occurs twice", mark.line + 1, mark.column + 1)
        lines[(*path, key)] = mark.line + 1
        out[key] = _value(value_node, (*path, key), lines)
    return out


def _scalar(node: yaml.Node) -> str | int | float | bool | None:
    text = str(node.value)
    match node.tag:
        case "null":
            return None
        case "bool":
            return text == "true"
        case "int":
            return int(text)
        case "float":
            return float(text)
        case _:
            return clean(text)
