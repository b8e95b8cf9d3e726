"""Reading days out of a message in one language: dates, days of the week, “in three days”. Pure."""

from __future__ import annotations

from dataclasses import replace

from community.search.when import clock_reader
from community.search.when.when_parts import (
    AheadSaid,
    DateSaid,
    DayOne,
    FiguresSaid,
    LengthSaid,
    NthSaid,
    SoonSaid,
    StretchSaid,
    WeekdaySaid,
    Which,
)
from community.search.when.when_tokens import DASH
from community.search.when.when_words import UNITS, WhenWords

DAY, WEEK, MONTH = (UNITS.index(unit) for unit in ("day", "week", "month"))
_LOOSE = ((LengthSaid(1, WEEK), LengthSaid(8, DAY)), (LengthSaid(2, WEEK), LengthSaid(15, DAY)))
"""What the keys of ``loose_days`` mean: weeks, or so many days."""
LAST = -1
_NTH = (1, 2, 3, 4, 5, LAST)
_FIRST_YEAR, _LAST_YEAR = 1990, 2199


def day(words: WhenWords, at: int) -> tuple[DayOne, int] | None:
    """Read one day: “next Friday”, “vendredi 5 mars 2027”, “3/4”, “tomorrow”, “in three days”."""
    return (
        near(words, at)
        or _nth_of_month(words, at)
        or weekday_and_date(words, at)
        or date_at(words, at, is_marked=False)
        or _ahead(words, at)
    )


def near(words: WhenWords, at: int) -> tuple[DayOne, int] | None:
    for table, ahead in (("day_after_tomorrow", 2), ("tomorrow", 1), ("today", 0), ("yesterday", -1)):
        end = words.end(at, table)
        if end is not None:
            return AheadSaid(LengthSaid(ahead, DAY)), end
    return None


def weekday(words: WhenWords, at: int) -> tuple[WeekdaySaid, int] | None:
    """Read a day of the week and which one of them: “next Friday”, “vendredi prochain”, “mardi en huit”."""
    before = _which(words, at)
    start = at if before is None else words.past(before[1], "small")
    found = words.number(start, "weekdays")
    if found is None:
        return None
    number, end = found
    end = words.past(end, "weekday_endings")
    behind = _which(words, end)
    if behind is not None and words.end(behind[1], "units") is None:
        end = behind[1]
    elif before is None:
        return WeekdaySaid(number), end
    which = (behind or before or (Which.COMING, 0))[0]
    return WeekdaySaid(number, which), end


def _which(words: WhenWords, at: int) -> tuple[Which, int] | None:
    for table, which in (
        ("nearest", Which.COMING),
        ("week_later", Which.WEEK_LATER),
        ("fortnight_later", Which.FORTNIGHT_LATER),
        ("next", Which.NEXT),
        ("this", Which.COMING),
    ):
        end = words.end(at, table)
        if end is not None:
            return which, end
    return None


def weekday_and_date(words: WhenWords, at: int) -> tuple[DayOne, int] | None:
    found = weekday(words, at)
    if found is None:
        return None
    said, end = found
    place = words.past(past_comma(words, end), "small", "day_marks")
    dated = date_at(words, place, is_marked=True)
    if dated is None or said.which is not Which.COMING:
        return found
    match dated[0]:
        case DateSaid() | FiguresSaid():
            return replace(dated[0], weekday=said.weekday), dated[1]
        case _:
            return found


def past_comma(words: WhenWords, at: int) -> int:
    return at + words.sign(at, ",،")


def date_at(words: WhenWords, at: int, *, is_marked: bool) -> tuple[DateSaid | FiguresSaid, int] | None:
    """Read a date. ``is_marked``: a number alone is one, as behind a day of the week."""
    mark = words.end(at, "day_marks")
    start = at if mark is None else words.past(mark, "small", "day_marks")
    return (
        _iso(words, start)
        or _figures(words, start)
        or _day_month(words, start)
        or _month_day(words, start)
        or _day_alone(words, start, is_marked=is_marked or mark is not None)
    )


def _iso(words: WhenWords, at: int) -> tuple[DateSaid, int] | None:
    year, month, number = (words.digits(at + step) for step in (0, 2, 4))
    dashed = words.sign(at + 1, DASH, glued=True) and words.sign(at + 3, DASH, glued=True)
    if year is None or month is None or number is None or not dashed or year < _FIRST_YEAR:
        return None
    # The T between day and time of ISO 8601 is no word.
    behind = at + 5
    return DateSaid(number, month, year), behind + words.sign(behind, ("t",), glued=True)


def _figures(words: WhenWords, at: int) -> tuple[FiguresSaid, int] | None:
    """Read 3/4, 3/4/2027, 3.4.2027, 3-4-2027; with dots or dashes only where a year follows."""
    first, second = words.digits(at, most=2), words.digits(at + 2, most=2)
    mark = words.tokens[at + 1].text if at + 1 < len(words.tokens) else ""
    if first is None or second is None or mark not in ("/", ".", DASH) or not words.tokens[at + 1].is_glued:
        return None
    end = at + 3
    if words.sign(end, (mark,), glued=True):
        year = words.digits(end + 1, most=4, glued=True)
        return None if year is None else (FiguresSaid(first, second, year), end + 2)
    return (FiguresSaid(first, second), end) if mark == "/" else None


def _day_number(words: WhenWords, at: int) -> tuple[int, int] | None:
    """Read the number of a day: 3, 3rd, 1er, premier."""
    figures = words.digits(at, most=2)
    if figures is None:
        return words.number(at, "day_numbers")
    if not 1 <= figures <= 99:
        return None
    ordinal = words.end(at + 1, "ordinals")
    is_glued = ordinal is not None and words.tokens[at + 1].is_glued
    return figures, ordinal if is_glued and ordinal is not None else at + 1


def _day_month(words: WhenWords, at: int) -> tuple[DateSaid, int] | None:
    number = _day_number(words, at) or words.number(at, "numbers")
    month = None if number is None else words.number(words.past(number[1], "small"), "months")
    if number is None or month is None:
        return None
    year, end = _year(words, month[1])
    return DateSaid(number[0], month[0], year), end


def _month_day(words: WhenWords, at: int) -> tuple[DateSaid, int] | None:
    month = words.number(at, "months")
    number = None if month is None else _day_number(words, words.past(month[1], "small"))
    if month is None or number is None or _is_something_else(words, number[1]):
        return None
    year, end = _year(words, number[1])
    return DateSaid(number[0], month[0], year), end


def _year(words: WhenWords, at: int) -> tuple[int | None, int]:
    """Read the year behind a day or month; None and ``at`` where there is none."""
    place = words.past(past_comma(words, at), "small")
    year = words.digits(place)
    if year is None or not _FIRST_YEAR <= year <= _LAST_YEAR or words.end(place + 1, "hour_signs") is not None:
        return None, at
    return year, place + 1


def _day_alone(words: WhenWords, at: int, *, is_marked: bool) -> tuple[DateSaid, int] | None:
    number = _day_number(words, at) if words.digits(at, most=2) is not None else None
    has_ordinal = number is not None and number[1] > at + 1
    if number is None or not (is_marked or has_ordinal) or _is_something_else(words, number[1]):
        return None
    return DateSaid(number[0]), number[1]


def _is_something_else(words: WhenWords, at: int) -> bool:
    """Whether the number before a position is an hour, a share or an amount, and no day."""
    if words.sign(at, ":/.%h", glued=True):
        return True
    table = words.end(at, "hour_signs", "minute_signs", "am", "pm", "units", "times", "nth", "fractions")
    glued_word = at < len(words.tokens) and words.tokens[at].is_glued and words.tokens[at].is_word
    return table is not None or glued_word


def _nth_of_month(words: WhenWords, at: int) -> tuple[DayOne, int] | None:
    """Read “the first Thursday in March”, “o último sábado de maio”, or without a month."""
    found = nth_weekday(words, at)
    if found is None:
        return None
    nth, number, end = found
    month = words.number(words.past(end, "in_stretch", "small"), "months")
    if month is None:
        behind = words.end(end, "of_this_month")
        return NthSaid(nth, number), end if behind is None else behind
    year, behind = _year(words, month[1])
    return NthSaid(nth, number, month[0], year), behind


def nth_weekday(words: WhenWords, at: int) -> tuple[int, int, int] | None:
    """Read “the first Thursday”, “الخميس الأول”: which, of which weekday (Monday is 0), and the position behind."""
    start = words.past(at, "small")
    first = words.number(start, "nth")
    if first is not None:
        named = words.number(words.past(first[1], "small"), "weekdays")
        if named is None:
            return None
        return _NTH[first[0] - 1], named[0], words.past(named[1], "weekday_endings")
    named = words.number(start, "weekdays")
    behind = None if named is None else words.number(named[1], "nth")
    return None if named is None or behind is None else (_NTH[behind[0] - 1], named[0], behind[1])


def _ahead(words: WhenWords, at: int) -> tuple[AheadSaid, int] | None:
    found = _length_ahead(words, at)
    if found is None or found[0].unit not in (DAY, WEEK, MONTH, UNITS.index("year")):
        return None
    said, end = found
    loose = _loose(words, at)
    if loose is not None:
        return AheadSaid(*_LOOSE[loose[0]]), loose[1]
    return AheadSaid(said), end


def _loose(words: WhenWords, at: int) -> tuple[int, int] | None:
    opened = words.end(at, "ahead")
    return None if opened is None else words.number(opened, "loose_days")


def _length_ahead(words: WhenWords, at: int) -> tuple[LengthSaid, int] | None:
    opened = words.end(at, "ahead")
    found = clock_reader.length(words, at if opened is None else words.past(opened, "small"))
    if found is None:
        return None
    behind = words.end(found[1], "ahead_behind")
    if behind is not None:
        return found[0], behind
    return None if opened is None else found


def soon(words: WhenWords, at: int) -> tuple[SoonSaid, int] | None:
    """Read “in two hours”, “dans 90 minutes”: so long from this moment."""
    found = _length_ahead(words, at)
    minutes = None if found is None else in_minutes(found[0])
    return None if found is None or minutes is None else (SoonSaid(minutes), found[1])


def in_minutes(said: LengthSaid) -> int | None:
    """Return a length in minutes, None where it is in days or more."""
    if said.unit == clock_reader.MINUTE:
        return said.amount
    return said.amount * 60 + 30 * said.halves if said.unit == clock_reader.HOUR else None


def stretch(words: WhenWords, at: int) -> tuple[StretchSaid, int] | None:
    """Read a week or month: “next week”, “le mois prochain”, “in March”, “cette semaine”."""
    place = words.past(words.end(at, "in_stretch") or at, "small")
    for table, ahead in (("next", 1), ("nearest", 1), ("this", 0)):
        before = words.end(place, table)
        unit = words.number(place if before is None else before, "units")
        if unit is None or unit[0] not in (WEEK, MONTH):
            continue
        if before is not None:
            return StretchSaid(unit[0], ahead), unit[1]
        behind = words.end(unit[1], table)
        if behind is not None:
            return StretchSaid(unit[0], ahead), behind
    return _month(words, at)


def _month(words: WhenWords, at: int) -> tuple[StretchSaid, int] | None:
    """Read a month that “in” introduces, or that has its year."""
    opened = words.end(at, "in_stretch")
    found = words.number(words.past(opened or at, "small"), "months")
    if found is None:
        return None
    year, end = _year(words, found[1])
    if opened is None and year is None:
        return None
    return StretchSaid(MONTH, month=found[0], year=year), end
