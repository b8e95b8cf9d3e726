"""Reading days from one to another of which a month is said: “14-18 December”, “du lundi 14 au vendredi 18”. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from community.search import word_tables
from community.search.stretches import Span
from community.search.week_reader import WeekReader

_LONGEST = timedelta(days=100)
"""Of a stretch of which the first and the last day stand beside each other."""


class SeveralDaysReader(WeekReader):
    """Reads stretches of days by their first and their last, each with its day of the week or without."""

    def several_days(self, at: int) -> Span | None:
        """Read days that a dash joins, which is no word, or “to”: “28 dec to 2 jan”, “Monday 14 to Friday 18 December”.

        The month may stand before the first of them alone: “January 11 to 15”.
        """
        start = self._past_weekday(at)
        one, day = self._day_month(start) or self._month_day(start), self._day_number(start)
        if one is None and day is None:
            return None
        end = start + 1 if one is None else one.end
        place = self._past_weekday(self.small(end + self._joins(end)))
        other, number = self._day_month(place), self._number_hung_on(place)
        if one is None and other is not None and day is not None and day < other.first.day:
            return replace(other, first=other.first.replace(day=day))
        if one is not None and other is not None:
            is_stretch = timedelta(0) < other.first - one.first < _LONGEST
            return replace(other, first=one.first) if is_stretch else None
        return None if one is None else self._in_its_month(one, number, place, is_joined=place > end)

    def _in_its_month(self, one: Span, day: int | None, at: int, *, is_joined: bool) -> Span | None:
        """Return the days from one to another of its month, where the month stood before the first alone."""
        if day is None or day <= one.first.day or not is_joined or not self._written(one.end - 1).isdecimal():
            return None
        try:
            return Span(one.first, one.first.replace(day=day), at + 1)
        except ValueError:
            return None

    def _joins(self, at: int) -> int:
        """Return how many words join two days at a position."""
        return 1 + self.word(at + 1, "until") if self.word(at, "until") else 0

    def _past_weekday(self, at: int) -> int:
        """Return the position behind a day of the week and what belongs to it, if a number stands there."""
        if self._number_in("weekdays", at) is None:
            return at
        place = at + 1
        while self.word(place, "weekday_endings"):
            place += 1
        place = self.small(place)
        return place if self._day_number(place) is not None else at

    def _day_number(self, at: int) -> int | None:
        found = super()._day_number(at)
        return self._number_hung_on(at) if found is None else found

    def _number_hung_on(self, at: int) -> int | None:
        """Return the number of a day, in Arabic also with “and” written on to it: “و18”."""
        written = self._written(at)
        is_hung = written[:1] in word_tables.folded("follow_ups/and_prefixes") and written[1:].isdecimal()
        day = int(written[1:]) if is_hung and len(written) <= len("و18") else super()._day_number(at)
        return day if day is not None and 1 <= day <= _MOST_DAYS else None


_MOST_DAYS = 31
