"""Whether words that are no part of a time that was read look like one: an unread figure, a misspelt month. Pure."""

from __future__ import annotations

from functools import cache

from community.search import word_tables
from community.search.ordinary_words import is_ordinary
from community.search.when.when_tokens import DASH, when_tokens
from community.search.when.when_words import UNITS, WhenWords, is_misspelt_month, is_short_day

_DAY = UNITS.index("day")
_MOST_HOURS = 2
"""Figures of an hour."""
_WEEK_SIGNS, _WEEKS = ("s", "w", "kw", "sem", "wk"), 53
_SHORTEST_SLANG = 3
"""Letters written on to a figure that are more than a unit of it: “2moro”, but not “3D”, “5G”."""


_MOST_LETTERS = 2
"""Letters of what may stand for “and” or “or” between two numbers."""
_PARTING = ',،()[]«»"“”*_.:;'


def is_unread(words: WhenWords, at: int) -> bool:
    """Whether what stands at a position outside of the time that was read looks like a time or a part of one."""
    return (
        _looks_like_time(words, at)
        or _may_be_hour(words, at)
        or _is_unread_word(words, at)
        or _may_be_dated(words, at)
        or numbers_week(words, at)
    )


def _looks_like_time(words: WhenWords, at: int) -> bool:
    """Whether figures with a sign between them stand there: 15:75, 31/2, 10-12, 8.12."""
    tokens = words.tokens
    if not tokens[at].is_number or at + 2 >= len(tokens) or len(tokens[at].text) > _MOST_HOURS:
        return False
    sign, second = tokens[at + 1], tokens[at + 2]
    is_short = second.is_number and len(second.text) <= _MOST_HOURS
    return sign.text in (":", "/", ".", DASH) and sign.is_glued and is_short


def _may_be_hour(words: WhenWords, at: int) -> bool:
    """Whether a number stands behind what leads to an hour: “at 1500”."""
    return words.digits(at) is not None and words.end(at - 1, "at") == at


def _is_unread_word(words: WhenWords, at: int) -> bool:
    """Whether figures are written on to letters that make no sign of them: “2moro”, “10ish”."""
    if (
        not words.tokens[at].is_number
        or at + 1 >= len(words.tokens)
        or len(words.tokens[at].text) > _MOST_HOURS
    ):
        return False
    word = words.tokens[at + 1]
    is_behind_word = words.tokens[at].is_glued and at > 0 and words.tokens[at - 1].is_word
    is_written_on = word.is_word and word.is_glued and len(word.text) >= _SHORTEST_SLANG
    return is_written_on and not is_behind_word and word.text not in _endings_of_ordinals()


def numbers_week(words: WhenWords, at: int) -> bool:
    """Whether “S50” or “W8” stands there, the week of a year."""
    if at + 1 >= len(words.tokens) or not words.tokens[at + 1].is_glued or not words.tokens[at + 1].is_number:
        return False
    is_end = at + 2 == len(words.tokens) or not words.tokens[at + 2].is_glued
    return is_end and words.tokens[at].text in _WEEK_SIGNS and 1 <= int(words.tokens[at + 1].text) <= _WEEKS


@cache
def _endings_of_ordinals() -> frozenset[str]:
    """Return what is written on to a figure in “2nd”, “2ème”, in any language."""
    named = (text for texts in word_tables.groups("when/nth").values() for text in texts)
    said = (when_tokens(text) for text in (*named, *word_tables.phrases("dates/ordinals")))
    return frozenset(tokens[-1].text for tokens in said if len(tokens) < 3 and tokens[-1].is_word)


def _may_be_dated(words: WhenWords, at: int) -> bool:
    """Whether a number stands beside what may be the misspelt name of a month: “3 febuary”, “febuary 3”."""
    word = words.tokens[at].text
    if (
        not is_misspelt_month(word)
        or words.end(at, "beside") is not None
        or is_ordinary(word, words.language)
    ):
        return False
    start = at - 1
    while start > 0 and words.digits(start) is None and words.end(start, "ordinals", "small") == start + 1:
        start -= 1
    places = (start, words.past(at + 1, "small"))
    return any(words.digits(place, most=2) is not None for place in places)


def names_some_day(words: WhenWords, at: int) -> bool:
    """Whether a day without a date is named there: “(at 10) on Christmas Eve”, “(às 10h) no dia combinado”."""
    unit = words.number(at, "units")
    return words.end(at, "unclear_day") is not None or (unit is not None and unit[0] == _DAY)


def joins_number(words: WhenWords, used: frozenset[int], first: int) -> bool:
    """Whether a number stands before a figure of the time, with but a letter or sign between: “19 x 20 Jan”."""
    if first < 2 or first - 1 in used or words.digits(first) is None:
        return False
    between, number = words.tokens[first - 1], words.digits(first - 2, most=_MOST_HOURS)
    is_sign = not between.is_word and not between.is_number and between.text not in _PARTING
    is_letter = between.is_word and len(between.text) <= _MOST_LETTERS and not words.is_known(first - 1)
    return number is not None and first - 2 not in used and (is_sign or is_letter)


def may_be_day(words: WhenWords, at: int) -> bool:
    """Whether a word of no table may be a day of the week in short, where no day was read."""
    word = words.tokens[at].text
    is_known = words.is_known(at) or is_ordinary(word, words.language) or word in _names_of_kinds()
    return is_short_day(word) and not is_known


@cache
def _names_of_kinds() -> frozenset[str]:
    """Return what is planned is called by, in any language."""
    named = (
        text
        for table in ("planning/events", "calendar/things")
        for texts in word_tables.groups(table).values()
        for text in texts
    )
    return frozenset(token.text for text in named for token in when_tokens(text))
