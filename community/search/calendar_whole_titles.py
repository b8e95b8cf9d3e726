"""Entries whose whole title is among the words of a question: “the craft fair”, “le congrès”. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from community.search.calendar_words import fillers


def titles_said(said: frozenset[str], titles: Mapping[str, Sequence[frozenset[str]]]) -> frozenset[str]:
    """Return the keys of the titles that are said in full, of several those that say most; none where none is.

    ``said`` are the stems of the question, ``titles`` those of each entry's title in each language. Words that say
    nothing need not be said: “the network congress” is meant by “the congress”.
    """
    names = {key: [title - fillers() for title in of] for key, of in titles.items()}
    lengths = {key: max((len(each) for each in of if each <= said), default=0) for key, of in names.items()}
    longest = max(lengths.values(), default=0)
    return frozenset(key for key, length in lengths.items() if length == longest and longest)
