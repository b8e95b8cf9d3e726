"""Which time zone of the IANA a calendar program means by the name that it writes (TZID, RFC 5545). Pure.

That is the name itself, the last part of a longer one, Windows' name of it, or else the zone whose clock shows the
same, day for day, as the rules that the file has with it. Imports icalendar, as `ics_file` does.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from functools import cache

from icalendar import Timezone
from icalendar.timezone import tzp
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from community.core.zones import ZoneInfo, zone_names

_USED = re.compile(r"(BEGIN|END|TZID|DTSTART|TZOFFSETFROM|TZOFFSETTO|TZNAME|RRULE|RDATE)[;:]", re.IGNORECASE)
_RULE = re.compile(
    r"RRULE:(;?(FREQ=YEARLY|INTERVAL=1|WKST=[A-Z]{2}|BYMONTH=\d{1,2}|BYDAY=[-+]?[1-5][A-Z]{2}"
    r"|BYMONTHDAY=-?\d{1,2}(,\d{1,2}){0,6}|BYDAY=[A-Z]{2}(?=;BYMONTHDAY)|UNTIL=\d{8}(T\d{6}Z?)?))+",
    re.IGNORECASE,
)
"""What the clocks of a country go by: once a year. Of anything else the dates could not be reckoned in any time."""
_MOST_RULES = 8
_DAYS = 731
_UNREADABLE = (ValueError, TypeError, LookupError, OverflowError, AttributeError)


class MeantZones:
    """The zones that one file means. ``near``: the zones of the community, preferred where several fit."""

    def __init__(self, own: Mapping[str, Sequence[str]], near: Sequence[str], year: int) -> None:
        self._own = own
        self._near = near
        self._year = year
        self._found: dict[str, str | None] = {}

    def name(self, written: str) -> str | None:
        """Return the name of the zone that the file calls ``written``; None where nobody knows it."""
        if written not in self._found:
            self._found[written] = self._search(written)
        return self._found[written]

    def _search(self, written: str) -> str | None:
        named = known_zone(written)
        if named is not None:
            return named
        own = self._own.get(written, ())
        place = next((line for line in own if line.upper().startswith("X-LIC-LOCATION:")), "")
        return known_zone(place.partition(":")[2]) or self._like(written, own)

    def _like(self, written: str, own: Sequence[str]) -> str | None:
        zone = _own_zone(own) if own else None
        if zone is None:
            return None
        days = [datetime(self._year, 1, 1, 12) + timedelta(days=n) for n in range(_DAYS)]  # noqa: DTZ001 - local
        try:
            shown = [day.replace(tzinfo=zone).utcoffset() for day in days]
        except _UNREADABLE:
            return None
        fit = [name for name in self._tried() if _shows(ZoneInfo(name), days, shown)]
        # Such names often list towns: “(UTC+01:00) Brussels, Copenhagen, Madrid, Paris”.
        named = [name for name in fit if name.rpartition("/")[2].replace("_", " ").lower() in written.lower()]
        return next(iter((*named, *fit)), None)

    def _tried(self) -> tuple[str, ...]:
        """Return the zones that may be meant, those of the community first, then those that Windows has."""
        usual = sorted({name for name in WINDOWS_TO_OLSON.values() if name in zone_names()})
        others = sorted(name for name in zone_names() if _is_place(name))
        return tuple(dict.fromkeys((*self._near, *usual, *others, "UTC")))


def known_zone(written: str) -> str | None:
    """Return the zone of that name, also where more stands before it, or in Windows' names; None for no such zone."""
    plain = written.strip().strip("/\"' ")
    parts = plain.split("/")
    endings = ("/".join(parts[start:]) for start in range(max(0, len(parts) - 3), len(parts)))
    named = (plain, WINDOWS_TO_OLSON.get(plain, ""), *endings)
    found = (_known_or_none(ending) for ending in named)
    return next((name for name in found if name is not None), None)


def _known_or_none(name: str) -> str | None:
    return _by_small_letters().get(name.lower())


@cache
def _by_small_letters() -> dict[str, str]:
    return {name.lower(): name for name in sorted(zone_names())}


def _is_place(name: str) -> bool:
    return "/" in name and not name.startswith(("Etc/", "posix/", "right/", "US/", "SystemV/"))


def _shows(zone: ZoneInfo, days: Sequence[datetime], shown: Sequence[timedelta | None]) -> bool:
    return all(day.replace(tzinfo=zone).utcoffset() == other for day, other in zip(days, shown, strict=True))


def _own_zone(lines: Sequence[str]) -> tzinfo | None:
    """Return the zone that a file describes; None where its rules are no country's, or cannot be read."""
    used = [line for line in lines if _USED.match(line)]
    rules = [line for line in used if line.upper().startswith("RRULE")]
    if len(rules) > _MOST_RULES or not all(_RULE.fullmatch(line) for line in rules):
        return None
    text = "\r\n".join(["BEGIN:VTIMEZONE", *used, "END:VTIMEZONE", ""])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = Timezone.from_ical(text)
            return tzp.create_timezone(found) if isinstance(found, Timezone) else None
    except _UNREADABLE:
        return None
