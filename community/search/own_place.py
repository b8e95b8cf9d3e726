"""Where somebody says they are from: not what is asked about, where another place is named. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from community.search import word_tables
from community.search.meanings import Sort
from community.search.reading import Phrase

_PLACES = (Sort.CITY, Sort.COUNTRY, Sort.ELSEWHERE)
_LONGEST = 4
"""Words of a phrase of `own_place`."""


def without_own_place(phrases: list[Phrase], said: Sequence[str]) -> list[Phrase]:
    """Return the phrases without the place that somebody says they are from, where they name another."""
    places = [phrase for phrase in phrases if phrase.means(*_PLACES)]
    own = [phrase for phrase in places if _is_own(phrase, said)] if len(places) > 1 else []
    return phrases if len(own) == len(places) else [phrase for phrase in phrases if phrase not in own]


def _is_own(place: Phrase, said: Sequence[str]) -> bool:
    table, at = word_tables.folded_phrases("questions/own_place"), place.tokens[0].at
    return any(tuple(said[max(0, at - length) : at]) in table for length in range(1, _LONGEST + 1))
