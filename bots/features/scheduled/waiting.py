"""Which posts are due and not posted yet, room by room. Pure: it has no clock, and reads no store.

What the calendar says is looked at whole where it is new; then only what comes due, and entries that have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from bots.features.scheduled.ended import EndedPosts
from community.agenda.due_index import DueIndex
from community.agenda.occurrences import Post, in_order
from community.description.calendar_audience import EntryRooms
from community.description.calendar_model import Calendar, Deadline, Event
from community.description.model import Community
from community.directory.entry import CalendarEntry, Entry, EntryKey, key_of


class WaitingPosts:
    """The posts of a calendar that are due, until they have ended."""

    def __init__(self, community: Community) -> None:
        self.community = community
        self._rooms = EntryRooms(community)
        self._index = DueIndex(community.timezone)
        self._open: dict[str, dict[str, Post]] = {}
        """By room, then by key."""

    def take_in(self, calendar: Calendar, start: datetime) -> None:
        """Take in a whole calendar: of each entry what is due after ``start``."""
        entries: tuple[Event | Deadline, ...] = (*calendar.events, *calendar.deadlines)
        for entry in entries:
            self._index.put(entry, start)

    def change(self, entries: Mapping[EntryKey, Entry | None], start: datetime) -> None:
        """Take in entries as they are now, by kind and key, those of the directory too; None is gone."""
        if not entries:
            return
        self._keep(lambda post: key_of(post.entry) not in entries)
        for name, entry in entries.items():
            if isinstance(entry, CalendarEntry):
                self._index.put(entry, start)
            else:
                self._index.remove(name)

    def come_due(self, now: datetime) -> bool:
        """Note what has come due by ``now``; whether anything has."""
        found = self._index.take(now)
        for post in found:
            for room_key in self._rooms.rooms_of(post.entry):
                self._open.setdefault(room_key, {})[post.key] = post
        return bool(found)

    def drop_ended(self, ended: EndedPosts) -> None:
        """Forget the posts that have ended."""
        for room_key, posts in self._open.items():
            self.drop([(post.key, room_key) for post in posts.values() if ended.have(post, room_key)])

    def drop(self, ended: Iterable[tuple[str, str]]) -> None:
        """Forget posts that have ended, by key and room."""
        for key, room_key in ended:
            self._open.get(room_key, {}).pop(key, None)

    def drop_before(self, start: datetime) -> None:
        """Forget what was due by ``start``: it is too late for it."""
        self._keep(lambda post: post.due > start)

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

    def _keep(self, is_kept: Callable[[Post], bool]) -> None:
        for posts in self._open.values():
            for post in [post for post in posts.values() if not is_kept(post)]:
                del posts[post.key]

    def in_room(self, room_key: str) -> tuple[Post, ...]:
        """Return what waits for a room, by moment and key."""
        return in_order(list(self._open.get(room_key, {}).values()))

    @property
    def rooms(self) -> Collection[str]:
        """The keys of the rooms that something waits for, sorted."""
        return sorted(room_key for room_key, posts in self._open.items() if posts)

    @property
    def next_due(self) -> datetime | None:
        """When the next post is due that is not yet, None where none is."""
        return self._index.next_due()
