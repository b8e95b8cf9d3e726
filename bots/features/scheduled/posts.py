"""Posting what the calendar says, when it is due: each message at most once in each room."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from bots.context.background import ROOMS_AT_ONCE, PeriodicWork, PostRow, Services, WantedPost
from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, PostForm
from bots.context.shown_dates import dates_mark
from bots.features.scheduled.changed_posts import ChangedPosts
from bots.features.scheduled.ended import NEAR, EndedPosts
from bots.features.scheduled.late import DueMessage, messages, of_use
from bots.features.scheduled.rendering import render, render_several
from bots.features.scheduled.waiting import WaitingPosts
from bots.features.scheduled.week_line import WeekLines
from community.agenda.due_index import BEFORE_ITS_DAY
from community.agenda.occurrences import Post
from community.agenda.sensible_times import LONGEST_AHEAD, LONGEST_WAIT
from community.agenda.told import told_of
from community.agenda.week_ahead import KEY as WEEK_KEY
from community.core.errors import EntriesChanged, PalabreError
from community.core.lanes import for_each
from community.directory.entry import key_of
from community.jobs.room_posts import RoomPost
from matrix.errors import HomeserverUnreachable
from matrix.ids import RoomId

if TYPE_CHECKING:
    from bots.encryption import RoomView

log = structlog.get_logger()

LOOK_AGAIN = timedelta(seconds=5)
"""The longest sleep: by then entries or rooms may have changed."""
SETTLE_AGAIN = timedelta(minutes=1)
"""How often posts are looked for that were begun and never ended."""
_LOOKED_BACK = NEAR + LONGEST_WAIT + LONGEST_AHEAD
"""How much earlier a post may have ended that is due by now: its start or its room's times were others then."""
_LATEST = timedelta(hours=1)
"""How much longer than the limit a post is looked at, so that it is noted as dropped."""


class ScheduledPosts:
    """Posts the calendar's messages."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: WaitingPosts | None = None
        self._seen = -1
        self._is_anew = True
        """Whether entries, or the times of rooms, are others since it was last looked at what has ended."""
        self._looked_at = self._settled_at = self._start = services.since
        self._changed = ChangedPosts(services, self._is_waiting)
        self._weeks = WeekLines(services)

    @property
    def periodic(self) -> PeriodicWork:
        """The posts, when they are due."""
        return PeriodicWork(self.post_due, LOOK_AGAIN.total_seconds(), "posting_failed", by_date=True)

    async def post_due(self) -> datetime | None:
        """Post everything that is due now; return when the next is due, None where none is."""
        services = self._services
        now = services.now()
        start = max(services.since, now - services.poster.late_limit - _LATEST)
        waiting = await self._as_applied(start, now)
        if not timedelta() <= now - self._settled_at < SETTLE_AGAIN:
            await services.poster.settle(start)
            self._settled_at = now
        # Away from the loop where all of a large calendar is new.
        if await asyncio.to_thread(waiting.come_due, now) if self._is_anew else waiting.come_due(now):
            # As far back as a post may have been due: under the key of before, or by other times of its room.
            back = _LOOKED_BACK if self._is_anew else NEAR + 2 * BEFORE_ITS_DAY
            waiting.drop_ended(EndedPosts(await services.poster.ended_since(start - back)))
            self._is_anew = False
            # What was moved has the key under which it was told when it was due at another time.
            waiting.drop(await services.poster.ended_of(waiting.open_posts, waiting.moved))
        waiting.drop_before(start)
        await self._weeks.post(waiting, now)
        await self._post_in_rooms(waiting, now)
        await self._changed.correct()
        following = (waiting.next_due(now), self._weeks.next_due(now))
        return min((moment for moment in following if moment is not None), default=None)

    def _is_waiting(self, post: RoomPost) -> bool:
        """Whether a message that was begun, or part of it, is still to be sent; a week's is given up with time."""
        if post.occurrence_key.startswith(WEEK_KEY) and not post.edits:
            return True
        waiting = () if self._waiting is None else self._waiting.in_room(post.room_key)
        return not {each.key for each in waiting}.isdisjoint(post.keys)

    async def _as_applied(self, start: datetime, now: datetime) -> WaitingPosts:
        """Return what waits by the calendar as it is now, and a community that is at least as new.

        The community is applied before its calendar: read in that order, new dates could be told by the hours and the
        rooms of before.
        """
        while True:
            waiting = await self._as_it_is(start, now)
            await self._services.take_in_applied()
            if waiting.community is self._services.community():
                return waiting

    async def _as_it_is(self, start: datetime, now: datetime) -> WaitingPosts:
        """Return what waits by the calendar as it is now and the community that was taken in last."""
        entries, community = self._services.store.entries, self._services.community()
        waiting, revision = self._waiting, await entries.revision()
        news = None
        # A clock that was put back has what came due by the other one come due again; a longer limit what was too late.
        is_further_back = now < self._looked_at or start < self._start
        if waiting is not None and waiting.community is community and not is_further_back:
            news = (revision, ()) if revision == self._seen else await entries.changed_since(self._seen)
        if waiting is None or news is None:
            waiting, self._is_anew = WaitingPosts(community), True
            self._changed.noted.all_of_them = True
            # Away from the loop: a large calendar takes seconds.
            await asyncio.to_thread(waiting.take_in, await entries.calendar(), start)
        else:
            revision, changed = news
            self._is_anew = self._is_anew or bool(changed)
            waiting.change({(kind, key): entry for kind, key, entry in changed}, start)
            self._changed.noted.note([(kind, key) for kind, key, _entry in changed], now)
        self._waiting, self._seen, self._looked_at, self._start = waiting, revision, now, start
        return waiting

    async def _post_in_rooms(self, waiting: WaitingPosts, now: datetime) -> None:
        """Post what waits: in each room one after the other, the rooms by turns, some of them at once.

        Raises:
            StoreError: the database failed; the next look goes on.
        """
        keys, poster = waiting.rooms(now), self._services.poster
        if not keys:
            return
        begun, there = await poster.begun(), self._services.rooms()
        # Each room begins; a turn is that of one message.
        turns, posted = asyncio.Semaphore(ROOMS_AT_ONCE), list[tuple[str, str]]()

        async def post(room_key: str) -> None:
            for message in await self._post_in(room_key, there.get(room_key), waiting, begun, row, turns):
                posted.extend((each.key, room_key) for each in message.posts)

        async with poster.row() as row:
            try:
                await for_each(post, keys, at_once=len(keys))
            finally:
                await row.note()
                waiting.drop(posted)

    async def _post_in(
        self,
        room_key: str,
        room: RoomView | None,
        waiting: WaitingPosts,
        begun: Sequence[RoomPost],
        row: PostRow,
        turns: asyncio.Semaphore,
    ) -> list[DueMessage]:
        """Post what waits for a room, until the homeserver does not answer; return what was posted or dropped."""
        services = self._services
        refusals, now = services.poster.refusals, services.now()
        if room is None:
            if refusals.missing(room_key, now):
                log.warning("room_missing", room=room_key)
            return []
        refusals.there(room_key)
        if refusals.is_waiting(room_key, now):
            return []
        there = waiting.in_room(room_key)
        own, limit = [each for each in begun if each.room_key == room_key], services.poster.late_limit
        posted = []
        for message in messages(there, own, now, waiting.times_of(room_key), limit):
            async with turns:
                try:
                    wanted = self._wanted(message, there, room_key, room.room_id)
                    is_as_read = await self._post_as_read(row, wanted, message)
                except PalabreError as error:
                    # The job stays as it is: the next look tries again.
                    log.warning("post_failed", room=room_key, reason=str(error))
                    is_refused = refusals.is_waiting(room_key, services.now())
                    if is_refused or isinstance(error, HomeserverUnreachable):
                        break
                else:
                    posted += [message] if is_as_read else []
        return posted

    async def _post_as_read(self, row: PostRow, wanted: WantedPost, message: DueMessage) -> bool:
        """Post a message if what it tells of is as this look has read it; return whether it is.

        What was changed is for the next look.

        Raises:
            PalabreError: it was not sent, as far as is known.
        """
        entries, read = self._services.store.entries, [post.entry for post in message.posts]
        while True:
            try:
                await row.post(wanted)
            except EntriesChanged:
                wanted = replace(wanted, entries=await entries.revision())
                if [await entries.entry(*key_of(entry)) for entry in read] != read:
                    return False
            else:
                return True

    def _wanted(
        self, message: DueMessage, waiting: Sequence[Post], room_key: str, room_id: RoomId
    ) -> WantedPost:
        """Return a message as it is posted, or dropped where it is no longer of use."""
        told = of_use(message.posts, waiting, self._services.now(), self._services.poster.late_limit)
        return WantedPost(
            message.key,
            room_key,
            room_id,
            due=message.due,
            message=lambda now: self._said(message, waiting, now),
            form=PostForm(
                MessageKind.SCHEDULED,
                marks=dates_mark(post.occurrence.key for post in told),
                told=tuple((post.key, told_of(post.occurrence)) for post in told),
            ),
            also=message.also,
            entries=self._seen,
        )

    def _said(self, message: DueMessage, waiting: Sequence[Post], now: datetime) -> Reply | None:
        translators = self._services.translators()
        match of_use(message.posts, waiting, now, self._services.poster.late_limit):
            case []:
                return None
            case [post]:
                return render(replace(post, due=message.due), translators, now=now)
            case several:
                return render_several(several, translators, due=message.due, now=now)
