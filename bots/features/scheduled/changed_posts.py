"""Editing the posts of what was moved or cancelled, and telling who may have missed it: each once.

A room is told nothing more of what is no longer posted in it: who reads there may not be meant to know of it any more.
Its post stays as it is. Only what has become everybody's is everybody's to know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from bots.context.background import Services
from bots.context.message_kinds import EarlierPost, MessageKind, PostForm
from bots.context.shown_dates import dates_mark
from bots.features.scheduled.correction_text import correction_text
from bots.features.scheduled.corrections import (
    Correction,
    ToldPosts,
    corrections,
    entry_of,
    occurrence_key,
    original_of,
)
from bots.features.scheduled.ended import NEAR
from bots.features.scheduled.noted_changes import NotedChanges
from bots.features.scheduled.remembered_entries import RememberedEntries
from community.agenda.occurrences import Occurrence, gone_occurrence, occurrence_of
from community.core.errors import PalabreError
from community.core.zones import ZoneInfo
from community.description.calendar_audience import EntryRooms
from community.directory.entry import EntryKey
from community.jobs.room_posts import RoomPost
from matrix.ids import RoomId

log = structlog.get_logger()

LOOKED_BACK = timedelta(days=62)
"""How old a post may be that is edited."""
_ROUNDS = 4
"""How often a look compares anew: what was in the room after all, the replies, the edits, and that nothing is left."""

_ByRoom = Mapping[str, Mapping[str, Occurrence]]
"""By room, the occurrences that it is told of, as they are now, by the keys of the posts that told them there."""


class ChangedPosts:
    """Corrects what was posted. ``is_waiting`` says whether a post that was begun is still to be sent."""

    def __init__(self, services: Services, is_waiting: Callable[[RoomPost], bool]) -> None:
        self._services = services
        self._is_waiting = is_waiting
        self.noted = NotedChanges()
        self._community = services.community()
        self._rooms = EntryRooms(self._community)
        self._held: frozenset[EntryKey] = frozenset()
        self._held_at = self._held_until = services.since

    async def correct(self) -> None:
        """Send what is to be sent of the entries that have changed. What cannot be sent is tried again.

        Raises:
            StoreError: the database failed.
        """
        now = self._services.now()
        settled = self.noted.settled(now)
        if not settled and not self.noted.all_of_them:
            return
        if settled == self._held and self._held_at <= now < self._held_until:
            return
        entries = None if self.noted.all_of_them else settled
        failed: set[str] = set()
        for _ in range(_ROUNDS):
            there, wanted = await self._wanted(entries)
            stale = await self._stale(wanted)
            if not wanted and not stale:
                self.noted.drop(settled)
                return
            refused = {one.room_key for one in wanted if self._refuses(one.room_key)}
            wanted = [one for one in wanted if one.room_key not in failed | refused]
            if not wanted and not stale:
                if not failed:
                    self._hold(refused, settled, now)
                return
            # What was in the room after all counts for what is sent then: it is found out first.
            await self._services.poster.settle_these(stale)
            if not stale:
                failed |= await self._send_next(wanted, there)

    def _hold(self, refused: Collection[str], settled: frozenset[EntryKey], now: datetime) -> None:
        """Compare nothing until the first of the rooms is tried again, where all of them refuse what is to be sent."""
        tries = [self._services.poster.refusals.next_try(room_key) for room_key in refused]
        known = [moment for moment in tries if moment is not None]
        self._held, self._held_at, self._held_until = settled, now, min(known, default=now)

    def _refuses(self, room_key: str) -> bool:
        return self._services.poster.refusals.is_waiting(room_key, self._services.now())

    async def _send_next(self, wanted: Sequence[Correction], there: _ByRoom) -> set[str]:
        """Send the replies, and the edits where a room has none; return the rooms where something was not sent.

        After the edits nobody would know that a reply is missing.
        """
        replied = {one.room_key for one in wanted if one.replies_to}
        now = [one for one in wanted if one.replies_to or one.room_key not in replied]
        return {one.room_key for one in now if not await self._send(one, there)}

    async def _wanted(self, entries: Collection[EntryKey] | None) -> tuple[_ByRoom, list[Correction]]:
        services, now = self._services, self._services.now()
        by_room: defaultdict[str, list[RoomPost]] = defaultdict(list)
        for post in await services.poster.told_since(now - LOOKED_BACK):
            by_room[post.room_key].append(post)
        posts = {room_key: ToldPosts(in_room) for room_key, in_room in by_room.items()}
        keys = {room_key: in_room.beside(entries) for room_key, in_room in posts.items()}
        there = self._told_in(keys, await self._occurrences(frozenset[str]().union(*keys.values())))
        rooms = {(room_key, room.room_id) for room_key, room in services.rooms().items()}
        wanted = (one for key, in_room in posts.items() for one in corrections(in_room, there[key], now))
        return there, [one for one in wanted if (one.room_key, one.shown.post.room_id) in rooms]

    def _told_in(self, keys: Mapping[str, Collection[str]], there: Mapping[str, Occurrence]) -> _ByRoom:
        """Return of what each room is told, of the ``keys`` that posts in it have told."""
        if self._services.community() is not self._community:
            self._community = self._services.community()
            self._rooms = EntryRooms(self._community)
        posted = {key: self._rooms.rooms_of(one.entry) for key, one in there.items()}
        entries = {key: one.entry for key, one in there.items()}
        public = {key for key, e in entries.items() if e.audience.everyone and self._rooms.is_open(e)}
        return {
            room_key: {key: there[key] for key in told if key in public or room_key in posted.get(key, ())}
            for room_key, told in keys.items()
        }

    async def _occurrences(self, keys: Collection[str]) -> dict[str, Occurrence]:
        """Return the occurrences as they are now, by the keys of posts that told them; what is gone as cancelled."""
        entries = RememberedEntries(self._services.store.entries)
        found = {name: await entries.find(name) for name in sorted({entry_of(key) for key in keys})}
        there: dict[str, Occurrence] = {}
        for key in keys:
            known = found[entry_of(key)]
            if known is not None:
                zone = ZoneInfo(known.entry.timezone or self._services.community().timezone)
                original = original_of(key)
                one = None if known.is_gone else occurrence_of(known.entry, zone, original, NEAR)
                there[key] = one or gone_occurrence(known.entry, zone, original)
        return there

    async def _stale(self, wanted: Sequence[Correction]) -> list[RoomPost]:
        """Return what was being sent when a process ended, and is not to be sent any more: it may be in the room."""
        keys = {(one.room_key, one.key) for one in wanted}
        return [
            post
            for post in await self._services.poster.begun()
            if post.told and (post.room_key, post.occurrence_key) not in keys and not self._is_waiting(post)
        ]

    async def _send(self, correction: Correction, there: _ByRoom) -> bool:
        post, services = correction.shown.post, self._services
        said = correction_text(correction, there[post.room_key], services.translators())
        try:
            await services.poster.post(
                correction.key,
                post.room_key,
                RoomId(post.room_id),
                due=services.now(),
                message=lambda _now: said,
                form=_form(correction),
            )
        except PalabreError as error:
            # The job stays as it is: the next look tries again.
            log.warning("post_not_corrected", room=post.room_key, reason=str(error))
            return False
        return True


def _form(correction: Correction) -> PostForm:
    post, told = correction.shown.post, tuple(correction.told.items())
    marks = dates_mark(map(occurrence_key, correction.told))
    event_id = post.event_id or ""  # what is in no room is not corrected
    if correction.replies_to:
        earlier = EarlierPost(correction.replies_to, event_id)
        return PostForm(MessageKind.SCHEDULED, marks=marks, told=told, replies_to=earlier)
    edited = EarlierPost(post.occurrence_key, event_id)
    return PostForm(MessageKind.SCHEDULED, marks=marks, told=told, edits=edited)
