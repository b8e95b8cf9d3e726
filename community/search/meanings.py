"""What a word can mean, and phrases as they are looked up."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from community.core.words import forget_words, stem, words
from community.search import word_tables

Stems = tuple[str, ...]
"""A phrase as the stems of its words, without articles; or as its whole words."""
LONGEST_PHRASE = 5
"""Words of the longest phrase that is looked up."""


class Sort(StrEnum):
    """The sorts of things that a word can mean."""

    CITY = "city"
    COUNTRY = "country"
    THEME = "theme"
    TOPIC = "topic"
    KIND = "kind"
    RESOURCE_KIND = "resource kind"
    ROLE = "role"
    LEADING = "leading"
    LANGUAGE = "language"
    STAGE = "stage"
    FIELD = "field"
    LEADS = "leads"
    LED_BY = "led by"
    DEPUTY = "deputy"
    NEWEST = "newest"
    SPEAKING = "speaking"
    WHO = "who"
    HOW = "how"
    ELSEWHERE = "elsewhere"
    """A place that is not of the network."""
    NOTHING = "nothing"
    """A word of politeness or grammar."""


@dataclass(frozen=True, slots=True, order=True)
class Concept:
    """One meaning: a city, country, theme, role … by its key. The key of a topic is ``subject/number``."""

    sort: Sort
    key: str


Meanings = frozenset[Concept]
"""All that a phrase can mean."""


@lru_cache(maxsize=5_000)
def sorts_of(meanings: Meanings) -> frozenset[Sort]:
    """Return the sorts of what a phrase can mean."""
    return frozenset(meaning.sort for meaning in meanings)


@lru_cache(maxsize=20_000)
def phrase_of(text: str) -> Stems:
    """Return the stems of a phrase, without articles and short prepositions unless it has no other words."""
    said, light = words(text), word_tables.folded("common/light")
    telling = tuple(stem(word) for word in said if word not in light)
    return telling or tuple(stem(word) for word in said)


def forget_phrases() -> None:
    """Forget the phrases and words that were looked at lately: they are people's own."""
    phrase_of.cache_clear()
    sorts_of.cache_clear()
    forget_words()


def written_of(text: str) -> Stems:
    """Return the whole words of a phrase, without articles and short prepositions unless it has no other words."""
    said, light = words(text), word_tables.folded("common/light")
    return tuple(word for word in said if word not in light) or said


def settled(found: Set[Concept]) -> Meanings:
    """Return those of the meanings of a phrase that count.

    A meaning of the network or of the thesaurus counts more than being a place elsewhere or a word without meaning;
    and a word without meaning is not also taken for a place elsewhere.
    """
    if len(found) == 1:
        return frozenset(found)
    telling = {concept for concept in found if concept.sort not in (Sort.NOTHING, Sort.ELSEWHERE)}
    if telling:
        return frozenset(telling)
    return frozenset({Concept(Sort.NOTHING, "")} & found or found)
