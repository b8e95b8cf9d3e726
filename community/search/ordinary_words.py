"""Words of every day that are never what is asked for: verbs, adverbs, adjectives, words of address. Pure.

They stand in `ordinary.yaml` of each language, a verb as the dictionary has it, with the beginnings and endings that
make its forms: the forms themselves are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from community.core.words import fold, is_arabic, stem, without_arabic_prefix, words
from community.search import thesaurus, word_tables

_FILE = "ordinary"
_NONE = "-"
"""Stands for no ending in the tables of endings."""
_SHORTEST_ADVERB = 8
"""Letters that a word must have more of to be an adverb by its ending alone."""
_SHORTEST_VERB = 3
"""Letters that are left of a verb at least where something is written on to it in front."""


@lru_cache(maxsize=20_000)
def is_ordinary(word: str, language: str) -> bool:
    """Whether a folded word is one of these in a language. What is in Arabic letters is Arabic."""
    code = "ar" if is_arabic(word) else language
    if word in _subjects(code):
        return False
    return word.isdecimal() or any(
        _is_listed(form, code) or _is_verb(form, code) for form in (word, *without_arabic_prefix(word))
    )


def is_adverb(word: str, language: str) -> bool:
    """Whether a folded word is an adverb of these in a language."""
    code = "ar" if is_arabic(word) else language
    return word in word_tables.folded_in(code, f"{_FILE}/adverbs") or _ends_as_adverb(word, code)


def is_verb(word: str, language: str) -> bool:
    """Whether a folded word is a form of a verb of these in a language. What is in Arabic letters is Arabic."""
    code = "ar" if is_arabic(word) else language
    forms = word_tables.folded_in(code, f"{_FILE}/verb_forms")
    return any(form in forms or _is_verb(form, code) for form in (word, *without_arabic_prefix(word)))


def _is_listed(word: str, language: str) -> bool:
    if stem(word) in _listed(language):
        return True
    if _ends_as_adverb(word, language):
        return True
    adjectives = _adjectives(language)
    return any(form in adjectives for form in _in_dictionary(word, _endings(language, "adjective_endings")))


def _ends_as_adverb(word: str, language: str) -> bool:
    return len(word) > _SHORTEST_ADVERB and word.endswith(_adverb_endings(language))


def _is_verb(word: str, language: str) -> bool:
    verbs, endings = _verbs(language), _endings(language, "verb_endings")
    for begun in _without_beginning(word, language):
        if begun in verbs or any(form in verbs for form in _in_dictionary(begun, endings)):
            return True
    return False


def _without_beginning(word: str, language: str) -> Iterator[str]:
    """Yield a word, and it without each of the beginnings that it may have."""
    yield word
    beginnings = _beginnings(language)
    for length in range(1, min(max(map(len, beginnings), default=0), len(word) - _SHORTEST_VERB) + 1):
        if word[:length] in beginnings:
            yield word[length:]


def _in_dictionary(word: str, endings: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield what the dictionary may have for a form."""
    for length in range(min(max(map(len, endings), default=0), len(word) - 1) + 1):
        begun, ending = word[: len(word) - length], word[len(word) - length :]
        yield from (begun + other for other in endings.get(ending, ()))


@cache
def _subjects(language: str) -> frozenset[str]:
    """Return the words that name what cities work on, some of which are forms of verbs too (French "marché")."""
    names = (
        words(name) for _key, topic in thesaurus.topics() for name in topic.by_language.get(language, ())
    )
    return frozenset(name[0] for name in names if len(name) == 1)


@cache
def _listed(language: str) -> frozenset[str]:
    tables = ("verb_forms", "adverbs", "adjectives", "others")
    return frozenset(
        stem(word) for table in tables for word in word_tables.folded_in(language, f"{_FILE}/{table}")
    )


@cache
def _verbs(language: str) -> frozenset[str]:
    return word_tables.folded_in(language, f"{_FILE}/verbs")


@cache
def _adjectives(language: str) -> frozenset[str]:
    return word_tables.folded_in(language, f"{_FILE}/adjectives")


@cache
def _beginnings(language: str) -> frozenset[str]:
    return frozenset(map(fold, word_tables.own_phrases_in(language, f"{_FILE}/verb_beginnings")))


@cache
def _adverb_endings(language: str) -> tuple[str, ...]:
    return tuple(map(fold, word_tables.own_phrases_in(language, f"{_FILE}/adverb_endings")))


@cache
def _endings(language: str, table: str) -> Mapping[str, tuple[str, ...]]:
    """Return, for each ending of a form, the endings that the dictionary may have instead."""
    found: dict[str, dict[str, None]] = {}
    for text in word_tables.own_phrases_in(language, f"{_FILE}/{table}"):
        first, *others = ("" if ending == _NONE else ending for ending in fold(text).split())
        for ending in (first, *others):
            found.setdefault(ending, {})[first] = None
    return {ending: tuple(instead) for ending, instead in found.items()}
