"""What words mean in every community, worked out from the word lists of all languages and kept compiled."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from community.core import words as word_forms
from community.core.compiled import compiled
from community.core.language_folders import LANGUAGES, languages_of_letters
from community.core.locale_texts import cldr_of
from community.core.words import words
from community.search import meanings, places, thesaurus, word_file_tables, word_files, word_tables
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

_SOURCES = tuple(
    Path(str(module.__file__))
    for module in (
        sys.modules[__name__],
        word_forms,
        word_tables,
        word_file_tables,
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
    *(
        (Sort.NOTHING, f"exclusions/{table}")
        for table in ("except", "outside", "not", "before_not", "behind")
    ),
    (Sort.NOTHING, "questions/titles"),
    (Sort.LEADING, "questions/leading"),
    (Sort.LEADS, "questions/leads"),
    (Sort.LED_BY, "questions/led_by"),
    (Sort.DEPUTY, "questions/deputy"),
    (Sort.NEWEST, "questions/newest"),
    (Sort.SPEAKING, "questions/speaking"),
    (Sort.WHO, "questions/who"),
    (Sort.HOW, "questions/how"),
)

Numbers = dict[Stems, int]
_Worked = tuple[
    list[tuple[tuple[str, str], ...]],
    tuple[Numbers, frozenset[str], frozenset[Stems]],
    Numbers,
    dict[str, Stems],
    dict[str, tuple[str, ...]],
]
"""As plain values: the sets of meanings that phrases have; for each phrase of stems the number of its set, the stems in
any of them, the beginnings of the longer ones; the same numbers for phrases of whole words; the names in the thesaurus
as phrases; the languages that have a word.
"""


@dataclass(frozen=True)
class PhraseTable:
    """Phrases with what they mean everywhere. Meanings are made when a phrase is looked up: a question has few."""

    numbers: Numbers

    def __contains__(self, phrase: Stems) -> bool:
        return phrase in self.numbers

    def any(self, phrase: Stems) -> Meanings:
        """Return all meanings of a phrase, also those that count only if no community adds another."""
        number = self.numbers.get(phrase)
        return frozenset() if number is None else _meanings(number)

    def settled(self, phrase: Stems) -> Meanings:
        """Return the meanings of a phrase that count where no community adds one."""
        number = self.numbers.get(phrase)
        return frozenset() if number is None else _settled(number)

    def items(self) -> Iterator[tuple[Stems, Meanings]]:
        """Give each phrase with the meanings that count."""
        yield from ((phrase, _settled(number)) for phrase, number in self.numbers.items())


@cache
def _meanings(number: int) -> Meanings:
    return frozenset(Concept(Sort(sort), key) for sort, key in _worked()[0][number])


@cache
def _settled(number: int) -> Meanings:
    return settled(_meanings(number))


def by_stems() -> PhraseTable:
    """Return the phrases as stems."""
    return PhraseTable(_worked()[1][0])


def by_words() -> PhraseTable:
    """Return the phrases as whole words."""
    return PhraseTable(_worked()[2])


def stems_known() -> frozenset[str]:
    """Return the stems that are in any phrase."""
    return _worked()[1][1]


def beginnings_known() -> frozenset[Stems]:
    """Return what longer phrases of stems begin with."""
    return _worked()[1][2]


def known_phrase(name: str) -> Stems:
    """Return what `phrase_of` does, without taking a name of the thesaurus apart again."""
    return _worked()[3].get(name) or phrase_of(name)


def said_in(word: str) -> Sequence[str]:
    """Return the languages that have a folded word; where no list has it, those that alone have its letters."""
    return _worked()[4].get(word) or languages_of_letters(word)


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
    return list(numbers), (stems, stems_of(stems), beginnings_of(stems)), whole, names, _languages_of_words()


def stems_of(phrases: Iterable[Stems]) -> frozenset[str]:
    """Return the stems in any of ``phrases``."""
    return frozenset(token for phrase in phrases for token in phrase)


def beginnings_of(phrases: Iterable[Stems]) -> frozenset[Stems]:
    """Return what those of ``phrases`` begin with that are longer than one word."""
    return frozenset(phrase[: n + 1] for phrase in phrases for n in range(len(phrase) - 1))


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
        for code, name in cldr_of(lang).languages.items():
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
