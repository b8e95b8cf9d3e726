"""Which words of every day are written as the name of a town: "waste in Settle". Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from community.core.words import fold
from community.search import word_tables
from community.search.meanings import Sort
from community.search.ordinary_words import is_ordinary
from community.search.reading import Phrase

_PAIR = re.compile(r"\b([^\W_]+)\s+(?=([^\W_]+))")
_TOLD = (Sort.CITY, Sort.COUNTRY, Sort.ELSEWHERE, Sort.THEME, Sort.TOPIC, Sort.LANGUAGE, Sort.ROLE)
"""What a misspelt word behind "in" may well mean."""


def names_of_towns(phrases: Sequence[Phrase], text: str, language: str) -> frozenset[str]:
    """Return the stems of words that name a town outside the network, though they are also something else.

    They are words of every day, or near to one of ours ("Lindi", "linki"), and stand behind "in" with a capital letter
    of their own. Where a city of the network is named too, they are none.
    """
    if any(phrase.means(Sort.CITY) and not phrase.guessed for phrase in phrases):
        return frozenset()
    inside = [phrase for phrase in phrases if phrase.tokens[0].inside and _may_name(phrase, language)]
    return frozenset(phrase.stems[0] for phrase in inside if _is_written_so(phrase, text, language))


def without_meaning(phrases: list[Phrase], towns: frozenset[str]) -> list[Phrase]:
    """Return the phrases, of which those that name such a town have no meaning."""
    if not towns:
        return phrases
    return [
        replace(phrase, meanings=frozenset(), guessed=False, slips=()) if phrase.stems[0] in towns else phrase
        for phrase in phrases
    ]


def _may_name(phrase: Phrase, language: str) -> bool:
    if len(phrase.tokens) > 1:
        return False
    if phrase.meanings:
        return phrase.guessed and not phrase.means(*_TOLD)
    return is_ordinary(phrase.tokens[0].word, language)


def _is_written_so(phrase: Phrase, text: str, language: str) -> bool:
    """Whether a word has a capital behind "in"; where all words have one, or only capitals, that says nothing."""
    before = word_tables.folded_in(language, "common/inside")
    return any(
        fold(found[2]) == phrase.tokens[0].word
        and _is_capitalised(found[2])
        and fold(found[1]) in before
        and (found[1].islower() or found.start() == 0)
        for found in _PAIR.finditer(text)
    )


def _is_capitalised(written: str) -> bool:
    return written[:1].isupper() and not written.isupper()
