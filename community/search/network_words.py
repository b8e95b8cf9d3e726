"""The words of one community: what its cities, countries, themes and roles are called, and what they sound like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz

from community.core.language_folders import LANGUAGES
from community.core.words import is_arabic, sound, words
from community.description.fields import Localized, WordsByLanguage
from community.description.model import City, Community, Role, Theme
from community.search import word_tables
from community.search.everyday import known_phrase
from community.search.meanings import Concept, Meanings, Sort, Stems, phrase_of
from community.search.places import country_names, regions_of, towns
from community.search.spelling import CLOSEST
from community.search.thesaurus import Topic, subjects

_ALIKE = 70
"""Per cent of the sounds that a town's names in two scripts have in common at least."""


def names_with_meanings(community: Community) -> Iterator[tuple[str, Concept]]:
    """Give each text that has a meaning in this community, with the meaning."""
    for city in community.cities:
        for text in city_names(city):
            yield text, Concept(Sort.CITY, city.key)
            yield text.replace("-", "").replace(" ", ""), Concept(Sort.CITY, city.key)
        for text in (*country_names(city.country), *regions_of(city.country)):
            yield text, Concept(Sort.COUNTRY, city.country)
    yield from _towns_that_sound_like_cities(community)
    for cohort in community.cohorts:
        for text in (name for _language, name in cohort.name):
            yield from ((text, Concept(Sort.CITY, key)) for key in cohort.cities)
    for theme in community.themes:
        yield from ((text, Concept(Sort.THEME, theme.key)) for text in _theme_names(theme))
    for key, topics in themes_of_subjects(community).items():
        for topic in topics:
            yield from ((name, Concept(Sort.THEME, key)) for name in topic.names)
    for role in community.roles:
        yield from ((text, Concept(Sort.ROLE, role.key)) for text in _role_names(role))


def theme_names(community: Community) -> Iterator[str]:
    """Give what each theme is called by its name and key."""
    for theme in community.themes:
        yield from (text for _language, text in theme.name)
        yield theme.key


def theme_words(community: Community) -> Iterator[str]:
    """Give all that the description says themes are called."""
    for theme in community.themes:
        yield from _theme_names(theme)


def place_words(community: Community) -> frozenset[str]:
    """Return what the community calls its cities: who asks “which library …” means by it no more than “where”."""
    return frozenset() if community.places is None else frozenset(community.places.all())


def spoken_languages(community: Community) -> frozenset[str]:
    """Return the languages of the network and those that questions come in."""
    cities = (code for city in community.cities for code in city.languages)
    members = (code for member in community.members for code in member.languages)
    return frozenset((*LANGUAGES, *community.languages, *cities, *members))


def city_sounds(community: Community) -> dict[str, Meanings]:
    """Return which cities of the network sound so."""
    found: dict[str, set[Concept]] = {}
    for city in community.cities:
        for name in city_names(city):
            heard = sound("".join(words(name)))
            if len(heard) >= CLOSEST:
                found.setdefault(heard, set()).add(Concept(Sort.CITY, city.key))
    return {heard: frozenset(concepts) for heard, concepts in found.items()}


def _towns_that_sound_like_cities(community: Community) -> Iterator[tuple[str, Concept]]:
    """Give the towns of the world, in Arabic script, that are cities of the network by their sound: not elsewhere.

    Arabic leaves short vowels out: كمبالا is Kampala.
    """
    cities = [(heard, _consonants(heard), meant) for heard, meant in city_sounds(community).items()]
    for name in filter(is_arabic, word_tables.world("towns/towns")):
        heard = sound("".join(words(name)))
        for city, consonants, meant in cities:
            is_alike = consonants == _consonants(heard) and fuzz.ratio(city, heard) >= _ALIKE
            if city == heard or (is_alike and len(consonants) > CLOSEST - 2):
                yield from ((name, concept) for concept in meant)


def _consonants(heard: str) -> str:
    return "".join(letter for letter in heard if letter not in "aiu")


def city_names(city: City) -> Iterator[str]:
    """Give what a city is called, by the description and in the languages that questions come in."""
    yield from _names(city.name, city.words, city.key)
    for _language, name in city.name:
        yield from towns().get(name, ())


def _theme_names(theme: Theme) -> Iterator[str]:
    yield from _names(theme.name, theme.words, theme.key)


def _names(name: Localized, further: WordsByLanguage, key: str) -> Iterator[str]:
    yield from (text for _language, text in name)
    yield from (word for some in further.values() for word in some)
    yield key


def _role_names(role: Role) -> Iterator[str]:
    """Give what a role is called, and what such roles are usually called."""
    own = [text for _language, text in role.name] + [role.key]
    yield from own
    phrases = {phrase_of(text) for text in own}
    for key, usual in word_tables.groups("questions/roles").items():
        if role.key == key or phrases & {phrase_of(phrase) for phrase in usual}:
            yield from usual


def themes_of_subjects(community: Community) -> dict[str, list[Topic]]:
    """Return for each theme the topics of the subjects that it is about.

    A subject belongs to the themes that have one of its general names in their key or name; if there are none, to
    those that have one among their words; if there are none either, to those that have one in their summary. But a
    topic that is named in the description of other themes belongs to those instead, and of every topic a theme gets
    only the names that no other theme has in its description.
    """
    claimed: dict[Stems, set[str]] = {}
    for theme in community.themes:
        for text in _theme_names(theme):
            claimed.setdefault(phrase_of(text), set()).add(theme.key)
    found: dict[str, list[Topic]] = {theme.key: [] for theme in community.themes}
    texts = [_ThemeTexts.of(theme) for theme in community.themes]
    for topics in subjects():
        general = _themes_about(topics[0], texts)
        for number, topic in enumerate(topics):
            for theme_key in (number and _claiming(topic, claimed)) or general:
                found[theme_key].append(_unclaimed(topic, theme_key, claimed))
    return found


def _claiming(topic: Topic, claimed: Mapping[Stems, set[str]]) -> list[str]:
    """Return the themes that have a name of the topic among their own words."""
    return sorted({theme for name in topic.names for theme in claimed.get(known_phrase(name), ())})


def _unclaimed(topic: Topic, theme: str, claimed: Mapping[Stems, set[str]]) -> Topic:
    """Return the topic without the names that only other themes have in their description."""
    return Topic(
        {
            language: tuple(name for name in names if theme in claimed.get(known_phrase(name), {theme}))
            for language, names in topic.by_language.items()
        }
    )


@dataclass(frozen=True, slots=True)
class _ThemeTexts:
    """The phrases in what a theme's description says of it: in its name and key, its words, its summary."""

    theme: str
    names: frozenset[Stems]
    words: frozenset[Stems]
    summary: frozenset[Stems]

    @classmethod
    def of(cls, theme: Theme) -> _ThemeTexts:
        names = (theme.key, *(text for _language, text in theme.name))
        further = (word for some in theme.words.values() for word in some)
        summary = (text for _language, text in theme.summary)
        return cls(theme.key, *(_phrases_in(texts) for texts in (names, further, summary)))


def _themes_about(topic: Topic, themes: Iterable[_ThemeTexts]) -> list[str]:
    """Return the themes that a subject belongs to; ``topic`` has its general names."""
    general = {known_phrase(name) for name in topic.names}
    by_name = [theme.theme for theme in themes if not general.isdisjoint(theme.names)]
    by_word = [theme.theme for theme in themes if not general.isdisjoint(theme.words)]
    return by_name or by_word or [theme.theme for theme in themes if not general.isdisjoint(theme.summary)]


def _phrases_in(texts: Iterable[str]) -> frozenset[Stems]:
    """Return every phrase that stands in one of ``texts``."""
    return frozenset(
        phrase[start:end]
        for text in texts
        for phrase in (phrase_of(text),)
        for start in range(len(phrase))
        for end in range(start + 1, len(phrase) + 1)
    )
