"""What is new of the dates of an entry: which were set, moved, cancelled. Pure: time is an argument.

Told is the difference between what was and what is, however often it was changed in between: what was moved and moved
back is no news, and of what was moved twice the first and the last are told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from community.agenda.occurrences import Occurrence, occurrence_of, occurrences
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline
from community.directory.entry import CalendarEntry
from community.directory.permissions import changed_fields

_STEPS = (timedelta(days=60), timedelta(days=400))
"""How far ahead dates are compared, the shortest first: a rule costs for each of its occurrences."""
_MOST = 2
"""How many dates of one series are told one by one; of more the next is told."""
_DATED = frozenset(
    {"start", "due", "originally", "timezone", "repeat", "except", "also", "changes", "cancelled"}
)
"""The fields on which dates depend."""


_Pair = tuple[Occurrence | None, Occurrence | None]


class DateChange(StrEnum):
    """What has become of a date."""

    SET = "set"
    MOVED = "moved"
    CANCELLED = "cancelled"
    RESTORED = "restored"
    """It was cancelled, and takes place after all."""


@dataclass(frozen=True, slots=True)
class DateNews:
    """One date that is new: ``occurrence`` as it is now. ``before``: as it was, of what was moved."""

    change: DateChange
    occurrence: Occurrence
    before: Occurrence | None = None


@dataclass(frozen=True, slots=True)
class DateComparison:
    """Compares what entries were and are. What was over at ``since`` is none of it; ``now``: of several, what is next.

    ``zone``: the community's, for entries that name none.
    """

    zone: str
    since: datetime
    now: datetime

    def news(self, before: CalendarEntry | None, after: CalendarEntry) -> tuple[DateNews, ...]:
        """Return what is new of an entry, in the order in which it takes place."""
        if before is None:
            return self._whole(DateChange.CANCELLED if after.cancelled else DateChange.SET, after)
        if before.cancelled != after.cancelled:
            return self._whole(DateChange.CANCELLED if after.cancelled else DateChange.RESTORED, after)
        if after.cancelled or not changed_fields(before, after) & _DATED:
            return ()
        if _is_single(before) and _is_single(after):
            return self._told([(self._only(before), self._only(after))], after)
        found = (self._told(self._pairs(before, after, ahead), after) for ahead in _STEPS)
        return next(filter(None, found), ())

    def _whole(self, change: DateChange, entry: CalendarEntry) -> tuple[DateNews, ...]:
        """Return the news of a whole entry: its next date, or the last one since then."""
        for ahead in _STEPS:
            there = [one for one in self._of(entry, ahead) if one.is_cancelled is entry.cancelled]
            if there:
                return (DateNews(change, _next(there, self.now)),)
        return self._far(change, entry)

    def _far(self, change: DateChange, entry: CalendarEntry) -> tuple[DateNews, ...]:
        one = self._only(entry)
        is_there = one is not None and one.start > self.now
        return (DateNews(change, one),) if one is not None and is_there else ()

    def _pairs(self, before: CalendarEntry, after: CalendarEntry, ahead: timedelta) -> list[_Pair]:
        """Return each date as it was and as it is, None where it was not there or is there no more."""
        old, new = ({one.key: one for one in self._of(entry, ahead)} for entry in (before, after))
        return [
            (old.get(key) or self._find(before, one), new.get(key) or self._find(after, one))
            for key, one in (old | new).items()
        ]

    def _told(self, pairs: Sequence[_Pair], after: CalendarEntry) -> tuple[DateNews, ...]:
        found = [*_compared(pairs), *_exchanged(pairs, after)]
        found = [one for one in found if self._is_later(one)]
        kinds = ([one for one in found if one.change is change] for change in DateChange)
        told = (one for kind in kinds for one in self._few(kind))
        return tuple(sorted(told, key=lambda one: one.occurrence.start))

    def _is_later(self, news: DateNews) -> bool:
        there = (news.occurrence,) if news.before is None else (news.occurrence, news.before)
        return any(one.end >= self.since for one in there)

    def _few(self, found: Sequence[DateNews]) -> Sequence[DateNews]:
        if len(found) <= _MOST:
            return found
        first = _next([one.occurrence for one in found], self.now)
        return [one for one in found if one.occurrence is first]

    def _of(self, entry: CalendarEntry, ahead: timedelta) -> tuple[Occurrence, ...]:
        return occurrences(entry, self._zone(entry), self.since, self.now + ahead)

    def _find(self, entry: CalendarEntry, one: Occurrence) -> Occurrence | None:
        """Return an entry's occurrence of the same original start, wherever it has been moved to."""
        found = occurrence_of(entry, self._zone(entry), one.original, timedelta())
        return found if found is not None and found.key == one.key else None

    def _only(self, entry: CalendarEntry) -> Occurrence | None:
        """Return the one occurrence of what takes place once."""
        return occurrence_of(entry, self._zone(entry), self.now, timedelta())

    def _zone(self, entry: CalendarEntry) -> ZoneInfo:
        return ZoneInfo(entry.timezone or self.zone)


def _is_single(entry: CalendarEntry) -> bool:
    return isinstance(entry, Deadline) or not (entry.repeat or entry.also)


def _compared(pairs: Sequence[_Pair]) -> Iterator[DateNews]:
    """Yield the news of dates that were there and still are."""
    for old, new in pairs:
        if old is None or new is None:
            continue
        if old.is_cancelled != new.is_cancelled:
            yield DateNews(DateChange.CANCELLED if new.is_cancelled else DateChange.RESTORED, new)
        elif not new.is_cancelled and old.start != new.start:
            yield DateNews(DateChange.MOVED, new, old)


def _exchanged(pairs: Sequence[_Pair], after: CalendarEntry) -> list[DateNews]:
    """Return the news of dates that are gone and of those that have come: one in place of another, where both are."""
    gone = sorted((old for old, new in pairs if old and new is None and not old.is_cancelled), key=_start)
    come = sorted((new for old, new in pairs if new and old is None and not new.is_cancelled), key=_start)
    moved = [DateNews(DateChange.MOVED, new, old) for old, new in zip(gone, come, strict=False)]
    left = (replace(old, entry=after, is_cancelled=True) for old in gone[len(come) :])
    cancelled = [DateNews(DateChange.CANCELLED, one) for one in left]
    return [*moved, *cancelled, *(DateNews(DateChange.SET, one) for one in come[len(gone) :])]


def _start(one: Occurrence) -> datetime:
    return one.start


def _next(there: Sequence[Occurrence], now: datetime) -> Occurrence:
    """Return the first that is not over, or the last."""
    return min((one for one in there if one.end > now or one.start >= now), key=_start, default=there[-1])
