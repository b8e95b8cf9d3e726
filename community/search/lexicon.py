"""The phrases that have a meaning in one community, and how misspelt ones are corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from community.core.words import is_arabic, sound, stem, words
from community.description.model import Community
from community.search import everyday, word_tables
from community.search.arabic_in_latin import LatinArabic
from community.search.everyday import PhraseTable, known_phrase
from community.search.meanings import (
    LONGEST_PHRASE,
    Concept,
    Meanings,
    Sort,
    Stems,
    settled,
    written_of,
)
from community.search.network_words import (
    city_names,
    city_sounds,
    names_with_meanings,
    place_words,
    spoken_languages,
    theme_names,
    theme_words,
)
from community.search.ordinary_words import is_ordinary
from community.search.spelling import CLOSEST, Spelling, begins_alike
from community.search.thesaurus import is_thing

MeaningsByPhrase = Mapping[Stems, Meanings]

_NEVER_MISSPELT = frozenset({Sort.NOTHING, Sort.WHO, Sort.HOW, Sort.ELSEWHERE, Sort.LEADS})
_OF_THE_NETWORK = frozenset({Sort.CITY, Sort.COUNTRY, Sort.THEME, Sort.TOPIC, Sort.ROLE, Sort.LANGUAGE})
_OF_NO_USE = frozenset({Sort.NOTHING, Sort.ELSEWHERE, Sort.COUNTRY, Sort.LANGUAGE})
"""Meanings for which nobody is taken to write Arabic in Latin letters: countries have Latin names."""
_LONG = 6
"""Letters that an everyday word (paper, contact) must have for an unknown word to be taken for it: shorter ones differ
by one letter from too many others."""
_SHORTER = frozenset({Sort.FIELD, Sort.RESOURCE_KIND})
"""The sorts of which words of one letter less are enough: phone, guide, video."""


class Lexicon:
    """Phrases with their meanings, and the corrections of words that are in none of them.

    ``own`` and ``own_written`` are the phrases to which the community gives a meaning, of stems and of whole words;
    all others have the meaning that they have everywhere. ``themes`` are those by which the description names a theme.
    """

    def __init__(
        self,
        own: MeaningsByPhrase,
        own_written: MeaningsByPhrase,
        places: Mapping[str, Meanings],
        place_names: Iterable[str],
        spoken: frozenset[str],
        themes: frozenset[Stems],
    ) -> None:
        self._own = own
        self._own_written = own_written
        self._everywhere, self._everywhere_written = everyday.by_stems(), everyday.by_words()
        self._spoken = spoken
        self._themes = themes
        self._city_words = tuple(place_names)
        self._own_stems, self._own_beginnings = everyday.stems_of(own), everyday.beginnings_of(own)
        self._places = dict(places)

    # What corrects slips is made for the first word that is unknown: most questions have none.
    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling(sorted(_correctable({**dict(self._everywhere.items()), **self._own}, self._spoken)))

    @cached_property
    def _forms(self) -> Spelling:
        return Spelling(self._written_words)

    @cached_property
    def _heard(self) -> Mapping[str, str]:
        return {sound(form): stem(form) for form in self._written_words if len(sound(form)) > CLOSEST}

    @cached_property
    def _written_words(self) -> list[str]:
        return sorted(
            _correctable({**dict(self._everywhere_written.items()), **self._own_written}, self._spoken)
        )

    @cached_property
    def _place_names(self) -> Spelling:
        return Spelling(sorted(self._city_words))

    @cached_property
    def _place_sounds(self) -> Spelling:
        return Spelling(sorted(sounding for sounding in self._places if len(sounding) > CLOSEST))

    @cached_property
    def _in_latin_letters(self) -> LatinArabic:
        single = (*self._everywhere_written.items(), *self._own_written.items())
        return LatinArabic(
            phrase[0]
            for phrase, found in single
            if len(phrase) == 1 and is_arabic(phrase[0]) and not {m.sort for m in found} <= _OF_NO_USE
        )

    @cached_property
    def _subjects_in_latin_letters(self) -> LatinArabic:
        single = (*self._everywhere_written.items(), *self._own_written.items())
        subjects = (phrase[0] for phrase, found in single if len(phrase) == 1 and _is_of_a_subject(found))
        return LatinArabic((word for word in subjects if is_arabic(word) and len(word) >= _LONG), least=3)

    def in_arabic(self, word: str) -> str | None:
        """Return the stem of the Arabic word that somebody writes in Latin letters."""
        found = self._in_latin_letters.meant(word)
        return None if found is None else stem(found)

    def subject_in_arabic(self, word: str) -> str | None:
        """Return the same where nothing else shows Arabic: only of long words for what cities work on."""
        found = self._subjects_in_latin_letters.meant(word) if len(word) >= _LONG else None
        return None if found is None else stem(found)

    def exact(self, phrase: Stems) -> Meanings:
        """Return what a phrase of stems means; nothing where it is unknown."""
        return self._own[phrase] if phrase in self._own else self._everywhere.settled(phrase)

    def names_theme(self, phrase: Stems) -> bool:
        """Whether the description itself calls a theme so."""
        return phrase in self._themes

    def begins(self, phrase: Stems) -> bool:
        """Whether a longer phrase begins with this one."""
        return phrase in self._own_beginnings or phrase in everyday.beginnings_known()

    def knows(self, token: str) -> bool:
        """Whether a stem is part of any phrase."""
        return token in self._own_stems or token in everyday.stems_known()

    def written(self, phrase: Stems) -> Meanings:
        """Return what a phrase of whole words means exactly as it is written ("care" has the stem of "car")."""
        return (
            self._own_written[phrase]
            if phrase in self._own_written
            else self._everywhere_written.settled(phrase)
        )

    def corrected(self, word: str, language: str) -> str | None:
        """Return the stem of the word that an unknown one of a text in ``language`` was probably meant to be.

        A word of every day of that language was meant as it is; one of another language may be a slip ("compos").
        """
        everyday_words = word_tables.word_stems("common/everyday")
        if stem(word) in everyday_words or (is_arabic(word) and len(stem(word)) < CLOSEST):
            return None
        if is_ordinary(word, language):
            return None
        near = [stem(form) for form in self._forms.nearest(word)] or list(self._spelling.nearest(stem(word)))
        if is_arabic(word):
            # `nearest` compared the letters of the article; the first letter that counts is the one behind it.
            near = [found for found in near if begins_alike(stem(word), found)]
        return near[0] if near else self._heard.get(sound(word)) if len(word) > CLOSEST else None

    def misspelt_place(self, word: str) -> str | None:
        """Return the stem of the network's city that an unknown word behind "in" was probably meant to be."""
        near = self._place_names.nearest(word, lenient=True)
        return stem(near[0]) if near else None

    def place(self, said: Stems) -> Meanings:
        """Return the city that sounds like this, in either script."""
        heard = sound("".join(said))
        if heard in self._places:
            return self._places[heard]
        near = self._place_sounds.nearest(heard, first_letter=False) if len(heard) > CLOSEST else ()
        return self._places[near[0]] if near and len(near) == 1 else frozenset()


def _is_of_a_subject(meanings: Meanings) -> bool:
    return any(meaning.sort in (Sort.THEME, Sort.TOPIC) and not is_thing(meaning) for meaning in meanings)


def _correctable(meanings: MeaningsByPhrase, spoken: frozenset[str]) -> set[str]:
    """Return the words that unknown ones may be corrected to."""
    return {
        token
        for phrase, found in meanings.items()
        for token in phrase
        if any(_may_be_misspelt(concept, token, spoken) for concept in found)
    }


def _may_be_misspelt(concept: Concept, token: str, spoken: frozenset[str]) -> bool:
    """Whether an unknown word may be taken for ``token``: it is long enough, and its meaning is likely here."""
    if concept.sort is Sort.LANGUAGE and concept.key not in spoken:
        return False
    if is_thing(concept):
        return False
    shortest = CLOSEST if concept.sort in _OF_THE_NETWORK else _LONG - (concept.sort in _SHORTER)
    return len(token) >= shortest and concept.sort not in _NEVER_MISSPELT


def lexicon_of(community: Community) -> Lexicon:
    """Return the lexicon of a community: what words mean everywhere, and what its own names mean beside that."""
    said = list(names_with_meanings(community))
    names = tuple(theme_names(community))
    own = _own(said, known_phrase, everyday.by_stems(), names)
    own_written = _own(said, written_of, everyday.by_words(), names)
    light = word_tables.folded("common/light")
    city_words = {said for city in community.cities for name in city_names(city) for said in words(name)}
    places = (name for name in city_words if len(name) > CLOSEST and name not in light)
    themes = frozenset(map(known_phrase, theme_words(community)))
    saying_nothing = frozenset({Concept(Sort.NOTHING, "")})
    for text in place_words(community):
        own[known_phrase(text)] = own_written[written_of(text)] = saying_nothing
    return Lexicon(own, own_written, city_sounds(community), places, spoken_languages(community), themes)


def _own(
    said: Iterable[tuple[str, Concept]],
    phrase_in: Callable[[str], Stems],
    everywhere: PhraseTable,
    names: Iterable[str],
) -> dict[Stems, Meanings]:
    """Return what the phrases of a community mean in it, with what they mean everywhere.

    ``names``: those of its themes. They mean nothing else: a theme "Noise" is not that topic within another theme.
    """
    found: dict[Stems, set[Concept]] = {phrase_in(name): set() for name in names}
    for text, concept in said:
        phrase = phrase_in(text)
        if 0 < len(phrase) <= LONGEST_PHRASE:
            found.setdefault(phrase, set(everywhere.any(phrase))).add(concept)
    return {phrase: settled(concepts) for phrase, concepts in found.items()}
