"""Stretches of days around today: this week, the last month, the year to come. Pure: today is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from community.core.weekends import USUAL_WEEK, WeekDays

_FARTHEST = 400
"""The longest stretch back from today, in any unit."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of days, and the position behind the words that named it."""

    first: date
    last: date
    end: int


@dataclass(frozen=True, slots=True)
class Stretches:
    """The days, weeks, months and years around ``today``; ``week``: on which day a week begins.

    A ``unit`` is ``day``, ``week``, ``month`` or ``year``; ``end`` the position behind the words that named it.
    """

    today: date
    week: WeekDays = USUAL_WEEK

    def current(self, unit: str, end: int) -> Span:
        """Return the stretch that today is in."""
        first = self._first_day(unit)
        return Span(first, first + _length(1, unit) - _DAY, end)

    def previous(self, unit: str, end: int) -> Span:
        """Return the stretch before."""
        first = self._first_day(unit)
        return Span(first - _length(1, unit), first - _DAY, end)

    def following(self, unit: str, end: int) -> Span:
        """Return the stretch that comes next."""
        first = self._first_day(unit) + _length(1, unit)
        return Span(first, first + _length(1, unit) - _DAY, end)

    def back(self, number: int, unit: str, end: int) -> Span:
        """Return the days since so many units ago."""
        return Span(self.today - _length(min(number, _FARTHEST), unit), self.today, end)

    def _first_day(self, unit: str) -> date:
        match unit:
            case "week":
                return self.week.beginning(self.today)
            case "month":
                return self.today.replace(day=1)
            case "year":
                return self.today.replace(month=1, day=1)
            case _:
                return self.today


def _length(number: int, unit: str) -> relativedelta:
    return relativedelta(**{f"{unit}s": number})  # type: ignore[arg-type]
