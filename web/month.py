"""A month of a feed as a page: the days with what takes place on them, in one language. Pure."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from babel import Locale
from babel.dates import format_date, format_skeleton, get_day_names, get_timezone_location

from community.agenda.occurrences import occurrences
from community.agenda.shown_dates import ShownDate, shown
from community.core.language_folders import language as known
from community.core.locale_texts import locale_texts
from community.core.messages import Message, Translator, locale_of, msg, nmsg, translator
from community.core.zones import ZoneInfo
from community.description.calendar_model import Event
from community.description.times import MAXIMUM_YEAR, MINIMUM_YEAR
from community.exchange.ics_texts import summary_of
from community.feeds.document import AHEAD, BACK, FeedDocument
from web.drawing import ROOTS, page_template

_DAY = timedelta(days=1)
_MOST_BYTES = 21_000
"""Of the texts of a month's dates: the whole page stays below 30 kB."""
_EACH = 260
"""About what the page needs around the texts of one date."""
_TITLE, _PLACE, _LINK = 120, 80, 300
"""Characters of each that are shown; a link that is longer is not: the calendar program has it."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a year in which the calendar can have anything."""

    year: int
    number: int

    @property
    def text(self) -> str:
        """How an address has it: ``2026-12``."""
        return f"{self.year}-{self.number:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def noon(self) -> datetime:
        """Noon of its first day."""
        return datetime(self.year, self.number, 1, 12, tzinfo=UTC)

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.first + 31 * _DAY).replace(day=1) - _DAY

    def is_published(self, today: date) -> bool:
        """Whether a feed shows anything of it: see `BACK` and `AHEAD`."""
        return self.last >= today - BACK and self.first <= today + AHEAD

    def beside(self, day: date) -> str | None:
        """Return the month of a day next to it as an address has it, None where no calendar of ours has that."""
        return f"{day.year}-{day.month:02}" if MINIMUM_YEAR < day.year < MAXIMUM_YEAR else None


def month_of(text: str) -> Month | None:
    """Return the month that an address names, None where it names none."""
    year, _, number = text.partition("-")
    if len(year) != 4 or len(number) != 2 or not (year + number).isascii() or not (year + number).isdecimal():
        return None
    inside = MINIMUM_YEAR < int(year) < MAXIMUM_YEAR and 1 <= int(number) <= 12
    return Month(int(year), int(number)) if inside else None


@dataclass(frozen=True, slots=True)
class Row:
    """One date as the page lists it."""

    time: str
    title: str
    place: str
    link: str
    link_name: str
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class MonthPage:
    """What the page of a month is made of. ``base``: the address of its feed on this server."""

    document: FeedDocument
    month: Month
    language: str
    base: str
    today: date

    def html(self) -> str:
        """Return the page."""
        translate, texts = translator(self.language, ROOTS), locale_texts(self.language)
        found = self._dates()
        listed, more = self._rows(found, translate)
        locale = Locale.parse(locale_of(self.language))
        return page_template("month.html.j2").render(
            page=self,
            name=self.document.name.text(self.language),
            heading=_capital(
                format_skeleton(
                    "yMMMM", datetime.combine(self.month.first, datetime.min.time()), locale=locale
                )
            ),
            direction="rtl" if known(self.language).right_to_left else "ltr",
            weekdays=_weekdays(locale),
            weeks=self._weeks(locale, {day for day, _ in listed}),
            days=[(day, _capital(f"{_weekday(day, locale)} {texts.day(day)}"), rows) for day, rows in listed],
            zone=translate(msg("Times of {place}.", place=_place_of(self.document.zone, locale))),
            before=self._beside(self.month.first - _DAY),
            after=self._beside(self.month.last + _DAY),
            languages=[(code, known(code).name) for code in self.document.languages],
            more=translate(_more(more)) if more else "",
            said={name: translate(message) for name, message in _SAID.items()},
        )

    def _beside(self, day: date) -> str | None:
        """Return the month of a day next to it as an address has it, None where no feed shows anything of that."""
        is_shown = Month(day.year, day.month).is_published(self.today)
        return self.month.beside(day) if is_shown else None

    def _dates(self) -> tuple[ShownDate, ...]:
        zone = ZoneInfo(self.document.zone)
        first, last = self.month.first, self.month.last
        start = datetime.combine(first, datetime.min.time(), UTC) - 2 * _DAY
        end = datetime.combine(last, datetime.min.time(), UTC) + 3 * _DAY
        found = (
            shown(one, zone)
            for published in self.document.entries
            for one in occurrences(
                published.entry, ZoneInfo(published.entry.timezone or self.document.entry_zone), start, end
            )
        )
        return tuple(
            sorted(
                (one for one in found if one.first <= last and one.last >= first), key=lambda one: one.order
            )
        )

    def _rows(
        self, found: Sequence[ShownDate], translate: Translator
    ) -> tuple[list[tuple[date, list[Row]]], int]:
        """Return the rows of each day that has some, and how many dates there are for which there is no room."""
        days: dict[date, list[Row]] = {}
        room = _MOST_BYTES
        for number, one in enumerate(found):
            row = self._row(one, translate)
            room -= _EACH + len(f"{row.title}{row.place}{row.link}".encode())
            if room < 0:
                return list(days.items()), len(found) - number
            days.setdefault(max(one.first, self.month.first), []).append(row)
        return list(days.items()), 0

    def _row(self, one: ShownDate, translate: Translator) -> Row:
        occurrence, language = one.occurrence, self.language
        place = "" if occurrence.place is None else occurrence.place.text(language)
        link = occurrence.link or ""
        return Row(
            time=_time(one, translate),
            title=_clipped(
                summary_of(occurrence.entry, translate, is_cancelled=occurrence.is_cancelled), _TITLE
            ),
            place=_clipped(place, _PLACE),
            link=link if len(link) <= _LINK and not occurrence.is_cancelled else "",
            link_name=translate(_JOIN if isinstance(occurrence.entry, Event) else _LINK_NAME),
            is_cancelled=occurrence.is_cancelled,
        )

    def _weeks(self, locale: Locale, marked: set[date]) -> list[list[tuple[int, bool, bool] | None]]:
        """Return each week as its days: number, whether something is listed then, whether it is today; None outside."""
        weeks = Weeks(locale.first_week_day).monthdatescalendar(self.month.year, self.month.number)
        return [
            [
                (day.day, day in marked, day == self.today) if day.month == self.month.number else None
                for day in week
            ]
            for week in weeks
        ]


_JOIN, _LINK_NAME = msg("To join"), msg("Link")
_SAID = {
    "before": msg("Previous month"),
    "after": msg("Next month"),
    "nothing": msg("Nothing this month."),
    "address": msg("Address for calendar programs"),
    "languages": msg("Languages"),
    "months": msg("Months"),
}


def _more(count: int) -> Message:
    return nmsg(
        "{count} more in your calendar program.", "{count} more in your calendar program.", count=count
    )


def _place_of(zone: str, locale: Locale) -> str:
    return get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True)


def _time(one: ShownDate, translate: Translator) -> str:
    clock = locale_texts(translate.language).clock
    if one.start is None:
        until = locale_texts(translate.language).day(one.last)
        return translate(msg("until {day}", day=until) if one.last > one.first else msg("all day"))
    if one.end is None or one.end == one.start or not isinstance(one.occurrence.entry, Event):
        return clock(one.start)
    return f"{clock(one.start)} – {clock(one.end)}"


def _weekdays(locale: Locale) -> Iterator[tuple[str, str]]:
    """Yield the weekdays of a week in their order: short, and in full."""
    short, full = get_day_names("short", locale=locale), get_day_names("wide", locale=locale)
    for number in range(7):
        day = (locale.first_week_day + number) % 7
        yield str(short[day]), str(full[day])


def _weekday(day: date, locale: Locale) -> str:
    return format_date(day, "EEEE", locale=locale)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
