"""Finding the entries that answer a question, without looking at all of them.

Words lead to entries by postings; themes, cities and kinds likewise. What answers everything that was asked is
*certain*; where nothing does, the nearest entries are given as such, so that nobody is named for what they do not do.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from community.asking.lexicon import CLOSEST, slips
from community.asking.question import Question
from community.asking.text import stems
from community.fields import Localized, WordsByLanguage
from community.model import Community, Contact, Directory, Project, Resource

Entry = Contact | Resource | Project
EntryKey = tuple[str, str]
"""(kind, key)"""

_KIND_WORDS = {
    "document": ("document",),
    "tool": ("tool", "outil"),
    "guide": ("guide", "manuel", "manual"),
    "video": ("video", "film"),
    "advice": ("advice", "conseil"),
}

_NAME, _WORDS, _TEXT = 3.0, 2.0, 1.0
"""Weights of a word in an entry's name, among its further words, and in its summary or function."""
_THEME, _CITY, _EVERYWHERE = 6.0, 6.0, 1.0
_PERSON_FOR_CITY = 1.5
"""Where a city is asked for and no kind is, people come before documents."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Entries, best first. ``certain``: each answers all that was asked; else they only come near."""

    entries: tuple[Entry, ...]
    certain: bool


@dataclass(frozen=True, slots=True)
class _Match:
    score: float
    certain: bool


class Index:
    """The directory, searchable. Entries may be added and removed at any time."""

    def __init__(self, community: Community) -> None:
        self._country_of = {city.key: city.country for city in community.cities}
        self._entries: dict[EntryKey, Entry] = {}
        self._words: dict[EntryKey, dict[str, float]] = {}
        self._by_word: defaultdict[str, set[EntryKey]] = defaultdict(set)
        self._by_theme: defaultdict[str, set[EntryKey]] = defaultdict(set)
        self._by_city: defaultdict[str, set[EntryKey]] = defaultdict(set)

    def add(self, entry: Entry) -> None:
        """Take in an entry, in place of one of the same kind and key."""
        key = (kind_of(entry), entry.key)
        self.remove(key)
        self._entries[key] = entry
        self._words[key] = _weights(entry)
        for word in self._words[key]:
            self._by_word[word].add(key)
        for theme in entry.themes:
            self._by_theme[theme].add(key)
        for city in entry.cities:
            self._by_city[city].add(key)

    def remove(self, key: EntryKey) -> None:
        """Forget an entry; nothing happens where there is none."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        places = [(self._by_word, w) for w in self._words.pop(key)]
        places += [(self._by_theme, t) for t in entry.themes]
        places += [(self._by_city, c) for c in entry.cities]
        for postings, name in places:
            postings[name].discard(key)
            if not postings[name]:
                del postings[name]

    def entry(self, kind: str, key: str) -> Entry | None:
        """Return an entry by its kind and key."""
        return self._entries.get((kind, key))

    def search(self, question: Question) -> Answer:
        """Return the entries that answer ``question``."""
        words = {word: self._known(word) for word in question.rest}
        candidates = self._candidates(question, words)
        matches = {key: self._match(key, question, words) for key in candidates}
        certain = [key for key, match in matches.items() if match.certain]
        chosen = certain or [key for key, match in matches.items() if match.score > 0]
        chosen.sort(key=lambda key: (-matches[key].score, key))
        return Answer(tuple(self._entries[key] for key in chosen), bool(certain))

    def _known(self, word: str) -> tuple[str, ...]:
        """Return the words of the directory that ``word`` stands for: itself, else the nearest."""
        if word in self._by_word:
            return (word,)
        if len(word) < CLOSEST:
            return ()
        near = process.extract(
            word, self._by_word.keys(), scorer=OSA.distance, score_cutoff=slips(word), limit=3
        )
        return tuple(found for found, _, _ in near if found[0] == word[0])

    def _candidates(self, question: Question, words: dict[str, tuple[str, ...]]) -> set[EntryKey]:
        by_theme = [self._by_theme.get(theme, set()) for theme in question.themes]
        by_word = [self._by_word[word] for stand_ins in words.values() for word in stand_ins]
        by_word += [self._by_word[word] for word in question.theme_words if word in self._by_word]
        by_city = [self._by_city.get(city, set()) for city in self._asked_cities(question)]
        for groups in (by_theme + by_word, by_city):
            found = {
                key for group in groups for key in group if not question.kinds or key[0] in question.kinds
            }
            if found:
                return found
        return set()

    def _asked_cities(self, question: Question) -> set[str]:
        of_countries = {c for c, country in self._country_of.items() if country in question.countries}
        return set(question.cities) | of_countries

    def _match(self, key: EntryKey, question: Question, words: dict[str, tuple[str, ...]]) -> _Match:
        entry = self._entries[key]
        themes, cities = set(entry.themes), self._asked_cities(question)
        in_theme = len(themes & question.themes)
        in_city = bool(cities & set(entry.cities))
        # A resource that names no city is for all of them; a person is not.
        fits_city = not cities or in_city or (not entry.cities and not isinstance(entry, Contact))
        matched = {word: self._weight(key, stand_ins) for word, stand_ins in words.items()}
        score = _THEME * in_theme + _CITY * in_city + _EVERYWHERE * (bool(cities) and not entry.cities)
        said = {word: self._weight(key, (word,)) for word in question.theme_words}
        score += sum(matched.values()) + sum(said.values())
        score += sum(self._weight(key, (word,)) for word in question.kind_words)
        if in_theme:
            score += 1 / (1 + len(themes))  # who does only this before who does it among others
        if cities and not question.kinds and isinstance(entry, Contact):
            score *= _PERSON_FOR_CITY
        # The theme's own words in an entry make it one of that theme, whatever it is filed under.
        fits_theme = in_theme == len(question.themes) or (bool(said) and all(said.values()))
        named = not matched or sum(weight > 0 for weight in matched.values()) * 2 > len(matched)
        return _Match(score, fits_city and (fits_theme if question.themes else named))

    def _weight(self, key: EntryKey, stand_ins: tuple[str, ...]) -> float:
        """Return what a word of the question adds: more for a rare word, and for one in the entry's name."""
        own = self._words[key]
        rarity = math.log(1 + len(self._entries))
        found = (own[w] * (rarity - math.log(len(self._by_word[w]))) for w in stand_ins if w in own)
        return max(found, default=0.0)


def index_of(community: Community, directory: Directory) -> Index:
    """Return the index of a whole directory."""
    index = Index(community)
    entries: tuple[Entry, ...] = (*directory.contacts, *directory.resources, *directory.projects)
    for entry in entries:
        index.add(entry)
    return index


def kind_of(entry: Entry) -> str:
    """Return ``contact``, ``resource`` or ``project``."""
    return type(entry).__name__.lower()


def _weights(entry: Entry) -> dict[str, float]:
    weights: dict[str, float] = {}
    for texts, weight in _fields(entry):
        for text in texts:
            for word in stems(text):
                if len(word) > 1:
                    weights[word] = max(weights.get(word, 0.0), weight)
    return weights


def _fields(entry: Entry) -> Iterable[tuple[Iterable[str], float]]:
    yield _all(entry.words), _WORDS
    match entry:
        case Contact():
            yield _texts(entry.name), _NAME
            yield _texts(entry.function), _TEXT
        case Resource():
            yield _texts(entry.title), _NAME
            yield _KIND_WORDS[entry.kind], _NAME
            yield _texts(entry.summary), _TEXT
        case Project():
            yield _texts(entry.name), _NAME
            yield (*_texts(entry.summary), *entry.partners), _TEXT


def _texts(text: Localized) -> list[str]:
    return [part for _language, part in text]


def _all(words: WordsByLanguage) -> list[str]:
    return [word for some in words.values() for word in some]
