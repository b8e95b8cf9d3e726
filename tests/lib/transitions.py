"""The moments at which clocks change in a zone, found by looking at its offsets: an oracle beside `zoneinfo`'s own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from community.core.zones import ZoneInfo, zone_names

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2033, 1, 1, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class Transition:
    """``at`` (UTC) is the first moment of the new offset; ``before`` and ``after`` are offsets."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta

    @property
    def jump(self) -> timedelta:
        """By how much clocks are put forward; less than nothing: back."""
        return self.after - self.before

    @property
    def clock(self) -> datetime:
        """The local time at which clocks are moved, by the old offset."""
        return (self.at + self.before).replace(tzinfo=None)


@cache
def transitions(zone: str) -> tuple[Transition, ...]:
    """Return those from 2026 to 2032, in order."""
    info, at, found = ZoneInfo(zone), FIRST, list[Transition]()
    offset = _offset(at, info)
    # Ramadan's are four weeks apart or more, no two are nearer than that in these years.
    while at < LAST:
        later = at + 14 * DAY
        if _offset(later, info) != offset:
            first = _first_of_new(at, later, info)
            found.append(Transition(zone, first, offset, _offset(first, info)))
            offset = _offset(later, info)
        at = later
    return tuple(found)


def _first_of_new(old: datetime, new: datetime, info: ZoneInfo) -> datetime:
    offset = _offset(old, info)
    while new - old > MINUTE:
        middle = old + (new - old) // MINUTE // 2 * MINUTE
        old, new = (middle, new) if _offset(middle, info) == offset else (old, middle)
    return new


def _offset(at: datetime, info: ZoneInfo) -> timedelta:
    offset = at.astimezone(info).utcoffset()
    assert offset is not None
    return offset


def instants_by_clock(change: Transition) -> dict[datetime, list[datetime]]:
    """Return around a change what each local minute is in UTC: one moment, two where clocks are put back, or none."""
    info, by_clock = ZoneInfo(change.zone), dict[datetime, list[datetime]]()
    reach = abs(change.jump) + 5 * MINUTE
    for number in range(2 * (reach // MINUTE) + 1):
        at = change.at - reach + number * MINUTE
        by_clock.setdefault(at.astimezone(info).replace(tzinfo=None), []).append(at)
    return by_clock


@cache
def zones_by_offsets() -> dict[tuple[Transition | timedelta, ...], list[str]]:
    """Return the zones, those together that are the same from 2026 to 2032 but for their name."""
    same: dict[tuple[Transition | timedelta, ...], list[str]] = {}
    for zone in sorted(zone_names()):
        changes = (Transition("", one.at, one.before, one.after) for one in transitions(zone))
        same.setdefault((_offset(FIRST, ZoneInfo(zone)), *changes), []).append(zone)
    return same
