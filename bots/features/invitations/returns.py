"""Whoever leaves a room in order to read what was said before is invited again: only so are they given the keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

import structlog

from community.core.messages import Translator, msg
from community.jobs.errors import NotYet
from community.jobs.invitations import RoomInvitation
from community.jobs.job import Job
from community.jobs.return_invitations import ReturnInvitation
from community.jobs.worker import JobHandler
from matrix.errors import Forbidden
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
_READING = timedelta(seconds=5)
"""How long after they have asked for it somebody is taken out: by then they have read that they are."""
_WHY = msg("As you have asked: you are invited again, so that you can read what was said before.")


class ReturnHandler(JobHandler[ReturnInvitation]):
    """Has them invited, once they have left by themselves, if the room is theirs still. ``ours`` gives ours by key.

    Who has asked for that too is taken out first. ``me`` is the bot; ``translators``: see `Services`.
    """

    kind = ReturnInvitation
    look_every: ClassVar[timedelta] = timedelta(seconds=5)

    def __init__(
        self,
        store: Store,
        me: UserId,
        api: ClientApi,
        ours: Callable[[], Mapping[str, RoomView]],
        open_history: OpenHistory,
        translators: Callable[[], Sequence[Translator]],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._me = me
        self._translators = translators
        self._api = api
        self._ours = ours
        self._open = open_history
        self._now = now

    async def ready(self, waiting: Mapping[int, ReturnInvitation]) -> Collection[int]:
        """Return those of whoever is not in the room any more or is to be taken out, and those that are over."""
        rooms = self._ours()
        return [
            number
            for number, to in waiting.items()
            if self._is_over(to) or self._has_left(to, rooms) or self._is_to_leave(to)
        ]

    async def carry_out(self, job: Job, payload: ReturnInvitation) -> None:  # noqa: ARG002 - the payload says all
        """File the invitation, unless they have stayed, somebody has taken them out, or the room is not theirs.

        Whom the bot has taken out is invited however late it is: it may have been stopped in between.
        """
        if self._is_over(payload) and not (payload.takes_out and await self._left_by(payload) == self._me):
            return
        person = await self._store.people.find(payload.user_id)
        has_place = person is not None and self._open.has_place(payload.room_key, person.username)
        if has_place and not self._has_left(payload, self._ours()):
            await self._take_out(payload)
            return
        if not has_place or not await self._is_out_as_asked(payload):
            log.info("not_invited_again", room=payload.room_key)
            return
        invitation = RoomInvitation(payload.room_id, payload.room_key, payload.user_id)
        await self._store.jobs.file(invitation, at=self._now())

    async def _take_out(self, to: ReturnInvitation) -> None:
        """Take somebody out who has asked for it; nobody else, nor who has as much power in the room as the bot.

        Whom somebody else has invited meanwhile stays so.
        """
        if not self._is_to_leave(to):
            return
        room_id, user_id = RoomId(to.room_id), UserId(to.user_id)
        try:
            membership = await self._api.membership(room_id, user_id)
            if membership == "invite":
                return
            if membership == "join":
                why = dict.fromkeys(translate(_WHY) for translate in self._translators())
                await self._api.kick(room_id, user_id, reason=" · ".join(why))
        except Forbidden:
            log.info("not_taken_out", room=to.room_key)
            return
        raise NotYet("leaving", self.look_every)

    async def _is_out_as_asked(self, to: ReturnInvitation) -> bool:
        """Whether they have left by themselves, or were taken out by the bot as they have asked."""
        by = await self._left_by(to)
        return by is not None and by in {to.user_id, *([self._me] if to.takes_out else ())}

    async def _left_by(self, to: ReturnInvitation) -> str | None:
        """Return who has put them out of the room, as the homeserver has it now; None while they are in it."""
        return await Lookups(self._api.http).left_by(RoomId(to.room_id), UserId(to.user_id))

    def _is_to_leave(self, to: ReturnInvitation) -> bool:
        return bool(to.takes_out) and self._now() - to.asked_at >= _READING

    def _is_over(self, to: ReturnInvitation) -> bool:
        return self._now() - to.asked_at >= _FOR

    @staticmethod
    def _has_left(to: ReturnInvitation, rooms: Mapping[str, RoomView]) -> bool:
        room = rooms.get(to.room_key)
        return room is not None and room.room_id == to.room_id and UserId(to.user_id) not in room.members
