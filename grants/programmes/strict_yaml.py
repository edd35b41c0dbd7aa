"""YAML as plain data and nothing more: no aliases, no anchors, no tags, no key twice, no surprise types.

Aliases are refused because a few lines of them unfold to gigabytes, tags because they ask for objects. Only `true`,
`false`, `null` and plainly written numbers are anything but text: `no` is a word, `2022-05-02 09:00` what was written.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import yaml

from grants.cleaning import clean

DEEPEST = 30  # levels; the schema needs 10
MOST_VALUES = 20_000  # of one text; a call has about two thousand, and many more would take long to read
MOST_FAULTS = 20  # told of one text

Path = tuple[str | int, ...]


class Place(NamedTuple):
    """Where something is written, counted from 1; 0 when unknown."""

    line: int = 0
    column: int = 0


class YamlFault(NamedTuple):
    """One reason why the text is not YAML as we accept it."""

    message: str
    place: Place = Place()


class YamlFaultError(ValueError):
    """The text is not YAML as we accept it, for these reasons."""

    def __init__(self, *faults: YamlFault) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Document:
    """What was read, and where each value and the key before it were written."""

    data: Any
    values: dict[Path, Place]
    keys: dict[Path, Place]
    groups: frozenset[Path]  # values that hold others

    def place_of(self, path: Path, *, of_key: bool = False) -> Place:
        """Where to look for what is said of `path`: at a single value itself, at the key of a group or a list. Of what is
        not there: where the nearest thing around it is."""
        while path and path not in self.values:
            path = path[:-1]
        if path in self.keys and (of_key or path in self.groups):
            return self.keys[path]
        return self.values.get(path, Place(1, 1))


class _Loader(yaml.SafeLoader):
    """Composes nodes; values are made by `_Reading`, so no constructor can ever run."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


_INT = r"-?(?:0|[1-9][0-9]{0,14})"
_Loader.add_implicit_resolver("null", re.compile(r"^(?:null|~|)$"), ["n", "~", ""])
_Loader.add_implicit_resolver("bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_Loader.add_implicit_resolver("int", re.compile(rf"^{_INT}$"), list("-0123456789"))
_Loader.add_implicit_resolver("float", re.compile(rf"^{_INT}\.[0-9]{{1,15}}$"), list("-0123456789"))


def read(text: str) -> Document:
    """The document in `text`. YamlFaultError with lines and columns when it cannot be read or is not plain data."""
    try:
        _refuse_what_is_not_data(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise YamlFaultError(YamlFault(said, _place(error.problem_mark or error.context_mark))) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
        place = Place(line, column)
        raise YamlFaultError(YamlFault("a character that may not be in a text file", place)) from None
    if node is None:
        raise YamlFaultError(YamlFault("the file is empty", Place(1, 1)))
    return _Reading().document(node)


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark else Place()


def _refuse_what_is_not_data(text: str) -> None:
    """Look at the events first: they come one by one, so neither a bomb nor a deep nest is ever built."""
    depth = 0
    found: list[YamlFault] = []
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        place = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            found.append(YamlFault("anchors (&) and aliases (*) are not accepted; write the value out", place))
        if getattr(event, "tag", None):
            found.append(YamlFault("tags (!) are not accepted", place))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            found.append(YamlFault(f"more than {DEEPEST} levels", place))
        if count > MOST_VALUES:
            found.append(YamlFault(f"more than {MOST_VALUES} keys and values", place))
        if depth > DEEPEST or count > MOST_VALUES or len(found) >= MOST_FAULTS:
            break
    if found:
        raise YamlFaultError(*found)


class _Reading:
    """Makes values of nodes and notes where each of them stands."""

    def __init__(self) -> None:
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.groups: set[Path] = set()
        self.faults: list[YamlFault] = []

    def document(self, node: yaml.Node) -> Document:
        """Everything below `node`. YamlFaultError with all that is wrong with its keys."""
        data = self._value(node, ())
        if self.faults:
            raise YamlFaultError(*self.faults[:MOST_FAULTS])
        return Document(data, self.values, self.keys, frozenset(self.groups))

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self.values[path] = _place(node.start_mark)
        if isinstance(node, yaml.SequenceNode):
            self.groups.add(path)
            return [self._value(item, (*path, place)) for place, item in enumerate(node.value)]
        if not isinstance(node, yaml.MappingNode):
            return _scalar(node)
        self.groups.add(path)
        out: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            place = _place(key_node.start_mark)
            if not isinstance(key, (str, int)):
                self.faults.append(YamlFault("a key must be a word or a number", place))
            elif key in out:
                self.faults.append(YamlFault(f"the key {key} occurs twice", place))
            else:
                self.keys[(*path, key)] = place
                out[key] = self._value(value_node, (*path, key))
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


def write(data: Any) -> str:
    """YAML from which `read` makes the same data: groups, lists, texts, numbers, true and false."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


class _Dumper(yaml.SafeDumper):
    """Quotes the texts that `read` would take for something else, and only them. Writes nothing by reference."""

    yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _scalar_as(tag: str, written: Callable[[Any], str]) -> Callable[[_Dumper, Any], yaml.ScalarNode]:
    return lambda dumper, value: dumper.represent_scalar(tag, written(value))


_Dumper.add_representer(bool, _scalar_as("bool", lambda value: str(value).lower()))
_Dumper.add_representer(int, _scalar_as("int", str))
_Dumper.add_representer(
    Decimal, _scalar_as("float", lambda value: f"{value:f}" if "." in f"{value:f}" else f"{value:f}.0")
)
