"""A message as the words, figures and signs of which a time can be made, each with its place in the message. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from community.core.words import fold, without_article

_APOSTROPHES = frozenset("'’ʼ`‘ʻ´′＇")
_DASHES = frozenset("-‐‑‒–—−")
_STRETCHING = "ـ"
DASH = "-"


@dataclass(frozen=True, slots=True)
class WhenToken:
    """A word (folded), a number or a sign, from ``start`` to before ``end`` of the message.

    ``base`` is an Arabic word without its article, and any other word as it is. ``is_glued``: nothing stands between
    it and the one before, so that the dot of 15.30 is no end of a sentence. ``is_capital``: it is written in capitals.
    ``is_dashed``: a dash alone is between it and the word before, as in “Mon-Fri”.
    """

    text: str
    base: str
    start: int
    end: int
    is_glued: bool = False
    is_capital: bool = False
    is_dashed: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it is written in figures."""
        return self.text.isdecimal()

    @property
    def is_word(self) -> bool:
        """Whether it is written in letters."""
        return self.text[0].isalpha()


def when_tokens(text: str) -> tuple[WhenToken, ...]:
    """Return the tokens of a message. Apostrophes, hyphens inside words and dots behind words only part them."""
    found: list[WhenToken] = []
    dash_end = -1
    for kind, start, end in _runs(text):
        token = _token(kind, text[start:end], start, end, found)
        if token is None:
            continue
        if not _only_parts(token, found, text):
            found.append(replace(token, is_dashed=True) if dash_end == start else token)
        elif token.text == DASH:
            dash_end = end
    return tuple(found)


def _runs(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each stretch of letters or digits, and each sign, with where it stands."""
    kind, start = "", 0
    for at, char in enumerate(text):
        here = _kind(char)
        if here == "unseen" or (here == kind and kind in ("letter", "digit")):
            continue
        if kind and kind != "blank":
            yield kind, start, at
        kind, start = here, at
    if kind and kind != "blank":
        yield kind, start, len(text)


def _kind(char: str) -> str:
    if char == _STRETCHING:
        return "unseen"
    category = unicodedata.category(char)
    match category[0]:
        case "L":
            return "letter"
        case "M":
            return "unseen"
        case "N" if char.isdecimal():
            return "digit"
        case "Z":
            return "blank"
        case "C":
            return "unseen" if category == "Cf" else "blank"
        case _:
            return "sign"


def _token(kind: str, run: str, start: int, end: int, before: list[WhenToken]) -> WhenToken | None:
    is_glued = bool(before) and before[-1].end == start
    if kind == "digit":
        digits = "".join(str(unicodedata.decimal(char)) for char in run if char.isdecimal())
        return WhenToken(digits, digits, start, end, is_glued)
    if kind == "letter":
        word = fold(run)
        # What is a letter may be folded to nothing, or to several words (℡, ﷺ): that is no word of a time.
        if not word.isalpha():
            return None
        return WhenToken(word, without_article(word), start, end, is_glued, run.isupper())
    sign = DASH if run[0] in _DASHES else run[0]
    return WhenToken(sign, sign, start, end, is_glued)


def _only_parts(token: WhenToken, before: list[WhenToken], text: str) -> bool:
    if token.text in _APOSTROPHES:
        return True
    behind_word = bool(before) and before[-1].is_word and token.is_glued
    if token.text == DASH:
        return behind_word and text[token.end : token.end + 1].isalpha()
    return token.text == "." and behind_word
