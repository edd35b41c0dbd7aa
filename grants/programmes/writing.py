"""A definition as the text of a call file again: what `reading` reads back as the same definition."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from grants.programmes import strict_yaml
from grants.programmes.definition import CallDefinition


def as_file(definition: CallDefinition) -> str:
    """The whole definition as YAML, with the defaults written out and without what is not given."""
    return strict_yaml.write(_plain(definition, ZoneInfo(definition.window.zone)))


def _plain(value: Any, zone: ZoneInfo) -> Any:
    if isinstance(value, BaseModel):
        items = {name: getattr(value, name) for name in type(value).model_fields}
        return {name: _plain(item, zone) for name, item in items.items() if item not in (None, "", (), {})}
    if isinstance(value, Mapping):
        return {_plain(key, zone): _plain(item, zone) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item, zone) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return _moment(value, zone)
    if isinstance(value, date):
        return value.isoformat()
    # a number that is written with an exponent would be read as a word
    return Decimal(repr(value)) if isinstance(value, float) else value


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    """The local time as people write it; with its offset where the clock shows the same time twice."""
    local = moment.astimezone(zone)
    if local.microsecond or local.fold:
        return moment.isoformat()
    return f"{local:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
