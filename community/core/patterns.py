"""Regular expressions that are made of words of the languages and of a community: compiled once, and kept. Pure.

Python's `re` keeps 512 compiled expressions and gives up the oldest. The words of all languages make more, so that each
message would compile some hundreds again, for tenths of a second. Whoever has an expression that is not a literal asks
here for it, or keeps it (``functools.cache``).
"""

from __future__ import annotations

import re
from functools import lru_cache

MOST_KEPT = 8192
"""Expressions: several times as many as all languages make. Those with names of one community come besides."""


@lru_cache(MOST_KEPT)
def pattern_of(text: str) -> re.Pattern[str]:
    """Return a regular expression, compiled.

    Raises:
        re.error: ``text`` is none.
    """
    return re.compile(text)
