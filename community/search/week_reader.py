"""Reading the weeks that a question to the calendar names by their number or by their place in a month. Pure.

“week 50”, “S50”, “the third week of December”, “dernière semaine de janvier”, “الأسبوع الأول من مارس”.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from dateutil.relativedelta import relativedelta

from community.core.words import without_article, words
from community.search import word_tables
from community.search.calendar_words import is_doubtful
from community.search.date_reader import DateReader
from community.search.stretches import Span, Stretches

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_LONGEST_MONTH = 31
_MOST_WEEKS = 5
"""The weeks of a month; a greater number is that of a week of the year."""
_LAST = -1
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": _LAST}
_MIDDLE_DAY = 3
"""How many days before and behind it its middle day has in a week: the week belongs to the month of that day."""
_MOST_LETTERS = 3
"""Letters of the ending of an ordinal: “3ème”."""


class WeekReader(DateReader):
    """Reads weeks out of the words of a question, also those that elsewhere may name something else."""

    def _written(self, at: int) -> str:
        return self._said[at] if 0 <= at < len(self._said) else ""

    def _phrases_at(self, at: int, phrases: frozenset[tuple[str, ...]]) -> list[tuple[str, ...]]:
        return [phrase for phrase in phrases if tuple(self._said[at : at + len(phrase)]) == phrase]

    def this_or_last(self, at: int) -> Span | None:
        """Read “this week”, “last month”; “the last week of January” is none before today."""
        return self.of_month(at) or self._around_today(at)

    def of_month(self, at: int) -> Span | None:
        """Read what is named by its place in a month: weeks, or a day of the week."""
        return self.nth_week(at) or self._several_weeks(at) or self._nth_weekday(at)

    def _around_today(self, at: int) -> Span | None:
        found = super().this_or_last(at)
        is_first_word = self.word(at, "last") and self._unit(at + 1) is not None
        # “The last week of the training” is not the week before this one.
        return None if found is not None and is_first_word and self._belongs(found.end) else found

    def _belongs(self, at: int) -> bool:
        """Whether a word at a position says what the one before it is of."""
        return self.word(at, "small") and self._written(at) in word_tables.alone("editing/of")

    # --- weeks by their number --------------------------------------------------------------------------------------

    def numbered_week(self, at: int) -> Span | None:
        """Read the week of a year by its number, from Monday on (ISO 8601): “week 50”, “S50”, “semaine 2 de 2028”."""
        number, end = self._week_number(at)
        is_relative = any(self.word(at - 1, table) for table in ("this", "last", "next"))
        is_of_day = end > at + 1 and self._month_number(self.small(end)) is not None  # “week 14 December”
        if number is None or is_relative or is_of_day:
            return None
        year, behind = self._year_behind(end)
        if year is not None:
            monday = _iso_week(year, number)
            return None if monday is None else Span(monday, monday + _WEEK - _DAY, behind)
        today = self.around.today
        weeks = [week for year in (-1, 0, 1) if (week := _iso_week(today.isocalendar().year + year, number))]
        if self._coming:
            return next(
                (Span(first, first + _WEEK - _DAY, end) for first in weeks if first + _WEEK > today), None
            )
        past = (first for first in reversed(weeks) if first <= today)
        return next((Span(first, first + _WEEK - _DAY, end) for first in past), None)

    def _week_number(self, at: int) -> tuple[int | None, int]:
        """Return the number of a week that a word or two name, and the position behind."""
        written = self._written(at)
        sign = next((sign for sign in _week_signs() if written.removeprefix(sign).isdecimal()), None)
        if sign and written.startswith(sign):
            return int(written.removeprefix(sign)[:4]), at + 1
        is_week = self.unit(at) == "week" or written in _week_signs()
        number = self._written(at + 1)
        is_numbered = is_week and number.isdecimal() and not self._counts_behind(at)
        return (int(number[:4]), at + 2) if is_numbered else (None, at)

    def _year_behind(self, at: int) -> tuple[int | None, int]:
        """Return a year that follows, and the position behind it; without one None and ``at``."""
        place = self.small(at)
        place += self.word(place, "of") or self.word(place, "from")  # “الربع الأول من 2027”
        year = self._year_number(place)
        return year, at if year is None else place + 1

    # --- weeks by their place in a month ----------------------------------------------------------------------------

    def nth_week(self, at: int) -> Span | None:
        """Read “the third week of December”, “week 3 of December”, “la dernière semaine du mois”.

        Some count seven days from the first on, others the weeks as they stand in a calendar: the days of both.
        """
        nth, end = self._nth_week(at)
        whole = None if nth is None else self._whole(end)
        if nth is None or whole is None:
            return None
        is_year = (whole.last - whole.first).days > _LONGEST_MONTH
        if is_year and self._is_figure(end - 1):
            return self._of_year(whole, nth)
        if nth > _MOST_WEEKS:
            return None  # “semana 14 de dezembro” is the week of that day
        found = self._week_in(whole, nth)
        return self._week_in(self._later(whole), nth) if self._is_over(found, end) else found

    def _several_weeks(self, at: int) -> Span | None:
        """Read “the first two weeks of January”, “les deux dernières semaines de mars”, “أول أسبوعين من يناير”."""
        nth, place = self._nth(at, _nth())
        count = None if nth is None else self.number(place)
        if nth is not None and self.two(place) == "week":
            count, place = 2, place - 1
        elif nth is None:
            count = self.number(at)
            nth, place = self._nth(at + 1, _nth()) if count is not None else (None, at)
            place -= 1
        is_several = nth in (1, _LAST) and count is not None and 1 < count < _MOST_WEEKS
        if not is_several or count is None or "week" not in (self.unit(place + 1), self.two(place + 1)):
            return None
        whole = self._whole(place + 2)
        if whole is None:
            return None
        whole = self._later(whole) if self._is_over(whole, place + 2) else whole
        ends = self._week_in(whole, count).last, whole.last - count * _WEEK + _DAY
        return replace(whole, last=ends[0]) if nth == 1 else replace(whole, first=ends[1])

    def _nth_weekday(self, at: int) -> Span | None:
        """Read “the first Thursday of January”, “dernier vendredi du mois”, “الخميس الثاني من مارس”."""
        nth, place = self._nth(at, _nth())
        weekday = self._number_in("weekdays", at if nth is None else place)
        end = self._past_endings((at if nth is None else place) + 1)
        if nth is None:
            nth, end = self._nth(end, _nth_behind())
        whole = None if nth is None or weekday is None else self._whole(end)
        if (
            nth is None
            or weekday is None
            or whole is None
            or (whole.last - whole.first).days >= _LONGEST_MONTH
        ):
            return None
        found = _weekday_in(whole, nth, weekday)
        is_over = found is not None and self._is_over(found, end)
        return _weekday_in(self._later(whole), nth, weekday) if is_over else found

    def _past_endings(self, at: int) -> int:
        while self.word(at, "weekday_endings"):
            at += 1
        return at

    def _next(self, at: int) -> Span | None:
        """Read “next week”; “the week after next” is the one after that."""
        after = at + 1 + (self._written(at + 1) in word_tables.folded("common/passed_over"))
        unit = self._unit(at) if self._coming and self.word(after, "since") else None
        behind = self.small(after + 1)
        if unit is None or not self.word(behind, "next"):
            return super()._next(at)
        following = self.around.following(unit, behind + 1)
        return Stretches(following.first, self.around.week).following(unit, behind + 1)

    def _is_figure(self, at: int) -> bool:
        """Whether a number in figures alone stands at a position, be a sign of weeks before it or not: 3, S3."""
        return self._written(at)[-1:].isdecimal()

    def _of_year(self, whole: Span, number: int) -> Span | None:
        monday = _iso_week(whole.first.year, number)
        return None if monday is None else replace(whole, first=monday, last=monday + _WEEK - _DAY)

    def _nth_week(self, at: int) -> tuple[int | None, int]:
        """Return which week of something is named, and the position behind.

        Without a month “last week” is another one, and without “of” or the like a number may be that of a day.
        """
        nth, place = self._nth(at, _nth())
        if nth is not None and self.unit(place) == "week":
            is_of = self._leads(place + 1) or self._month_number(place + 1) is not None
            return (nth, place + 1) if nth != _LAST or is_of else (None, at)
        number, end = self._week_number(at)
        if number is not None:
            return (number, end) if number and self._leads(end) else (None, at)
        if self.unit(at) != "week":
            return None, at
        nth, place = self._nth(at + 1, _nth_behind())
        is_count = place == at + 2 and self._counts_behind(at)
        if nth is None:
            nth, place = self._number_in("numbers", at + 1), at + 2
        return (None, at) if nth is None or is_count or not self._leads(place) else (nth, place)

    def _counts_behind(self, at: int) -> bool:
        """Whether a number behind a length of time says how many there are: “wiki mbili” are two weeks."""
        return self._written(at) in word_tables.folded("when/counted_behind")

    def _nth(self, at: int, named: Mapping[tuple[str, ...], int]) -> tuple[int | None, int]:
        """Return the number that an ordinal says, and the position behind it."""
        written = without_article(self._written(at))
        phrases = [(written,), (written, self._written(at + 1))]
        found = next((phrase for phrase in reversed(phrases) if phrase in named), None)
        if found is not None:
            return named[found], at + len(found)
        is_ordinal = written[:1].isdecimal() and written[1:].isalpha() and len(written) <= 1 + _MOST_LETTERS
        number = int(written[0]) if is_ordinal else 0
        return (number, at + 1) if 1 <= number <= _MOST_WEEKS else (None, at)

    def _leads(self, at: int) -> bool:
        """Whether “of”, “in” or the like stands at a position."""
        return any(self.word(at, table) for table in ("small", "within", "from")) and self._unit(at) is None

    def _whole(self, at: int) -> Span | None:
        """Read the month or year that something is of: “of next month”, “de décembre”, “of the year”."""
        place = at
        while self._leads(place):
            place += 1
        unit = self.unit(place + self.word(place, "this"))
        if unit == "month" and self._month_number(self.small(place + 1)) is not None:
            place = self.small(place + 1)  # “du mois de décembre”
        if place == at and is_doubtful(self._written(at)):
            return None  # “the first week may be free”
        whole = self._around_today(place) or self._month(place) or self._year(place)
        if whole is None and unit in ("month", "year") and place > at:
            whole = self.around.current(unit, place + self.word(place, "this") + 1)
        return whole if whole is not None and (whole.last - whole.first).days > _WEEK.days else None

    def _week_in(self, whole: Span, nth: int) -> Span:
        if nth == _LAST:
            first, middle = whole.last - _WEEK + _DAY, whole.last - _MIDDLE_DAY * _DAY
        else:
            first = min(whole.first + (nth - 1) * _WEEK, whole.last)
            middle = first + _MIDDLE_DAY * _DAY
        begins = self.around.week.beginning(middle)
        last = max(first + _WEEK, begins + _WEEK) - _DAY
        return replace(whole, first=max(min(first, begins), whole.first), last=min(last, whole.last))

    def _is_over(self, found: Span, start: int) -> bool:
        """Whether a week without its year has been where one to come is asked for; “of this month” it is that one."""
        has_year = self._year_number(found.end - 1) is not None
        is_this = any(self.word(at, "this") for at in range(start, found.end))
        return self._coming and not (has_year or is_this) and found.last < self.around.today

    def _later(self, whole: Span) -> Span:
        """Return the same month of the next year, or the month that follows where it is “the month” alone."""
        is_named = self._month_number(whole.end - 1) is not None
        is_year = (whole.last - whole.first).days > _LONGEST_MONTH
        first = whole.first + (relativedelta(years=1) if is_named or is_year else relativedelta(months=1))
        behind = first + (relativedelta(years=1) if is_year else relativedelta(months=1))
        return replace(whole, first=first, last=behind - _DAY)


def _weekday_in(month: Span, nth: int, weekday: int) -> Span | None:
    """Return the nth (-1: last) of a day of the week (1: Monday) in a month, None where there is none."""
    length = (month.last - month.first).days + 1
    days = [month.first + step * _DAY for step in range(length)]
    named = [day for day in days if day.isoweekday() == weekday]
    place = nth - 1 if nth > 0 else nth
    return replace(month, first=named[place], last=named[place]) if place < len(named) else None


def _iso_week(year: int, number: int) -> date | None:
    """Return the Monday of a week of a year, None where the year has none of that number."""
    try:
        return date.fromisocalendar(year, number, 1)
    except ValueError:
        return None


@cache
def _week_signs() -> frozenset[str]:
    return word_tables.folded("calendar/week_signs")


@cache
def _nth() -> Mapping[tuple[str, ...], int]:
    return _ordinals("when/nth")


@cache
def _nth_behind() -> Mapping[tuple[str, ...], int]:
    last = {phrase: nth for phrase, nth in _nth().items() if nth == _LAST}  # “semana última de enero”
    return {**_ordinals("when/nth_behind"), **last}


def _ordinals(table: str) -> Mapping[tuple[str, ...], int]:
    return {words(text): _NTH[key] for key, texts in word_tables.groups(table).items() for text in texts}
