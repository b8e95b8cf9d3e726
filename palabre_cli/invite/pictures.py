"""The files with an invitation's code: a picture, a drawing, a poster."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from community.core.language_folders import language
from community.joining.invitation_text import PosterText
from palabre_cli.files import write_named
from palabre_cli.invite.code import QrCode, code_of
from palabre_cli.invite.making import Invited

_WIDTH, _HEIGHT, _CODE = 210, 297, 130
"""Millimetres: of a sheet of A4, and of the code on it."""
_TITLE_LINE = 22
"""About how many characters of the title's size are on a line."""


@dataclass(frozen=True, slots=True)
class PictureFiles:
    """Which files are wanted."""

    png: Path | None = None
    svg: Path | None = None
    poster: Path | None = None

    def write(self, made: Invited) -> None:
        """Write them, in place of what was there. Raises CommandError."""
        code = code_of(made.address)
        wanted: tuple[tuple[Path | None, Callable[[], bytes]], ...] = (
            (self.png, code.png),
            (self.svg, code.svg),
            (self.poster, lambda: poster(code, made.poster, made.link.terms.language)),
        )
        write_named({path: drawn() for path, drawn in wanted if path is not None}, force=True)


def poster(code: QrCode, text: PosterText, spoken: str) -> bytes:
    """Return a poster of A4 as a drawing (SVG), which any browser prints."""
    direction = "rtl" if language(spoken).right_to_left else "ltr"
    body = "\n".join((*_texts(text), _drawn(code)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}mm" height="{_HEIGHT}mm" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" lang={quoteattr(spoken)} direction="{direction}" '
        f'font-family="sans-serif" text-anchor="middle">\n'
        f"<title>{escape(text.title)}</title>\n"
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>\n{body}\n</svg>\n'
    ).encode()


def _texts(text: PosterText) -> Iterator[str]:
    lines = textwrap.wrap(text.title, _TITLE_LINE)[:3]
    for number, line in enumerate(lines):
        yield _line(line, 36 + 15 * number, 13, bold=True)
    yield _line(text.place, 36 + 15 * len(lines), 10)
    for number, line in enumerate(textwrap.wrap(text.call, 44)[:2]):
        yield _line(line, 252 + 9 * number, 7)
    yield _line(text.until, 280, 5)


def _line(text: str, y: int, size: int, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{_WIDTH // 2}" y="{y}" font-size="{size}"{weight}>{escape(text)}</text>'


def _drawn(code: QrCode) -> str:
    """Return the code as one path, in the middle of the sheet."""
    modules = code.modules
    scale = _CODE / len(modules)
    squares = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(modules) for x, is_dark in enumerate(row) if is_dark
    )
    left, above = (_WIDTH - _CODE) / 2, 100
    return f'<path transform="translate({left} {above}) scale({scale:.4f})" d="{squares}"/>'
