"""The hours of the part of the day that a question to the calendar names beside its day: “Thursday evening”. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from community.core.words import words
from community.search import word_tables

_HOURS: Mapping[str, range] = {
    "dawn": range(1, 9),
    "morning": range(1, 13),
    "noon": range(11, 16),
    "afternoon": range(12, 20),
    "evening": range(16, 24),
    "night": range(18, 24),
}
"""The hours of each part of the day, generously: what begins at the edge of one is shown for both."""


def hours_named(said: Sequence[str], at: Iterable[int]) -> range | None:
    """Return the hours of the part of the day that is named among the words at some positions; None without one."""
    named = (_parts().get(said[place]) for place in sorted(at))
    part = next(filter(None, named), None)
    return None if part is None else _HOURS[part]


@cache
def _parts() -> Mapping[str, str]:
    """Return the part of the day that each single word names, in all languages."""
    found: dict[str, str] = {}
    for table in ("when/day_parts", "when/this_part"):
        for part, texts in word_tables.groups(table).items():
            for said in map(words, texts):
                if len(said) == 1:
                    found.setdefault(said[0], part)
    return found
