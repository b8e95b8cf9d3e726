"""Reads whether somebody asks for what was said before they came. Pure.

The words stand in `earlier.yaml` of each language. A message is such a one only if it has no other words at all: so a
question for the dates of before is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from community.core.language_folders import LANGUAGES
from community.core.words import words
from community.search.word_tables import folded, folded_in

LONGEST = 20
"""Words; a longer message is none of these."""
SIGNS = folded("earlier/before")
"""One of these is in each such message."""
_SMALL = ("common/passed_over", "commands/polite", "commands/greetings", "commands/thanks")


def language_of(text: str, preferred: Sequence[str]) -> str | None:
    """Return the language of such a message, one of ``preferred`` first; None for any other message."""
    said = frozenset(words(text[:400]))
    if not said or len(said) > LONGEST:
        return None
    found = [language for language in LANGUAGES if _asks(language, said)]
    return next((language for language in preferred if language in found), found[0] if found else None)


def _asks(language: str, said: frozenset[str]) -> bool:
    before, spoken = folded_in(language, "earlier/before"), folded_in(language, "earlier/said")
    return not said.isdisjoint(before) and not said.isdisjoint(spoken) and said <= _own(language)


@cache
def _own(language: str) -> frozenset[str]:
    tables = (*_SMALL, "earlier/before", "earlier/said", "earlier/filler")
    return frozenset().union(*(folded_in(language, table) for table in tables))
