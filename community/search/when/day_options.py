"""Which days may be meant by what somebody said of them. Pure: today is an argument."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from community.description.times import MAXIMUM_YEAR
from community.search.when.day_reader import LAST
from community.search.when.doubts import Doubt
from community.search.when.options import Options, asked, sure
from community.search.when.when_parts import (
    AheadSaid,
    DateSaid,
    DayOne,
    FiguresSaid,
    LengthSaid,
    NthSaid,
    StretchSaid,
    WeekdaySaid,
    Which,
)
from community.search.when.when_words import UNITS

_WEEK = timedelta(weeks=1)
_LONG_AGO = timedelta(days=92)
"""A day without its year that was less than this ago may be meant: it is asked."""
_YEARS_AHEAD = 9
"""In so many years there is a 29 February, in 1896–1904 and 2096–2104 just so."""
_CENTURY = 100
_MONTHS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class DaySetting:
    """What days are reckoned from. ``is_today_over``: the time of day that was said has passed today."""

    today: date
    month_first: bool = False
    is_today_over: bool = False
    any_week: bool = False
    """Whether today will do for its weekday, as where something is repeated every week."""


def day_options(said: DayOne, setting: DaySetting) -> Options[date]:
    """Return the days that may be meant."""
    match said:
        case WeekdaySaid():
            return _weekday(said, setting)
        case DateSaid():
            return _date(said, setting)
        case FiguresSaid():
            return _figures(said, setting)
        case AheadSaid():
            return _ahead(said, setting.today)
        case NthSaid():
            return _nth(said, setting.today)


def _weekday(said: WeekdaySaid, setting: DaySetting) -> Options[date]:
    today = setting.today
    ahead = (said.weekday - today.weekday()) % 7
    coming = today + timedelta(days=ahead)
    match said.which:
        case Which.WEEK_LATER | Which.FORTNIGHT_LATER as which:
            later = coming + (_WEEK if which is Which.WEEK_LATER else 2 * _WEEK)
            # A week later than today, or than the next day of that name.
            return sure(later) if ahead else Options((later, later + _WEEK), Doubt.WHICH_DAY)
        case Which.NEXT if ahead == 0:
            return sure(coming + _WEEK)
        case Which.NEXT if _is_same_week(today, coming):
            return Options((coming, coming + _WEEK), Doubt.THIS_OR_NEXT)
        case Which.COMING if ahead == 0 and setting.is_today_over:
            return sure(coming + _WEEK)
        case Which.COMING if ahead == 0 and not setting.any_week:
            return Options((coming, coming + _WEEK), Doubt.TODAY_OR_WEEK)
        case _:
            return sure(coming)


def _is_same_week(today: date, other: date) -> bool:
    """Whether two days are of one week, be it reckoned from Monday or, as in many places, from Sunday."""
    return any(
        today - timedelta(days=(today.weekday() + shift) % 7)
        == other - timedelta(days=(other.weekday() + shift) % 7)
        for shift in (0, 1)
    )


def _made(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def in_month(first: date, number: int) -> date | None:
    """Return a day of the month that begins with ``first``; -1 is its last."""
    return (
        first + relativedelta(months=1, days=-1) if number == LAST else _made(first.year, first.month, number)
    )


def _date(said: DateSaid, setting: DaySetting) -> Options[date]:
    if said.month is None:
        return _day_of_month(said, setting)
    if said.year is None:
        return _without_year(said, said.month, setting.today)
    found = _made(said.year, said.month, said.day)
    return asked(Doubt.NO_SUCH_DAY) if found is None else _on_weekday(found, said.weekday)


def _on_weekday(found: date, weekday: int | None) -> Options[date]:
    if weekday is None or found.weekday() == weekday:
        return sure(found)
    return asked(Doubt.WEEKDAY, found, _nearest(found, weekday))


def _day_of_month(said: DateSaid, setting: DaySetting) -> Options[date]:
    """Return the coming day with that number; today may be meant, or the same day of another month."""
    first = setting.today.replace(day=1)
    months = (first + relativedelta(months=ahead) for ahead in range(_MONTHS_AHEAD))
    days = (in_month(month, said.day) for month in months)
    found = [each for each in days if each is not None and each >= setting.today]
    if setting.is_today_over:
        found = [each for each in found if each > setting.today]
    if not found:
        return asked(Doubt.NO_SUCH_DAY)
    if found[0] == setting.today and said.weekday is None:
        return Options(tuple(found[:2]), Doubt.WHICH_DAY)
    return _on_weekday(found[0], said.weekday)


def _without_year(said: DateSaid, month: int, today: date) -> Options[date]:
    """Return the coming day; one that has just passed is asked about, and so is one of another weekday."""
    years = (today.year + ahead for ahead in range(_YEARS_AHEAD))
    days = [found for year in years if (found := _made(year, month, said.day)) is not None]
    coming = [each for each in days if each >= today]
    if not coming:
        return asked(Doubt.NO_SUCH_DAY)
    if coming[0].year > today.year + 1:
        return asked(Doubt.YEAR, coming[0])
    if said.weekday is not None:
        return _by_weekday(days, said.weekday, today)
    if days[0] < today and today - days[0] < _LONG_AGO:
        return asked(Doubt.YEAR, coming[0])
    return sure(coming[0])


def _by_weekday(days: list[date], weekday: int, today: date) -> Options[date]:
    """Return the first of the same days of some years, if it is of that weekday."""
    first = next(each for each in days if each >= today)
    if first.weekday() == weekday:
        return sure(first)
    if days[0] < today and today - days[0] < _LONG_AGO and days[0].weekday() == weekday:
        return asked(Doubt.PASSED, first)
    return asked(Doubt.WEEKDAY, first, _nearest(first, weekday))


def _nearest(day: date, weekday: int) -> date:
    """Return the day of that weekday which is nearest to a day."""
    ahead = (weekday - day.weekday() + 3) % 7 - 3
    return day + timedelta(days=ahead)


def _figures(said: FiguresSaid, setting: DaySetting) -> Options[date]:
    if said.year is not None and said.year < 1000:
        if said.year >= _CENTURY:
            return asked(Doubt.NO_SUCH_DAY)
        written = replace(said, year=2000 + said.year)
        return asked(Doubt.SHORT_YEAR, *_figures(written, setting).values)
    orders = [(said.first, said.second)]
    if setting.month_first or said.second > _MONTHS_AHEAD:
        orders.append((said.second, said.first))
    dated = (DateSaid(day, month, said.year, said.weekday) for day, month in orders if 1 <= month <= 12)
    found = [_date(each, setting) for each in dated]
    possible = [each for each in found if each.doubt is not Doubt.NO_SUCH_DAY]
    if not possible:
        return asked(Doubt.NO_SUCH_DAY)
    if len(possible) == 1:
        return possible[0]
    days = tuple(dict.fromkeys(value for each in possible for value in each.values))
    return Options(days, possible[0].doubt or Doubt.ORDER, possible[0].is_certain)


def _ahead(said: AheadSaid, today: date) -> Options[date]:
    lengths = (said.length,) if said.doubted is None else (said.length, said.doubted)
    if any(length.halves for length in lengths):
        return asked(Doubt.WHICH_DAY)
    days = tuple(added(today, length) for length in lengths)
    if days[0].year > MAXIMUM_YEAR:
        return asked(Doubt.NO_SUCH_DAY)
    return Options(days, None if said.doubted is None else Doubt.COUNTED_DAYS)


def added(day: date, length: LengthSaid) -> date:
    """Return the day that is a length of days, weeks, months or years behind a day."""
    return day + relativedelta(**{f"{UNITS[length.unit]}s": length.amount})  # type: ignore[arg-type]


def _nth(said: NthSaid, today: date) -> Options[date]:
    if said.month is None:
        following = (today.replace(day=1) + relativedelta(months=ahead) for ahead in (0, 1, 2))
        found = [nth_day(month.year, month.month, said.nth, said.weekday) for month in following]
        coming = [each for each in found if each is not None and each >= today]
        return asked(Doubt.REPEATED, *coming[:1])
    years = (said.year,) if said.year is not None else (today.year, today.year + 1)
    days = [nth_day(year, said.month, said.nth, said.weekday) for year in years]
    coming = [each for each in days if each is not None and (each >= today or said.year is not None)]
    return sure(coming[0]) if coming else asked(Doubt.NO_SUCH_DAY)


def nth_day(year: int, month: int, nth: int, weekday: int) -> date | None:
    """Return the nth (-1: last) of a weekday in a month, None where there is none."""
    first = date(year, month, 1)
    days = list(_days_of(first, weekday))
    place = nth - 1 if nth > 0 else nth
    return days[place] if -len(days) <= place < len(days) else None


def _days_of(first: date, weekday: int) -> Iterator[date]:
    day = first + timedelta(days=(weekday - first.weekday()) % 7)
    while day.month == first.month:
        yield day
        day += _WEEK


def stretch_days(said: StretchSaid, today: date) -> tuple[date, date]:
    """Return the first and the last day of a week, month or year."""
    match UNITS[said.unit]:
        case "week":
            first = today - timedelta(days=today.weekday()) + said.ahead * _WEEK
            return first, first + timedelta(days=6)
        case "year":
            return date(today.year + said.ahead, 1, 1), date(today.year + said.ahead, 12, 31)
        case _:
            first = _month_of(said, today)
            return first, first + relativedelta(months=1, days=-1)


def _month_of(said: StretchSaid, today: date) -> date:
    if said.month is None:
        return today.replace(day=1) + relativedelta(months=said.ahead)
    if said.year is not None:
        return date(said.year, said.month, 1)
    return date(today.year + (said.month < today.month), said.month, 1)
