"""Whether what stands straight behind a time begins what is planned, and so is no part of the time. Pure.

Known are the words of the tables ``beside``, also with a slip, and what cities work on (the thesaurus). A word that a
time has in any language, or that is the name of a place, is never taken for one of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from community.core.words import stem
from community.search import thesaurus, word_tables
from community.search.ordinary_words import is_ordinary
from community.search.places import first_words_elsewhere
from community.search.spelling import CLOSEST, Spelling
from community.search.when.when_tokens import WhenToken, when_tokens
from community.search.when.when_words import words_of_times

_LONGEST = 4
"""Words of the longest name of a subject that is looked for."""


def begins_what_is_planned(language: str, tokens: Sequence[WhenToken], at: int) -> bool:
    """Whether the word at a position begins the name of a subject, or is a slip of what is planned in a language."""
    token = tokens[at]
    if not token.is_word or not {token.text, token.base}.isdisjoint(_of_others()):
        return False
    return _names_subject(tokens, at) or (not token.is_capital and _is_slip(language, token.text))


def is_like_no_time(word: str) -> bool:
    """Whether a folded word is long, and near to none of the words of times in any language."""
    is_long = len(word) >= CLOSEST and word.isalpha()
    return is_long and word not in _of_others() and not _others().nearest(word)


def _names_subject(tokens: Sequence[WhenToken], at: int) -> bool:
    said = tuple(stem(token.text) for token in tokens[at : at + _LONGEST])
    return any(said[: len(name)] == name for name in _subjects().get(said[0], ()))


@cache
def _subjects() -> Mapping[str, frozenset[tuple[str, ...]]]:
    """Return what the subjects and their topics are called, in stems, by the first of them."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for subject in thesaurus.subjects():
        for name in (name for topic in subject for name in topic.names):
            stems = tuple(stem(token.text) for token in when_tokens(name))
            if stems:
                found.setdefault(stems[0], set()).add(stems)
    return {first: frozenset(names) for first, names in found.items()}


@cache
def _of_others() -> frozenset[str]:
    """Return the words of times in any language, and of places."""
    return words_of_times() | first_words_elsewhere()


def _is_slip(language: str, word: str) -> bool:
    if len(word) < CLOSEST or is_ordinary(word, language):
        return False
    return bool(_planned(language).nearest(word)) and not _others().nearest(word)


@cache
def _planned(language: str) -> Spelling:
    said = (when_tokens(text) for text in word_tables.own_phrases_in(language, "when/beside"))
    return Spelling(sorted({tokens[0].text for tokens in said if len(tokens) == 1}))


@cache
def _others() -> Spelling:
    return Spelling(sorted(_of_others()))
