"""Words by which people name a choice of a field (``kind: film``), to suggest the one that is written.

The choices of fields are English words with one spelling. The words stand in each language's `choices.yaml`; they
are only suggested, never taken for the choice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache

from community.core.language_folders import FOLDER, LANGUAGES, settings
from community.core.words import fold

_FILE = "choices.yaml"


def choice_meant(text: str, choices: Collection[str]) -> str | None:
    """Return the one of ``choices`` that a word stands for in the languages of the chat, None where none is known."""
    wanted = fold(text)
    return next((choice for choice in choices if wanted in _words_of(choice)), None)


@cache
def _words_of(choice: str) -> frozenset[str]:
    return frozenset(fold(word) for words in _words() for word in words.get(choice, ()))


@cache
def _words() -> tuple[Mapping[str, str | tuple[str, ...]], ...]:
    """Return the words of each choice, from the `choices.yaml` of every language that has one."""
    files = (FOLDER / code / _FILE for code in LANGUAGES)
    return tuple(settings(path.read_text(encoding="utf-8")) for path in files if path.is_file())
