"""Rules of repetition (RFC 5545, section 3.3.10): read as calendar programs write them, and their moments. Pure.

A rule is reckoned in local time. ``UNTIL`` may be a day, which is included; a local time; or a moment in UTC, as
calendar programs write it, which is converted to the time zone of the event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from dateutil.rrule import rrule, rruleset, rrulestr

from community.core.zones import ZoneInfo


def _numbers(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{pattern}(,{pattern})*")


_PARTS = {
    "FREQ": re.compile("DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile("[1-9][0-9]{0,2}"),
    "COUNT": re.compile("[1-9][0-9]{0,3}"),
    "UNTIL": re.compile("[0-9]{8}(T[0-9]{6}Z?)?"),
    "WKST": re.compile("MO|TU|WE|TH|FR|SA|SU"),
    "BYDAY": _numbers("([-+]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)"),
    "BYMONTHDAY": _numbers("-?([1-9]|[12][0-9]|3[01])"),
    "BYMONTH": _numbers("([1-9]|1[0-2])"),
    "BYSETPOS": _numbers("-?[1-9][0-9]{0,2}"),
    "BYWEEKNO": _numbers("-?([1-9]|[1-4][0-9]|5[0-3])"),
    "BYYEARDAY": _numbers("-?[1-9][0-9]{0,2}"),
}
"""The parts of a rule that make sense for meetings, and the form of each."""

_SHORT_PARTS = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH"))
"""Those that repetition by day or week may use: with the others dateutil may try each day until the year 9999."""

IMPOSSIBLE = (ValueError, TypeError, LookupError, OverflowError)
"""What dateutil raises of parts that do not fit together."""

_END_OF_DAY = time(23, 59, 59)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
"""The years in which a rule may end; near those of Python's calendar no time can be moved to another zone."""
_LONGEST = timedelta(days=3653)


@dataclass(frozen=True, slots=True)
class Repetition:
    """A rule that is well formed. ``parts``: its parts by name, without ``UNTIL``; ``until``: local unless aware."""

    parts: Mapping[str, str]
    until: datetime | None

    def between(self, start: datetime, zone: ZoneInfo, first: datetime, last: datetime) -> list[datetime]:
        """Return the moments from ``first`` to ``last`` (local times) of an event that begins at ``start``.

        None where the parts do not fit together: such a rule is refused with the files.
        """
        try:
            return self.rule(start, zone).between(first, last, inc=True)
        except IMPOSSIBLE:
            return []

    def rule(self, start: datetime, zone: ZoneInfo) -> rrule | rruleset:
        """Return dateutil's rule for an event that begins at ``start`` (local time of ``zone``).

        Raises one of `IMPOSSIBLE` where the parts do not fit together.
        """
        return rrulestr(self._text(self.local_until(zone)), dtstart=start)

    def soon(self, start: datetime, zone: ZoneInfo) -> rrule | rruleset:
        """Return the rule with its end at most ten years after ``start``. Raises as `rule`.

        ``COUNT`` is left out: dateutil would look for that many to the year 9999.
        """
        until = self.local_until(zone)
        horizon = start + _LONGEST
        short = Repetition({k: v for k, v in self.parts.items() if k != "COUNT"}, None)
        return rrulestr(short._text(min(until or horizon, horizon)), dtstart=start)

    def local_until(self, zone: ZoneInfo) -> datetime | None:
        """Return the last local time that is still in the rule, None where it goes on."""
        if self.until is None or self.until.tzinfo is None:
            return self.until
        return self.until.astimezone(zone).replace(tzinfo=None)

    def _text(self, until: datetime | None) -> str:
        parts = [f"{name}={value}" for name, value in self.parts.items()]
        return ";".join([*parts, *([] if until is None else [f"UNTIL={until:%Y%m%dT%H%M%S}"])])


def read_repetition(text: str) -> Repetition | None:
    """Return the rule that ``text`` writes, None where it is none.

    Understood is what calendar programs copy out: a leading ``RRULE:``, any order of the parts, small letters.
    """
    written = re.sub(r"^RRULE:", "", text.strip().upper()).rstrip(";")
    pairs = [part.partition("=") for part in written.split(";")]
    values = {name: value for name, _, value in pairs}
    if len(values) != len(pairs) or "FREQ" not in values or {"COUNT", "UNTIL"} <= values.keys():
        return None
    usable = _PARTS.keys() if values["FREQ"] in ("MONTHLY", "YEARLY") else _SHORT_PARTS
    if not all(name in usable and _PARTS[name].fullmatch(value) for name, value in values.items()):
        return None
    try:
        until = _until(values["UNTIL"]) if "UNTIL" in values else None
    except ValueError:
        return None
    return Repetition({name: value for name, value in values.items() if name != "UNTIL"}, until)


def _until(value: str) -> datetime | None:
    """Return the last moment that ``UNTIL`` includes, None for "never", which some programs write as a far year.

    Raises ValueError where there is no such day or time.
    """
    year = int(value[:4])
    if year < _FIRST_YEAR:
        raise ValueError("before any calendar of ours")
    if year > _LAST_YEAR:
        return None
    if "T" not in value:
        return datetime.combine(datetime.strptime(value, "%Y%m%d"), _END_OF_DAY)  # noqa: DTZ007 - local time
    local = datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
    return local.replace(tzinfo=UTC) if value.endswith("Z") else local
