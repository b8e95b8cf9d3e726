"""When something is: its start, how long it lasts, the zone, and how it is repeated. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from community.core.zones import ZoneInfo, existing
from community.description.repetition import moments_of, read_repetition

_DAY = timedelta(days=1)
_MOST_LOOKED_AT = 500
"""Occurrences that are looked at for the first few that are not left out."""


@dataclass(frozen=True, slots=True)
class When:
    """A start on the clock of ``zone`` (an IANA name), or a day alone for what lasts all day.

    ``lasts``: None where it was not said; of what lasts all day, whole days. ``repeat`` is an RRULE (RFC 5545, section
    3.3.10). ``without`` are starts that it leaves out, ``also`` further ones. ``is_due``: it is to be done by then. Of
    a local time that comes twice, because the clocks are put back, ``is_second`` says which is meant.
    """

    start: date | datetime
    zone: str
    lasts: timedelta | None = None
    repeat: str | None = None
    without: tuple[date | datetime, ...] = ()
    also: tuple[date | datetime, ...] = ()
    is_due: bool = False
    is_second: bool = False

    @property
    def is_all_day(self) -> bool:
        """Whether only its day is known."""
        return not isinstance(self.start, datetime)

    @property
    def moment(self) -> datetime:
        """When it starts, in its zone; midnight where it lasts all day."""
        return aware(self.start, self.zone, is_second=self.is_second)

    @property
    def end(self) -> datetime | date | None:
        """When it ends, on the clock of its zone; of what lasts all day the last day; None where it was not said."""
        if self.lasts is None:
            return None
        if not isinstance(self.start, datetime):
            return self.start + self.lasts - _DAY
        ended = (self.moment.astimezone(UTC) + self.lasts).astimezone(ZoneInfo(self.zone))
        return ended.replace(tzinfo=None)

    def first(self, most: int) -> tuple[date | datetime, ...]:
        """Return the first starts, at most so many, without those that are left out."""
        found = {start for start in self._repeated() if start not in self.without} | set(self.also)
        return tuple(sorted(found))[:most]

    def _repeated(self) -> tuple[date | datetime, ...]:
        rule = None if self.repeat is None else read_repetition(self.repeat)
        if rule is None:
            return (self.start,)
        local = self.start if isinstance(self.start, datetime) else datetime.combine(self.start, time())
        most = min(_MOST_LOOKED_AT, len(self.without) + 20)
        found = moments_of(rule, local, ZoneInfo(self.zone), most)
        return tuple(found) if isinstance(self.start, datetime) else tuple(each.date() for each in found)


def aware(start: date | datetime, zone: str, *, is_second: bool = False) -> datetime:
    """Return a local time, or the midnight with which a day begins, in its zone; of two such times the first.

    A time that the clocks skip is moved forward by as much as they are (PEP 495).
    """
    local = start if isinstance(start, datetime) else datetime.combine(start, time())
    return existing(local.replace(fold=is_second, tzinfo=ZoneInfo(zone)))


def instants(local: datetime, zone: str) -> tuple[datetime, ...]:
    """Return the moments (UTC) at which the clocks of a zone show a time: one, two when they are put back, or none."""
    both = (local.replace(fold=fold, tzinfo=ZoneInfo(zone)).astimezone(UTC) for fold in (0, 1))
    shown = (moment for moment in both if _shows(moment, local, zone))
    return tuple(dict.fromkeys(shown))


def _shows(moment: datetime, local: datetime, zone: str) -> bool:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == local.replace(fold=0)
