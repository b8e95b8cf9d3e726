"""The code that a telephone's camera reads (QR), of an address: in the terminal, as a picture, as a drawing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

import segno

_BORDER = 4
"""Light modules around it, which the standard (ISO/IEC 18004) asks for."""
_PIXELS = 10
"""Of each module of a picture: it can be printed as large as a hand."""
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
"""Two modules below each other as one character; a light one is drawn, since most terminals are dark."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code: for each module of each row, from above, whether it is dark; without the border."""

    code: segno.QRCode

    @property
    def modules(self) -> tuple[tuple[bool, ...], ...]:
        """The modules without the border."""
        return tuple(tuple(bool(module & 1) for module in row) for row in self.code.matrix)

    def as_text(self) -> Iterator[str]:
        """Yield the lines that a terminal shows."""
        width = len(self.modules) + 2 * _BORDER
        light = ((False,) * width,) * _BORDER
        sides = (False,) * _BORDER
        rows = [*light, *((*sides, *row, *sides) for row in self.modules), *light]
        for upper, lower in zip_longest(rows[::2], rows[1::2], fillvalue=(True,) * width):
            yield "".join(_HALVES[not above, not below] for above, below in zip(upper, lower, strict=True))

    def png(self) -> bytes:
        """Return it as a picture."""
        out = io.BytesIO()
        self.code.save(out, kind="png", scale=_PIXELS, border=_BORDER)
        return out.getvalue()

    def svg(self) -> bytes:
        """Return it as a drawing."""
        out = io.BytesIO()
        self.code.save(out, kind="svg", scale=_PIXELS, border=_BORDER, light="#fff")
        return out.getvalue()


def code_of(address: str) -> QrCode:
    """Return the code of an address; a seventh of it may be dirty or torn (level M)."""
    return QrCode(segno.make_qr(address, error="m"))
