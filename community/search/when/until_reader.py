"""Reading until when something goes on, or by when it is due, out of a message in one language. Pure."""

from __future__ import annotations

from dataclasses import replace

from community.search.when.day_reader import MONTH, WEEK, YEAR, day
from community.search.when.stretch_reader import stretch
from community.search.when.when_parts import DayOne, StretchSaid, UntilSaid
from community.search.when.when_words import WhenWords

_MOST_TIMES = 366


def until(words: WhenWords, at: int) -> tuple[UntilSaid, int] | None:
    """Read “until 30 June”, “jusqu'à fin juin”, “até ao fim do ano”, “ten times”."""
    times = _times(words, at)
    if times is not None:
        return times
    opened = words.end(at, "until")
    if opened is None:
        by_end = _by_the_end(words, words.end(at, "before", "due_by"))
        return None if by_end is None else (replace(by_end[0], is_by=True), by_end[1])
    found = day_behind(words, opened)
    if found is not None:
        return UntilSaid(day=found[0]), found[1]
    place = words.past(opened, "small", "day_marks")
    named = _whole(words, words.past(place, "small"))
    by_end = _by_the_end(words, opened) or _by_the_end(words, place)
    return by_end or (None if named is None else (UntilSaid(stretch=named[0]), named[1]))


def _by_the_end(words: WhenWords, at: int | None) -> tuple[UntilSaid, int] | None:
    """Read “the end of June” behind “until” or “by”."""
    end = None if at is None else words.end(at, "end_of")
    if end is None:
        return None
    place = words.past(end, "small")
    is_month = words.number(place, "months") is not None  # “the end of the month of June”
    named = _whole(words, place if is_month else end) or _whole(words, place)
    return None if named is None else (UntilSaid(stretch=named[0], is_end=True), named[1])


def _whole(words: WhenWords, at: int) -> tuple[StretchSaid, int] | None:
    """Read the month or year at whose end something ends."""
    month = words.number(at, "months")
    if month is not None:
        year = words.digits(words.past(month[1], "small"))
        if year is not None and year > 1900:
            return StretchSaid(MONTH, month=month[0], year=year), words.past(month[1], "small") + 1
        return StretchSaid(MONTH, month=month[0]), month[1]
    found = stretch(words, at)
    if found is not None:
        return found
    unit = words.number(at, "units")
    if unit is None or unit[0] not in (WEEK, MONTH, YEAR):
        return None
    return StretchSaid(unit[0]), words.past(unit[1], "this")


def _times(words: WhenWords, at: int) -> tuple[UntilSaid, int] | None:
    behind = words.end(at, "times_behind")
    counted = None if behind is None else words.amount(behind)
    if counted is not None and 1 < counted[0] <= _MOST_TIMES:
        return UntilSaid(times=counted[0]), counted[1]
    amount = words.amount(words.past(words.end(at, "lasting") or at, "small"))
    end = None if amount is None else words.end(amount[1], "times")
    if amount is None or end is None or not 1 < amount[0] <= _MOST_TIMES:
        return None
    return UntilSaid(times=amount[0]), end


def day_behind(words: WhenWords, at: int) -> tuple[DayOne, int] | None:
    """Read a day, behind small words if need be."""
    return day(words, at) or day(words, words.past(at, "small"))
