"""Dates, times and names of countries and languages as one language writes them, by the CLDR.

Babel has them, and takes longer to read one language than a question takes to be answered: what is needed of it is
kept compiled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from community.core.compiled import compiled
from community.core.language_folders import language as known
from community.core.messages import locale_of

if TYPE_CHECKING:
    from babel import Locale

_Names = dict[str, str]
_Words = tuple[str, ...]
_Worked = tuple[
    _Names, _Names, _Words, _Words, tuple[str, str], str, str, str, dict[str, _Words], dict[str, _Words]
]
_Unit = Literal["day", "week", "month", "year"]
_DAYS: dict[_Unit, int] = {"day": 1, "week": 7, "month": 30, "year": 365}
"""How many days a length of time has, about, when it is said how long ago something was."""
_LONGEST_AGO: dict[_Unit, int] = {"day": 6, "week": 4, "month": 12, "year": 100}
"""The greatest number of each that is said: there are more words from then on."""
_AHEAD: dict[str, int] = {"minute": 90, "hour": 47, "day": 366, "month": 36}
"""The greatest number of each that something is said to be ahead."""
_DAYS_AHEAD = 120
"""From more days on months are said, where nobody asked how long it is until then."""


@dataclass(frozen=True)
class LocaleTexts:
    """What one language writes. The names are by ISO code; the formats are Babel's, with ``%(field)s`` in them.

    ``weekdays`` begin on Monday. ``first`` is the number of a month's first day: “1er” in French, which the CLDR's
    formats do not say. ``past`` has for each length of time how one of it ago is said, two of it ago, and so on;
    ``coming`` how one of it from now is.
    """

    territories: _Names
    languages: _Names
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    halves: tuple[str, str]
    date_format: str
    full_format: str
    time_format: str
    past: dict[str, tuple[str, ...]]
    coming: dict[str, tuple[str, ...]]
    first: str

    def day(self, day: date) -> str:
        """Return a day in full, as Babel writes it with the format ``long``, but for the first of a month."""
        return self.date_format % self._parts(day)

    def full_day(self, day: date) -> str:
        """Return a day with its weekday, as Babel writes it with the format ``full``, but for the first of a month."""
        return self.full_format % self._parts(day)

    def _parts(self, day: date) -> dict[str, object]:
        number = self.first if day.day == 1 else day.day
        month, weekday = self.months[day.month - 1], self.weekdays[day.weekday()]
        return {"d": number, "MMMM": month, "y": day.year, "EEEE": weekday}

    def ago(self, days: int) -> str:
        """Return how long ago a day was that is one day back or more: “3 weeks ago”."""
        unit = next(unit for unit, length in reversed(_DAYS.items()) if days >= length)
        said = self.past[unit]
        return said[min(days // _DAYS[unit], len(said)) - 1]

    def ahead(self, left: timedelta, days: int, *, in_days: bool = False) -> str:
        """Return how long it is until something: ``left``, and by the calendar ``days`` from now: “in 15 days”.

        ``in_days``: whatever is within a year is said in days, and not from some months on in months.
        """
        unit, count = _unit_ahead(left, days, _AHEAD["day"] if in_days else _DAYS_AHEAD)
        said = self.coming[unit]
        return said[min(max(count, 1), len(said)) - 1]

    def clock(self, moment: datetime | time) -> str:
        """Return the time of day, as Babel writes it with the format ``short``."""
        return self.time_format % {
            "HH": f"{moment.hour:02}",
            "H": moment.hour,
            "mm": f"{moment.minute:02}",
            "h": moment.hour % 12 or 12,
            "a": self.halves[moment.hour // 12],
        }


def _unit_ahead(left: timedelta, days: int, most: int) -> tuple[str, int]:
    minutes = round(left / timedelta(minutes=1))
    if minutes < 60:
        return "minute", minutes
    if days < 1:
        return "hour", round(minutes / 60)
    return ("day", days) if days <= most else ("month", round(days / 30.4))


@cache
def locale_texts(language: str) -> LocaleTexts:
    """Return what a language writes, in the region that `locale_of` names for it."""
    name = locale_of(language)
    return LocaleTexts(
        *compiled(f"locale_{name}", [Path(__file__)], babel_release(), lambda: _work_out(name)),
        first=known(language).first_of_month,
    )


@cache
def local_texts(language: str, country: str) -> LocaleTexts:
    """Return what a language writes, with the names of months as people of a country (ISO 3166) say them."""
    texts, name = locale_texts(language), f"{language}_{country}"
    months = compiled(f"months_{name}", [Path(__file__)], babel_release(), lambda: _months_in(name))
    return replace(texts, months=months) if months else texts


def _months_in(name: str) -> _Words:
    """Return the names of months in a language and country, none where the CLDR does not know the two together."""
    # Imported here because it is done once after each installation.
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    try:
        months = Locale.parse(name).months["format"]["wide"]
    except (UnknownLocaleError, ValueError):
        return ()
    return tuple(str(months[number]) for number in range(1, 13))


def cldr_of(language: str) -> Locale:
    """Return what the CLDR has of a language, or else of the one that `locale_of` names for it."""
    # Imported here because it is done once after each installation.
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(locale_of(language))


@cache
def babel_release() -> str:
    """Return a text that is another with each release of Babel, which is not imported for it."""
    spec = find_spec("babel")
    assert spec is not None  # noqa: S101 - it is one of our requirements
    assert spec.origin is not None  # noqa: S101 - and no namespace
    return Path(spec.origin).read_text(encoding="utf-8")


def _work_out(name: str) -> _Worked:
    # Imported here because it is done once after each installation.
    from babel import Locale  # noqa: PLC0415
    from babel.dates import format_time, get_date_format, get_time_format  # noqa: PLC0415

    locale = Locale.parse(name)
    months, weekdays = locale.months["format"]["wide"], locale.days["format"]["wide"]
    halves = (format_time(datetime(2000, 1, 1, hour), "a", locale=locale) for hour in (1, 13))  # noqa: DTZ001
    before, after = halves
    return (
        {code: str(territory) for code, territory in locale.territories.items()},
        {code: str(language) for code, language in locale.languages.items()},
        tuple(str(months[number]) for number in range(1, 13)),
        tuple(str(weekdays[number]) for number in range(7)),
        (before, after),
        str(get_date_format("long", locale=locale).format),
        str(get_date_format("full", locale=locale).format),
        str(get_time_format("short", locale=locale).format),
        {unit: tuple(_ago(name, unit, count + 1) for count in range(_LONGEST_AGO[unit])) for unit in _DAYS},
        {
            unit: tuple(_until(name, unit, count + 1) for count in range(most))
            for unit, most in _AHEAD.items()
        },
    )


_LENGTHS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


def _until(name: str, unit: str, count: int) -> str:
    from babel.dates import format_timedelta  # noqa: PLC0415 - as above

    ahead = count * _LENGTHS.get(unit, timedelta(days=30.5))
    return str(format_timedelta(ahead, unit, 1e6, add_direction=True, locale=name))  # type: ignore[arg-type]


def _ago(name: str, unit: _Unit, count: int) -> str:
    from babel.dates import format_timedelta  # noqa: PLC0415 - as above

    # Babel's month is longer than ours by some hours, which it rounds away; no larger unit is to be taken.
    back, only_this = -timedelta(days=count * _DAYS[unit]), 1e6
    return str(format_timedelta(back, unit, only_this, add_direction=True, locale=name))
