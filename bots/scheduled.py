"""Posting what the calendar says, when it is due: each message at most once in each room (`bots.posting`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bots.encryption import RoomView
from bots.posting import PostOnce
from bots.rendering import render
from bots.scheduler import PeriodicWork
from community.agenda.occurrences import Post, posts
from community.core.errors import PalabreError
from community.core.messages import Translator
from community.storage import Store

log = structlog.get_logger()

LOOK_AHEAD = timedelta(hours=1)
LOOK_AGAIN = timedelta(seconds=5)
"""The longest sleep: by then entries or rooms may have changed."""


@dataclass(frozen=True)
class Posting:
    """How posts are written and when they are too late. ``since``: nothing due earlier is ever posted."""

    translators: Sequence[Translator]
    default_zone: str
    late_limit: timedelta
    since: datetime


class Scheduled:
    """Posts the calendar's messages. ``now`` gives the time, ``ours`` our rooms by key."""

    def __init__(
        self,
        store: Store,
        once: PostOnce,
        posting: Posting,
        *,
        ours: Callable[[], Mapping[str, RoomView]],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._once = once
        self._posting = posting
        self._ours = ours
        self._now = now

    @property
    def periodic(self) -> PeriodicWork:
        """The posts, when they are due."""
        return PeriodicWork(self.post_due, LOOK_AGAIN.total_seconds(), "posting_failed")

    async def post_due(self) -> datetime | None:
        """Post everything that is due now; return when the next is due, None where none is soon."""
        now = self._now()
        start = max(self._posting.since, now - self._posting.late_limit - LOOK_AHEAD)
        await self._once.settle(start)
        calendar = await self._store.entries.calendar()
        found = posts(calendar, start=start, end=now + LOOK_AHEAD, default_zone=self._posting.default_zone)
        ended = await self._once.ended_since(start)
        for post in found:
            for room_key in post.entry.rooms:
                if post.due <= now and (post.key, room_key) not in ended:
                    await self._post(post, room_key)
        coming = [post.due for post in found if post.due > now]
        return min(coming, default=None)

    async def _post(self, post: Post, room_key: str) -> None:
        room = self._ours().get(room_key)
        if room is None:
            log.warning("room_missing", room=room_key)
            return
        try:
            await self._once.post(
                post.key,
                room_key,
                room.room_id,
                due=post.due,
                message=lambda now: render(post, self._posting.translators, now=now),
            )
        except PalabreError as error:
            # The job stays as it is: the next look tries again.
            log.warning("post_failed", room=room_key, reason=str(error))
