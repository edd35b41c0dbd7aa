"""The key table of docs/calls.md, made from the schema so that it cannot say anything else."""

import types
from collections.abc import Iterator
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from grants.programmes.definition import CallDefinition
from grants.programmes.explanations import EXPLANATIONS
from grants.programmes.questions import Slug

BEGIN = "<!-- keys: written by manage.py describe_calls, do not edit -->"
END = "<!-- /keys -->"

_PLAIN = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "date": "date, 2023-12-01"}


def keys() -> str:
    """One table for each group of keys, in the order in which a reader of a call file meets them."""
    return "\n".join(line for model in models(CallDefinition) for line in _table(model))


def models(root: type[BaseModel]) -> list[type[BaseModel]]:
    """`root` and every model that it is made of, each once."""
    found: list[type[BaseModel]] = []
    _collect(root, found)
    return found


def with_keys(document: str) -> str:
    """The document with the table between its marks written anew. ValueError when a mark is missing."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the marks {BEGIN} and {END} are not both there")
    return f"{before}{BEGIN}\n\n{keys()}\n{END}{after}"


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


def _table(model: type[BaseModel]) -> Iterator[str]:
    name = "The call" if model is CallDefinition else model.__name__
    yield f"### {name}"
    yield ""
    yield "| key | value | needed | meaning |"
    yield "|---|---|---|---|"
    for key, field in model.model_fields.items():
        yield f"| `{key}` | {_value(field)} | {_needed(field)} | {EXPLANATIONS[model.__name__][key]} |"
    yield ""


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
        return f"list of {_in_words(parts[0])}"
    if origin is dict:
        return f"{_in_words(parts[1])} for each {_in_words(parts[0])}"
    return _named(annotation) + _limits(metadata)


def _named(annotation: type) -> str:
    if issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if issubclass(annotation, Enum):
        return "one of " + ", ".join(f"`{item.value}`" for item in annotation)
    return "date and clock time, 2023-09-14 14:00" if annotation.__name__ == "datetime" else _PLAIN[annotation.__name__]


def _limits(metadata: list[Any] | tuple[Any, ...]) -> str:
    words = []
    for item in _flat(metadata):
        if isinstance(item, Ge):
            words.append(f"from {item.ge}")
        elif isinstance(item, Gt):
            words.append(f"more than {item.gt}")
        elif isinstance(item, Le):
            words.append(f"to {item.le}")
    return " " + " ".join(words) if words else ""


def _flat(metadata: list[Any] | tuple[Any, ...]) -> Iterator[Any]:
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else [item]
