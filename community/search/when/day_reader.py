"""Reading days out of a message in one language: dates, days of the week, “in three days”. Pure."""

from __future__ import annotations

from dataclasses import replace

from community.search.when import clock_reader, hours_reader
from community.search.when.figure_dates import figures, iso
from community.search.when.near_days import near
from community.search.when.when_parts import (
    AheadSaid,
    DateSaid,
    DayOne,
    FiguresSaid,
    LengthSaid,
    NthSaid,
    SoonSaid,
    WeekdaySaid,
    Which,
)
from community.search.when.when_tokens import DASH
from community.search.when.when_words import UNITS, WhenWords

DAY, WEEK, MONTH, YEAR = (UNITS.index(unit) for unit in ("day", "week", "month", "year"))
_LOOSE = ((LengthSaid(1, WEEK), LengthSaid(8, DAY)), (LengthSaid(2, WEEK), LengthSaid(15, DAY)))
"""What the keys of ``loose_days`` mean: weeks, or so many days."""
LAST = -1
NTH = (1, 2, 3, 4, 5, LAST)
"""What the keys of ``nth`` mean, in their order."""


def day(words: WhenWords, at: int) -> tuple[DayOne, int] | None:
    """Read one day: “next Friday”, “vendredi 5 mars 2027”, “3/4”, “tomorrow”, “in three days”."""
    return (
        near(words, at)
        or _nth_of_month(words, at)
        or weekday_and_date(words, at)
        or date_at(words, at, is_marked=False)
        or _ahead(words, at)
    )


def weekday(words: WhenWords, at: int) -> tuple[WeekdaySaid, int] | None:
    """Read a day of the week and which one of them: “next Friday”, “vendredi prochain”, “mardi en huit”."""
    before = _which(words, at)
    start = at if before is None else words.past(before[1], "small")
    found = named_weekday(words, start)
    if found is None:
        return None
    number, end = found
    end = words.past(end, "weekday_endings")
    behind = _which(words, end)
    if behind is not None and not _is_of_stretch(words, behind[1]):
        end = behind[1]
    elif before is None:
        return WeekdaySaid(number), end
    which = (behind or before or (Which.COMING, 0))[0]
    return WeekdaySaid(number, which), end


def named_weekday(words: WhenWords, at: int) -> tuple[int, int] | None:
    """Read the name of a day of the week; “5ª” is one by what is behind it: “5ª às 11h”, but not “5ª reunião”."""
    found = words.number(at, "weekdays")
    if found is None or words.digits(at) is None or found[1] > at + 2:
        return found
    return found if words.is_ending(at + 1) and _goes_on_as_day(words, found[1]) else None


def _goes_on_as_day(words: WhenWords, at: int) -> bool:
    joined = words.end(at, "and", "range_to")
    if joined is not None and words.number(words.past(joined, "small"), "weekdays") is not None:
        return True
    if words.end(at, "at", "next", "this", "of_each_month", "of_this_month") is not None:
        return True
    if (words.end(at, "day_parts") or at) > at + 1:
        return True
    place = words.past_comma(at)
    is_time = (
        clock_reader.clock(words, place) is not None or hours_reader.clock_range(words, place) is not None
    )
    return is_time or date_at(words, place, is_marked=False) is not None


def _is_of_stretch(words: WhenWords, at: int) -> bool:
    """Whether a week or month stands there, to which “next” before it belongs: “Monday next week”."""
    unit = words.number(at, "units")
    return unit is not None and unit[0] in (WEEK, MONTH)


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
    """Read a day of the week, with its date where that follows: “vendredi 5 mars”."""
    found = weekday(words, at)
    if found is None:
        return None
    said, end = found
    behind = words.past_comma(end)
    place = words.past(behind, "small", "day_marks")
    dated = date_at(words, place, is_marked=True)
    if dated is not None and dated[0].weekday not in (None, said.weekday):
        dated = _bare_date(words, place, is_marked=True)  # the other day of the week is asked about
    if dated is None or said.which is not Which.COMING or _is_hour(words, behind):
        return found
    match dated[0]:
        case DateSaid() | FiguresSaid():
            return replace(dated[0], weekday=said.weekday), dated[1]
        case _:
            return found


def _is_hour(words: WhenWords, at: int) -> bool:
    """Whether an hour stands behind a day of the week: “Friday 9 to 5”, “sexta das 9 às 11”.

    What “at” joins is a day and an hour: “samedi 12 à 16h”.
    """
    is_number = words.digits(at, most=2) is not None and words.end(at + 1, "day_marks") is None
    if is_number and words.end(at + 1, "am", "pm", "day_parts") is not None:
        return True  # “sexta 10 da manhã”, but not “le vendredi 11 au matin”
    hours = hours_reader.clock_range(words, at)
    if words.end(at, "at") is not None or hours is None:
        return words.end(at, "at") is not None
    joined_at = words.end(at + 1, "at") if words.digits(at) is not None else None
    return joined_at is None


def date_at(words: WhenWords, at: int, *, is_marked: bool) -> tuple[DateSaid | FiguresSaid, int] | None:
    """Read a date. ``is_marked``: a number alone is one, as behind a day of the week."""
    found = _bare_date(words, at, is_marked=is_marked)
    is_last = found is not None and found[0] == DateSaid(LAST)
    return found if found is None or is_last else _with_weekday(words, *found)


def _bare_date(words: WhenWords, at: int, *, is_marked: bool) -> tuple[DateSaid | FiguresSaid, int] | None:
    """Read a date without the day of the week behind it."""
    mark = words.end(at, "day_marks")
    start = at if mark is None else words.past(mark, "small", "day_marks")
    last = words.end(words.past(start, "small"), "last_day")
    if last is not None:
        return DateSaid(LAST), last
    return (
        iso(words, start)
        or figures(words, start)
        or _day_month(words, start)
        or _month_day(words, start)
        or _day_alone(words, start, is_marked=is_marked or mark is not None)
    )


def _with_weekday(
    words: WhenWords, said: DateSaid | FiguresSaid, end: int
) -> tuple[DateSaid | FiguresSaid, int]:
    """Read the day of the week behind a date: “5 January, Tuesday”, “5 January (Tuesday)”."""
    opened = end + words.sign(end, ",،(")
    found = named_weekday(words, opened)
    if opened == end or found is None:
        return said, end
    behind = words.past(found[1], "weekday_endings")
    if _which(words, behind) is not None or _dates_behind(words, behind):
        return said, end
    return replace(said, weekday=found[0]), behind + words.sign(behind, ")")


def _dates_behind(words: WhenWords, at: int) -> bool:
    """Whether a day of the week has a date of its own, or another day joined to it: “3 March, Monday 8 March”."""
    place = words.past(at, "small", "day_marks")
    return words.digits(place, most=2) is not None and not _is_something_else(words, place + 1)


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
    parted = number is not None and words.sign(number[1], ("/", DASH, "."), glued=True)
    place = None if number is None else number[1] + 1 if parted else words.past(number[1], "small")
    month = None if place is None else words.number(place, "months")
    if number is not None and month is None and not parted:
        month = _month_in_figures(words, number[1])
    if number is None or month is None:
        return None
    joined = month[1] + (parted and words.sign(month[1], ("/", DASH, "."), glued=True))
    year, end = words.year_behind(joined)
    return DateSaid(number[0], month[0], year), month[1] if year is None else end


def _month_in_figures(words: WhenWords, at: int) -> tuple[int, int] | None:
    """Read the number of a month behind a day: “15 do 12”, “15 شهر 12”."""
    if at >= len(words.tokens) or not words.tokens[at].is_word:
        return None
    marked = words.end(at, "month_marks")
    number = None if marked is None else words.digits(marked, most=2)
    if marked is None or number is None or not 1 <= number <= 12 or _is_something_else(words, marked + 1):
        return None
    return number, marked + 1


def _month_day(words: WhenWords, at: int) -> tuple[DateSaid, int] | None:
    month = words.number(at, "months")
    number = None if month is None else _day_number(words, words.past(month[1], "small"))
    if month is None or number is None or _is_something_else(words, number[1]):
        return None
    year, end = words.year_behind(number[1])
    return DateSaid(number[0], month[0], year), end


def _day_alone(words: WhenWords, at: int, *, is_marked: bool) -> tuple[DateSaid, int] | None:
    number = _day_number(words, at)
    in_words = number is not None and words.digits(at, most=2) is None
    if in_words and number is not None and words.end(number[1], "of_each_month") is None:
        return None
    has_ordinal = number is not None and number[1] > at + 1
    if number is None or not (is_marked or has_ordinal or in_words) or _is_something_else(words, number[1]):
        return None
    return DateSaid(number[0]), number[1]


def _is_something_else(words: WhenWords, at: int) -> bool:
    """Whether the number before a position is an hour, a share or an amount, and no day."""
    if words.sign(at, ":/.%h", glued=True):
        return True
    unit = words.number(at, "units")
    if unit is not None and words.end(unit[1], "next", "this") is not None:
        return False  # “يوم 10 الشهر القادم”
    if (
        unit is not None
        and words.end(at, "at") is not None
        and words.tokens[at].text != words.tokens[at].base
    ):
        return False  # with its article the hour is one of the day: “يوم 15 الساعة 10”
    table = words.end(at, *_BEHIND_OTHERS)
    glued_word = at < len(words.tokens) and words.tokens[at].is_glued and words.tokens[at].is_word
    return table is not None or glued_word


_BEHIND_OTHERS = ("oclock", "hour_signs", "minute_signs", "am", "pm", "units", "times", "nth", "fractions")
"""The tables of what shows that the number before it is no day."""


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
    year, behind = words.year_behind(month[1])
    return NthSaid(nth, number, month[0], year), behind


def nth_weekday(words: WhenWords, at: int) -> tuple[int, int, int] | None:
    """Read “the first Thursday”, “الخميس الأول”: which, of which weekday (Monday is 0), and the position behind."""
    start = words.past(at, "small")
    first = words.number(start, "nth")
    if first is not None:
        # With its article an Arabic “third” is said of what is before it: “the third meeting, on Friday”.
        is_of_noun = words.tokens[start].text != words.tokens[start].base
        place = first[1] if is_of_noun else words.past(first[1], "small")
        named = named_weekday(words, place) or words.number(place, "each_weekday")
        if named is None:
            return None
        return NTH[first[0] - 1], named[0], words.past(named[1], "weekday_endings")
    named = named_weekday(words, start)
    behind = None if named is None else words.number(named[1], "nth_behind")
    return None if named is None or behind is None else (NTH[behind[0] - 1], named[0], behind[1])


def _ahead(words: WhenWords, at: int) -> tuple[AheadSaid, int] | None:
    opened = words.end(at, "ahead")
    loose = None if opened is None else _loose(words, opened)
    if loose is not None:
        return AheadSaid(*_LOOSE[loose[0]]), loose[1]
    found = _length_ahead(words, at, opened)
    if found is None or found[0].unit not in (DAY, WEEK, MONTH, YEAR):
        return None
    return AheadSaid(found[0]), found[1]


def _loose(words: WhenWords, opened: int) -> tuple[int, int] | None:
    one = words.number(opened, "numbers")  # “dans une quinzaine”
    return words.number(one[1] if one is not None and one[0] == 1 else opened, "loose_days")


def _length_ahead(words: WhenWords, at: int, opened: int | None) -> tuple[LengthSaid, int] | None:
    found = clock_reader.length(words, at if opened is None else words.past(opened, "small"))
    if found is None:
        found = None if opened is None else clock_reader.one_unit(words, opened)
    if found is None:
        return None
    behind = words.end(found[1], "ahead_behind")
    if behind is not None:
        return found[0], behind
    return None if opened is None else found


def soon(words: WhenWords, at: int) -> tuple[SoonSaid, int] | None:
    """Read “in two hours”, “dans 90 minutes”: so long from this moment."""
    found = _length_ahead(words, at, words.end(at, "ahead"))
    minutes = None if found is None else in_minutes(found[0])
    return None if found is None or minutes is None else (SoonSaid(minutes), found[1])


def in_minutes(said: LengthSaid) -> int | None:
    """Return a length in minutes, None where it is in days or more."""
    if said.unit == clock_reader.MINUTE:
        return said.amount
    return said.amount * 60 + 30 * said.halves if said.unit == clock_reader.HOUR else None
