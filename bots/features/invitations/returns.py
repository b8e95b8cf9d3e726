"""Whoever leaves a room in order to read what was said before is invited again: only so are they given the keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

import structlog

from community.jobs.invitations import RoomInvitation
from community.jobs.job import Job
from community.jobs.return_invitations import ReturnInvitation
from community.jobs.worker import JobHandler
from matrix.ids import RoomId, UserId
from matrix.lookups import Lookups

if TYPE_CHECKING:
    from bots.context.open_history import OpenHistory
    from bots.encryption import RoomView
    from community.storage import Store
    from matrix.client_api import ClientApi

log = structlog.get_logger()

_FOR = timedelta(hours=1)
"""How long after they have asked somebody who leaves is invited again."""


class ReturnHandler(JobHandler[ReturnInvitation]):
    """Has them invited, once they have left by themselves, if the room is theirs still. ``ours`` gives ours by key."""

    kind = ReturnInvitation
    look_every: ClassVar[timedelta] = timedelta(seconds=5)

    def __init__(
        self,
        store: Store,
        api: ClientApi,
        ours: Callable[[], Mapping[str, RoomView]],
        open_history: OpenHistory,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._api = api
        self._ours = ours
        self._open = open_history
        self._now = now

    async def ready(self, waiting: Mapping[int, ReturnInvitation]) -> Collection[int]:
        """Return those of whoever is not in the room any more, and those that are over."""
        rooms = self._ours()
        return [number for number, to in waiting.items() if self._is_over(to) or self._has_left(to, rooms)]

    async def carry_out(self, job: Job, payload: ReturnInvitation) -> None:  # noqa: ARG002 - the payload says all
        """File the invitation, unless they have stayed, somebody has taken them out, or the room is not theirs."""
        room_id, user_id = RoomId(payload.room_id), UserId(payload.user_id)
        if self._is_over(payload) or not self._has_left(payload, self._ours()):
            return
        person = await self._store.people.find(payload.user_id)
        has_place = person is not None and self._open.has_place(payload.room_key, person.username)
        if not has_place or not await Lookups(self._api.http).has_left_by_themselves(room_id, user_id):
            log.info("not_invited_again", room=payload.room_key)
            return
        invitation = RoomInvitation(payload.room_id, payload.room_key, payload.user_id)
        await self._store.jobs.file(invitation, at=self._now())

    def _is_over(self, to: ReturnInvitation) -> bool:
        return self._now() - to.asked_at >= _FOR

    @staticmethod
    def _has_left(to: ReturnInvitation, rooms: Mapping[str, RoomView]) -> bool:
        room = rooms.get(to.room_key)
        return room is not None and room.room_id == to.room_id and UserId(to.user_id) not in room.members
