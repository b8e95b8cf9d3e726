"""Which posts are due and not posted yet, room by room. Pure: it has no clock, and reads no store.

What the calendar says is looked at whole where it is new; then only what comes due, and entries that have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bots.features.scheduled.ended import EndedPosts
from bots.features.scheduled.late import moments
from community.agenda.due_index import BEFORE_ITS_DAY, DueIndex
from community.agenda.occurrences import Post, in_order
from community.agenda.room_times import TimesOfRooms
from community.agenda.sensible_times import LONGEST_AHEAD, RoomTimes
from community.description.calendar_audience import EntryRooms
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.model import Community
from community.directory.entry import CalendarEntry, Entry, EntryKey, key_of

_TAKEN_BEFORE = BEFORE_ITS_DAY + timedelta(days=1) + LONGEST_AHEAD
"""How long before it is expected a post may have been taken."""


@dataclass(frozen=True, slots=True)
class _FirstMoments:
    """Of the posts of a room: when the first goes out, and until when the first is not late."""

    out: datetime
    expected: datetime


class WaitingPosts:
    """The posts of a calendar that are due or come on the same day, until they have ended."""

    def __init__(self, community: Community) -> None:
        self.community = community
        self._rooms = EntryRooms(community)
        self._times = TimesOfRooms(community)
        self._index = DueIndex(community.timezone, self._times_of)
        self._entries: dict[EntryKey, Event | Deadline] = {}
        self._open: dict[str, dict[str, Post]] = {}
        """By room, then by key."""
        self._first: dict[str, _FirstMoments | None] = {}
        """Of the open posts of a room; of a room that is not there it is to be worked out. A look reads no more."""

    def times_of(self, room_key: str) -> RoomTimes:
        """Return when reminders go out in a room."""
        return self._times.of_room(room_key)

    def _times_of(self, entry: Event | Deadline) -> Collection[RoomTimes]:
        # In the order of the rooms, each once.
        return dict.fromkeys(self.times_of(room_key) for room_key in self._rooms.rooms_of(entry))

    def take_in(self, calendar: Calendar, start: datetime) -> None:
        """Take in a whole calendar: of each entry what is due after ``start``."""
        entries: tuple[Event | Deadline, ...] = (*calendar.events, *calendar.deadlines)
        for entry in entries:
            self._put(entry, start)

    def change(self, entries: Mapping[EntryKey, Entry | None], start: datetime) -> None:
        """Take in entries as they are now, by kind and key, those of the directory too; None is gone."""
        if not entries:
            return
        self._keep(lambda post: key_of(post.entry) not in entries, self._open)
        for name, entry in entries.items():
            if isinstance(entry, CalendarEntry):
                self._put(entry, start)
            else:
                self._index.remove(name)
                self._entries.pop(name, None)

    def _put(self, entry: Event | Deadline, start: datetime) -> None:
        self._index.put(entry, start - _TAKEN_BEFORE)
        self._entries[key_of(entry)] = entry

    def entries_of(self, room_key: str) -> tuple[Event | Deadline, ...]:
        """Return what is posted in a room, whenever that is: each entry is looked at."""
        return tuple(e for e in self._entries.values() if room_key in self._rooms.rooms_of(e))

    def come_due(self, now: datetime) -> bool:
        """Note what has come due by ``now``, and the others of the same days; whether anything has."""
        found = self._index.take_each(now)
        for taken in found:
            for room_key in self._rooms.rooms_of(taken.post.entry):
                if self.times_of(room_key) is taken.times:
                    self._open.setdefault(room_key, {})[taken.post.key] = taken.post
                    self._first.pop(room_key, None)
        return bool(found)

    def drop_ended(self, ended: EndedPosts) -> None:
        """Forget the posts that have ended."""
        for room_key, posts in self._open.items():
            self.drop([(post.key, room_key) for post in posts.values() if ended.have(post, room_key)])

    def drop(self, ended: Iterable[tuple[str, str]]) -> None:
        """Forget posts that have ended, by key and room."""
        for key, room_key in ended:
            if self._open.get(room_key, {}).pop(key, None) is not None:
                self._first.pop(room_key, None)

    def drop_before(self, start: datetime) -> None:
        """Forget what was expected by ``start``: it is too late for it."""
        firsts = {room_key: self._first_in(room_key) for room_key in self._open}
        old = [
            room_key for room_key, first in firsts.items() if first is not None and first.expected <= start
        ]
        self._keep(lambda post: post.expected > start, old)

    @property
    def open_posts(self) -> Collection[tuple[str, str]]:
        """What is due and has not ended, by key and room."""
        return [(key, room_key) for room_key, posts in self._open.items() for key in posts]

    @property
    def moved(self) -> Collection[str]:
        """The keys of the posts that are due and tell of what was moved."""
        return {
            post.key for posts in self._open.values() for post in posts.values() if post.occurrence.is_moved
        }

    def _keep(self, is_kept: Callable[[Post], bool], rooms: Iterable[str]) -> None:
        for room_key in rooms:
            gone = [post.key for post in self._open[room_key].values() if not is_kept(post)]
            self.drop((key, room_key) for key in gone)

    def in_room(self, room_key: str) -> tuple[Post, ...]:
        """Return what waits for a room, by moment and key."""
        return in_order(list(self._open.get(room_key, {}).values()))

    def rooms(self, now: datetime) -> Collection[str]:
        """Return the keys of the rooms in which something goes out by ``now``, sorted."""
        firsts = ((room_key, self._first_in(room_key)) for room_key in self._open)
        return sorted(room_key for room_key, first in firsts if first is not None and first.out <= now)

    def next_due(self, now: datetime) -> datetime | None:
        """Return when after ``now`` something goes out or is to be looked at, None where nothing is."""
        firsts = [first.out for room_key in self._open if (first := self._first_in(room_key)) is not None]
        taken = self._index.next_due()
        there = firsts if taken is None else [taken, *firsts]
        return min((moment for moment in there if moment > now), default=None)

    def _first_in(self, room_key: str) -> _FirstMoments | None:
        if room_key not in self._first:
            posts = list(self._open[room_key].values())
            at = moments(posts)
            firsts = _FirstMoments(min(at.values()), min(post.expected for post in posts)) if posts else None
            self._first[room_key] = firsts
        return self._first[room_key]
