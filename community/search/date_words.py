"""The words of dates, from each language's `dates.yaml`, as they are looked up in a question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from community.core.words import is_arabic, stem, without_arabic_prefix, words
from community.search import word_tables


def forms(word: str) -> tuple[str, ...]:
    """Return a word, and without its article if it is Arabic; other stems would make a month of a market (marché)."""
    return (word, stem(word)) if is_arabic(word) else (word,)


@cache
def _words(table: str) -> frozenset[str]:
    return _all_forms(word_tables.phrases(f"dates/{table}"))


def _all_forms(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(form for text in texts for word in words(text) for form in forms(word))


@cache
def days_near() -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Return the phrases for today and the days beside it, as they are: in Arabic the stem of today is a day."""
    return {
        table: tuple(words(text) for text in word_tables.phrases(f"dates/{table}"))
        for table in ("today", "yesterday", "tomorrow")
    }


@cache
def _first_words(table: str) -> frozenset[str]:
    return frozenset(phrase[0] for phrase in days_near()[table])


def means(word: str, table: str) -> bool:
    """Whether a word of a question is in a table of `dates.yaml`."""
    if table in days_near():
        return not _first_words(table).isdisjoint(forms(word))
    among = _words(table)
    return word in among or (word not in _first_words("today") and not among.isdisjoint(forms(word)))


def says(said: Sequence[str], table: str) -> bool:
    """Whether a phrase of a table of `dates.yaml` is among the words of a question."""
    single, longer = _phrases(table)
    if any(form in single for word in said for form in (*forms(word), stem(word))):
        return True
    lengths = {len(phrase) for phrase in longer}
    return any(tuple(said[at : at + n]) in longer for n in lengths for at in range(len(said)))


@cache
def _phrases(table: str) -> tuple[frozenset[str], frozenset[tuple[str, ...]]]:
    """Return the phrases of a table that are one word, in all their forms, and those that are more."""
    phrases = word_tables.folded_phrases(f"dates/{table}")
    alone = word_tables.alone(f"dates/{table}")
    single = frozenset(form for word in alone for form in (*forms(word), stem(word)))
    return single, frozenset(phrase for phrase in phrases if len(phrase) > 1)


@cache
def _numbers(table: str) -> Mapping[str, int]:
    """Return the words of a grouped table with the place of their group, counted from 1."""
    groups = word_tables.groups(f"dates/{table}")
    return {word: number for number, texts in enumerate(groups.values(), 1) for word in _all_forms(texts)}


def number_in(table: str, word: str) -> int | None:
    """Return the number of a word in ``numbers``, ``weekdays`` or ``months``, counted from 1."""
    numbers = _numbers(table)
    return next(
        (numbers[form] for form in (*forms(word), *without_arabic_prefix(word)) if form in numbers), None
    )


@cache
def _units() -> Mapping[str, str]:
    return {
        word: unit for unit, texts in word_tables.groups("dates/units").items() for word in _all_forms(texts)
    }


def unit_of(word: str) -> str | None:
    """Return the length of time that a word names: ``day``, ``week``, ``month``, ``year``."""
    return next((_units()[form] for form in forms(word) if form in _units()), None)


@cache
def _pairs() -> Mapping[str, str]:
    return {
        word: unit
        for unit, texts in word_tables.groups("dates/two").items()
        for text in texts
        for word in words(text)
    }


def unit_of_two(word: str) -> str | None:
    """Return the length of time of which a word alone means two, as in Arabic."""
    return _pairs().get(word)


def without_ordinal(word: str) -> str:
    """Return a number without the ending of an ordinal: 3 for "3rd"."""
    for ending in word_tables.phrases("dates/ordinals"):
        word = word.removesuffix(ending) if word[:1].isdecimal() else word
    return word


@cache
def _in_every_date() -> frozenset[str]:
    names = (*_numbers("weekdays"), *_numbers("months"), *_units(), *_pairs())
    return frozenset(names).union(*map(_first_words, days_near()))


def may_name_a_date(said: Sequence[str]) -> bool:
    """Whether a word begins with a figure or is one of those of which every date has one: unit, day, month."""
    known = _in_every_date()
    if not known.isdisjoint(said):
        return True
    return any(word[0].isdecimal() or (is_arabic(word) and stem(word) in known) for word in said)
