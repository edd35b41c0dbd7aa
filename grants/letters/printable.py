"""Whether a text can be printed in a letter, before there is a letter."""

from .fonts import font_folder, load
from .text import TextDoor


def unprintable(value: str) -> tuple[str, ...]:
    """The characters that no font of the letters can show, each once; in a letter they stand as ``[U+1F600]``."""
    door = TextDoor()
    door.markup(value, (load(font_folder()).regular,))
    return door.missing
