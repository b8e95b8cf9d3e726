"""The answer to a question: the entries that were found, and how sure it is that they are what was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from community.directory.entry import DirectoryEntry

AT_MOST = 100
"""How many entries an answer has at most."""
NEAREST = 10
"""How many entries an uncertain answer has at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Entries, best first. ``certain``: each has everything that was asked for; else they are only the nearest.

    ``entries`` are at most `AT_MOST` (`NEAREST` where not certain). ``total`` counts all that are certain; where none
    is, it counts ``entries``. ``likely``: they are not certain only because of words that nothing is known of, or that
    name a part of what they do. ``unknown`` has the stems of words that matter and that no entry has.
    ``for_all_cities``: the cities asked for have nobody; these are there for all of them.
    """

    entries: tuple[DirectoryEntry, ...]
    certain: bool
    total: int = 0
    likely: bool = False
    unknown: tuple[str, ...] = ()
    for_all_cities: bool = False
