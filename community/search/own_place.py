"""Where somebody says they are from: not what is asked about, where another place is named. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from community.core.words import is_arabic
from community.search import word_tables
from community.search.clauses import Clauses
from community.search.meanings import Sort
from community.search.reading import Phrase

_PLACES = (Sort.CITY, Sort.COUNTRY, Sort.ELSEWHERE)
_LONGEST = 4
"""Words of a phrase of `own_place`."""


def without_own_place(phrases: list[Phrase], said: Sequence[str], clauses: Clauses) -> list[Phrase]:
    """Return the phrases without the place that somebody says they are from, where they name another.

    A place that is joined to the next ("I live in Bamako and Kigali") stays: both may be asked about.
    """
    places = [phrase for phrase in phrases if phrase.means(*_PLACES)]
    if len(places) < 2:
        return phrases
    joined = [one for one, other in itertools.pairwise(places) if _are_joined(one, other, said, clauses)]
    own = [phrase for phrase in places if phrase not in joined and _is_own(phrase, said)]
    return phrases if len(own) == len(places) else [phrase for phrase in phrases if phrase not in own]


def _is_own(place: Phrase, said: Sequence[str]) -> bool:
    table, at = word_tables.folded_phrases("questions/own_place"), place.tokens[0].at
    return any(tuple(said[max(0, at - length) : at]) in table for length in range(1, _LONGEST + 1))


def _are_joined(one: Phrase, other: Phrase, said: Sequence[str], clauses: Clauses) -> bool:
    """Whether nothing but "and", "or" and "in" stands between two places of one clause."""
    last, first = one.tokens[-1], other.tokens[0]
    if last.at >= first.at or clauses.at(last.at) != clauses.at(first.at):
        return False
    between = [part for word in said[last.at + 1 : first.at] for part in _parts(word)]
    if is_arabic(first.word) and said[first.at] != first.word:
        between.append(said[first.at][0])  # "and" or "in", written on to the place
    inside = word_tables.folded("common/inside")
    return not _joining().isdisjoint(between) and (_joining() | inside).issuperset(between)


def _parts(word: str) -> tuple[str, ...]:
    """Return a word, or the Arabic "and" and the "in" that it is written on to (وفي)."""
    joined = word[:1] in _joining() and word[1:] in word_tables.folded("common/inside")
    return (word[0], word[1:]) if is_arabic(word) and joined else (word,)


def _joining() -> frozenset[str]:
    return word_tables.alone("exclusions/joining")
