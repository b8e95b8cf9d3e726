"""The words of this community: which of them mean a city, a theme, a country, a role, a kind of entry …"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property, lru_cache
from pathlib import Path

from babel import Locale

from community.core import words as word_forms
from community.core.compiled import compiled
from community.core.words import is_arabic, sound, stem, stems, words
from community.description.fields import Localized, WordsByLanguage
from community.description.model import City, Community, Role, Theme
from community.search import filler, glossary, places, subjects, usage
from community.search.filler import FILLER, LIGHT, WHOLE_WORDS, filler_of
from community.search.glossary import GLOSSARY
from community.search.places import NAMES_IN, country_names, elsewhere, regions_of, towns
from community.search.spelling import CLOSEST, Spelling, begins_alike
from community.search.subjects import SUBJECTS, Topic

_THINGS = "things"
"""The glossary's word for what `SUBJECTS` has a name for each of."""
Phrase = tuple[str, ...]
LONGEST_PHRASE = 5


class Sort(StrEnum):
    """What a word can mean."""

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
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, order=True)
class Concept:
    """One meaning: a city, country, theme, role … by key. A topic's key is ``subject/number``."""

    sort: Sort
    key: str


Meanings = frozenset[Concept]
_NEVER_MISSPELT = frozenset({Sort.NOTHING, Sort.WHO, Sort.HOW, Sort.ELSEWHERE, Sort.LEADS})


class Lexicon:
    """Phrases (stems, without articles) and what they mean; how words are corrected; what topics are called."""

    def __init__(
        self,
        meanings: Mapping[Phrase, Meanings],
        written: Mapping[Phrase, Meanings],
        places: Mapping[str, Meanings],
        place_names: Iterable[str],
        spoken: frozenset[str],
    ) -> None:
        self._meanings = dict(meanings)
        self._written = dict(written)
        self._spoken = spoken
        self._city_words = tuple(place_names)
        self._tokens = frozenset(token for phrase in meanings for token in phrase)
        self._beginnings = frozenset(phrase[: n + 1] for phrase in meanings for n in range(len(phrase) - 1))
        self._places = dict(places)

    # What corrects slips is made for the first word that is unknown: most questions have none.
    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling(sorted(_correctable(self._meanings, self._spoken)))

    @cached_property
    def _forms(self) -> Spelling:
        return Spelling(self._written_words)

    @cached_property
    def _heard(self) -> Mapping[str, str]:
        return {sound(form): stem(form) for form in self._written_words if len(sound(form)) > CLOSEST}

    @cached_property
    def _written_words(self) -> list[str]:
        return sorted(_correctable(self._written, self._spoken))

    @cached_property
    def _place_names(self) -> Spelling:
        return Spelling(sorted(self._city_words))

    @cached_property
    def _place_sounds(self) -> Spelling:
        return Spelling(sorted(sounding for sounding in self._places if len(sounding) > CLOSEST))

    def exact(self, phrase: Phrase) -> Meanings:
        """Return what a phrase of stems means; nothing where it is unknown."""
        return self._meanings.get(phrase, frozenset())

    def begins(self, phrase: Phrase) -> bool:
        """Whether a longer phrase begins with this one."""
        return phrase in self._beginnings

    def knows(self, token: str) -> bool:
        """Whether a stem is part of any phrase."""
        return token in self._tokens

    def written(self, phrase: Phrase) -> Meanings:
        """Return what a phrase of whole words means just as it is written ("casa" is no plural of a house)."""
        return self._written.get(phrase, frozenset())

    def corrected(self, word: str) -> str | None:
        """Return the stem of the word that an unknown one is probably a slip for."""
        if stem(word) in _OTHER_WORDS or (is_arabic(word) and len(stem(word)) < CLOSEST):
            return None
        near = [stem(form) for form in self._forms.nearest(word)] or list(self._spelling.nearest(stem(word)))
        if is_arabic(word):
            # The first letter is that behind the article.
            near = [found for found in near if begins_alike(stem(word), found)]
        return near[0] if near else self._heard.get(sound(word)) if len(word) > CLOSEST else None

    def misspelt_place(self, word: str) -> str | None:
        """Return the stem of the city of one word that an unknown word, said behind "in", probably stands for."""
        near = self._place_names.nearest(word, lenient=True)
        return stem(near[0]) if near else None

    def place(self, said: Phrase) -> Meanings:
        """Return the city that sounds like this, in either script."""
        heard = sound("".join(said))
        if heard in self._places:
            return self._places[heard]
        near = self._place_sounds.nearest(heard, first_letter=False) if len(heard) > CLOSEST else ()
        return self._places[near[0]] if near and len(near) == 1 else frozenset()


_OTHER_WORDS = frozenset(stem(word) for word in WHOLE_WORDS.split())


def _correctable(meanings: Mapping[Phrase, Meanings], spoken: frozenset[str]) -> set[str]:
    """Return the words that unknown ones may be corrected to: not everyday ones, nor names of far languages."""
    return {
        token
        for phrase, found in meanings.items()
        for token in phrase
        if any(_may_be_misspelt(concept, token, spoken) for concept in found)
    }


def _may_be_misspelt(concept: Concept, token: str, spoken: frozenset[str]) -> bool:
    if concept.sort is Sort.LANGUAGE and concept.key not in spoken:
        return False
    if is_thing(concept):
        return False
    shortest = CLOSEST if concept.sort in _OF_THE_NETWORK else _LONG - (concept.sort in _SHORTER)
    return len(token) >= shortest and concept.sort not in _NEVER_MISSPELT


_OF_THE_NETWORK = frozenset({Sort.CITY, Sort.COUNTRY, Sort.THEME, Sort.TOPIC, Sort.ROLE, Sort.LANGUAGE})
_LONG = 6
"""Letters from which everyday words (paper, contact) are looked for behind unknown ones; shorter have neighbours."""
_SHORTER = frozenset({Sort.FIELD, Sort.RESOURCE_KIND})
"""Of these the words of one letter less too: phone, guide, video."""


@lru_cache(maxsize=20_000)
def phrase_of(text: str) -> Phrase:
    """Return the stems of a phrase, without articles and the like where something else is left."""
    said = words(text)
    telling = tuple(stem(word) for word in said if word not in LIGHT)
    return telling or tuple(stem(word) for word in said)


def written_of(text: str) -> Phrase:
    """Return the whole words of a phrase, without articles and the like where something else is left."""
    said = words(text)
    return tuple(word for word in said if word not in LIGHT) or said


def lexicon_of(community: Community) -> Lexicon:
    """Return the lexicon of a community. A word with a meaning of its own is never without meaning too."""
    everyday, settled = _everyday(), _everyday_settled()
    said = list(_said(community))
    meanings = {**settled[0], **_own(said, _known_phrase, everyday[0])}
    written = {**settled[1], **_own(said, written_of, everyday[1])}
    names = {said for city in community.cities for name in _city_names(city) for said in words(name)}
    places = (name for name in names if len(name) > CLOSEST and name not in LIGHT)
    return Lexicon(meanings, written, _sounds(community), places, _spoken(community))


def _own(
    said: Iterable[tuple[str, Concept]],
    phrase_in: Callable[[str], Phrase],
    everyday: Mapping[Phrase, Meanings],
) -> dict[Phrase, Meanings]:
    """Return what the phrases of a community mean in it, with what they mean everywhere."""
    found: dict[Phrase, set[Concept]] = {}
    for text, concept in said:
        phrase = phrase_in(text)
        if 0 < len(phrase) <= LONGEST_PHRASE:
            found.setdefault(phrase, set(everyday.get(phrase, ()))).add(concept)
    return {phrase: _settled(concepts) for phrase, concepts in found.items()}


def _spoken(community: Community) -> frozenset[str]:
    """Return the languages of the network and those that questions come in."""
    cities = (code for city in community.cities for code in city.languages)
    members = (code for member in community.members for code in member.languages)
    return frozenset((*NAMES_IN, *community.languages, *cities, *members))


def _settled(found: Set[Concept]) -> Meanings:
    """Return the meanings without those that any other meaning puts out of question."""
    if len(found) == 1:
        return frozenset(found)
    telling = {concept for concept in found if concept.sort not in (Sort.NOTHING, Sort.ELSEWHERE)}
    if telling:
        return frozenset(telling)
    return frozenset({Concept(Sort.NOTHING, "")} & found or found)


_TABLES: tuple[tuple[Sort, Mapping[str, str]], ...] = (
    (Sort.NOTHING, usage.NOTHING),
    (Sort.KIND, usage.KINDS),
    (Sort.RESOURCE_KIND, usage.RESOURCE_KINDS),
    (Sort.STAGE, usage.STAGES),
    (Sort.FIELD, usage.FIELDS),
    (Sort.LEADING, {"": usage.LEADING}),
    (Sort.LEADS, {"": usage.LEADS}),
    (Sort.LED_BY, {"": usage.LED_BY}),
    (Sort.DEPUTY, {"": usage.DEPUTY}),
    (Sort.NEWEST, {"": usage.NEWEST}),
    (Sort.SPEAKING, {"": usage.SPEAKING}),
    (Sort.WHO, {"": usage.WHO}),
    (Sort.HOW, {"": usage.HOW}),
)


Table = Mapping[Phrase, Meanings]
_SOURCES = tuple(
    Path(str(module.__file__))
    for module in (sys.modules[__name__], word_forms, usage, filler, glossary, places, subjects)
)


@cache
def _everyday() -> tuple[Table, Table]:
    """Return what is the same in every community: meanings by stems, and by whole words."""
    return _with(_everyday_meanings())


@cache
def _everyday_settled() -> tuple[Table, Table]:
    """Return the same, settled where no community adds a meaning."""
    return _with([_settled(meanings) for meanings in _everyday_meanings()])


def _with(meanings: Sequence[Meanings]) -> tuple[Table, Table]:
    _sorts_and_keys, by_stems, by_words, _phrases = _everyday_numbers()
    return (
        {phrase: meanings[number] for phrase, number in by_stems.items()},
        {phrase: meanings[number] for phrase, number in by_words.items()},
    )


@cache
def _everyday_meanings() -> list[Meanings]:
    return [frozenset(Concept(Sort(sort), key) for sort, key in found) for found in _everyday_numbers()[0]]


_Numbered = tuple[list[tuple[tuple[str, str], ...]], dict[Phrase, int], dict[Phrase, int], dict[str, Phrase]]
"""All meanings that some phrase has, for each phrase the number of its meanings, and the subjects' names as phrases."""


@cache
def _everyday_numbers() -> _Numbered:
    # Ten thousand phrases are taken apart: that takes longer than all else between a question and its answer.
    return compiled("everyday", _SOURCES, places.outside(), _numbered)


def _numbered() -> _Numbered:
    """Return what is the same in every community, as plain values."""
    found: dict[Phrase, set[Concept]] = {}
    written: dict[Phrase, set[Concept]] = {}
    for text, concept in _everyday_texts():
        phrase = phrase_of(text)
        if 0 < len(phrase) <= LONGEST_PHRASE:
            found.setdefault(phrase, set()).add(concept)
            written.setdefault(written_of(text), set()).add(concept)
    for name, code in _language_names():
        concept = Concept(Sort.LANGUAGE, code)
        others = {meaning.sort for meaning in found.get(phrase_of(name), set())}
        if others <= {Sort.ELSEWHERE, Sort.LANGUAGE}:
            found.setdefault(phrase_of(name), set()).add(concept)
            written.setdefault(written_of(name), set()).add(concept)
    numbers: dict[tuple[tuple[str, str], ...], int] = {}
    by_stems, by_words = (
        {
            phrase: numbers.setdefault(
                tuple(sorted((concept.sort.value, concept.key) for concept in concepts)), len(numbers)
            )
            for phrase, concepts in table.items()
        }
        for table in (found, written)
    )
    names = (name for topics in SUBJECTS.values() for topic in topics for name in topic.names)
    return list(numbers), by_stems, by_words, {name: phrase_of(name) for name in names}


def _known_phrase(name: str) -> Phrase:
    """Return what `phrase_of` does, without taking apart what was when the tables were made."""
    return _everyday_numbers()[3].get(name) or phrase_of(name)


def _everyday_texts() -> Iterator[tuple[str, Concept]]:
    filler = {word for code in FILLER for word in filler_of(code)}
    yield from ((word, Concept(Sort.NOTHING, "")) for word in sorted(filler))
    empty = {phrase_of(word) for word in filler}
    for sort, table in _TABLES:
        for key, text in table.items():
            for phrase in split(text):
                if (
                    len(words(phrase)) == 1 or phrase_of(phrase) not in empty
                ):  # "how-to" without "to" says nothing
                    yield phrase, Concept(sort, key)
    for subject, topics in (*SUBJECTS.items(), (_THINGS, GLOSSARY)):
        for number, topic in enumerate(topics):
            concept = Concept(Sort.TOPIC, f"{subject}/{number}")
            yield from ((name, concept) for name in topic.names if not _is_cut_short(name))
    yield from ((name, Concept(Sort.ELSEWHERE, "")) for name in elsewhere())


def _is_cut_short(name: str) -> bool:
    """Whether a name is another one without its small words ("e-waste" is not any waste)."""
    return len(phrase_of(name)) == 1 < len(words(name))


def split(text: str) -> Iterator[str]:
    """Give the phrases of a table's text."""
    yield from (phrase.strip() for phrase in text.split(",") if phrase.strip())


def _language_names() -> Iterator[tuple[str, str]]:
    """Give the names of languages. Those of the CLDR only for languages with a short code: the others are rare."""
    for code, text in usage.SPEAKERS.items():
        yield from ((name, code) for name in split(text))
    for lang in NAMES_IN:
        for code, name in Locale(lang).languages.items():
            if len(code) == 2 and len(name) > 2:
                yield name, code


def _said(community: Community) -> Iterator[tuple[str, Concept]]:
    """Give each text that has a meaning in this community, with the meaning."""
    for city in community.cities:
        for text in _city_names(city):
            yield text, Concept(Sort.CITY, city.key)
            yield text.replace("-", "").replace(" ", ""), Concept(Sort.CITY, city.key)
        for text in (*country_names(city.country), *regions_of(city.country)):
            yield text, Concept(Sort.COUNTRY, city.country)
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


def _city_names(city: City) -> Iterator[str]:
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
    own = [key_text for _language, key_text in role.name] + [role.key]
    yield from own
    phrases = {phrase_of(text) for text in own}
    for key, text in usage.ROLES.items():
        usual = list(split(text))
        if role.key == key or phrases & {phrase_of(phrase) for phrase in usual}:
            yield from usual


def themes_of_subjects(community: Community) -> dict[str, list[Topic]]:
    """Return for each theme the topics of the subjects that it is about.

    A subject goes to the themes whose key or name has one of its general names; where there is none, to those among
    whose further words there is one, else in whose summary. What another theme says of itself in the description stays
    with that theme, and what else is the same thing goes there as well.
    """
    claimed: dict[Phrase, set[str]] = {}
    for theme in community.themes:
        for text in _theme_names(theme):
            claimed.setdefault(phrase_of(text), set()).add(theme.key)
    found: dict[str, list[Topic]] = {theme.key: [] for theme in community.themes}
    for topics in SUBJECTS.values():
        general = _themes_about(topics[0], community.themes)
        for number, topic in enumerate(topics):
            for theme_key in (number and _claiming(topic, claimed)) or general:
                found[theme_key].append(_unclaimed(topic, theme_key, claimed))
    return found


def _claiming(topic: Topic, claimed: Mapping[Phrase, set[str]]) -> list[str]:
    """Return the themes that have a name of the topic among their own words."""
    return sorted({theme for name in topic.names for theme in claimed.get(_known_phrase(name), ())})


def _unclaimed(topic: Topic, theme: str, claimed: Mapping[Phrase, set[str]]) -> Topic:
    def kept(text: str) -> str:
        names = (name for name in split(text) if theme in claimed.get(_known_phrase(name), {theme}))
        return ", ".join(names)

    return Topic(kept(topic.en), kept(topic.fr), kept(topic.pt), kept(topic.ar))


def _themes_about(topic: Topic, themes: Iterable[Theme]) -> list[str]:
    general = {_known_phrase(name) for name in topic.names}
    by_name = [t.key for t in themes if _mentions(_own_names(t), general)]
    if by_name:
        return by_name
    by_word = [t.key for t in themes if _mentions((w for some in t.words.values() for w in some), general)]
    return by_word or [t.key for t in themes if _mentions((text for _language, text in t.summary), general)]


def _own_names(theme: Theme) -> Iterator[str]:
    yield theme.key
    yield from (text for _language, text in theme.name)


def _mentions(texts: Iterable[str], general: set[Phrase]) -> bool:
    return any(part in general for text in texts for part in _parts(phrase_of(text)))


def _parts(phrase: Phrase) -> Iterator[Phrase]:
    for start in range(len(phrase)):
        yield from (phrase[start:end] for end in range(start + 1, len(phrase) + 1))


def _sounds(community: Community) -> dict[str, Meanings]:
    """Return how the network's cities sound."""
    found: dict[str, set[Concept]] = {}
    for city in community.cities:
        for name in _city_names(city):
            heard = sound("".join(words(name)))
            if len(heard) >= CLOSEST:
                found.setdefault(heard, set()).add(Concept(Sort.CITY, city.key))
    return {heard: frozenset(concepts) for heard, concepts in found.items()}


def is_thing(concept: Concept) -> bool:
    """Whether a meaning is only that of the glossary: the word's translations."""
    return concept.sort is Sort.TOPIC and concept.key.startswith(f"{_THINGS}/")


@cache
def topic_stems(key: str) -> tuple[frozenset[str], ...]:
    """Return the names of a topic (``subject/number``), each as the set of its stems."""
    subject, number = key.split("/")
    topics = GLOSSARY if subject == _THINGS else SUBJECTS[subject]
    phrases = {frozenset(phrase_of(name)) for name in topics[int(number)].names}
    return tuple(sorted(phrases, key=sorted))


def subject_stems(key: str) -> frozenset[str]:
    """Return the stems of the subject that a topic belongs to; none for what is only in the glossary."""
    subject, _number = key.split("/")
    return frozenset() if subject == _THINGS else frozenset().union(*topic_stems(f"{subject}/0"))


def said_in(word: str) -> frozenset[str]:
    """Return the languages that a folded word tells of."""
    return _by_language().get(word, frozenset({"ar"}) if is_arabic(word) else frozenset())


@cache
def _by_language() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for code in FILLER:
        for word in filler_of(code):
            found.setdefault(word, set()).add(code)
    for topics in (*SUBJECTS.values(), GLOSSARY):
        for topic in topics:
            for code, names in topic.by_language.items():
                for name in names:
                    for word in words(name):
                        found.setdefault(word, set()).add(code)
    return {word: frozenset(codes) for word, codes in found.items()}


__all__ = [
    "Concept",
    "Lexicon",
    "Phrase",
    "Sort",
    "lexicon_of",
    "phrase_of",
    "said_in",
    "stems",
    "topic_stems",
]
