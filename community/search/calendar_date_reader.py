"""Reading the days that only a question to the calendar names: parts of a month, a day by its number. Pure.

“the end of January”, “début mars”, “a semana de 14 de dezembro”, “on the 22nd”, “avant Noël”, “بعد غد”.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

from dateutil.relativedelta import relativedelta

from community.core.words import stem, without_arabic_prefix, words
from community.search import date_words, word_tables
from community.search.calendar_words import fillers, says
from community.search.several_days_reader import SeveralDaysReader
from community.search.stretches import Span

_DAY = timedelta(days=1)
_DECADE = 10
_SHORTEST_MONTH = 28
_BEFORE_WEEKEND = 2
"""How many days before the weekend the end of a week begins."""


class CalendarDateReader(SeveralDaysReader):
    """Reads days out of the words of a question to the calendar, also those that elsewhere may name something else."""

    def _readings(self) -> tuple[Callable[[int], Span | None], ...]:
        first = (self._named_day, self.several_days, self.of_month, self.part, self._week_of)
        numbered = (self.numbered_week, self._quarter, self._numbered_month)
        return (*first, *numbered, *super()._readings(), self.day_alone)

    def unit(self, at: int) -> str | None:
        """Return the length of time that a word names, in Arabic also one with “in” written on to it."""
        found = super().unit(at)
        forms = without_arabic_prefix(self._written(at)) if found is None else ()
        return next(filter(None, map(date_words.unit_of, forms)), found)

    def number(self, at: int) -> int | None:
        """Return a number in figures or words, also a greater one: “dans quinze jours”."""
        found = super().number(at)
        return _numbers().get(self._written(at)) if found is None else found

    def _month_number(self, at: int) -> int | None:
        """Return the number of a month, of a short name (“28 dec”) only beside the figure of a day."""
        found = super()._month_number(at)
        if found is not None or not any(map(self._day_number, (at - 1, at + 1))):
            return found
        return _short_months().get(self._written(at))

    def after_tomorrow(self, at: int) -> Span | None:
        """Read “the day after tomorrow”, “après-demain”, “بعد غد”."""
        length = max(map(len, self._phrases_at(at, _after_tomorrow())), default=0)
        day = self.around.today + 2 * _DAY
        return Span(day, day, at + length) if length else None

    def the_one(self, at: int) -> int:
        """Return the position behind “the one on”, “celui de”; the same where nothing of that kind is said."""
        return self._position_behind(at, "calendar/the_one")

    def of_stretch(self, at: int) -> int:
        """Return the position behind “of the”, “du” and the like; the same where nothing of that kind is said."""
        return self._position_behind(at, "calendar/of_stretch")

    def _position_behind(self, at: int, table: str) -> int:
        return at + max(map(len, self._phrases_at(at, word_tables.folded_phrases(table))), default=0)

    def _named_day(self, at: int) -> Span | None:
        """Read a day by its name: “Christmas”, “le nouvel an”."""
        for phrase in sorted(self._phrases_at(at, frozenset(_named_days())), key=len, reverse=True):
            month, day = _named_days()[phrase]
            return self._nearest(month, day, at + len(phrase))
        return None

    # --- parts of a stretch ---------------------------------------------------------------------------------------

    def is_late(self, at: int) -> bool:
        """Whether the end of a stretch is named there, articles passed over."""
        return self._says(self.small(at), "late")

    def _says(self, at: int, table: str) -> bool:
        return 0 <= at < len(self._said) and says(self._said[at], table)

    def part(self, at: int) -> Span | None:
        """Read “the end of January”, “mid-December”, “début du mois prochain”, “أواخر ديسمبر”."""
        name = next((table for table in ("early", "middle", "late") if self._says(at, table)), None)
        if name is None:
            return None
        place = self.small(at + 1)
        unit = self.unit(place + self.word(place, "this"))
        whole = self.this_or_last(place) or self._month(place) or self._year(place)
        if whole is None and unit is not None:
            whole = self.around.current(unit, place + 1)
        return None if whole is None else self._clipped(self._part_of(whole, name))

    def _clipped(self, span: Span) -> Span | None:
        """Return a part that is not over yet from today on."""
        if not self._coming:
            return span
        if span.last < self.around.today:
            return None
        return replace(span, first=max(span.first, self.around.today))

    def _part_of(self, whole: Span, name: str) -> Span:
        days = (whole.last - whole.first).days + 1
        if days <= 7:
            return self._part_of_week(whole, name)
        if days < _SHORTEST_MONTH:
            return whole  # “the end of the first week of January”
        if days <= 31:
            return _part_of_month(whole, name)
        return _part_of_year(whole, name)

    def _part_of_week(self, week: Span, name: str) -> Span:
        free = (self.around.week.weekend_first - self.around.week.first) % 7
        late = week.first + max(free - _BEFORE_WEEKEND, 0) * _DAY
        match name:
            case "early":
                return replace(week, last=week.first + 2 * _DAY)
            case "middle":
                return replace(week, first=week.first + _DAY, last=week.first + 4 * _DAY)
            case _:
                return replace(week, first=late)

    # --- days by their numbers ------------------------------------------------------------------------------------

    def _week_of(self, at: int) -> Span | None:
        """Read “the week of 14 December”, “la semaine du 14”."""
        if self.unit(at) != "week":
            return None
        place = self.small(at + 1)
        day = self._day_month(place) or self._month_day(place) or self._slashed(place)
        day = day or (self._numbered(place) if place > at + 1 else None)
        if day is None:
            return None
        first = self.around.week.beginning(day.first)
        return Span(first, first + 6 * _DAY, day.end)

    def _quarter(self, at: int) -> Span | None:
        """Read three months of a year behind “in” or before it: “in Q1”, “premier trimestre 2027”, not a title's."""
        found = max(
            ((len(phrase), _quarters()[phrase]) for phrase in self._phrases_at(at, frozenset(_quarters()))),
            default=None,
        )
        if found is None:
            return None
        end, number = at + found[0], found[1]
        year, end = self._year_behind(end)
        before = self._before(at)
        is_within = self.word(before, "within") and self._written(before) not in word_tables.folded(
            "editing/of"
        )
        if year is None and not is_within:
            return None
        first = date(self.around.today.year if year is None else year, 3 * number - 2, 1)
        last = first + relativedelta(months=3, days=-1)
        if year is None and self._coming and last < self.around.today:
            first, last = first + relativedelta(years=1), last + relativedelta(years=1)
        return Span(first, last, end)

    def _before(self, at: int) -> int:
        """Return the position of the word before a position, articles passed over."""
        at -= 1
        while self.word(at, "small") and not self.word(at, "within"):
            at -= 1
        return at

    def _weeks_later(self, at: int) -> tuple[timedelta, int]:
        """Read “(Friday) week”, “(vendredi) en huit”; a week with its number is another one."""
        for table, weeks in (("week_later", 1), ("fortnight_later", 2)):
            phrases = self._phrases_at(at, word_tables.folded_phrases(f"when/{table}"))
            end = at + max(map(len, phrases), default=0)
            if self._coming and end > at and not self._written(end).isdecimal():
                return timedelta(weeks=weeks), end
        return timedelta(), at

    def _numbered_month(self, at: int) -> Span | None:
        """Read “month 2”, “شهر 2”."""
        if self.unit(at) != "month" or not 0 <= at + 1 < len(self._said):
            return None
        written = self._said[at + 1]
        if not (written.isdecimal() and 1 <= int(written) <= 12):
            return None
        first = self._nearest(int(written), 1, at + 2)
        return first and replace(first, last=first.first + relativedelta(months=1, days=-1))

    def day_alone(self, at: int) -> Span | None:
        """Read a day by its number alone, behind “the” or “on” or as an ordinal: “on the 22nd”, “le 18”, “dia 18”.

        It counts something where another word stands behind it: “the 2nd workshop”.
        """
        written = self._written(at)
        is_ordinal = written[:1].isdecimal() and not written.isdecimal()
        return self._numbered(at) if is_ordinal or self._says(at - 1, "day_marks") else None

    def _numbered(self, at: int) -> Span | None:
        day = self._day_number(at)
        behind = self._written(at + 1)
        if day is None or self.unit(at + 1) is not None or (behind and not _says_nothing(behind)):
            return None
        step = 1 if self._coming else -1
        near = (self.around.today + step * number * _DAY for number in range(62))
        found = next((one for one in near if one.day == day), None)
        return None if found is None else Span(found, found, at + 1)


def _part_of_month(month: Span, name: str) -> Span:
    match name:
        case "early":
            return replace(month, last=month.first + (_DECADE - 1) * _DAY)
        case "middle":
            return replace(
                month, first=month.first + _DECADE * _DAY, last=month.first + (2 * _DECADE - 1) * _DAY
            )
        case _:
            return replace(month, first=month.first + 2 * _DECADE * _DAY)


def _part_of_year(year: Span, name: str) -> Span:
    def month(number: int) -> date:
        return year.first + relativedelta(months=number)

    match name:
        case "early":
            return replace(year, last=month(3) - _DAY)
        case "middle":
            return replace(year, first=month(4), last=month(8) - _DAY)
        case _:
            return replace(year, first=month(9))


def _says_nothing(word: str) -> bool:
    """Whether a word behind a number is nothing that it could count, and no sign of an hour."""
    return stem(word) in fillers() and word not in _hour_signs()


@cache
def _hour_signs() -> frozenset[str]:
    return frozenset[str]().union(
        *(word_tables.folded(f"when/{name}") for name in ("hour_signs", "am", "pm"))
    )


@cache
def _quarters() -> Mapping[tuple[str, ...], int]:
    named = word_tables.groups("calendar/quarters")
    return {words(name): int(number) for number, names in named.items() for name in names}


@cache
def _numbers() -> Mapping[str, int]:
    """Return the numbers that one word says, in any language."""
    named = (
        (int(number), words(text))
        for number, texts in word_tables.groups("when/numbers").items()
        for text in texts
    )
    return {said[0]: number for number, said in named if len(said) == 1}


@cache
def _short_months() -> Mapping[str, int]:
    """Return the further names of months, in any language: “dec”, “fév”, but not “mar”, a Tuesday in French."""
    days = (text for texts in word_tables.groups("when/weekdays").values() for text in texts)
    weekdays = {words(text)[0] for text in days if words(text)}
    named = word_tables.groups("when/months").values()
    said = ((number, words(text)) for number, texts in enumerate(named, 1) for text in texts)
    return {name[0]: number for number, name in said if len(name) == 1 and name[0] not in weekdays}


@cache
def _after_tomorrow() -> frozenset[tuple[str, ...]]:
    tables = ("calendar/after_tomorrow", "when/day_after_tomorrow")
    return frozenset().union(*map(word_tables.folded_phrases, tables))


@cache
def _named_days() -> Mapping[tuple[str, ...], tuple[int, int]]:
    """Return the days that have a name, by its words: month and day."""
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    for written, names in word_tables.groups("calendar/named_days").items():
        month, day = map(int, written.split("-"))
        found.update({words(name): (month, day) for name in names})
    return found
