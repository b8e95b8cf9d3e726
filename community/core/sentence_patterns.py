"""Patterns of sentences as translators write them in the word files, compiled to regular expressions. Pure.

In a pattern ``(a|b)`` is one of several, ``[a ]`` may be absent, ``<name>`` is a part of the sentence that is wanted,
and ``{table}`` is any phrase of that table, behind which a blank is understood: ``{the}<field>`` matches "the phone".
With a star, ``{the*}``, there may be up to `MOST_REPEATED` of them, or none. No blank follows a phrase that is written
on to the next word: one that ends with an apostrophe or with an Arabic tatweel. All else stands for itself. Case and
accents do not matter, since patterns and sentences are folded alike (`community.core.words.fold_letter`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from community.core.words import fold_letter

MOST_REPEATED = 4
"""How many phrases of a table with a star may follow each other."""
_PARTS = re.compile(
    r"(?P<open>[(\[])|(?P<close>[)\]])|(?P<bar>\|)|<(?P<part>[a-z_]+)>|\{(?P<table>[a-z_]+)(?P<star>\*?)\}"
    r"|(?P<text>[^()\[\]|<>{}]+)"
)
TATWEEL = "ـ"
"""Stretches a letter (U+0640): at the end of a phrase it shows that the next word is written on to it."""
_JOINED = ("'", "’", TATWEEL)
_CLOSED_BY = {"(": ")", "[": "]"}

Found = TypeVar("Found")
Part = Callable[[str], str]
"""Gives the regular expression of a wanted part by its name; KeyError where there is no such part."""


class PatternError(ValueError):
    """A pattern that cannot be read; ``reason`` names what in it is wrong."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def fold_text(text: str) -> str:
    """Return a text folded letter by letter, as sentences are folded before they are compared with patterns."""
    return "".join(map(fold_letter, text))


def any_of(phrases: Iterable[str]) -> str:
    """Return the regular expression of any of some phrases, the longest first."""
    return (
        f"(?:{'|'.join(re.escape(text) for text in sorted(map(fold_text, phrases), key=len, reverse=True))})"
    )


def leading(phrases: Iterable[str]) -> str:
    """Return the regular expression of any of some phrases and the blank behind it, if it is not written on."""
    given = sorted(phrases, key=len, reverse=True)
    found = (re.escape(fold_text(text)) + ("" if text.endswith(_JOINED) else " ") for text in given)
    return f"(?:{'|'.join(found)})"


@dataclass(frozen=True)
class PatternCompiler:
    """Compiles the patterns of one language, whose ``tables`` they may name; ``part`` as in `Part`."""

    tables: Mapping[str, Iterable[str]]
    part: Part

    def compiled(self, pattern: str) -> str:
        """Return the regular expression of a pattern.

        Raises:
            PatternError: a bracket is not closed, or there is no such table or part.
        """
        found, opened, at = "", list[str](), 0
        while at < len(pattern):
            token = _PARTS.match(pattern, at) or _fail(pattern[at])
            found += self._token(token, opened)
            at = token.end()
        if opened:
            _fail(opened[-1])
        return f"(?:{found})"

    def any_compiled(self, patterns: Iterable[str]) -> str:
        """Return the regular expression of any of some patterns, the longest first."""
        return f"(?:{'|'.join(self.compiled(text) for text in sorted(patterns, key=len, reverse=True))})"

    def _token(self, token: re.Match[str], opened: list[str]) -> str:
        written = token.group()
        match token.lastgroup:
            case "open":
                opened.append(written)
                return "(?:"
            case "close":
                if not opened or _CLOSED_BY[opened[-1]] != written:
                    _fail(written)
                return ")" if opened.pop() == "(" else ")?"
            case "bar":
                return "|" if opened else _fail(written)
            case "part":
                return self._looked_up(self.part, token["part"], written)
            case "text":
                return re.escape(fold_text(written))
            case _:
                phrases = self._looked_up(self.tables.__getitem__, token["table"], written)
                return leading(phrases) + (f"{{0,{MOST_REPEATED}}}" if token["star"] else "")

    @staticmethod
    def _looked_up(look: Callable[[str], Found], name: str, written: str) -> Found:
        try:
            return look(name)
        except KeyError:
            _fail(written)


def expanded(pattern: str) -> tuple[str, ...]:
    """Return every phrase that a pattern without wanted parts and tables matches, as it is written.

    Raises:
        PatternError: a bracket is not closed, or something else than phrases is in it.
    """
    opened, groups, at = list[str](), [_Alternatives([], [""])], 0
    while at < len(pattern):
        token = _PARTS.match(pattern, at) or _fail(pattern[at])
        match token.lastgroup:
            case "open":
                opened.append(token.group())
                groups.append(_Alternatives([], [""]))
            case "close":
                _close(token.group(), opened, groups)
            case "bar" if opened:
                groups[-1].end()
            case "text":
                groups[-1].append([token.group()])
            case _:
                _fail(token.group())
        at = token.end()
    if opened:
        _fail(opened[-1])
    return tuple(groups[0].current)


@dataclass
class _Alternatives:
    """The alternatives of a bracket that are complete, and the phrases of the one that is being read."""

    complete: list[str]
    current: list[str]

    def end(self) -> None:
        self.complete += self.current
        self.current = [""]

    def append(self, endings: Iterable[str]) -> None:
        found = tuple(endings)
        self.current = [phrase + ending for phrase in self.current for ending in found]


def _close(bracket: str, opened: list[str], groups: list[_Alternatives]) -> None:
    if not opened or _CLOSED_BY[opened[-1]] != bracket:
        _fail(bracket)
    group = groups.pop()
    group.end()
    groups[-1].append(group.complete if opened.pop() == "(" else [*group.complete, ""])


def _fail(reason: str) -> NoReturn:
    raise PatternError(reason)
