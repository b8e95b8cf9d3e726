"""What stands straight beside a time: whether it is a name, or for whom something is, and so none of the time. Pure."""

from __future__ import annotations

from community.core.sentence_patterns import TATWEEL
from community.search import word_tables
from community.search.when.unread_times import numbers_week
from community.search.when.when_words import WhenWords, is_misspelt_day, words_of_times

_SHORTEST_NAME = 4
"""Letters of a name with “for” written on to it."""
_LONGEST_LENGTH = 7
"""Words and figures of a length of time that is looked for: “for two and a half hours”."""


def is_named_by_number(words: WhenWords, at: int) -> bool:
    """Whether what has a number for a name stands at a position: “room 2”, “Q1”, but not “S8”, the week of a year."""
    if words.is_code(at + 1):
        return not numbers_week(words, at)
    numbered = words.end(at, "numbered")
    return numbered is not None and words.digits(numbered) is not None


def says_whom(words: WhenWords, at: int) -> bool:
    """Whether “for” is written on to a word there that is none of a time, as in Arabic: “الساعة 10 صباحا لكوماسي”."""
    word = words.tokens[at].text
    whom = word_tables.own_phrases_in(words.language, "planning/whom")
    written_on = (text.removesuffix(TATWEEL) for text in whom if text.endswith(TATWEEL))
    first = next((text for text in written_on if word.startswith(text)), None)
    if first is None or words.is_known(at) or len(word) < _SHORTEST_NAME:
        return False
    rest = word.removeprefix(first)
    return {rest, f"ا{rest}"}.isdisjoint(words_of_times()) and not is_misspelt_day(rest)


def is_joined_number(words: WhenWords, at: int, first: int) -> bool:
    """Whether a number in words stands before one with “and” written on to it: “الثالث والعشرون”."""
    is_number = words.end(at, "numbers", "day_numbers", "hour_words", "nth") == first
    return is_number and words.is_joined(first) and words.end(first, "numbers", "day_numbers") is not None


def names_length(words: WhenWords, at: int) -> bool:
    """Whether a length of time that was not read stands there: “for two or three hours”."""
    if words.end(at, "lasting") is None:
        return False
    for place in range(at, min(at + _LONGEST_LENGTH, len(words.tokens))):
        if words.number(place, "units") is not None:
            return True
        if not (words.tokens[place].is_word or words.tokens[place].is_number):
            return False
    return False
