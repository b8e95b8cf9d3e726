"""Which times of day may be meant by what somebody said of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from community.search import word_tables
from community.search.when.doubts import Doubt
from community.search.when.options import Options, asked, sure
from community.search.when.when_parts import ClockRange, ClockSaid, ClockStyle, DayPart, Half

_DAY, _HALF = 24 * 60, 12 * 60
_SIX = 6 * 60
_HOURS: Mapping[DayPart, range] = {
    DayPart.DAWN: range(1, 8),
    DayPart.MORNING: range(1, 12),
    DayPart.NOON: range(11, 16),
    DayPart.AFTERNOON: range(12, 20),
    DayPart.EVENING: range(16, 24),
    DayPart.NIGHT: range(18, 24),
}
"""The hours that each part of the day has."""
_EARLY = range(6)
"""Hours behind midnight, which are of the night too."""
_USUAL: Mapping[DayPart, tuple[int, ...]] = {
    DayPart.DAWN: (5, 6, 7),
    DayPart.MORNING: (8, 9, 10),
    DayPart.NOON: (12, 13),
    DayPart.AFTERNOON: (14, 15, 16),
    DayPart.EVENING: (18, 19, 20),
    DayPart.NIGHT: (20, 21, 22),
}
"""Hours that are offered where only a part of the day was said."""


@dataclass(frozen=True, slots=True)
class ClockSpan:
    """Minutes from midnight at which it starts, and how many it lasts; None where that was not said."""

    start: int
    lasts: int | None = None


@cache
def _doubted(language: str) -> tuple[frozenset[int], frozenset[int]]:
    """Return the hours that may be of the morning or the afternoon: the number alone, and with minutes or a sign."""
    bare, signed = (
        frozenset(map(int, word_tables.own_phrases_in(language, f"when/{table}")))
        for table in ("doubted_hours", "doubted_signed_hours")
    )
    return bare, signed


def of_part(part: DayPart) -> Options[ClockSpan]:
    """Return the hours to ask about where only a part of the day was said."""
    return asked(Doubt.WHICH_HOUR, *(ClockSpan(hour * 60) for hour in _USUAL[part]))


def of_clock(said: ClockSaid, part: DayPart | None, language: str) -> Options[ClockSpan]:
    """Return the times that may be meant; ``part`` is the part of the day that was said apart from the hour."""
    return _starts(said, part, language).then(lambda start: sure(ClockSpan(start)))


def _starts(said: ClockSaid, part: DayPart | None, language: str) -> Options[int]:
    part = said.part if said.part is not None else part
    if said.style is ClockStyle.FROM_SIX:
        return _from_six(said.minutes, part)
    if said.half is not None:
        return _in_half(said.minutes, said.half, part)
    if part is not None and said.style is not ClockStyle.MIDNIGHT:
        return _in_part(said.minutes, part)
    match said.style:
        case ClockStyle.MIDNIGHT:
            return Options((_DAY + said.minutes, said.minutes), Doubt.MIDNIGHT)
        case ClockStyle.EXACT:
            return sure(said.minutes)
        case _:
            return _maybe_afternoon(said, language)


def _maybe_afternoon(said: ClockSaid, language: str) -> Options[int]:
    bare, signed = _doubted(language)
    # A quarter to one is before one hour of the day or another, too.
    is_doubted = said.minutes < 60 or said.minutes // 60 in (
        bare if said.style is ClockStyle.BARE else signed
    )
    if not is_doubted or said.minutes >= _HALF + 60:
        return sure(said.minutes)
    return Options((said.minutes % _HALF + _HALF, said.minutes % _HALF), Doubt.HALF)


def _in_half(minutes: int, half: Half, part: DayPart | None) -> Options[int]:
    if minutes >= _HALF + 60:
        return sure(minutes) if half is Half.PM and minutes < _DAY else asked(Doubt.CONTRARY)
    meant = minutes % _HALF + (_HALF if half is Half.PM else 0)
    return sure(meant) if part is None or _is_in(meant, part) else asked(Doubt.CONTRARY, meant)


def _is_in(minutes: int, part: DayPart) -> bool:
    """Whether a time is in a part of the day."""
    hour = minutes // 60 % 24
    return hour in _HOURS[part] or (part is DayPart.NIGHT and hour in _EARLY)


def in_part(span: ClockSpan, part: DayPart | None) -> Options[ClockSpan]:
    """Return a time beside a part of the day that was said apart; where neither start nor end fits it is asked."""
    ends = (span.start, span.start + (span.lasts or 0))
    fits = part is None or span.start >= _DAY or any(_is_in(minutes, part) for minutes in ends)
    return sure(span) if fits else asked(Doubt.CONTRARY, span)


def _in_part(minutes: int, part: DayPart) -> Options[int]:
    both = (minutes, minutes % _HALF + _HALF) if minutes < _HALF + 60 else (minutes,)
    fitting = tuple(dict.fromkeys(each for each in both if each // 60 in _HOURS[part]))
    if fitting:
        return Options(fitting[-1:])
    if part in (DayPart.NIGHT, DayPart.EVENING) and minutes // 60 in (0, 12, 24):
        return Options((_DAY + minutes % 60, minutes % 60), Doubt.MIDNIGHT)
    if part is DayPart.NIGHT and 1 <= minutes // 60 <= 5:
        return Options((_DAY + minutes, minutes), Doubt.MIDNIGHT)
    return asked(Doubt.CONTRARY, *both)


def _from_six(minutes: int, part: DayPart | None) -> Options[int]:
    """Return the time of an hour that is counted from six: three in the morning is nine o'clock."""
    both = ((minutes + _SIX) % _HALF, (minutes + _SIX) % _HALF + _HALF)
    # Many say the hours of English in figures: both are asked about.
    return Options((both[0], both[1], minutes), Doubt.HALF) if part is None else _in_part(both[0], part)


def of_range(said: ClockRange, part: DayPart | None, language: str) -> Options[ClockSpan]:
    """Return from when to when it may be: each start with the first end behind it."""
    if said.last.part is not None and not _starts(said.last, None, language).is_certain:
        return asked(Doubt.CONTRARY)
    ends = _candidates(said.last, language)
    alone = said.first.half is None and said.first.part is None
    if alone and said.first.style in (ClockStyle.BARE, ClockStyle.SIGNED) and said.last.half is not None:
        return _by_its_end(said.first.minutes, ends)
    if alone and said.last.part is not None and part is None and said.first.style is not ClockStyle.EXACT:
        return _by_its_end(said.first.minutes, ends)
    return _starts(said.first, part, language).then(lambda start: _until(start, ends))


def _candidates(said: ClockSaid, language: str) -> tuple[int, ...]:
    """Return the times that an end may be: a number alone may be of either half of the day."""
    if said.style is ClockStyle.MIDNIGHT:
        return (_DAY + said.minutes,)
    if said.half is None and said.part is None and said.style is ClockStyle.BARE and said.minutes <= _HALF:
        return (said.minutes, said.minutes % _HALF + _HALF)
    if said.half is None and said.part is None and said.style is ClockStyle.SIGNED:
        return (
            said.minutes,
            *((said.minutes % _HALF + _HALF,) if said.minutes // 60 in _doubted(language)[1] else ()),
        )
    return _starts(said, None, language).values


def _by_its_end(minutes: int, ends: tuple[int, ...]) -> Options[ClockSpan]:
    """Return the shortest span to one of ``ends``, where “2 to 4 pm” says the half of the day once."""
    starts = {minutes, minutes % _HALF, minutes % _HALF + _HALF} if minutes < _HALF + 60 else {minutes}
    spans = sorted((end - start, start) for start in starts for end in ends if end > start)
    return sure(ClockSpan(spans[0][1], spans[0][0])) if spans else asked(Doubt.END)


def _until(start: int, ends: tuple[int, ...]) -> Options[ClockSpan]:
    behind = sorted(end for end in ends if end > start)
    if behind:
        return sure(ClockSpan(start, behind[0] - start))
    over_night = [end + _DAY - start for end in sorted(ends) if 0 < end + _DAY - start <= _HALF]
    return sure(ClockSpan(start, over_night[0])) if over_night and start >= _HALF else asked(Doubt.END)
