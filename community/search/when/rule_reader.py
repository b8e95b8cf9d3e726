"""Reading how something is repeated out of a message in one language: rule, first and last day, exceptions. Pure."""

from __future__ import annotations

from community.search.when.clock_reader import length
from community.search.when.day_reader import (
    DAY,
    LAST,
    MONTH,
    WEEK,
    date_at,
    day,
    named_weekday,
    nth_weekday,
)
from community.search.when.days_reader import listed_days
from community.search.when.doubts import Doubt
from community.search.when.nth_reader import nth_weekdays
from community.search.when.until_reader import day_behind
from community.search.when.when_parts import (
    AheadSaid,
    DateSaid,
    DayList,
    DayOne,
    DayRange,
    DoubtSaid,
    ExceptSaid,
    FiguresSaid,
    NthSaid,
    RuleSaid,
    StartSaid,
    WeekdaySaid,
)
from community.search.when.when_words import UNITS, WhenWords

YEAR = UNITS.index("year")
WORKDAYS = (0, 1, 2, 3, 4)
_ADVERBS = (
    ("daily", RuleSaid(DAY)),
    ("weekly", RuleSaid(WEEK)),
    ("fortnightly", RuleSaid(WEEK, 2)),
    ("monthly", RuleSaid(MONTH)),
    ("quarterly", RuleSaid(MONTH, 3)),
    ("half_yearly", RuleSaid(MONTH, 6)),
    ("yearly", RuleSaid(YEAR)),
)
_LONGEST_INTERVAL = 99


def rule(words: WhenWords, at: int) -> tuple[RuleSaid | DoubtSaid, int] | None:
    """Read “every two weeks”, “tous les lundis et jeudis”, “every first Thursday of the month”, “daily”."""
    return (
        _in_steps(words, at)
        or _every(words, at)
        or _each_workday(words, at)
        or _nth_of_each_month(words, at)
        or _day_of_each_month(words, at)
        or _one_in_two(words, at)
        or _adverb(words, at)
    )


def _every(words: WhenWords, at: int) -> tuple[RuleSaid | DoubtSaid, int] | None:
    other = words.end(at, "every_other")
    opened = words.end(at, "every") if other is None else other
    if opened is None:
        return None
    interval = 1 if other is None else 2
    behind = None if _is_long(words, opened) else _repeated(words, words.past(opened, "small"), interval)
    if behind is not None and isinstance(behind[0], RuleSaid) and behind[0].days:
        return behind
    return _repeated(words, opened, interval) or behind


def _is_long(words: WhenWords, at: int) -> bool:
    """Whether a week, month or year stands at a position: “كل سنة يوم الأحد” is no “كل يوم أحد”."""
    unit = words.number(at, "units")
    return unit is not None and unit[0] in (WEEK, MONTH, YEAR)


def _repeated(words: WhenWords, place: int, interval: int) -> tuple[RuleSaid | DoubtSaid, int] | None:
    """Read what stands behind “every”."""
    ranged = _weekday_range(words, place)
    if ranged is not None:
        return RuleSaid(WEEK, interval, ranged[0]), ranged[1]
    several = nth_weekdays(words, place)
    if several is not None:
        end = words.end(several[2], "of_each_month", "of_this_month")
        return RuleSaid(MONTH, interval, (several[1],), several[0]), several[2] if end is None else end
    nth = nth_weekday(words, place)
    if nth is not None:
        end = words.end(nth[2], "of_each_month", "of_this_month")
        if end is None and nth[0] not in (1, LAST):
            # “Every second Tuesday” is one in two to some, and the second of each month to others.
            return DoubtSaid(Doubt.REPEATED), nth[2]
        return RuleSaid(MONTH, interval, (nth[1],), (nth[0],)), nth[2] if end is None else end
    if words.end(place, "numbered_days") is not None and isinstance(
        (date_at(words, place, is_marked=False) or "_")[0], DateSaid
    ):
        return RuleSaid(MONTH, interval), place  # “todo dia 10”: the day is read by itself
    if words.number(place, "day_parts") is not None:
        return RuleSaid(DAY, interval), place  # the part of the day is read by itself
    return (
        _workdays(words, place)
        or _weekdays(words, place, interval)
        or _counted_weekday(words, place)
        or _units(words, place, interval)
        or _units_in_words(words, place)
    )


def _each_workday(words: WhenWords, at: int) -> tuple[RuleSaid, int] | None:
    """Read “weekdays”, “en semaine”: each of them, without “every”."""
    end = words.end(at, "each_workday")
    return None if end is None else (RuleSaid(WEEK, 1, WORKDAYS), end)


def _workdays(words: WhenWords, at: int) -> tuple[RuleSaid, int] | None:
    end = words.end(at, "workdays")
    return None if end is None else (RuleSaid(WEEK, 1, WORKDAYS), end)


def _weekdays(words: WhenWords, at: int, interval: int) -> tuple[RuleSaid, int] | None:
    """Read days of the week in a row: “Monday, Tuesday and Friday”, “les lundis et les jeudis”."""
    found: list[int] = []
    place, end = at, at
    while len(found) < 7 and (named := each_weekday(words, place)) is not None:
        found.append(named[0])
        end = named[1]
        comma = words.past_comma(end)
        place = words.past(words.end(comma, "and") or comma, "small", "every")
        if place == end and not words.is_joined(end):
            break
    return (RuleSaid(WEEK, interval, tuple(dict.fromkeys(found))), end) if found else None


def _weekday_range(words: WhenWords, at: int) -> tuple[tuple[int, ...], int] | None:
    """Read “Monday to Friday” behind “every”: each of these days, and not Monday until a Friday."""
    first = each_weekday(words, at)
    joined = None if first is None else words.end(first[1], "range_to", "days_to")
    last = None if joined is None else each_weekday(words, words.past(joined, "small", "day_marks"))
    if first is None or last is None or words.digits(words.past(last[1], "small"), most=2) is not None:
        return None
    return tuple(sorted((first[0] + ahead) % 7 for ahead in range((last[0] - first[0]) % 7 + 1))), last[1]


def _counted_weekday(words: WhenWords, at: int) -> tuple[RuleSaid, int] | None:
    """Read “2 Fridays”, “deux jeudis” behind “every”: one of so many weeks."""
    amount = words.amount(at)
    named = None if amount is None else each_weekday(words, amount[1])
    if amount is None or named is None or not 0 < amount[0] <= _LONGEST_INTERVAL:
        return None
    return RuleSaid(WEEK, amount[0], (named[0],)), named[1]


def each_weekday(words: WhenWords, at: int) -> tuple[int, int] | None:
    """Read a day of the week in the singular or plural, and what belongs to it."""
    found = words.number(at, "each_weekday") or named_weekday(words, at)
    return None if found is None else (found[0], words.past(found[1], "weekday_endings"))


def _units(words: WhenWords, at: int, interval: int) -> tuple[RuleSaid, int] | None:
    """Read “week”, “two weeks”, “3 mois”, “أسبوعين”, “quinze jours” behind “every”."""
    loose = words.number(at, "loose_days")
    if loose is not None:
        return RuleSaid(WEEK, loose[0] + 1), loose[1]
    pair = words.number(at, "two")
    if pair is not None and pair[0] <= YEAR:
        return RuleSaid(pair[0], 2), pair[1]
    single = words.number(at, "units")
    if single is not None and words.end(at, "counted_behind") is None:
        return (RuleSaid(single[0], interval), single[1]) if single[0] <= YEAR else None
    counted = length(words, at)
    if counted is None and single is not None and single[0] <= YEAR:
        return RuleSaid(single[0], interval), single[1]
    if counted is None or counted[0].unit > YEAR or not 0 < counted[0].amount <= _LONGEST_INTERVAL:
        return None
    return RuleSaid(counted[0].unit, counted[0].amount), counted[1]


def _units_in_words(words: WhenWords, at: int) -> tuple[RuleSaid, int] | None:
    """Read “every third week”."""
    nth = words.number(at, "nth")
    unit = None if nth is None or nth[0] > 5 else words.number(nth[1], "units")
    return (RuleSaid(unit[0], nth[0]), unit[1]) if nth is not None and unit is not None else None


def _in_steps(words: WhenWords, at: int) -> tuple[RuleSaid, int] | None:
    """Read “de duas em duas semanas”, “de 15 em 15 dias”."""
    opened = words.end(at, "steps_from")
    first = None if opened is None else words.amount(opened)
    joined = None if first is None else words.end(first[1], "steps_to")
    if first is None or joined is None:
        return None
    second = words.amount(joined)
    if second is None or second[0] != first[0]:
        return None
    return _units(words, joined, 1)


def _nth_of_each_month(words: WhenWords, at: int) -> tuple[RuleSaid | DoubtSaid, int] | None:
    """Read “the first Thursday of each month”, “on Mondays” in languages that say it by the plural."""
    several = nth_weekdays(words, at)
    if several is not None:
        return _several_of_each_month(words, *several)
    nth = nth_weekday(words, at)
    if nth is not None:
        end = words.end(nth[2], "of_each_month")
        return None if end is None else (RuleSaid(MONTH, 1, (nth[1],), (nth[0],)), end)
    plural = words.number(words.past(at, "small"), "each_weekday")
    if plural is None:
        return None
    found, end = [plural[0]], plural[1]
    while (joined := words.end(words.past_comma(end), "and")) is not None:
        further = words.number(words.past(joined, "small"), "each_weekday")
        if further is None:
            break
        found.append(further[0])
        end = further[1]
    return RuleSaid(WEEK, 1, tuple(dict.fromkeys(found))), end


def _several_of_each_month(
    words: WhenWords, nths: tuple[int, ...], weekday: int, at: int
) -> tuple[RuleSaid | DoubtSaid, int] | None:
    """Read “of each month” behind “the first and third Thursday”; “of the month” may be this one's two days."""
    each, this = words.end(at, "of_each_month"), words.end(at, "of_this_month")
    is_plural = words.number(at - 1, "each_weekday") is not None  # “les 1er et 3e jeudis du mois”
    if each is not None or (this is not None and is_plural):
        return RuleSaid(MONTH, 1, (weekday,), nths), each or this or at
    return None if this is None else (DoubtSaid(Doubt.REPEATED), this)


def _day_of_each_month(words: WhenWords, at: int) -> tuple[RuleSaid, int] | None:
    """Read “of each month” behind a day that is a part of its own: “le 15 de chaque mois”."""
    end = words.end(at, "of_each_month")
    return None if end is None else (RuleSaid(MONTH), end)


def _one_in_two(words: WhenWords, at: int) -> tuple[RuleSaid, int] | None:
    """Read “un lundi sur deux”, “une semaine sur trois”."""
    place = at + 1 if words.digits(at) == 1 else words.past(at, "small", "numbers")
    weekday, unit = each_weekday(words, place), words.number(place, "units")
    if weekday is not None:
        steps = _one_in(words, weekday[1])
        again = each_weekday(words, weekday[1] + 1)  # “quinta sim quinta não”
        is_other = steps is not None and again is not None and again[1] <= steps[1] and again[0] != weekday[0]
        return None if steps is None or is_other else (RuleSaid(WEEK, steps[0], (weekday[0],)), steps[1])
    if unit is not None and unit[0] <= YEAR:
        steps = _one_in(words, unit[1])
        return None if steps is None else (RuleSaid(unit[0], steps[0]), steps[1])
    return None


def _one_in(words: WhenWords, at: int) -> tuple[int, int] | None:
    end = words.end(at, "one_in_two")
    if end is not None:
        return 2, end
    opened = words.end(at, "one_in")
    steps = None if opened is None else words.amount(opened)
    return steps if steps is not None and 1 < steps[0] <= _LONGEST_INTERVAL else None


def _adverb(words: WhenWords, at: int) -> tuple[RuleSaid, int] | None:
    for table, said in _ADVERBS:
        end = words.end(at, table)
        if end is not None:
            return RuleSaid(said.unit, said.interval, is_adjective=True), end
    return None


def _numbered_day(words: WhenWords, at: int) -> tuple[DateSaid | FiguresSaid, int] | None:
    """Read the number of a day behind a word that stands before days alone: “à partir du 12”."""
    is_marked = words.end(at - 1, "days_from", "day_marks") == at
    return date_at(words, at, is_marked=True) if is_marked else None


def start(words: WhenWords, at: int) -> tuple[StartSaid, int] | None:
    """Read “from Monday on”, “à partir du 7 décembre”."""
    opened = words.end(at, "starting")
    found = None if opened is None else day_behind(words, opened) or _numbered_day(words, opened)
    if found is not None or opened is None:
        return None if found is None else (StartSaid(found[0]), found[1])
    month = words.number(words.past(opened, "small"), "months")
    if month is None:
        return None
    year, end = words.year_behind(month[1])
    return StartSaid(DateSaid(1, month[0], year), is_month=True), end


def exception(words: WhenWords, at: int) -> tuple[ExceptSaid, int] | None:
    """Read “except 5 January”, “sauf en août”, “except Sundays”."""
    opened = words.end(at, "except")
    if opened is None:
        return None
    months = _months(words, opened)
    if months is not None:
        return months
    place = words.past(opened, "small", "day_marks", "every")
    found = listed_days(words, place) or _numbered_day(words, place)
    plural = words.number(words.past(opened, "small", "every"), "each_weekday")
    if plural is not None and (found is None or plural[1] >= found[1]):
        return ExceptSaid((WeekdaySaid(plural[0]),)), plural[1]
    if found is None:
        return None
    match found[0]:
        case DayList(several):
            return ExceptSaid(several), found[1]
        case DayRange():
            return None
        case WeekdaySaid() | DateSaid() | FiguresSaid() | AheadSaid() | NthSaid() as one:
            listed: tuple[DayOne, ...] = (one,)
            return ExceptSaid(listed), found[1]


def _months(words: WhenWords, at: int) -> tuple[ExceptSaid, int] | None:
    found: list[int] = []
    place = end = words.past(words.end(at, "in_stretch") or at, "small")
    while (month := words.number(place, "months")) is not None and len(found) < 12:
        found.append(month[0])
        end = month[1]
        place = words.past(words.end(words.past_comma(end), "and") or words.past_comma(end), "small")
    is_month = found and day(words, words.past(at, "small", "day_marks")) is None
    return (ExceptSaid(months=tuple(found)), end) if is_month else None
