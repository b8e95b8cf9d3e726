"""Making other people's text safe to show: no control characters, no tricks with direction, no mention of a room."""

from __future__ import annotations

import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LONGEST = 2000
_WORD_JOINER = "\u2060"


def clean(text: str, *, longest: int = _LONGEST) -> str:
    """Return ``text`` as `one_line` does, and safe to post.

    ``@room`` is broken by an invisible character, so that no older client takes it for a mention of everybody.
    """
    return one_line(text, longest=longest).replace("@room", f"@{_WORD_JOINER}room")


def one_line(text: str, *, longest: int = _LONGEST) -> str:
    """Return ``text`` on one line, without control and direction characters, shortened to ``longest``."""
    if not text.isprintable():
        text = "".join(" " if char.isspace() else char for char in text if _is_harmless(char))
    line = " ".join(text.split())
    if len(line) > longest:
        line = line[: longest - 1] + "…"
    return line


def _is_harmless(char: str) -> bool:
    if char in _BIDI:
        return False
    return char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn")
