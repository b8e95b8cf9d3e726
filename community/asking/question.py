"""What a text asks: which kind of entry, for which themes, cities, countries, and with which other words."""

from __future__ import annotations

from dataclasses import dataclass

from community.asking.language import language_of
from community.asking.lexicon import LONGEST_PHRASE, Concept, Lexicon, Sort
from community.asking.text import stem, words

MOST_WORDS = 60


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed question. Keys are those of the description.

    ``rest`` are stems without a meaning of their own; ``theme_words`` and ``kind_words`` those that named a theme
    or a kind of entry: they say which entries fit best.
    """

    kinds: frozenset[str]
    themes: frozenset[str]
    cities: frozenset[str]
    countries: frozenset[str]
    rest: tuple[str, ...]
    theme_words: tuple[str, ...]
    kind_words: tuple[str, ...]
    language: str

    @property
    def is_empty(self) -> bool:
        """Whether it asks nothing that could be looked for."""
        return not (self.themes or self.cities or self.countries or self.rest)


def parse(text: str, lexicon: Lexicon, default_language: str) -> Question:
    """Return what ``text`` asks. Longer phrases win; a misspelt word means what it is nearest to."""
    stemmed = [stem(word) for word in words(text)[:MOST_WORDS]]
    concepts: set[Concept] = set()
    rest: list[str] = []
    named: dict[Sort, list[str]] = {Sort.THEME: [], Sort.KIND: []}
    position = 0
    while position < len(stemmed):
        length, found = _longest(stemmed, position, lexicon)
        if not found:
            length, found = 1, lexicon.misspelt(stemmed[position])
        said = stemmed[position : position + length]
        if not found:
            rest += said
        for sort in {concept.sort for concept in found} & named.keys():
            named[sort] += said
        concepts |= found
        position += length

    def keys(sort: Sort) -> frozenset[str]:
        return frozenset(concept.key for concept in concepts if concept.sort is sort)

    return Question(
        kinds=keys(Sort.KIND),
        themes=keys(Sort.THEME),
        cities=keys(Sort.CITY),
        countries=keys(Sort.COUNTRY),
        rest=_distinct(rest),
        theme_words=_distinct(named[Sort.THEME]),
        kind_words=_distinct(named[Sort.KIND]),
        language=language_of(text, default_language),
    )


def _distinct(found: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in found if len(word) > 1))


def _longest(stemmed: list[str], position: int, lexicon: Lexicon) -> tuple[int, frozenset[Concept]]:
    for length in range(min(LONGEST_PHRASE, len(stemmed) - position), 0, -1):
        found = lexicon.exact(tuple(stemmed[position : position + length]))
        if found:
            return length, found
    return 1, frozenset()
