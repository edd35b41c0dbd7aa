"""The format of a call file for people and for editors, made from the schema so that it cannot say anything else.

docs/call-format.md is prose with four parts between marks that are written here: every key, every rule, every field of the
letters' templates, a whole example.
"""

import inspect
import re
import types
from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from grants.programmes.consistency import RULES
from grants.programmes.definition import CallDefinition
from grants.programmes.explanations import EXPLANATIONS
from grants.programmes.letter_templates import FIELDS, LetterKind
from grants.programmes.questions import Slug

LONGEST_EXAMPLE = 60  # characters

_PLAIN = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "date": "date, 2023-12-01"}


def filled(document: str, example: str) -> str:
    """The document with the parts between its marks written anew, from the schema and from the text of an example call.
    ValueError when a mark is missing."""
    for name, part in _parts(example):
        begin, end = f"<!-- {name}: written by manage.py call document, do not edit -->", f"<!-- /{name} -->"
        before, found, rest = document.partition(begin)
        _, ended, after = rest.partition(end)
        if not found or not ended:
            raise ValueError(f"the marks {begin} and {end} are not both there")
        document = f"{before}{begin}\n\n{part}\n{end}{after}"
    return document


def _parts(example: str) -> list[tuple[str, str]]:
    shown = f"```yaml\n{example.strip()}\n```\n"
    return [("keys", keys(example)), ("rules", _rules()), ("fields", _fields()), ("example", shown)]


def keys(example: str) -> str:
    """One table for each group of keys, in the order in which a reader of a call file meets them, with the values that
    the example has."""
    shown = gathered(example)
    return "\n".join(line for model in models(CallDefinition) for line in _table(model, shown))


def gathered(example: str) -> dict[tuple[str, str], Any]:
    """The first value that a call file has for each key of each group, as it is written."""
    shown: dict[tuple[str, str], Any] = {}
    _gather(CallDefinition, yaml.load(example, Loader=yaml.BaseLoader), shown)  # noqa: S506 - makes texts only
    return shown


def schema() -> dict[str, Any]:
    """The JSON Schema of a call file, each key with its meaning."""
    made = CallDefinition.model_json_schema()
    for name, group in {"CallDefinition": made, **made["$defs"]}.items():
        for key, meaning in EXPLANATIONS.get(name, {}).items():
            group["properties"][key]["description"] = meaning
    return made


def models(root: type[BaseModel]) -> list[type[BaseModel]]:
    """`root` and every model that it is made of, each once."""
    found: list[type[BaseModel]] = []
    _collect(root, found)
    return found


def _collect(model: type[BaseModel], found: list[type[BaseModel]]) -> None:
    if model in found:
        return
    found.append(model)
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            _collect(inner, found)


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is made of: of `tuple[Section, ...]`, Section."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models_in(part)


def _gather(model: type[BaseModel], data: Any, shown: dict[tuple[str, str], Any]) -> None:
    """Keep the first value of each key of each group."""
    for key, field in model.model_fields.items():
        if key not in data:
            continue
        shown.setdefault((model.__name__, key), data[key])
        for inner in models_in(field.annotation):
            for item in _items(data[key], field):
                _gather(inner, item, shown)


def _items(value: Any, field: FieldInfo) -> list[Any]:
    if isinstance(value, list):
        return value
    return list(value.values()) if get_origin(field.annotation) is dict else [value]


def _rules() -> str:
    lines = ["| rule | what holds |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{name}` | {words} |" for name, words in RULES.items()), ""])


def _fields() -> str:
    lines = ["| field | what stands there | example | kinds of letters |", "|---|---|---|---|"]
    for field in FIELDS:
        kinds = "all" if len(field.kinds) == len(LetterKind) else ", ".join(k for k in LetterKind if k in field.kinds)
        lines.append(f"| `{{{field.name}}}` | {field.meaning} | {field.example} | {kinds} |")
    return "\n".join([*lines, ""])


def _table(model: type[BaseModel], shown: dict[tuple[str, str], Any]) -> Iterator[str]:
    yield f"### {'The call' if model is CallDefinition else model.__name__}"
    yield ""
    yield re.sub(r"\s+", " ", inspect.getdoc(model) or "")
    yield ""
    yield "| key | value | needed | meaning | example |"
    yield "|---|---|---|---|---|"
    for key, field in model.model_fields.items():
        example = _example(shown.get((model.__name__, key)))
        yield f"| `{key}` | {_value(field)} | {_needed(field)} | {EXPLANATIONS[model.__name__][key]} | {example} |"
    yield ""


def _example(value: Any) -> str:
    """A value as a file writes it, when it is short enough to help."""
    if value is None or (isinstance(value, list) and value and isinstance(value[0], dict)):
        return ""
    written = yaml.dump(
        value, Dumper=_Plain, default_flow_style=True, allow_unicode=True, width=10_000, sort_keys=False
    )
    written = written.removesuffix("\n...\n").strip()
    return f"`{written}`" if len(written) <= LONGEST_EXAMPLE else ""


class _Plain(yaml.SafeDumper):
    """Writes what was read as text without the quotes that would say so."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}


def _needed(field: FieldInfo) -> str:
    if field.is_required():
        return "yes"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ("", ()) or isinstance(value, (BaseModel, dict)):
        return "no"
    if isinstance(value, tuple):
        return "no; " + ", ".join(str(item) for item in value)
    return f"no; {str(value).lower() if isinstance(value, bool) else value}"


def _value(field: FieldInfo) -> str:
    return _in_words(field.annotation, field.metadata)


def _in_words(annotation: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> str:
    if annotation == Slug or any(getattr(m, "pattern", None) for m in metadata):
        return "short name: a to z, 0 to 9, - and _"
    if annotation is AwareDatetime:
        return "date and clock time, 2023-09-14 14:00"
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner, *constraints = parts
        return _in_words(inner, constraints)
    if origin in (Union, types.UnionType):
        return " or ".join(_in_words(part, metadata) for part in parts if part is not type(None))
    if origin is Literal:
        return "one of " + ", ".join(f"`{part}`" for part in parts) if len(parts) > 1 else f"`{parts[0]}`"
    if origin is tuple:
        return f"list of {_in_words(parts[0])}{_limits(metadata, 'items')}"
    if origin is dict:
        return f"{_in_words(parts[1])} for each {_in_words(parts[0])}"
    return _named(annotation) + _limits(metadata, "characters")


def _named(annotation: type) -> str:
    if issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if issubclass(annotation, Enum):
        return "one of " + ", ".join(f"`{item.value}`" for item in annotation)
    return "date and clock time, 2023-09-14 14:00" if annotation.__name__ == "datetime" else _PLAIN[annotation.__name__]


def _limits(metadata: list[Any] | tuple[Any, ...], counted: str) -> str:
    words = []
    for item in _flat(metadata):
        if isinstance(item, Ge):
            words.append(f"from {item.ge}")
        elif isinstance(item, Gt):
            words.append(f"more than {item.gt}")
        elif isinstance(item, Le):
            words.append(f"to {item.le}")
        elif isinstance(item, MinLen) and counted == "items":
            words.append(f"({item.min_length} or more)")
        elif isinstance(item, MaxLen):
            words.append(f"(at most {item.max_length} {counted})")
    return " " + " ".join(words) if words else ""


def _flat(metadata: list[Any] | tuple[Any, ...]) -> Iterator[Any]:
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else [item]
