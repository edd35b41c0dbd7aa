"""Whether what a letter says can be printed, before there is a letter.

A letter with a character that no font has would show ``[U+1F600]`` instead: well-formed, and not what anybody decided.
So nothing is issued with one. :func:`obstacles` says which characters stand in the way, and in which field.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from .data import Frozen
from .fonts import font_folder, load
from .naming import field_name
from .text import TextDoor

NAMED = 5  # characters that are told of one field; who has more begins with these


class Obstacle(NamedTuple):
    """What keeps a letter from being issued: the field, as a dotted path, and the characters in it that cannot be printed."""

    field: str
    characters: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the field is called, in the reader's language."""
        return field_name(self.field)

    @property
    def signs(self) -> str:
        """The characters by code and name: ``U+1F600 GRINNING FACE, U+05D0 HEBREW LETTER ALEF``."""
        return signs_of(self.characters)


def obstacles(data: Frozen) -> tuple[Obstacle, ...]:
    """Every field of a letter that cannot be printed as it stands; none when the letter can be issued.

    Letters that are read from right to left are among them, for they would come out in the wrong order.
    """
    found = ((path, unprintable(value)) for path, value in _texts("", data.model_dump()))
    return tuple(Obstacle(path, characters) for path, characters in found if characters)


def unprintable(value: str) -> tuple[str, ...]:
    """The characters that no font of the letters can show, each once; in a letter they stand as ``[U+1F600]``."""
    door = TextDoor()
    door.markup(value, (load(font_folder()).regular,))
    return door.missing


def signs_of(characters: Sequence[str]) -> str:
    """Characters by code and name, the first of them where they are many."""
    told = ", ".join(character_name(character) for character in characters[:NAMED])
    return f"{told}, …" if len(characters) > NAMED else told


def character_name(character: str) -> str:
    """The code of a character, and its name in the Unicode standard when it has one."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()


def _texts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, tuple | list):
        for number, inner in enumerate(value):
            yield from _texts(f"{path}.{number}", inner)
