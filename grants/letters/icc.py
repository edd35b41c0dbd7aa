"""The sRGB colour profile that PDF/A wants, written from its published numbers.

An ICC version 4 display profile (ICC.1:2010): sRGB primaries adapted to D50 and the curve of IEC 61966-2-1. It is
made here because a profile of unknown origin cannot be committed, and its bytes must never depend on a library.
"""

from __future__ import annotations

import functools
import struct
from typing import Final

_D50: Final = (0.9642, 1.0, 0.8249)
_PRIMARIES: Final = {
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
}
# Bradford adaptation from D65, the white of sRGB, to D50, the white of all ICC profiles.
_CHAD: Final = (1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707, -0.00925, 0.01508, 0.75168)
# Y = (aX + b)^g for X ≥ d, else cX: the five numbers g a b c d.
_CURVE: Final = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_HEADER: Final = 128


def _fixed(*numbers: float) -> bytes:
    """s15Fixed16Number: 16 bits before the binary point and 16 after."""
    return struct.pack(f">{len(numbers)}i", *(round(n * 65536) for n in numbers))


def _text(value: str) -> bytes:
    """multiLocalizedUnicodeType with one record, American English."""
    encoded = value.encode("utf-16-be")
    return b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(encoded), 28) + encoded


@functools.cache
def srgb() -> bytes:
    """The profile, the same bytes on every machine."""
    curve = b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed(*_CURVE)
    tags = {b"desc": _text("sRGB"), b"cprt": _text("Public domain"), b"wtpt": b"XYZ \0\0\0\0" + _fixed(*_D50)}
    tags[b"chad"] = b"sf32\0\0\0\0" + _fixed(*_CHAD)
    tags |= {name: b"XYZ \0\0\0\0" + _fixed(*xyz) for name, xyz in _PRIMARIES.items()}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table = struct.pack(">I", len(tags))
    body = b""
    start = _HEADER + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    size = start + len(body)
    header = struct.pack(">I4sI4s4s4s", size, b"\0" * 4, 0x04200000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2023, 1, 1, 0, 0, 0, b"acsp") + b"\0" * 28 + _fixed(*_D50)
    return header.ljust(_HEADER, b"\0") + table + body
