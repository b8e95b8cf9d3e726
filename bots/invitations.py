"""Inviting people to their rooms, when they can read what is said there.

The provisioner files a request of kind ``invite`` for each person and room. It waits here until the person has
a device that they have signed: whoever follows MSC4153 gives no keys to other devices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from bots.encryption import EncryptedClient, RoomView
from community.storage import Job, JobState, Store
from matrix.client_api import ClientApi
from matrix.errors import LimitExceeded, MatrixRequestError
from matrix.ids import RoomId, UserId

log = structlog.get_logger()


class Invitations:
    """Carries out the requests. ``now`` gives the moment that they are ended at."""

    def __init__(
        self, store: Store, client: EncryptedClient, api: ClientApi, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._client = client
        self._api = api
        self._now = now

    async def carry_out(self, ours: Mapping[str, RoomView]) -> int:
        """Carry out what can be; return how many invitations were sent.

        ``ours`` are our rooms by key. A homeserver that does not answer leaves the requests as they are.
        """
        pending = await self._store.jobs.pending("invite")
        if not pending:
            return 0
        # By id: a room that was given a new key since is still the room that was meant.
        rooms = {room.room_id: room for room in ours.values()}
        ready = await self._client.with_signed_device({UserId(r.payload["user_id"]) for r in pending})
        sent = 0
        for request in pending:
            if UserId(request.payload["user_id"]) in ready:
                sent += await self._carry_out(request, rooms)
        return sent

    async def _carry_out(self, request: Job, rooms: Mapping[RoomId, RoomView]) -> bool:
        user_id, room_id = UserId(request.payload["user_id"]), RoomId(request.payload["room_id"])
        room = rooms.get(room_id)
        if room is None:
            # Not one of ours, or not yet: the bot never invites anybody anywhere else.
            return False
        if user_id in room.members:
            await self._end(request, JobState.DONE)
            return False
        try:
            await self._api.invite(room_id, user_id)
        except LimitExceeded:
            return False
        except MatrixRequestError as error:
            if error.status >= 500:
                return False
            await self._end(request, JobState.FAILED, reason=error.errcode)
            log.warning("invitation_refused", room=request.payload["room_key"], errcode=error.errcode)
            return False
        await self._end(request, JobState.DONE)
        return True

    async def _end(self, request: Job, state: JobState, reason: str | None = None) -> None:
        await self._store.jobs.end(request.id, state, at=self._now(), reason=reason)
