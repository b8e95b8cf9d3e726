"""Posting what the calendar says, when it is due: each message at most once in each room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bots.context.background import PeriodicWork, Services
from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, PostForm
from bots.features.scheduled.late import messages, of_use
from bots.features.scheduled.rendering import render, render_late
from community.agenda.occurrences import Post, posts
from community.core.errors import PalabreError
from matrix.ids import RoomId

log = structlog.get_logger()

LOOK_AHEAD = timedelta(hours=1)
LOOK_AGAIN = timedelta(seconds=5)
"""The longest sleep: by then entries or rooms may have changed."""


class ScheduledPosts:
    """Posts the calendar's messages."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @property
    def periodic(self) -> PeriodicWork:
        """The posts, when they are due."""
        return PeriodicWork(self.post_due, LOOK_AGAIN.total_seconds(), "posting_failed", by_date=True)

    async def post_due(self) -> datetime | None:
        """Post everything that is due now; return when the next is due, None where none is soon."""
        services = self._services
        now = services.now()
        start = max(services.since, now - services.poster.late_limit - LOOK_AHEAD)
        await services.poster.settle(start)
        calendar = await services.store.entries.calendar()
        zone = services.community().timezone
        found = posts(calendar, start=start, end=now + LOOK_AHEAD, default_zone=zone)
        ended = await services.poster.ended_since(start)
        due = [post for post in found if post.due <= now]
        for room_key in sorted({key for post in due for key in post.entry.rooms}):
            waiting = [
                post for post in due if room_key in post.entry.rooms and (post.key, room_key) not in ended
            ]
            await self._post_in(room_key, waiting)
        coming = [post.due for post in found if post.due > now]
        return min(coming, default=None)

    async def _post_in(self, room_key: str, waiting: Sequence[Post]) -> None:
        """Post what waits for a room."""
        if not waiting:
            return
        services = self._services
        room = services.rooms().get(room_key)
        if room is None:
            log.warning("room_missing", room=room_key)
            return
        begun = [post for post in await services.poster.begun() if post.room_key == room_key]
        for message in messages(waiting, begun, services.now()):
            await self._post(message, waiting, room_key, room.room_id)

    async def _post(
        self, message: tuple[Post, ...], waiting: Sequence[Post], room_key: str, room_id: RoomId
    ) -> None:
        *others, last = message
        try:
            await self._services.poster.post(
                last.key,
                room_key,
                room_id,
                due=last.due,
                message=lambda now: self._said(message, waiting, now),
                form=PostForm(MessageKind.SCHEDULED),
                also=[post.key for post in others],
            )
        except PalabreError as error:
            # The job stays as it is: the next look tries again.
            log.warning("post_failed", room=room_key, reason=str(error))

    def _said(self, message: Sequence[Post], waiting: Sequence[Post], now: datetime) -> Reply | None:
        translators = self._services.translators()
        match of_use(message, waiting, now, self._services.poster.late_limit):
            case []:
                return None
            case [post]:
                return render(post, translators, now=now)
            case several:
                return render_late(several, translators, now=now)
