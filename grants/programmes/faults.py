"""What is wrong with a file, for the person who writes it: which rule, on which line and column, at which key, in words."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from grants.programmes import describe
from grants.programmes.consistency import INCONSISTENT, Misfit, Path
from grants.programmes.questions import Text
from grants.programmes.strict_yaml import Document

M = TypeVar("M", bound=BaseModel)

_RULES = {"extra_forbidden": "unknown-key", "missing": "missing-key", "value_error": "does-not-fit"}
MOST_TOLD = 100  # faults; who has more begins with these
LONGEST_TOLD = 400  # characters of a path or a message
_TOO_LOW = ("greater_than", "greater_than_equal")
_DATED_FROM_THE_START = ("every_months", "months_after_start", "days_after_end")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: in which file, on which line and column (from 1; 0 unknown), at which dotted path."""

    file: str
    message: str
    line: int = 0
    column: int = 0
    path: str = ""
    rule: str = "file"
    nearest: str = ""  # the right key that a misspelt one was probably meant to be

    def __str__(self) -> str:
        where = self.file
        if self.line:
            where += f", line {self.line}" + (f", column {self.column}" if self.column else "")
        return f"{where}: {_short(self.path) + ': ' if self.path else ''}{_short(self.message)} [{self.rule}]"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TOLD else text[: LONGEST_TOLD - 1] + "…"


class LoadingError(Exception):
    """The files cannot be loaded; nothing has been written. Carries every fault that was found, and tells the first."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        told = [str(fault) for fault in faults[:MOST_TOLD]]
        more = len(faults) - len(told)
        super().__init__("\n".join([*told, *([f"and {more} more faults"] if more else [])]))
        self.faults = tuple(faults)


def read_model(document: Document, name: str, model: type[M]) -> M:
    """The document as the model. LoadingError with every fault when it is not one."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        faults = _faults(name, document, error, model)
        known = {(fault.path, fault.rule) for fault in faults}
        faults += [fault for fault in _behind(name, document, error, model) if (fault.path, fault.rule) not in known]
        raise LoadingError(sorted(faults, key=lambda fault: (fault.line, fault.column))) from None


def _behind(name: str, document: Document, error: ValidationError, model: type[BaseModel]) -> Iterator[Fault]:
    """The faults that misspelt keys hide: whether values fit together is only asked of values that could be read."""
    unknown = [details["loc"] for details in error.errors() if details["type"] == "extra_forbidden"]
    if not unknown:
        return
    data = copy.deepcopy(document.data)
    for path in unknown:
        group = data
        for part in path[:-1]:
            group = group[part]
        value, right = group.pop(path[-1]), nearest_key(model, path)
        if right and right not in group:
            group[right] = value
    try:
        model.model_validate(data)
    except ValidationError as second:
        yield from _faults(name, document, second, model)


def _faults(name: str, document: Document, error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    found: list[Fault] = []
    errors = error.errors()
    unknown = [_path(details) for details in errors if details["type"] == "extra_forbidden"]
    meant = {(*path[:-1], nearest_key(model, path)) for path in unknown}
    for details in errors:
        if details["type"] == INCONSISTENT:
            found += [_misfit(name, document, misfit) for misfit in details["ctx"]["misfits"]]
        elif details["type"] != "missing" or _path(details) not in meant:  # a misspelt key is not missing as well
            found.append(_fault(name, document, details, model))
    return found


def _path(details: ErrorDetails) -> Path:
    return tuple(part for part in details["loc"] if part != "[key]")


def _misfit(name: str, document: Document, misfit: Misfit) -> Fault:
    place = document.place_of(misfit.path)
    return Fault(name, misfit.message, *place, path=_dotted(misfit.path), rule=misfit.rule)


def _fault(name: str, document: Document, details: ErrorDetails, model: type[BaseModel]) -> Fault:
    path = _path(details)
    words, rule = _in_words(details), _RULES.get(details["type"], "wrong-value")
    place = document.place_of(path, of_key=rule == "unknown-key" or "[key]" in details["loc"])
    right = nearest_key(model, path) if rule == "unknown-key" else ""
    words += f"; perhaps {right}" if right else ""
    return Fault(name, words, *place, path=_dotted(path), rule=_closer(rule, path, details, model), nearest=right)


def _closer(rule: str, path: Path, details: ErrorDetails, model: type[BaseModel]) -> str:
    """The rule by its own name where a limit of a single key stands for one that people know."""
    kind = details["type"]
    last = path[-1] if path else ""
    if last == "sv" and kind in ("missing", "string_too_short"):
        return "missing-swedish"
    if kind == "model_type" and Text in _groups(model, path):
        return "missing-swedish"
    if kind in _TOO_LOW and path[:2] == ("reporting", "reports") and last in _DATED_FROM_THE_START:
        return "report-early"
    if path[:1] == ("parties",) and (kind == "too_short" or (kind in _TOO_LOW and last == "most")):
        return "role-nobody"
    return rule


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _groups(model: type[BaseModel], path: Path) -> list[type[BaseModel]]:
    """The models that the value at `path` can be, or the values of a list there."""
    groups = [model]
    for part in path:
        if isinstance(part, str):
            found = [group.model_fields[part].annotation for group in groups if part in group.model_fields]
            groups = [inner for annotation in found for inner in describe.models_in(annotation)] or groups
    return groups


def nearest_key(model: type[BaseModel], path: Path) -> str:
    """The key that a misspelt one was probably meant to be, or nothing."""
    keys = {key for group in _groups(model, path[:-1]) for key in group.model_fields}
    return next(iter(get_close_matches(str(path[-1]), keys, 1)), "")


def _in_words(details: ErrorDetails) -> str:
    match details["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "there is no such key"
        case "model_type" | "dict_type":
            return "should be a group of keys" + (", as sv and en" if "Text" in _class_name(details) else "")
        case "tuple_type":
            return "should be a list"
        case "timezone_aware" | "datetime_from_date_parsing" | "datetime_parsing" | "datetime_type":
            return "should be a date and a clock time, as 2023-09-14 14:00"
        case "string_pattern_mismatch":
            return f"{str(details['input'])[:80]!r} is not written as {details['ctx']['pattern']}"
    message = details["msg"].removeprefix("Value error, ")
    return message.replace("Input should be", "should be") if message.startswith("Input") else message


def _class_name(details: ErrorDetails) -> str:
    return str(details.get("ctx", {}).get("class_name", ""))
