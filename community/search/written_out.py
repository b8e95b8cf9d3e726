"""Words that people write in a hurry, written out: “c quand la réu”, “tmrw”, “qdo”, “إمتى”. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from community.core.words import fold
from community.search import word_tables

_WORD = re.compile(r"(?P<hung>[^\W_]{1,2}['’])?(?P<word>[^\W_]+)")
"""A word, and an article that an apostrophe hangs on it."""


def written_out(text: str, language: str) -> str:
    """Return a text with the words that are written short in its language (`short` in `calendar.yaml`) in full."""
    short = _short(language)
    return _WORD.sub(lambda found: _in_full(found, short), text) if short else text


def _in_full(found: re.Match[str], short: Mapping[str, str]) -> str:
    full = short.get(fold(found["word"]))
    return found[0] if full is None else f"{found['hung'] or ''}{full}"


@cache
def _short(language: str) -> Mapping[str, str]:
    groups = word_tables.own_groups_in(language, "calendar/short")
    return {fold(short): full for full, several in groups.items() for short in several}
