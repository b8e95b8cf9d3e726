"""The word lists of all languages as they are in the files: they are read once in a process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from community.search.word_files import read_languages
from community.search.word_page import Tables


@cache
def shipped_tables() -> Mapping[str, Tables]:
    """Return what `read_languages` reads; a test reads it and changes none of it."""
    return read_languages()
