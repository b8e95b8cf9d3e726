"""Whether a message has words or figures of a time that no part of its reading has taken. Pure.

Nothing of a time is passed over: what names a time by itself (a month, a part of the day, “14h”, “weekend”) counts
wherever it stands, unless it is part of a name (the table ``named_by_time``: “women's day”). A figure counts unless it
is known what it counts (``counted``: “30 people”) or numbers (``numbered``: “phase 2”), or it is a year.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from community.search.ordinary_words import is_ordinary
from community.search.when.planned_words import begins_what_is_planned, is_like_no_time
from community.search.when.when_words import WhenWords

_NAMES = (
    *("months", "day_parts", "this_part", "noon", "midnight", "today", "tomorrow", "yesterday"),
    *("day_after_tomorrow", "weekend", "weekdays", "each_weekday", "set_lengths", "unclear_hour"),
    *(
        "unclear_rule",
        "all_day",
        "daily",
        "each_workday",
        "workdays",
        "every_other",
        "one_in_two",
        "last_day",
    ),
    *(
        "loose_days",
        "past_hour",
        "fractions",
        "and_a_half",
        "of_each_month",
        "universal",
        "local_time",
        "my_time",
    ),
)
"""The tables of what names a time, or how often something is, by itself."""
_NAMING = ("named_by_time", "passed_over", "beside", "venues")
"""The tables of what may have a word of a time in it, and says none."""
_LONGEST_NAME = 5
_SHORTEST = 4
"""Letters of a name that is no short form, which may be another word: “mar”, “sat”, “set”."""
_FIRST_YEAR, _LAST_YEAR = 1990, 2199
_MOST_FIGURES = 4
_LEADING = (
    "ahead",
    "at",
    "starting",
    "until",
    "before",
    "due_by",
    "every",
    "day_marks",
    "lasting",
    "between",
)
"""The tables of what leads to the figure of a time."""
_COUNTING_SIGNS = "%€$£#°º"


def time_is_left(words: WhenWords, used: Collection[int]) -> bool:
    """Whether a word or figure of a time stands outside of the positions that are ``used``."""
    return any(_names_time(words, used, at) or _is_loose_figure(words, at) for at in _outside(words, used))


def time_is_named(words: WhenWords, used: Collection[int]) -> bool:
    """Whether a word that names a time by itself stands outside of the positions that are ``used``."""
    return any(_names_time(words, used, at) for at in _outside(words, used))


def _outside(words: WhenWords, used: Collection[int]) -> Iterator[int]:
    named = named_positions(words)
    return (at for at in range(len(words.tokens)) if at not in used and at not in named)


def named_positions(words: WhenWords, tables: Sequence[str] = _NAMING) -> frozenset[int]:
    """Return the positions of what is part of a name, or of a phrase that says no time."""
    return frozenset(_named(words, tables))


def _named(words: WhenWords, tables: Sequence[str]) -> Iterator[int]:
    for at in range(len(words.tokens)):
        end, time = words.end(at, *tables), words.end(at, *_NAMES)
        if end is not None and end >= (time or at):
            yield from range(at, end)


def _names_time(words: WhenWords, used: Collection[int], at: int) -> bool:
    token, end = words.tokens[at], words.end(at, *_NAMES)
    if words.end(at, "halves") in used or _begins_unknown_rule(words, at):
        return True
    if end is None or not token.is_word:
        return False
    if words.end(at, "loose_days") is not None:
        return True  # “dans une quinzaine”, though that is a word of every day
    is_short = len(token.text) < _SHORTEST and end not in used
    return end > at + 1 or not (is_short or is_ordinary(token.text, words.language))


def _begins_unknown_rule(words: WhenWords, at: int) -> bool:
    """Whether “every” stands before a word that nothing is known of; with its article that is “all the …” in Arabic."""
    behind = words.end(at, "every")
    if behind is None or behind >= len(words.tokens) or words.end(at, "changing", "other_days") is not None:
        return False
    token = words.tokens[behind]
    is_known = words.end(behind, "beside", "counted", "named_by_time") is not None
    is_named = is_known or begins_what_is_planned(words.language, words.tokens, behind)
    return token.is_word and token.text == token.base and not is_named


def _is_loose_figure(words: WhenWords, at: int) -> bool:
    """Whether a figure stands at a position of which it is not known what it counts or numbers."""
    token = words.tokens[at]
    if not token.is_number or len(token.text) > _MOST_FIGURES or _is_year(token.text):
        return False
    return not is_numbering(words, at) and not _is_counting(words, at)


def _is_year(text: str) -> bool:
    return _FIRST_YEAR <= int(text) <= _LAST_YEAR


def is_numbering(words: WhenWords, at: int) -> bool:
    """Whether a figure is the name of what stands before it: “phase 2”, “B12”, “n° 4”."""
    before = words.tokens[at - 1] if at > 0 else None
    if before is None:
        return False
    starts = range(max(0, at - _LONGEST_NAME), at)
    is_numbered = any(words.end(start, "numbered") == at for start in starts)
    is_code = before.is_word and words.tokens[at].is_glued
    return is_numbered or is_code or before.text in _COUNTING_SIGNS


def _is_counting(words: WhenWords, at: int) -> bool:
    """Whether what stands behind a figure is known to be counted: “30 people”, “the 3rd meeting”, “20 %”."""
    is_ordinal = words.is_ending(at + 1)
    place = at + 1 + is_ordinal
    if place >= len(words.tokens):
        return False
    is_name = not words.is_known(place) or words.end(place, "beside") is not None
    return (
        (is_ordinal and is_name and words.tokens[place].is_word)
        or words.sign(place, _COUNTING_SIGNS)
        or words.end(place, "counted") is not None
        or _may_be_counted(words, at, place)
        or begins_what_is_planned(words.language, words.tokens, place)
    )


def _may_be_counted(words: WhenWords, at: int, place: int) -> bool:
    """Whether a long word that is like no word of a time stands behind a figure that nothing of a time leads to."""
    is_led = any(words.end(start, *_LEADING) == at for start in range(max(0, at - _LONGEST_NAME), at))
    return not is_led and not words.is_known(place) and is_like_no_time(words.tokens[place].text)
