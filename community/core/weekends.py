"""On which day the week begins in a country, and which days are its weekend, by the CLDR.

In Egypt and Algeria the week begins on Saturday and Friday and Saturday are free; in Mozambique it begins on Sunday.
Babel has these days, and takes long to be imported: what is needed of it is kept compiled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from community.core.compiled import compiled
from community.core.locale_texts import babel_release

_MONDAY, _SATURDAY, _SUNDAY = 0, 5, 6
_DAY = timedelta(days=1)

_Days = tuple[int, int, int]
"""The first day of the week, the first of the weekend and its last: 0 is Monday, as in `date.weekday`."""


@dataclass(frozen=True, slots=True)
class WeekDays:
    """The week of a country. Days of the week are numbers from 0, Monday, to 6, Sunday.

    ``first`` is the day on which the week begins. ``weekend_first`` and ``weekend_last`` are the days of rest, both
    included; one and the same day where only one is free.
    """

    first: int = _MONDAY
    weekend_first: int = _SATURDAY
    weekend_last: int = _SUNDAY

    def is_free(self, day: date) -> bool:
        """Whether a day is one of the weekend."""
        return (day.weekday() - self.weekend_first) % 7 <= (self.weekend_last - self.weekend_first) % 7

    def beginning(self, day: date) -> date:
        """Return the first day of the week that a day is in."""
        return day - timedelta(days=(day.weekday() - self.first) % 7)

    def weekend(self, day: date) -> tuple[date, date]:
        """Return the first and last day of the weekend that a day is in, or else of the next one.

        Where one day alone is free, the day before it is counted in: people there say “weekend” of both.
        """
        length = max((self.weekend_last - self.weekend_first) % 7, 1)
        last = day + timedelta(days=(self.weekend_last - day.weekday()) % 7)
        return last - length * _DAY, last


USUAL_WEEK = WeekDays()
"""Monday first, Saturday and Sunday free."""


@cache
def week_days(country: str) -> WeekDays:
    """Return the week of a country by its code (ISO 3166); Monday first and Saturday to Sunday of an unknown one."""
    found = _of_countries().get(country)
    return USUAL_WEEK if found is None else WeekDays(*found)


@cache
def week_days_of_zone(timezone: str) -> WeekDays:
    """Return the week of the country that a time zone belongs to, for those of whom no country is known."""
    return week_days(_worked_out()[1].get(timezone, ""))


def _of_countries() -> dict[str, _Days]:
    return _worked_out()[0]


@cache
def _worked_out() -> tuple[dict[str, _Days], dict[str, str]]:
    return compiled(
        "weekends", [Path(__file__)], babel_release(), lambda: (dict(_from_cldr()), _countries_of_zones())
    )


def _from_cldr() -> Iterator[tuple[str, _Days]]:
    # Imported here because it is done once after each installation.
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    for country in map(str, Locale("en").territories):
        if len(country) != 2 or not country.isalpha():
            continue
        try:
            there = Locale.parse(f"und_{country}")
        except UnknownLocaleError:
            continue
        if there.territory == country:
            yield country, (there.first_week_day, there.weekend_start, there.weekend_end)


def _countries_of_zones() -> dict[str, str]:
    # Imported here because it is done once after each installation.
    from babel.core import get_global  # noqa: PLC0415

    return {str(zone): str(country) for zone, country in get_global("zone_territories").items()}
