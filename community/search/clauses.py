"""The sentences of a text and the parts between their commas, by the words in them. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from community.core.words import words

# A picture ends a sentence as a full stop does.
_SENTENCE = re.compile(r"(?<=[!?؟\n;؛\u2600-\u27bf\U0001f000-\U0001faff])|(?<=\.)(?=\s|$)")
_PART = re.compile(r"(?<=[,،:…()–—])|(?<=\s-)(?=\s)")
_CUT = re.compile(rf"{_SENTENCE.pattern}|{_PART.pattern}")
_LAST = " .!?؟"
_SIGN = re.compile("[.,!?;:\n،؛؟…()–—\u2600-\u27bf\U0001f000-\U0001faff-]")
"""Where a text has none of these it is not cut: most questions have none but at their end."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sentence between commas: its words are those from ``start`` to before ``end``."""

    start: int
    end: int
    sentence: int
    """The number of the sentence that it belongs to."""
    asks: bool = False
    """Whether its sentence ends with a question mark."""

    @property
    def length(self) -> int:
        """How many words it has."""
        return self.end - self.start


_START = attrgetter("start")


@dataclass(frozen=True, slots=True)
class Clauses:
    """The parts of all sentences of a text, in order."""

    parts: tuple[Part, ...]

    def at(self, position: int) -> Part:
        """Return the part that the word at ``position`` is in."""
        parts = self.parts
        return parts[0] if len(parts) == 1 else parts[bisect_right(parts, position, key=_START) - 1]

    def begins(self, position: int) -> bool:
        """Whether the word at ``position`` is the first of a part."""
        return any(part.start == position for part in self.parts)


def clauses_of(text: str, said: Sequence[str]) -> Clauses:
    """Return the parts of ``text``, whose words are ``said``; one part where the words do not tell where it is cut."""
    plain = text.rstrip(_LAST)
    if not (_SIGN.search(plain) and _CUT.search(plain)):
        return Clauses((Part(0, len(said), 0, text.rstrip().endswith(("?", "؟"))),))
    parts: list[Part] = []
    found: list[str] = []
    for number, sentence in enumerate(_SENTENCE.split(text)):
        asks = "?" in sentence or "؟" in sentence
        for piece in _PART.split(sentence):
            start = len(found)
            found += words(piece)
            if len(found) > start:
                parts.append(Part(start, len(found), number, asks))
    if found[: len(said)] != list(said):
        return Clauses((Part(0, len(said), 0),))
    return Clauses(tuple(parts))
