"""The times of another program's calendar on the clock of the zone that an event has here. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from community.core.messages import Message, msg
from community.core.zones import ZoneInfo
from community.description.calendar_model import is_day
from community.description.times import MAXIMUM_YEAR, MINIMUM_YEAR
from community.exchange.ics_parsing import IcsItem, IcsPeriod, IcsTime
from community.exchange.ics_plain import plain_line
from community.exchange.ics_zones import MeantZones

_DAY = timedelta(days=1)


class Unfit(Exception):
    """What is read does not fit; ``what`` says why."""

    def __init__(self, what: Message) -> None:
        super().__init__(str(what))
        self.what = what


@dataclass(frozen=True, slots=True)
class IcsClock:
    """Reads times. ``home``: the community's zone; ``usual``: that of times without one, None where it is home."""

    zones: MeantZones
    home: str
    usual: str | None

    def local(self, when: IcsTime, *, is_single: bool) -> tuple[str | None, date | datetime]:
        """Return the zone that an event is to have (None: the community's), and its time on that one's clock."""
        _check_year(when.value)
        usual = self.usual
        if not isinstance(when.value, datetime):
            return usual, when.value
        if when.value.tzinfo is not None:
            # A series in UTC moves by an hour against local time twice a year: it stays in UTC.
            local = when.value.astimezone(ZoneInfo(usual or self.home)).replace(tzinfo=None, fold=0)
            is_told = _instant(local, ZoneInfo(usual or self.home)) == when.value
            return (usual, local) if is_single and is_told else ("UTC", when.value.replace(tzinfo=None))
        if when.zone is None:
            return usual, when.value
        return self._zone(when.zone), when.value

    def _zone(self, written: str) -> str:
        named = self.zones.name(written)
        if named is None:
            what = msg(
                "nobody knows the time zone “{zone}”: choose that of a city in your calendar, such as Africa/Kigali",
                zone=plain_line(written),
            )
            raise Unfit(what)
        return named

    def of(self, when: IcsTime, zone: str | None) -> date | datetime:
        """Return a time on the clock of ``zone``."""
        _check_year(when.value)
        if not isinstance(when.value, datetime) or (when.value.tzinfo is None and when.zone is None):
            return when.value
        info = ZoneInfo(zone or self.home)
        aware = when.value
        if aware.tzinfo is None and when.zone is not None:
            named = self._zone(when.zone)
            if named == (zone or self.home):
                return aware
            aware = aware.replace(tzinfo=ZoneInfo(named))
        return aware.astimezone(info).replace(tzinfo=None, fold=0)

    def lasts(self, item: IcsItem, start: date | datetime, zone: str | None) -> timedelta:
        """Return how long an event lasts: in days where it has no time."""
        if item.lasts is not None:
            end = end_of(start, item.lasts, zone or self.home)
        elif item.end is not None:
            end = self.of(item.end, zone)
        else:
            end = start + _DAY if is_day(start) else start
        if is_day(start) or is_day(end):
            length = _as_date(end) - _as_date(start)
            return max(length, _DAY) if is_day(start) else max(length, timedelta())
        info = ZoneInfo(zone or self.home)
        length = _instant(end, info) - _instant(start, info)
        if length < timedelta():
            raise Unfit(msg("it ends before it begins: mend it in your calendar"))
        return length

    def lasts_added(self, period: IcsPeriod, start: date | datetime, zone: str | None) -> timedelta | None:
        """Return how long an added occurrence lasts, where it says so itself."""
        if period.end is None or is_day(start):
            return period.lasts
        end, info = self.of(period.end, zone), ZoneInfo(zone or self.home)
        return None if is_day(end) else _instant(end, info) - _instant(start, info)


def end_of(start: date | datetime, lasts: timedelta, zone: str | None) -> date | datetime:
    """Return the end of what lasts that long: days by the calendar, hours as they pass (RFC 5545, section 3.3.6)."""
    if not isinstance(start, datetime):
        return start + lasts
    info = ZoneInfo(zone or "UTC")
    days = timedelta(days=lasts.days)
    return (_instant(start + days, info) + (lasts - days)).astimezone(info).replace(tzinfo=None)


def _instant(moment: date | datetime, zone: ZoneInfo) -> datetime:
    local = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return local.replace(tzinfo=zone).astimezone(UTC)


def _as_date(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _check_year(moment: date) -> None:
    if not MINIMUM_YEAR < moment.year < MAXIMUM_YEAR:
        raise Unfit(msg("the year {year} cannot be meant", year=moment.year))
