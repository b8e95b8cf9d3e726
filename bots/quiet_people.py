"""Who is in the quiet hours that they have set for themselves: what can wait is told to them afterwards."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime

from bots.incoming_reader import IncomingReader
from community.agenda.personal_times import is_own_quiet
from community.jobs.notices import NoticeKind
from community.storage import Store

CAN_WAIT = frozenset(
    {
        NoticeKind.RECOVERY_KEY,
        NoticeKind.INVITED_ARRIVED,
        NoticeKind.INVITED_STUCK,
        NoticeKind.INVITATION_RUN_OUT,
        NoticeKind.INVITATION_CLOSED,
        NoticeKind.GATE_WATCHED,
        NoticeKind.GATE_LET_IN,
        NoticeKind.GATE_LET_OUT,
        NoticeKind.MEMBER_LEFT,
        NoticeKind.WEEK_WELL,
        NoticeKind.WEEK_NOT_WELL,
    }
)
"""The notices that can. All others say that something is wrong, or what became of something that the person did."""


class QuietPeople:
    """Looks it up. ``now`` gives the time."""

    def __init__(self, store: Store, incoming: IncomingReader, *, now: Callable[[], datetime]) -> None:
        self._hours = store.quiet_hours
        self._incoming = incoming
        self._now = now

    async def among(self, users: Collection[str]) -> frozenset[str]:
        """Return those of some people who are in their own quiet hours now.

        Raises:
            StoreError: the database failed.
        """
        if not users:
            return frozenset()
        hours, people, now = await self._hours.all(), self._incoming.people, self._now()
        community = self._incoming.community
        return frozenset(
            user
            for user in users
            if user in people and is_own_quiet(people[user], hours.get(user), community, now)
        )
