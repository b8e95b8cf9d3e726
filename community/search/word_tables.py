"""The word lists of all languages, as the search looks words up in them.

A table is named ``file/table``: ``questions/who`` is the table `who` of `questions.yaml`. A question may mix languages,
so what is looked up is the table of all languages together, unless one is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from community.core.compiled import compiled
from community.core.language_folders import LANGUAGES, with_fallbacks
from community.core.sentence_patterns import expanded
from community.core.words import stem, words
from community.search import word_file_tables, word_files, word_page
from community.search.word_page import Table, Tables

Phrases = tuple[str, ...]


@cache
def _tables() -> dict[str, Tables]:
    # YAML takes longer to read than all else between a question and its answer.
    sources = [Path(str(module.__file__)) for module in (word_file_tables, word_files, word_page)]
    sources.append(Path(__file__))
    return compiled("word_tables", sources, word_files.digest(), word_files.read_languages)


def _list(table: Table) -> Phrases:
    return tuple(table) if isinstance(table, list) else ()


def _group(table: Table) -> Mapping[str, list[str]]:
    return table if isinstance(table, dict) else {}


def own_phrases_in(language: str, table: str) -> Phrases:
    """Return the words and phrases of a table in one language, as they are written in the file; none without one."""
    return _list(_tables()[language].get(table, []))


def own_groups_in(language: str, table: str) -> Mapping[str, list[str]]:
    """Return the words and phrases of a grouped table in one language, by the keys of the group; none without one."""
    return _group(_tables()[language].get(table, {}))


def phrases_in(language: str, table: str) -> Phrases:
    """Return the words and phrases of a table in one language; where it has none, of the one that stands in for it."""
    return _list(_tables()[_having(language, table)][table])


def _having(language: str, table: str) -> str:
    return next(code for code in with_fallbacks(language) if table in _tables()[code])


@cache
def expanded_in(language: str, table: str) -> Phrases:
    """Return every phrase that the patterns of a table stand for, in one language."""
    return tuple(
        dict.fromkeys(phrase for pattern in phrases_in(language, table) for phrase in expanded(pattern))
    )


@cache
def expanded_words(table: str) -> Mapping[str, frozenset[Phrases]]:
    """Return the words of every phrase that the patterns of a table stand for, by each language that has it."""
    having = (language for language in LANGUAGES if table in _tables()[language])
    return {language: frozenset(map(words, expanded_in(language, table))) for language in having}


def groups_in(language: str, table: str) -> Mapping[str, list[str]]:
    """Return the words and phrases of a grouped table by the keys of the group.

    What the language does not have is that of the one that stands in for it.
    """
    found: dict[str, list[str]] = {}
    for code in reversed(with_fallbacks(language)):
        found |= _group(_tables()[code].get(table, {}))
    return found


def lists_in(language: str, file: str) -> Mapping[str, list[str]]:
    """Return the tables of a file that are lists, by their names: each in the first language that has it, as above."""
    start = f"{file}/"
    tables = (item for code in reversed(with_fallbacks(language)) for item in _tables()[code].items())
    return {
        name.removeprefix(start): table
        for name, table in tables
        if name.startswith(start) and isinstance(table, list)
    }


@cache
def phrases(table: str) -> Phrases:
    """Return the words and phrases of a table in all languages."""
    return tuple(dict.fromkeys(text for language in LANGUAGES for text in own_phrases_in(language, table)))


@cache
def groups(table: str) -> Mapping[str, Phrases]:
    """Return the words and phrases of a grouped table in all languages, by the keys of the group."""
    found: dict[str, dict[str, None]] = {}
    for language in LANGUAGES:
        for key, texts in _group(_tables()[language].get(table, {})).items():
            found.setdefault(key, {}).update(dict.fromkeys(texts))
    return {key: tuple(texts) for key, texts in found.items()}


def world(table: str) -> Phrases:
    """Return a list that is the same in each language: ``towns/towns``, or the countries of a region."""
    return _list(_tables()[""][table])


def world_groups(table: str) -> Mapping[str, list[str]]:
    """Return a grouped table that is the same in each language: ``letters/vowels``."""
    return _group(_tables()[""][table])


@cache
def folded(table: str) -> frozenset[str]:
    """Return the words of a table without case and accents; phrases word by word."""
    return frozenset(word for text in phrases(table) for word in words(text))


@cache
def folded_in(language: str, table: str) -> frozenset[str]:
    """Return the same of one language; none where it does not have the table."""
    return frozenset(word for text in own_phrases_in(language, table) for word in words(text))


@cache
def folded_phrases(table: str) -> frozenset[Phrases]:
    """Return each phrase of a table as its words, without case and accents."""
    return frozenset(words(text) for text in phrases(table))


@cache
def alone(table: str) -> frozenset[str]:
    """Return the phrases of a table that are one word, without case and accents."""
    return _alone(phrases(table))


@cache
def alone_in(language: str, table: str) -> frozenset[str]:
    """Return the same of one language; none where it does not have the table."""
    return _alone(own_phrases_in(language, table))


def _alone(texts: Phrases) -> frozenset[str]:
    return frozenset(said[0] for said in map(words, texts) if len(said) == 1)


@cache
def words_in(language: str, table: str) -> frozenset[Phrases]:
    """Return each phrase of a table as its words, in one language."""
    return frozenset(words(text) for text in phrases_in(language, table))


@cache
def word_stems(table: str) -> frozenset[str]:
    """Return the stems of the words of a table."""
    return frozenset(map(stem, folded(table)))
