"""By what a letter was rendered: the same renderer gives the same bytes again, another one need not."""

import functools
import hashlib
import zlib
from pathlib import Path

import reportlab

from .fonts import font_folder


@functools.cache
def renderer() -> str:
    """A name for everything that the bytes of a letter come from besides its data: our code, the fonts and the libraries."""
    parts = hashlib.sha256(f"{reportlab.Version} {zlib.ZLIB_RUNTIME_VERSION}".encode())
    for file in (*sorted(Path(__file__).parent.glob("*.py")), *sorted(font_folder().rglob("*.ttf"))):
        parts.update(file.name.encode() + hashlib.sha256(file.read_bytes()).digest())
    return parts.hexdigest()[:16]
