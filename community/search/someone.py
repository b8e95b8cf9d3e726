"""Whether a text asks for a person where it names a thing too: "someone for a guide on waste". Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from community.core.words import stem
from community.search import word_tables

_BEHIND = ("common/light", "questions/who_words", "questions/with")
"""What leads from a person to what they are wanted for."""


def asks_for_someone(said: Sequence[str], language: str) -> bool:
    """Whether a word for a person is followed by what they are wanted for.

    In "does anyone have a guide" the guide is asked for, not the one who has it.
    """
    people = word_tables.word_stems("questions/somebody") | word_tables.word_stems("questions/person")
    behind = frozenset[str]().union(*(word_tables.folded_in(language, table) for table in _BEHIND))
    but = word_tables.folded_phrases("exclusions/except")  # "anyone but Folake for buses"
    return any(
        stem(word) in people and (after in behind or (word, after) in but) for word, after in pairwise(said)
    )
