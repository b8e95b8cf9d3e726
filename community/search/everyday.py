"""What words mean in every community, worked out from the word lists of all languages and kept compiled."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from babel import Locale

from community.core import words as word_forms
from community.core.compiled import compiled
from community.core.words import is_arabic, words
from community.search import meanings, places, thesaurus, word_files, word_tables
from community.search.meanings import (
    LONGEST_PHRASE,
    Concept,
    Meanings,
    Sort,
    Stems,
    phrase_of,
    settled,
    written_of,
)
from community.search.word_files import LANGUAGES

MeaningsByPhrase = Mapping[Stems, Meanings]

_SOURCES = tuple(
    Path(str(module.__file__))
    for module in (
        sys.modules[__name__],
        word_forms,
        word_tables,
        word_files,
        meanings,
        places,
        thesaurus,
    )
)
_GROUPED = (
    (Sort.KIND, "questions/kinds"),
    (Sort.RESOURCE_KIND, "questions/resource_kinds"),
    (Sort.STAGE, "questions/stages"),
    (Sort.FIELD, "questions/fields"),
)
_LISTED = (
    (Sort.NOTHING, "questions/no_meaning"),
    (Sort.LEADING, "questions/leading"),
    (Sort.LEADS, "questions/leads"),
    (Sort.LED_BY, "questions/led_by"),
    (Sort.DEPUTY, "questions/deputy"),
    (Sort.NEWEST, "questions/newest"),
    (Sort.SPEAKING, "questions/speaking"),
    (Sort.WHO, "questions/who"),
    (Sort.HOW, "questions/how"),
)

_Worked = tuple[
    list[tuple[tuple[str, str], ...]],
    dict[Stems, int],
    dict[Stems, int],
    dict[str, Stems],
    dict[str, tuple[str, ...]],
]
"""As plain values: the sets of meanings that phrases have; the number of its set for each phrase of stems, and of
whole words; the thesaurus's names as phrases; the languages that have a word.
"""


@cache
def by_stems() -> MeaningsByPhrase:
    """Return all meanings of each phrase of stems."""
    return _with(_all_meanings(), _worked()[1])


@cache
def by_words() -> MeaningsByPhrase:
    """Return all meanings of each phrase of whole words."""
    return _with(_all_meanings(), _worked()[2])


@cache
def settled_by_stems() -> MeaningsByPhrase:
    """Return the meanings of each phrase of stems to which no community adds one."""
    return _with(_settled_meanings(), _worked()[1])


@cache
def settled_by_words() -> MeaningsByPhrase:
    """Return the meanings of each phrase of whole words to which no community adds one."""
    return _with(_settled_meanings(), _worked()[2])


def known_phrase(name: str) -> Stems:
    """Return what `phrase_of` does, without taking a name of the thesaurus apart again."""
    return _worked()[3].get(name) or phrase_of(name)


def said_in(word: str) -> frozenset[str]:
    """Return the languages that have a folded word: one in Arabic letters is Arabic if no list has it."""
    found = _worked()[4].get(word)
    return frozenset(found or (("ar",) if is_arabic(word) else ()))


def _with(meanings_of: Sequence[Meanings], numbers: Mapping[Stems, int]) -> MeaningsByPhrase:
    return {phrase: meanings_of[number] for phrase, number in numbers.items()}


@cache
def _all_meanings() -> list[Meanings]:
    return [frozenset(Concept(Sort(sort), key) for sort, key in found) for found in _worked()[0]]


@cache
def _settled_meanings() -> list[Meanings]:
    return [settled(found) for found in _all_meanings()]


@cache
def _worked() -> _Worked:
    # Ten thousand phrases are taken apart: that takes longer than all else between a question and its answer.
    return compiled("everyday", _SOURCES, f"{word_files.digest()} {places.outside()}", _work_out)


def _work_out() -> _Worked:
    found: dict[Stems, set[Concept]] = {}
    written: dict[Stems, set[Concept]] = {}
    for text, concept in _texts():
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
    stems, whole = (_numbered(table, numbers) for table in (found, written))
    names = {
        name: phrase_of(name) for topics in thesaurus.subjects() for topic in topics for name in topic.names
    }
    return list(numbers), stems, whole, names, _languages_of_words()


def _numbered(
    table: Mapping[Stems, set[Concept]], numbers: dict[tuple[tuple[str, str], ...], int]
) -> dict[Stems, int]:
    """Return the number of each phrase's set of meanings; a set that is not in ``numbers`` gets the next one."""
    return {
        phrase: numbers.setdefault(
            tuple(sorted((concept.sort.value, concept.key) for concept in concepts)), len(numbers)
        )
        for phrase, concepts in table.items()
    }


def _texts() -> Iterator[tuple[str, Concept]]:
    """Give each text of the word lists that has a meaning, with the meaning."""
    passed_over = word_tables.folded("common/passed_over")
    yield from ((word, Concept(Sort.NOTHING, "")) for word in sorted(passed_over))
    empty = {phrase_of(word) for word in passed_over}
    for sort, key, text in _listed():
        # Without its small words "how-to" would say nothing.
        if len(words(text)) == 1 or phrase_of(text) not in empty:
            yield text, Concept(sort, key)
    for key, topic in thesaurus.topics():
        concept = Concept(Sort.TOPIC, key)
        yield from ((name, concept) for name in topic.names if not _is_cut_short(name))
    yield from ((name, Concept(Sort.ELSEWHERE, "")) for name in places.elsewhere())


def _listed() -> Iterator[tuple[Sort, str, str]]:
    for sort, table in _GROUPED:
        for key, texts in word_tables.groups(table).items():
            yield from ((sort, key, text) for text in texts)
    for sort, table in _LISTED:
        yield from ((sort, "", text) for text in word_tables.phrases(table))


def _is_cut_short(name: str) -> bool:
    """Whether one word is left of a name without its small words ("e-waste" is not any waste)."""
    return len(phrase_of(name)) == 1 < len(words(name))


def _language_names() -> Iterator[tuple[str, str]]:
    """Give the names of languages. Those of the CLDR only for languages with a short code: the others are rare."""
    for code, names in word_tables.groups("speakers/speakers").items():
        yield from ((name, code) for name in names)
    for lang in LANGUAGES:
        for code, name in Locale(lang).languages.items():
            if len(code) == 2 and len(name) > 2:
                yield name, code


def _languages_of_words() -> dict[str, tuple[str, ...]]:
    """Return the languages whose lists have a folded word: those of words that are passed over, and the thesaurus."""
    found: dict[str, set[str]] = {}
    for code in LANGUAGES:
        for word in word_tables.folded_in(code, "common/passed_over"):
            found.setdefault(word, set()).add(code)
    for _key, topic in thesaurus.topics():
        for code, names in topic.by_language.items():
            for name in names:
                for word in words(name):
                    found.setdefault(word, set()).add(code)
    return {word: tuple(sorted(codes)) for word, codes in found.items()}
