"""Inviting people to their rooms, when they can read what is said there.

The provisioner files a job for each person and room. It waits here until the person has a device that they have
signed: whoever follows MSC4153 gives no keys to other devices.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from community.jobs.errors import PermanentError, TemporaryError
from community.jobs.invitations import RoomInvitation
from community.jobs.job import Job
from community.jobs.notices import COORDINATORS, Notice, NoticeKind
from community.jobs.worker import JobHandler
from matrix.errors import Forbidden, LimitExceeded, MatrixRequestError
from matrix.ids import RoomId, UserId

if TYPE_CHECKING:
    from bots.encryption import EncryptedClient, RoomView
    from bots.features.invitations.history import HistoryHandler
    from community.storage import Store
    from matrix.client_api import ClientApi

log = structlog.get_logger()


class InvitationHandler(JobHandler[RoomInvitation]):
    """Sends them. ``ours`` gives our rooms by key.

    Between looks people who share no encrypted room with the bot may have signed a device: no device list tells.
    """

    kind = RoomInvitation

    def __init__(
        self,
        store: Store,
        client: EncryptedClient,
        api: ClientApi,
        ours: Callable[[], Mapping[str, RoomView]],
        history: HistoryHandler,
        *,
        name_of: Callable[[str], str],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._now = now
        self._client = client
        self._api = api
        self._ours = ours
        self._history = history
        self._name_of = name_of

    async def ready(self, waiting: Mapping[int, RoomInvitation]) -> Collection[int]:
        """Return those to a room of ours that the bot is in, for people who have signed a device.

        The bot never invites anybody anywhere else.
        """
        rooms = {room.room_id for room in self._ours().values()}
        possible = {number: UserId(to.user_id) for number, to in waiting.items() if to.room_id in rooms}
        signed = await self._client.with_signed_device(set(possible.values())) if possible else frozenset()
        return [number for number, user_id in possible.items() if user_id in signed]

    async def carry_out(self, job: Job, payload: RoomInvitation) -> None:  # noqa: ARG002 - the same for all
        """Invite the person, unless they are there."""
        user_id, room_id = UserId(payload.user_id), RoomId(payload.room_id)
        if any(room.room_id == room_id and user_id in room.members for room in self._ours().values()):
            return
        await self._history.promise(payload)
        try:
            await self._api.invite(room_id, user_id)
        except LimitExceeded as error:
            raise TemporaryError(error.errcode) from error
        except MatrixRequestError as error:
            if await self._is_in(room_id, user_id):
                return  # invited by a call whose answer was lost, they have come meanwhile: the promise stands
            passes = error.status >= 500 or not await self._is_in(room_id, self._client.user_id)
            if not passes:
                await self._history.take_back(payload)
            raise (TemporaryError if passes else PermanentError)(error.errcode) from error
        log.info("invited", room=payload.room_key)

    async def _is_in(self, room_id: RoomId, user_id: UserId) -> bool:
        """Whether somebody is in a room; the bot, taken out of it, waits until it is put back."""
        try:
            return await self._api.membership(room_id, user_id) == "join"
        except Forbidden:
            return False

    async def failed(self, job: Job, payload: RoomInvitation, reason: str) -> None:  # noqa: ARG002 - the log has it
        """Tell the coordinators, once: the person is not in the room. The next plan asks for it again."""
        values = {"user": payload.user_id, "room": self._name_of(payload.room_key)}
        notice = Notice(NoticeKind.INVITATION_FAILED, COORDINATORS, str(job.id), values)
        await self._store.jobs.file(notice, at=self._now())
