"""Dates, times and names of countries and languages as one language writes them, by the CLDR.

Babel has them, and takes longer to read one language than a question takes to be answered: what is needed of it is
kept compiled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from community.core.compiled import compiled
from community.core.language_folders import language as known
from community.core.messages import locale_of

if TYPE_CHECKING:
    from babel import Locale

_Names = dict[str, str]
_Worked = tuple[_Names, _Names, tuple[str, ...], tuple[str, str], str, str]


@dataclass(frozen=True)
class LocaleTexts:
    """What one language writes. The names are by ISO code; the formats are Babel's, with ``%(field)s`` in them.

    ``first`` is the number of a month's first day: “1er” in French, which the CLDR's formats do not say.
    """

    territories: _Names
    languages: _Names
    months: tuple[str, ...]
    halves: tuple[str, str]
    date_format: str
    time_format: str
    first: str

    def day(self, day: date) -> str:
        """Return a day in full, as Babel writes it with the format ``long``, but for the first of a month."""
        number = self.first if day.day == 1 else day.day
        return self.date_format % {"d": number, "MMMM": self.months[day.month - 1], "y": day.year}

    def clock(self, moment: datetime) -> str:
        """Return the time of day, as Babel writes it with the format ``short``."""
        return self.time_format % {
            "HH": f"{moment.hour:02}",
            "H": moment.hour,
            "mm": f"{moment.minute:02}",
            "h": moment.hour % 12 or 12,
            "a": self.halves[moment.hour // 12],
        }


@cache
def locale_texts(language: str) -> LocaleTexts:
    """Return what a language writes, in the region that `locale_of` names for it."""
    name = locale_of(language)
    return LocaleTexts(
        *compiled(f"locale_{name}", [Path(__file__)], babel_release(), lambda: _work_out(name)),
        first=known(language).first_of_month,
    )


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
    months = locale.months["format"]["wide"]
    halves = (format_time(datetime(2000, 1, 1, hour), "a", locale=locale) for hour in (1, 13))  # noqa: DTZ001
    before, after = halves
    return (
        {code: str(territory) for code, territory in locale.territories.items()},
        {code: str(language) for code, language in locale.languages.items()},
        tuple(str(months[number]) for number in range(1, 13)),
        (before, after),
        str(get_date_format("long", locale=locale).format),
        str(get_time_format("short", locale=locale).format),
    )
