"""Whether a text asks for a person where it names a thing too: "someone for a guide on waste". Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from community.core.words import stem
from community.search import word_tables

_BEHIND = ("common/light", "questions/who_words", "questions/with")
"""What leads from a person to what they are wanted for."""


def asks_for_someone(said: Sequence[str], language: str) -> bool:
    """Whether a word for a person is followed by what they are wanted for.

    In "does anyone have a guide" the guide is asked for, not the one who has it.
    """
    people = _people()
    at = [at for at, word in enumerate(said[:-1]) if stem(word) in people]
    if not at:
        return False
    behind = frozenset[str]().union(*(word_tables.folded_in(language, table) for table in _BEHIND))
    but = word_tables.folded_phrases("exclusions/except")  # "anyone but Folake for buses"
    return any(said[n + 1] in behind or (said[n], said[n + 1]) in but for n in at)


@cache
def _people() -> frozenset[str]:
    return word_tables.word_stems("questions/somebody") | word_tables.word_stems("questions/person")
