"""The occurrences that a question to the calendar asks for, those that concern the asker first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from community.agenda.calendar_index import FAR, CalendarIndex, name_of_item
from community.agenda.entry_scope import Sight, Viewer
from community.agenda.occurrences import Occurrence
from community.core.zones import ZoneInfo
from community.description.calendar_model import Deadline
from community.description.times import END_OF_DAY
from community.search.calendar_question import CalendarQuestion, Wanted

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_MOVED = timedelta(days=60)
"""How far from its first date what was moved is looked for."""
_CHANGED = 2
"""How many changed occurrences of one entry are shown."""
_LONGEST = timedelta(days=800)
"""The longest stretch that is looked through."""


@dataclass(frozen=True, slots=True)
class Occasions:
    """What there is for one asker, in whose ``zone`` days begin and end, at ``now``."""

    calendar: CalendarIndex
    sight: Sight
    viewer: Viewer
    zone: ZoneInfo
    now: datetime

    def known(self) -> Iterator[str]:
        """Yield the names of the entries that all who read the answer may know of."""
        for name in self.calendar.names:
            entry = self.calendar.entry(name)
            if entry is not None and self.sight.may_know(entry, self.calendar.scope(name), self.viewer):
                yield name

    def detailed(self, names: Iterable[str]) -> frozenset[str]:
        """Return the names of those entries of which all who read the answer may see the details."""
        return frozenset(name for name in names if self._may_see_details(name))

    def _may_see_details(self, name: str) -> bool:
        entry = self.calendar.entry(name)
        return entry is not None and self.sight.may_see_details(entry, self.calendar.scope(name), self.viewer)

    def asked(self, question: CalendarQuestion, names: Iterable[str]) -> tuple[Occurrence, ...]:
        """Return what of some entries takes place in the days asked about, or next; or last, of what has been."""
        found = list(dict.fromkeys(one for name in names for one in self._of(question, name)))
        if question.hours is not None:
            found = [one for one in found if self._is_in_hours(one, question.hours)]
        if question.mine:
            found = [one for one in found if self.concerns(one)]
        if question.been and not question.has_days:
            return tuple(sorted(found, key=lambda one: one.start, reverse=True))
        if question.cancelled and not question.has_days:
            return tuple(sorted(found, key=lambda one: (not _is_changed(one), self._rank(one), one.start)))
        return self.in_order(found)

    def _is_in_hours(self, one: Occurrence, hours: range) -> bool:
        """Whether some of an occurrence is in these hours of its day; what takes whole days, or ends one, always is."""
        start, end = (moment.astimezone(self.zone) for moment in (one.start, one.end))
        if one.is_all_day or start.date() != end.date() or isinstance(one.entry, Deadline):
            return True
        return start.hour < hours.stop and end.hour + (end.minute > 0) > hours.start

    def changed(self, question: CalendarQuestion, names: Iterable[str]) -> tuple[Occurrence, ...]:
        """Return what of some entries is cancelled or moved, in the days asked about or to come."""
        return tuple(one for one in self.asked(question, names) if _is_changed(one))

    def in_order(self, found: Iterable[Occurrence]) -> tuple[Occurrence, ...]:
        """Return occurrences: those for the room, that concern the asker, then the others, each by when they begin."""
        return tuple(sorted(found, key=lambda one: (self._rank(one), one.start, name_of_item(one.entry))))

    def _rank(self, one: Occurrence) -> int:
        room = self.viewer.room
        if room is not None and room in self.calendar.scope(name_of_item(one.entry)).rooms:
            return 0
        return 1 if self.concerns(one) else 2

    def concerns(self, one: Occurrence) -> bool:
        """Whether an occurrence concerns the asker, or the room where they ask."""
        return self.sight.concerns(one.entry, self.calendar.scope(name_of_item(one.entry)), self.viewer)

    def upcoming(self, names: Iterable[str]) -> tuple[Occurrence, ...]:
        """Return the next occurrence of each entry that has one, in order."""
        found = (self.calendar.next_of(name, self.now) for name in names)
        return self.in_order(one for one in found if one is not None)

    def after(self, names: Iterable[str], moment: datetime) -> tuple[Occurrence, ...]:
        """Return the first occurrence of each entry that begins at or after a moment, by when they begin."""
        found = (self.calendar.next_of(name, max(moment, self.now)) for name in names)
        return tuple(sorted((one for one in found if one is not None), key=lambda one: one.start))

    def following(
        self, shown: Sequence[tuple[str, datetime]], names: Iterable[str]
    ) -> tuple[Occurrence, ...]:
        """Return what of some entries comes after the last of those shown, by when it begins."""
        last = max(self.again(shown), key=lambda one: one.start, default=None)
        if last is None:
            return ()
        known = frozenset(self.known()).intersection(names)
        there = [*self.after(known, last.start), *self.after(known, last.end + _MINUTE)]
        coming = {one for one in there if one.start >= last.start}
        left = (one for one in coming if (name_of_item(one.entry), one.original) not in shown)
        return tuple(sorted(left, key=lambda one: (one.start, name_of_item(one.entry))))

    def again(self, kept: Sequence[tuple[str, datetime]]) -> tuple[Occurrence, ...]:
        """Return occurrences that were listed before, by entry and original start, as they are now.

        Those of entries that all who read the answer may know of today: a room may be another one than it was.
        """
        known = frozenset(self.known())
        return tuple(one for name, original in kept if name in known for one in self._the_one(name, original))

    def _the_one(self, name: str, original: datetime) -> Iterator[Occurrence]:
        there = self.calendar.between(name, original - _LONGEST, original + _LONGEST)
        yield from (one for one in there if one.original == original)

    def _of(self, question: CalendarQuestion, name: str) -> Iterator[Occurrence]:
        if question.has_days:
            yield from self._inside(question, name)
            return
        look = self.calendar.latest_of if question.been else self.calendar.next_of
        found = look(name, self.now)
        if question.cancelled and (question.names_entries or question.changes):
            yield from self._changed(name)
        else:
            yield from self._cancelled(question, name, found)
        if found is not None:
            yield found

    def _inside(self, question: CalendarQuestion, name: str) -> Iterator[Occurrence]:
        """Yield what takes place in the days asked about; was to take place, where it is asked what was moved."""
        start, end = self.stretch(question)
        around = _MOVED if question.cancelled else _DAY
        for one in self.calendar.between(name, start - around, end + around):
            if _is_inside(one, start, end) or (question.cancelled and start <= one.original < end):
                yield one

    def _changed(self, name: str) -> Iterator[Occurrence]:
        """Yield the first occurrences to come of an entry that were moved or cancelled."""
        there = self.calendar.between(name, self.now, self.now + FAR)
        yield from [one for one in there if _is_changed(one)][:_CHANGED]

    def _cancelled(
        self, question: CalendarQuestion, name: str, coming: Occurrence | None
    ) -> Iterator[Occurrence]:
        """Yield the first occurrence to come that is cancelled, where an entry is asked for by its name.

        It is said where no other comes before it.
        """
        asks = question.wanted not in (Wanted.LIST, Wanted.NEXT)
        named = question.names_entries and (asks or (bool(question.about) and coming is None))
        if question.been or not named:
            return
        end = self.now + FAR if coming is None else coming.start
        yield from self.calendar.cancelled_before(name, self.now, end)[:1]

    def stretch(self, question: CalendarQuestion) -> tuple[datetime, datetime]:
        """Return the beginning and the end of the days asked about, in the asker's time."""
        today = self.now.astimezone(self.zone).date()
        since = question.since or min(today, question.until or today)
        start = datetime.combine(since, time(), self.zone)
        until = question.until or (start + _LONGEST).date()
        return start, datetime.combine(until + _DAY, time(), self.zone)


def in_asked_order(question: CalendarQuestion, found: Sequence[Occurrence]) -> tuple[Occurrence, ...]:
    """Return occurrences from the first, or from the last, where that one is asked for; else as they are."""
    if question.wanted not in (Wanted.FIRST, Wanted.LAST):
        return tuple(found)
    return tuple(sorted(found, key=lambda one: one.start, reverse=question.wanted is Wanted.LAST))


def _is_changed(one: Occurrence) -> bool:
    return one.is_cancelled or one.is_moved


def _is_inside(one: Occurrence, start: datetime, end: datetime) -> bool:
    """Whether an occurrence takes place from ``start`` to ``end``.

    What lasts all day, or is due on a day alone, does on these days, wherever it is.
    """
    if one.is_all_day:
        last = (one.end - timedelta(minutes=1)).date()
        return one.start.date() < end.date() and max(last, one.start.date()) >= start.date()
    if isinstance(one.entry, Deadline) and one.entry.due.time() == END_OF_DAY:
        return start.date() <= one.start.date() < end.date()
    return one.start < end and (one.end > start or one.start >= start)
