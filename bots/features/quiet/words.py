"""Reads what people say of their own quiet hours: that they set, see or take them back. Pure.

The words stand in `quiet.yaml` of each language. A message is such a one only if it has no other words than these and a
time; with other words for times it is one that was not understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache

from bots.features.quiet.hours import quiet_hours, written_hours
from community.core.language_folders import LANGUAGES
from community.search.when.hours_reader import clock_range
from community.search.when.when_parts import ClockRange
from community.search.when.when_tokens import WhenToken, when_tokens
from community.search.when.when_words import WhenWords, words_of_times
from community.search.word_tables import folded, folded_in

LONGEST = 30
"""Words, figures and signs; a longer message is none of these."""
SIGNS = folded("quiet/quiet")
"""One of these is in each such message."""


class QuietWish(Enum):
    """What is wanted."""

    SET = auto()
    SHOW = auto()
    TAKE_BACK = auto()
    UNCLEAR = auto()
    """Hours that were not understood."""
    TOO_LONG = auto()
    """Hours that are longer than quiet hours may be."""


@dataclass(frozen=True, slots=True)
class QuietReading:
    """A wish, read in ``language``; ``hours`` as a city's are written, of one to set alone."""

    language: str
    wish: QuietWish
    hours: str = ""


def reading(text: str, preferred: Sequence[str]) -> QuietReading | None:
    """Return what such a message wants, in a language of ``preferred`` if it may be of several; None of any other."""
    tokens = when_tokens(text[:400])
    if not tokens or len(tokens) > LONGEST or SIGNS.isdisjoint(token.text for token in tokens):
        return None
    ranks = {language: rank for rank, language in enumerate(reversed(preferred), 1)}
    found = [one for language in LANGUAGES for one in _of(language, tokens)]
    return max(
        found, key=lambda one: (one.wish is not QuietWish.UNCLEAR, ranks.get(one.language, 0)), default=None
    )


def _of(language: str, tokens: tuple[WhenToken, ...]) -> Iterator[QuietReading]:
    said, behind = _range(WhenWords(language, tokens))
    around = [token.text for at, token in enumerate(tokens) if at not in behind and _counts(token)]
    unknown = [word for word in around if word not in _own_words(language)]
    names_hours = _has(language, "hours", around)
    if not _has(language, "quiet", around) or not (names_hours or (said is not None and not unknown)):
        return
    if not all(word.isdecimal() or word in words_of_times() for word in unknown):
        return
    is_off = _has(language, "off", around)
    hours = None if said is None else quiet_hours(said, language)
    if unknown or (said is not None and hours is None):
        yield QuietReading(language, QuietWish.UNCLEAR)
    elif hours is not None and not (is_off and names_hours):
        # Also “ne me dérange pas de 21h à 7h”.
        written = written_hours(*hours)
        yield QuietReading(language, QuietWish.SET if written else QuietWish.TOO_LONG, written or "")
    else:
        # “No quiet hours from 21:00 to 7:00” may mean either: they are shown, and how to say both.
        yield QuietReading(language, QuietWish.TAKE_BACK if is_off and hours is None else QuietWish.SHOW)


def _range(words: WhenWords) -> tuple[ClockRange | None, range]:
    """Return the first time that is said from when to when, and the places of its tokens."""
    for at in range(len(words.tokens)):
        found = clock_range(words, at)
        if found is not None:
            return found[0], range(at, found[1])
    return None, range(0)


def _counts(token: WhenToken) -> bool:
    """Whether a token is no mere sign."""
    return token.is_word or token.is_number


def _has(language: str, table: str, said: Sequence[str]) -> bool:
    return not folded_in(language, f"quiet/{table}").isdisjoint(said)


@cache
def _own_words(language: str) -> frozenset[str]:
    tables = ("quiet", "hours", "off", "filler")
    return frozenset().union(*(folded_in(language, f"quiet/{table}") for table in tables))
