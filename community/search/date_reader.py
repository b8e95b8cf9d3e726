"""Reading days, and stretches of days, out of the words of a question. Pure: today is an argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from community.core.weekends import USUAL_WEEK, WeekDays
from community.search import date_words
from community.search.stretches import Span, Stretches

_WEEK = 7
"""Days of a week."""
_FARTHEST = 400
"""Days in which a day of the week with its number is looked for."""
_LEAP_YEARS_APART = 8
"""The most years from one 29 February to the next."""


class DateReader:
    """Reads days out of words from a position on. Each reading method returns None where it does not apply.

    ``coming``: a day or month without its year is the coming one, else the past one. ``week``: on which day a week
    begins.
    """

    def __init__(
        self, said: Sequence[str], today: date, *, coming: bool = False, week: WeekDays = USUAL_WEEK
    ) -> None:
        self._said = said
        self._today = today
        self._coming = coming
        self.around = Stretches(today, week)

    def word(self, at: int, name: str) -> bool:
        """Whether the word at a position is in that table of `dates.yaml`."""
        return 0 <= at < len(self._said) and date_words.means(self._said[at], name)

    def _number_in(self, table: str, at: int) -> int | None:
        return date_words.number_in(table, self._said[at]) if 0 <= at < len(self._said) else None

    def _unit(self, at: int) -> str | None:
        return date_words.unit_of(self._said[at]) if 0 <= at < len(self._said) else None

    def _number(self, at: int) -> int | None:
        if 0 <= at < len(self._said) and self._said[at].isdecimal() and len(self._said[at]) <= 4:
            return int(self._said[at])
        return self._number_in("numbers", at)

    def unit(self, at: int) -> str | None:
        """Return the length of time that a word names: ``day``, ``week``, ``month``, ``year``."""
        return self._unit(at)

    def two(self, at: int) -> str | None:
        """Return the length of time of which a word alone means two, as in Arabic."""
        return date_words.unit_of_two(self._said[at]) if 0 <= at < len(self._said) else None

    def number(self, at: int) -> int | None:
        """Return a number in figures or words."""
        return self._number(at)

    def is_between(self, at: int) -> bool:
        """Whether a word may stand between a number and what it counts: “15 next days”."""
        return self.word(at, "next") or (self.word(at, "small") and self._unit(at) is None)

    def small(self, at: int) -> int:
        """Return the position behind articles and the like."""
        while self.word(at, "small") and self._unit(at) is None:
            at += 1
        return at

    def span(self, at: int) -> Span | None:
        """Read any stretch of days, articles before it passed over."""
        start = self.small(at)
        for place in dict.fromkeys(
            (start, start + 1 if self._unit(start) or self.word(start, "small") else at)
        ):
            for read in self._readings():
                found = read(place)
                if found is not None:
                    return found
        return None

    def _readings(self) -> tuple[Callable[[int], Span | None], ...]:
        return (
            self._iso,
            self._slashed,
            self.days_of_month,
            self._day_month,
            self._month_day,
            self._month,
            self._weekday,
            self._beginning,
            self.this_or_last,
            self._year,
            self._near_day,
        )

    def _date(self, year: int, month: int, day: int, end: int) -> Span | None:
        try:
            found = date(year, month, day)
        except ValueError:
            return None
        return Span(found, found, end)

    def _digits(self, at: int, count: int) -> list[int] | None:
        parts = self._said[at : at + count]
        if len(parts) < count or not all(part.isdecimal() and len(part) <= 4 for part in parts):
            return None
        return [int(part) for part in parts]

    def _iso(self, at: int) -> Span | None:
        parts = self._digits(at, 3)
        return None if parts is None or parts[0] < 1900 else self._date(parts[0], parts[1], parts[2], at + 3)

    def _slashed(self, at: int) -> Span | None:
        parts = self._digits(at, 3)
        if parts is not None and parts[2] > 1900:
            return self._date(parts[2], parts[1], parts[0], at + 3)
        parts = self._digits(at, 2)
        if parts is None or parts[0] > 31:
            return None
        return self._nearest(parts[1], parts[0], at + 2)

    def _nearest(self, month: int, day: int, end: int) -> Span | None:
        """Return the latest such day that is not to come; where what is to come is asked for, the next one."""
        this, sign = self._today.year, 1 if self._coming else -1
        there = (self._date(this + sign * years, month, day, end) for years in range(_LEAP_YEARS_APART + 1))
        wanted = (one for one in there if one is not None and sign * (one.first - self._today).days >= 0)
        return next(wanted, None)

    def _month_number(self, at: int) -> int | None:
        return self._number_in("months", at)

    def _year_number(self, at: int) -> int | None:
        word = self._said[at] if 0 <= at < len(self._said) else ""
        return int(word) if len(word) == 4 and word.isdecimal() and 1990 <= int(word) <= 2100 else None

    def _day_number(self, at: int) -> int | None:
        if self.word(at, "first"):
            return 1
        word = self._said[at] if 0 <= at < len(self._said) else ""
        word = date_words.without_ordinal(word)
        return int(word) if word.isdecimal() and 1 <= int(word) <= 31 and len(word) <= 2 else None

    def days_of_month(self, at: int) -> Span | None:
        """Read "1 to 15 November", "le 1er et le 15 novembre"."""
        day = self._day_number(at)
        last = self._day_month(self.small(at + 2)) if day and self.word(at + 1, "until") else None
        if last is None or day is None or day > last.first.day:
            return None
        return replace(last, first=last.first.replace(day=day))

    def _day_month(self, at: int) -> Span | None:
        day = self._day_number(at)
        place = self.small(at + 1)
        month = self._month_number(place)
        return None if day is None or month is None else self._with_year(month, day, place + 1)

    def _month_day(self, at: int) -> Span | None:
        month, place = self._month_number(at), self.small(at + 1)
        day = self._day_number(place)
        return None if day is None or month is None else self._with_year(month, day, place + 1)

    def _with_year(self, month: int, day: int, end: int) -> Span | None:
        place = self.small(end)
        year = self._year_number(place)
        return self._nearest(month, day, end) if year is None else self._date(year, month, day, place + 1)

    def _month(self, at: int) -> Span | None:
        month = self._month_number(at)
        if month is None:
            return None
        place = self.small(at + 1)
        year = self._year_number(place)
        if year is None and self._coming and month == self._today.month:
            return self.around.current("month", at + 1)
        first = self._nearest(month, 1, at + 1) if year is None else self._date(year, month, 1, place + 1)
        return first and replace(first, last=first.first + relativedelta(months=1, days=-1))

    def _weekday(self, at: int) -> Span | None:
        number = self._number_in("weekdays", at)
        if number is None:
            return None
        end = at + 1
        while any(self.word(end, table) for table in ("weekday_endings", "last", "next")):
            end += 1
        dated = self._date_behind(end, number)
        if dated is not None:
            return dated
        ahead = (number - 1 - self._today.weekday()) % 7
        found = self._today + timedelta(days=ahead if self._coming else (ahead or 7) - (7 if ahead else 14))
        weeks, end = self._weeks_later(end)
        return Span(found + weeks, found + weeks, end)

    def _weeks_later(self, at: int) -> tuple[timedelta, int]:
        """Return how much later a day of the week is by what is behind it, and the position behind that."""
        return timedelta(), at

    def _date_behind(self, at: int, weekday: int) -> Span | None:
        """Read the date behind a day of the week: “Friday 4 December”, “Friday the 4th”, “vendredi 4”.

        A number alone may be an hour: it counts at the end, behind an article and as an ordinal.
        """
        place = self.small(at)
        month = self._day_month(place) or self._month_day(place)
        day = self._day_number(place)
        if month is not None or day is None or not self._coming:
            return month
        written = self._said[place]
        if place == at and place + 1 < len(self._said) and written.isdecimal():
            return None
        ahead = (self._today + timedelta(days=days) for days in range(_FARTHEST))
        found = next((one for one in ahead if one.day == day and one.isoweekday() == weekday), None)
        return None if found is None else Span(found, found, place + 1)

    def weekdays_in(self, at: int, week: Span) -> list[date]:
        """Return the days of a week that the word at a position names; of what may be two weeks perhaps one in each."""
        number = self._number_in("weekdays", at)
        days = (week.last - week.first).days + 1
        if number is None or not _WEEK <= days < 2 * _WEEK:
            return []
        ahead = (number - week.first.isoweekday()) % _WEEK
        return [week.first + timedelta(days=step) for step in range(ahead, days, _WEEK)]

    def _beginning(self, at: int) -> Span | None:
        if not self.word(at, "beginning"):
            return None
        place = self.small(at + 1)
        place += self.word(place, "this")
        unit = self._unit(place)
        if unit is not None:
            found = self.around.current(unit, place + 1)
            return replace(found, last=found.first)
        return self._month(place) or self._year(place)

    def this_or_last(self, at: int) -> Span | None:
        """Read "this week", "le mois dernier", "the last 30 days", "last Monday"."""
        if self.word(at, "this"):
            unit, end = self._unit(at + 1), at + 2
            if unit is not None and not self.word(end, "last"):
                return self.around.current(unit, end)
            at += 1
        return self._last_first(at) or self._last_behind(at) or self._next(at)

    def _last_first(self, at: int) -> Span | None:
        if not self.word(at, "last"):
            return None
        weekday = self._weekday(at + 1)
        if weekday is not None:
            return weekday
        unit = self._unit(at + 1)
        if unit is not None:
            return self.around.previous(unit, at + 2)
        number, unit = self._number(at + 1), self._unit(at + 2)
        return None if number is None or unit is None else self.around.back(number, unit, at + 3)

    def _last_behind(self, at: int) -> Span | None:
        """Read it in the order of French, Portuguese, Arabic: "semaine dernière", "3 derniers mois"."""
        unit = self._unit(at)
        if unit is not None and self.word(at + 1, "last"):
            return self.around.previous(unit, at + 2)
        number = self._number(at + 1)
        if unit is not None and number is not None and self.word(at + 2, "last"):
            return self.around.back(number, unit, at + 3)
        number = self._number(at)
        if number is not None and self.word(at + 1, "last"):
            unit = self._unit(at + 2)
            return None if unit is None else self.around.back(number, unit, at + 3)
        return None

    def _next(self, at: int) -> Span | None:
        """Read "next week", "semaine prochaine", "semana que vem", "next Monday", where the future is asked for."""
        if not self._coming:
            return None
        if self.word(at, "next"):
            unit = self._unit(at + 1)
            return self._weekday(at + 1) if unit is None else self.around.following(unit, at + 2)
        unit = self._unit(at)
        # “يوم الخميس القادم” is the next Thursday, not the next day.
        is_weekday = self._number_in("weekdays", at + 1) is not None
        behind = next((end for end in (at + 1, at + 2) if self.word(end, "next") and not is_weekday), None)
        return None if unit is None or behind is None else self.around.following(unit, behind + 1)

    def _year(self, at: int) -> Span | None:
        year = self._year_number(at)
        return None if year is None else Span(date(year, 1, 1), date(year, 12, 31), at + 1)

    def named_year(self, at: int) -> Span | None:
        """Read "year 2024", "سنة 2024"."""
        return self._year(at + 1) if self._unit(at) == "year" else None

    def _near_day(self, at: int) -> Span | None:
        for name, back in (("today", 0), ("yesterday", 1), ("tomorrow", -1)):
            if self.word(at, name) and (back >= 0 or self._coming):
                found = self._today - timedelta(days=back)
                return Span(found, found, self._behind(at, date_words.days_near()[name]))
        return None

    def _behind(self, at: int, phrases: Iterable[tuple[str, ...]]) -> int:
        """Return the position behind the longest of ``phrases`` that stands there, or else behind one word."""
        lengths = (len(phrase) for phrase in phrases if tuple(self._said[at : at + len(phrase)]) == phrase)
        return at + max(lengths, default=1)

    def length(self, at: int) -> Span | None:
        """Read "two weeks", "deux semaines", "أسبوعين": that long ago until today."""
        at = self.small(at) if self._number(at) is None else at
        pair = date_words.unit_of_two(self._said[at]) if at < len(self._said) else None
        if pair is not None:
            return self.around.back(2, pair, at + 1)
        number, end = self._number(at), at + 1
        if number is not None and self.word(end, "last"):
            end += 1
        unit = self._unit(end)
        if number is not None and unit is not None:
            return self.around.back(number, unit, end + 1 + self.word(end + 1, "ago"))
        unit = self._unit(at)
        alone = unit is not None and not self.word(at + 1, "last") and self._month_number(at + 1) is None
        return self.around.back(1, unit, at + 1) if alone and unit is not None else None
