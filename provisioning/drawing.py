"""The picture of a room, drawn from what it is for: the same one wherever and whenever it is drawn. Pure.

Its colour is the theme's, its pattern that of the rooms of its kind, the ring around it the cohort's or city's. So a
list of rooms can be told apart before it is read. It says nothing that the room's key does not say.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from math import isqrt

SIDE = 160
"""Pixels: what a phone shows of a room at its largest."""
_CELLS = 5
_CELL = 16
_INNER, _OUTER = 68, 78
"""The ring's radii: an app that shows rooms as circles cuts nothing off."""

_HUES = (
    (0x1B, 0x6C, 0xA8),
    (0x2E, 0x7D, 0x32),
    (0xB7, 0x4A, 0x1E),
    (0x6A, 0x3D, 0x9A),
    (0xA1, 0x2B, 0x56),
    (0x00, 0x74, 0x7A),
    (0x8A, 0x5A, 0x00),
    (0x3F, 0x51, 0xB5),
    (0x5D, 0x6B, 0x1A),
    (0x9C, 0x27, 0x7A),
    (0x45, 0x5A, 0x64),
    (0xB0, 0x3A, 0x2E),
)
"""Colours on which white can be read: each has a contrast of 4.5 or more with it."""
_WHITE = (0xFF, 0xFF, 0xFF)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a room's picture is made of: keys of the description. ``ring`` is None for a room of all cities."""

    colour: str
    pattern: str
    ring: str | None = None


def draw(drawing: Drawing) -> bytes:
    """Return a picture as a PNG file of `SIDE` × `SIDE` pixels."""
    ground = _hue(drawing.colour)
    ring = ground if drawing.ring is None else _other_hue(drawing.ring, ground)
    cells = _pattern(drawing.pattern)
    rows = b"".join(b"\0" + _row(y, cells) for y in range(SIDE))
    palette = bytes(part for colour in (ground, _WHITE, ring) for part in colour)
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 3, 0, 0, 0)
    pieces = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in pieces)


def _chunk(kind: bytes, content: bytes) -> bytes:
    """Return a part of a PNG file: its length, kind, content and check sum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _hue(name: str) -> tuple[int, int, int]:
    return _HUES[_digest(name)[0] % len(_HUES)]


def _other_hue(name: str, ground: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return a name's colour made light, so that it shows on every ground."""
    first = _digest(name)[1] % len(_HUES)
    hue = next(
        _HUES[(first + step) % len(_HUES)] for step in (0, 1) if _HUES[(first + step) % len(_HUES)] != ground
    )
    red, green, blue = (part + (0xFF - part) // 2 for part in hue)
    return red, green, blue


def _pattern(name: str) -> tuple[tuple[bool, ...], ...]:
    """Return rows of cells, the right half the mirror of the left: about half of them are drawn."""
    bits = int.from_bytes(_digest(name)[2:6])
    half = (_CELLS + 1) // 2
    rows = []
    for row in range(_CELLS):
        left = [bool(bits >> (row * half + column) & 1) for column in range(half)]
        rows.append((*left, *reversed(left[: _CELLS - half])))
    return tuple(rows)


def _row(y: int, cells: tuple[tuple[bool, ...], ...]) -> bytes:
    """Return one row of pixels: 0 the ground, 1 the pattern, 2 the ring."""
    row = bytearray(SIDE)
    begin = (SIDE - _CELLS * _CELL) // 2
    line = (y - begin) // _CELL
    if 0 <= line < _CELLS:
        for column, is_drawn in enumerate(cells[line]):
            if is_drawn:
                start = begin + column * _CELL
                row[start : start + _CELL] = b"\1" * _CELL
    _draw_ring(row, abs(y - SIDE // 2))
    return bytes(row)


def _draw_ring(row: bytearray, away: int) -> None:
    """Draw the ring where a row, so many pixels ``away`` from the middle, crosses it."""
    if away >= _OUTER:
        return
    outer = isqrt(_OUTER**2 - away**2)
    inner = isqrt(_INNER**2 - away**2) if away < _INNER else 0
    middle, width = SIDE // 2, outer - inner
    row[middle - outer : middle - inner] = b"\2" * width
    row[middle + inner : middle + outer] = b"\2" * width
