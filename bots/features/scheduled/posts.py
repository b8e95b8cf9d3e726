"""Posting what the calendar says, when it is due: each message at most once in each room."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bots.context.background import PeriodicWork, Services
from bots.context.message_kinds import MessageKind, PostForm
from bots.features.scheduled.rendering import render
from community.agenda.occurrences import Post, posts
from community.core.errors import PalabreError

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
        return PeriodicWork(self.post_due, LOOK_AGAIN.total_seconds(), "posting_failed")

    async def post_due(self) -> datetime | None:
        """Post everything that is due now; return when the next is due, None where none is soon."""
        services = self._services
        now = services.now()
        start = max(services.since, now - services.late_limit - LOOK_AHEAD)
        await services.poster.settle(start)
        calendar = await services.store.entries.calendar()
        found = posts(calendar, start=start, end=now + LOOK_AHEAD, default_zone=services.community.timezone)
        ended = await services.poster.ended_since(start)
        for post in found:
            for room_key in post.entry.rooms:
                if post.due <= now and (post.key, room_key) not in ended:
                    await self._post(post, room_key)
        coming = [post.due for post in found if post.due > now]
        return min(coming, default=None)

    async def _post(self, post: Post, room_key: str) -> None:
        services = self._services
        room = services.rooms().get(room_key)
        if room is None:
            log.warning("room_missing", room=room_key)
            return
        try:
            await services.poster.post(
                post.key,
                room_key,
                room.room_id,
                due=post.due,
                message=lambda now: render(post, services.translators, now=now),
                form=PostForm(MessageKind.SCHEDULED),
            )
        except PalabreError as error:
            # The job stays as it is: the next look tries again.
            log.warning("post_failed", room=room_key, reason=str(error))
