"""Reads what people say of spaces: which there are, which are theirs, that they want in or out. Pure.

The words stand in `spaces.yaml` of each language. A message is such a one only if it has no other words than these and
a name: so a question about a theme, or for the time of a meeting, is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache

from community.core.language_folders import LANGUAGES
from community.core.words import words
from community.search.word_tables import folded, folded_in

LONGEST = 20
"""Words; a longer message is none of these."""
LONGEST_NAME = 6
"""Words of a name."""
_OWN = ("several", "one", "own", "join", "join_me", "leave", "leave_me", "me", "which", "filler")
SIGNS = frozenset().union(
    *(folded(f"spaces/{table}") for table in ("several", "join", "join_me", "leave", "leave_me"))
)
"""One of these is in each such message."""


class SpaceWish(Enum):
    """What is wanted."""

    LIST = auto()
    MINE = auto()
    JOIN = auto()
    LEAVE = auto()


@dataclass(frozen=True, slots=True)
class SpaceReading:
    """A wish, read in ``language``; ``rest`` are the words that the language does not have: a name.

    ``is_sure``: it can be about nothing but a space, also where nothing has that name.
    """

    language: str
    wish: SpaceWish
    rest: tuple[str, ...] = ()
    is_sure: bool = True


def readings(text: str, preferred: Sequence[str]) -> list[SpaceReading]:
    """Return how a message may be read, those with the fewest unknown words first, then those ``preferred``."""
    said = words(text[:400])
    if not said or len(said) > LONGEST:
        return []
    ranks = {language: rank for rank, language in enumerate(reversed(preferred), 1)}
    found = (reading for language in LANGUAGES for reading in _of(language, said))
    return sorted(found, key=lambda reading: (len(reading.rest), -ranks.get(reading.language, 0)))


def _of(language: str, said: Sequence[str]) -> Iterator[SpaceReading]:
    rest = tuple(word for word in said if word not in own_words(language))
    if len(rest) > LONGEST_NAME:
        return
    wish = _moving(language, said)
    if wish is not None and rest:
        yield SpaceReading(language, wish, rest, is_sure=_is_sure(language, wish, said, rest))
    elif not rest and _has(language, "several", said):
        is_own = _has(language, "own", said) or wish is SpaceWish.LEAVE
        yield SpaceReading(language, SpaceWish.MINE if is_own else SpaceWish.LIST)


def _moving(language: str, said: Sequence[str]) -> SpaceWish | None:
    """Return whether somebody wants in or out: by the first word that says so."""
    is_for_me = _has(language, "me", said)
    for word in said:
        for wish, table in ((SpaceWish.JOIN, "join"), (SpaceWish.LEAVE, "leave")):
            if word in folded_in(language, f"spaces/{table}"):
                return wish
            if is_for_me and word in folded_in(language, f"spaces/{table}_me"):
                return wish
    return None


def _is_sure(language: str, wish: SpaceWish, said: Sequence[str], rest: Sequence[str]) -> bool:
    if not folded_in(language, "spaces/never").isdisjoint(rest):
        return False
    begins = wish is SpaceWish.JOIN and said[0] in folded_in(language, "spaces/join")
    return begins or _has(language, "one", said) or _has(language, "several", said)


def _has(language: str, table: str, said: Sequence[str]) -> bool:
    return not folded_in(language, f"spaces/{table}").isdisjoint(said)


@cache
def own_words(language: str) -> frozenset[str]:
    """Return all words that such a message may have in a language besides a name."""
    return frozenset().union(*(folded_in(language, f"spaces/{name}") for name in _OWN))
