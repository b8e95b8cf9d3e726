"""Rules of repetition (RFC 5545, section 3.3.10): read as calendar programs write them, and their moments. Pure.

A rule is reckoned in local time. ``UNTIL`` may be a day, which is included; a local time; or a moment in UTC, as
calendar programs write it, which is converted to the time zone of the event.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from math import lcm

from dateutil.rrule import rrule, rruleset, rrulestr

from community.core.patterns import pattern_of
from community.core.unseen import without_unseen
from community.core.zones import ZoneInfo


def _numbers(pattern: str) -> re.Pattern[str]:
    return pattern_of(f"{pattern}(,{pattern})*")


_DAY_OF_YEAR = "-?([1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6])"
PARTS = {
    "FREQ": re.compile("DAILY|WEEKLY|MONTHLY|YEARLY"),
    "INTERVAL": re.compile("[1-9][0-9]{0,2}"),
    "COUNT": re.compile("[1-9][0-9]{0,3}"),
    "UNTIL": re.compile("[0-9]{8}(T[0-9]{6}Z?)?"),
    "WKST": re.compile("MO|TU|WE|TH|FR|SA|SU"),
    "BYDAY": _numbers("([-+]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)"),
    "BYMONTHDAY": _numbers("-?([1-9]|[12][0-9]|3[01])"),
    "BYMONTH": _numbers("([1-9]|1[0-2])"),
    "BYSETPOS": _numbers(_DAY_OF_YEAR),
    "BYWEEKNO": _numbers("-?([1-9]|[1-4][0-9]|5[0-3])"),
    "BYYEARDAY": _numbers(_DAY_OF_YEAR),
}
"""The parts of a rule that make sense for meetings, and the form of each."""

SHORT_PARTS = frozenset(("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH"))
"""Those that repetition by day or week may use: with the others dateutil may try each day until the year 9999."""

IMPOSSIBLE = (ValueError, TypeError, LookupError, OverflowError)
"""What dateutil raises of parts that do not fit together."""

_END_OF_DAY = time(23, 59, 59)
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
"""The years in which a rule may end; near those of Python's calendar no time can be moved to another zone."""
_LEAP_DAY = (2, 29)
LONGEST = timedelta(days=3653)
"""How far ahead a rule is looked at: ten years."""


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
            return self.rule(self._begun_near(start, first), zone).between(max(first, start), last, inc=True)
        except IMPOSSIBLE:
            return []

    def may_reach(self, start: datetime, zone: ZoneInfo, moment: datetime) -> bool:
        """Whether the rule of an event that begins at ``start`` has not ended before ``moment`` (local times).

        By its end, without looking for moments; only where ``COUNT`` ends it they are counted, no further than needed.
        """
        if "COUNT" not in self.parts:
            until = self.local_until(zone)
            return until is None or until >= moment
        try:
            return self.rule(start, zone).after(moment, inc=True) is not None
        except IMPOSSIBLE:
            return False

    def _begun_near(self, start: datetime, first: datetime) -> datetime:
        """Return a later start from which the rule has the same moments from ``first`` on.

        dateutil goes through all moments from the start on. It is later by whole intervals of the rule, whole years of
        one by month, and at least an interval before ``first``.
        """
        interval = int(self.parts.get("INTERVAL", "1"))
        match self.parts["FREQ"]:
            case _ if "COUNT" in self.parts or (start.month, start.day) == _LEAP_DAY:
                return start
            case "DAILY" | "WEEKLY" as frequency:
                step = timedelta(days=interval * (7 if frequency == "WEEKLY" else 1))
                return start + max((first - start) // step - 1, 0) * step
            case frequency:
                years = interval if frequency == "YEARLY" else lcm(interval, 12) // 12
                return start.replace(year=start.year + max((first.year - start.year) // years - 1, 0) * years)

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
        horizon = start + LONGEST
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


@lru_cache(maxsize=1024)
def read_repetition(text: str) -> Repetition | None:
    """Return the rule that ``text`` writes, None where it is none.

    What is wrong then says `community.description.repetition_parts.part_fault`.
    """
    pairs = written_parts(text)
    values = dict(pairs)
    if len(values) != len(pairs) or "FREQ" not in values or {"COUNT", "UNTIL"} <= values.keys():
        return None
    usable = parts_with(values["FREQ"])
    if not all(name in usable and PARTS[name].fullmatch(value) for name, value in pairs):
        return None
    try:
        until = until_of(values["UNTIL"]) if "UNTIL" in values else None
    except ValueError:
        return None
    return Repetition({name: value for name, value in pairs if name != "UNTIL"}, until)


def written_parts(text: str) -> list[tuple[str, str]]:
    """Return the names and values that a rule is made of; a part without ``=`` is a name with an empty value.

    Understood is what calendar programs copy out and people type: a leading ``RRULE:``, any order of the parts, small
    letters, blanks between the parts, and numbers with + or a zero in front.
    """
    seen = re.sub(r"\s*([;:=,])\s*", r"\1", without_unseen(text).strip().upper())
    pairs = (part.partition("=") for part in seen.removeprefix("RRULE:").split(";") if part)
    return [(name, value if name == "UNTIL" else _LEADING.sub("", value)) for name, _, value in pairs]


_LEADING = re.compile(r"\+(?=[0-9])|(?<![0-9])0+(?=[0-9])")
"""What in front of a number does not change it."""


def parts_with(frequency: str) -> Collection[str]:
    """Return the names of the parts that a rule of that ``FREQ`` may have."""
    return PARTS.keys() if frequency in ("MONTHLY", "YEARLY") else SHORT_PARTS


def until_of(value: str) -> datetime | None:
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


def moments_of(rule: Repetition, start: datetime, zone: ZoneInfo, most: int) -> list[datetime]:
    """Return the first moments within ten years; none where the parts do not fit together."""
    try:
        rule.rule(start, zone)
        return list(islice(rule.soon(start, zone), min(most, int(rule.parts.get("COUNT", most)))))
    except IMPOSSIBLE:
        return []


def is_weekly(rule: Repetition) -> bool:
    """Whether a rule by month or year names a weekday, and nothing that chooses one of them."""
    choosing = rule.parts.keys() & {"BYMONTHDAY", "BYSETPOS", "BYWEEKNO", "BYYEARDAY"}
    return bool(each_week(rule)) and not choosing


def each_week(rule: Repetition) -> tuple[str, ...]:
    """Return the weekdays that a rule names without a number."""
    return tuple(day for day in rule.parts.get("BYDAY", "").split(",") if day.isalpha())
