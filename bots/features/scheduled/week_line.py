"""Telling rooms once a week what comes, where that is wanted: each week once in each room, and nothing of nothing.

Reminders of the same hour of what takes place in that week are told with it, and not besides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from bots.context.background import ROOMS_AT_ONCE, Services
from bots.context.message import Reply
from bots.context.message_kinds import MessageKind, PostForm
from bots.features.scheduled.rendering import WEEK_HEADING, render_lists, week_item
from bots.features.scheduled.waiting import WaitingPosts
from community.agenda.occurrences import Occurrence, Post
from community.agenda.sensible_times import DAY
from community.agenda.told import told_of
from community.agenda.week_ahead import LATE, WeekAhead, of_week, rooms_told, told_key
from community.core.errors import PalabreError
from community.core.lanes import for_each
from community.description.model import Community

log = structlog.get_logger()


class WeekLines:
    """The weeks that are to be told, room by room."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._community: Community | None = None
        self._weeks: dict[str, WeekAhead] = {}
        """The next week that is told in a room."""

    def next_due(self, now: datetime) -> datetime | None:
        """Return when after ``now`` the next room is told."""
        return min((week.due for week in self._weeks.values() if week.due > now), default=None)

    async def post(self, waiting: WaitingPosts, now: datetime) -> None:
        """Tell the rooms whose week has begun; what cannot be sent is tried again.

        Raises:
            StoreError: the database failed.
        """
        self._take_in(waiting, now)
        due = {room_key: week for room_key, week in self._weeks.items() if week.due <= now}
        if not due:
            return
        ended = await self._services.poster.ended_of([(week.key, room) for room, week in due.items()], ())

        async def tell(room_key: str) -> None:
            week = due[room_key]
            is_to_be_told = (week.key, room_key) not in ended and now - week.due <= LATE
            if not is_to_be_told or await self._post(room_key, week, waiting, now):
                self._weeks[room_key] = WeekAhead.after(max(week.due, now), waiting.times_of(room_key))

        await for_each(tell, sorted(due), at_once=ROOMS_AT_ONCE)

    def _take_in(self, waiting: WaitingPosts, now: datetime) -> None:
        if self._community is waiting.community:
            return
        self._community = waiting.community
        since = max(self._services.since, now - LATE)
        self._weeks = {
            room_key: WeekAhead.after(since, waiting.times_of(room_key))
            for room_key in rooms_told(waiting.community)
        }

    async def _post(self, room_key: str, week: WeekAhead, waiting: WaitingPosts, now: datetime) -> bool:
        """Tell a room; whether that is done, or there is nothing to tell."""
        services, room = self._services, self._services.rooms().get(room_key)
        if room is None or services.poster.refusals.is_waiting(room_key, now):
            return False
        default_zone, entries = waiting.community.timezone, waiting.entries_of(room_key)
        # Away from the loop: a large calendar takes seconds.
        coming = await asyncio.to_thread(of_week, entries, default_zone, now, week.end)
        if not coming:
            return True
        also = _told_here(waiting.in_room(room_key), coming, now)
        told = tuple(
            (also[one.key].key if one.key in also else told_key(one), told_of(one)) for one in coming
        )
        try:
            await services.poster.post(
                week.key,
                room_key,
                room.room_id,
                due=week.due,
                message=lambda _now: self._said(coming, frozenset(also)),
                form=PostForm(MessageKind.SCHEDULED, told=told),
                also=sorted(post.key for post in also.values()),
            )
        except PalabreError as error:
            # The job stays as it is: the next look tries again.
            log.warning("week_not_posted", room=room_key, reason=str(error))
            return False
        waiting.drop((post.key, room_key) for post in also.values())
        return True

    def _said(self, coming: Sequence[Occurrence], full: frozenset[str]) -> Reply:
        translators = self._services.translators()
        lists = [
            [week_item(one, translate, is_full=one.key in full) for one in coming]
            for translate in translators
        ]
        return render_lists(translators, lists, WEEK_HEADING)


def _told_here(waiting: Sequence[Post], coming: Sequence[Occurrence], now: datetime) -> dict[str, Post]:
    """Return the reminders that are told with the week, by occurrence: those of the day of what is in it."""
    there = {one.key for one in coming}
    return {
        post.occurrence.key: post
        for post in waiting
        if post.occurrence.key in there and post.told_with is not None and abs(post.told_with - now) < DAY
    }
