"""What the search remembers of the words that people wrote lately, and how it is forgotten."""

from __future__ import annotations

from community.search.calendar_slips import forget_spellings
from community.search.meanings import forget_phrases
from community.search.ordinary_words import is_ordinary


def forget_looked_up() -> None:
    """Forget the phrases and words that were looked up lately: they are people's own."""
    forget_phrases()
    forget_spellings()
    is_ordinary.cache_clear()
