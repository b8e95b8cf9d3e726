"""Reading from which time of day to which another something lasts, in one language. Pure."""

from __future__ import annotations

from community.search.when.clock_reader import clock
from community.search.when.when_parts import ClockRange, ClockSaid, ClockStyle
from community.search.when.when_tokens import DASH
from community.search.when.when_words import WhenWords

_YEARS = range(1990, 2200)
_FIGURES, _HOURS, _MINUTES, _STEP = 4, 24, 60, 5
"""Figures of an hour with its minutes, and which hours and minutes there are."""


def clock_range(words: WhenWords, at: int) -> tuple[ClockRange, int] | None:
    """Read “from 9 to 11”, “de 9h à midi”, “2-4pm”, “15:00–16:30”, “1400-1530”."""
    without_sign = _without_sign(words, at)
    if without_sign is not None:
        return without_sign
    opened = words.end(at, "range_from", "between")
    start = at if opened is None else words.past(opened, "small")
    first = clock(words, start, is_bare=True)
    if first is None or words.sign(at - 1, ("t",), glued=True):
        return None  # behind the T of ISO 8601 a dash begins the distance from UTC
    joined = _joiner(words, first[1], is_between=words.end(at, "between") is not None)
    last = None if joined is None else clock(words, joined, is_bare=True)
    if joined is None or last is None:
        return None
    is_opened = opened is not None or words.end(start, "at") is not None
    if (
        not is_opened
        and _is_plain(first[0])
        and _is_plain(last[0])
        and not _in_figures(words, first[1], joined)
    ):
        return None
    may_be_days = (
        words.end(at, "range_from_perhaps") == start
        and _is_number_alone(words, first)
        and _is_number_alone(words, last)
    )
    return ClockRange(first[0], last[0], may_be_days), last[1]


def _without_sign(words: WhenWords, at: int) -> tuple[ClockRange, int] | None:
    """Read “1400-1530”, but no years, and nothing with other minutes than whole fives."""
    if at >= len(words.tokens) or len(words.tokens[at].text) != _FIGURES:
        return None
    is_joined = words.sign(at + 1, DASH, glued=True) and words.digits(at + 2, glued=True) is not None
    if not is_joined or words.digits(at) is None:
        return None
    numbers = (words.digits(at), words.digits(at + 2))
    both = [_in_four_figures(words.tokens[place].text) for place in (at, at + 2)]
    if None in both or all(number in _YEARS for number in numbers):
        return None
    first, last = (ClockSaid(minutes, ClockStyle.EXACT) for minutes in both if minutes is not None)
    return ClockRange(first, last), at + 3


def _in_four_figures(text: str) -> int | None:
    """Return the minutes from midnight of “1530”, None for other numbers."""
    if not text.isdecimal() or len(text) != _FIGURES:
        return None
    hour, minute = divmod(int(text), 100)
    return hour * 60 + minute if hour < _HOURS and minute < _MINUTES and minute % _STEP == 0 else None


def _is_number_alone(words: WhenWords, read: tuple[ClockSaid, int]) -> bool:
    """Whether nothing but figures was read: “14”, and neither “14h” nor “às 14”."""
    said, end = read
    is_number = words.digits(end - 1, most=2) is not None and not words.sign(end - 2, ":h")
    is_led = words.end(end - 2, "at") == end - 1 and len(words.tokens[end - 2].text) > 1  # “a” is “à” too
    return is_number and not is_led and said.half is None and said.part is None


def _is_plain(said: ClockSaid) -> bool:
    """Whether nothing but what stands before it says that a number is an hour."""
    return said.style is ClockStyle.BARE and said.half is None and said.part is None


def _in_figures(words: WhenWords, end: int, joined: int) -> bool:
    """Whether it is “9 to 5” and neither “nine to five”, which is before five, nor “9-5”."""
    return (
        words.digits(end - 1) is not None and words.digits(joined) is not None and not words.sign(end, DASH)
    )


def _joiner(words: WhenWords, at: int, *, is_between: bool) -> int | None:
    if words.sign(at, DASH):
        return at + 1
    if at < len(words.tokens) and words.tokens[at].is_dashed:
        return at  # “9am-noon”
    if words.is_ending(at):
        return None
    found = words.end(at, "range_to")
    if found is None and is_between:
        found = words.end(at, "and")
    return found
