"""The loop of the bot: takes each batch of what the homeserver has, and has every message and reaction answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TypeVar, assert_never

import structlog

from bots.backlog import Backlog
from bots.encryption import EncryptedClient, Invitation, Reacted, Received
from bots.encryption.batch import Batch
from bots.followed_redactions import FollowedRedactions
from bots.incoming_reader import IncomingReader
from bots.message_processor import MessageProcessor
from bots.rooms import Foreign, InvitationAnswer, answer_to
from bots.verifying import Verifying
from community.core.errors import PalabreError, place_of
from matrix.client_api import ClientApi
from matrix.errors import HomeserverUnreachable
from matrix.ids import RoomId, UserId

log = structlog.get_logger()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BatchListeners:
    """What else has a part in each batch. ``devices_changed`` is told whose have changed, ``unread`` what came."""

    redactions: FollowedRedactions
    unread: Callable[[Batch], None]
    devices_changed: Callable[[frozenset[UserId]], None]
    verifying: Verifying


class Runtime:
    """One bot account in its rooms."""

    def __init__(
        self,
        client: EncryptedClient,
        api: ClientApi,
        incoming: IncomingReader,
        handler: MessageProcessor,
        listeners: BatchListeners,
    ) -> None:
        self._client = client
        self._api = api
        self._incoming = incoming
        self._handler = handler
        self._listeners = listeners
        self._backlog = Backlog()
        self.ready = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Read and answer until ``stop``."""
        async for batch in self._client.batches(stop, waiting=lambda: self._backlog.event_ids):
            await self._take(batch)
            del batch  # its words are not kept until the next one comes
            self.ready.set()

    async def _take(self, batch: Batch) -> None:
        """Do what a batch asks for; of what was said, one message of each person: the others wait for the next one."""
        self._listeners.devices_changed(batch.changed_devices)
        await self._incoming.refresh(batch.changed_devices)
        for invitation in batch.invitations:
            await self._guarded("invitation_failed", self._decide(invitation))
        for room_id in sorted(batch.changed_rooms):
            await self._guarded("leaving_failed", self._leave_if_foreign(room_id))
        for identity, device_id in batch.unfinished:
            await self._guarded("verification_failed", self._listeners.verifying.give_up(identity, device_id))
        for event in batch.verifications:
            await self._guarded("verification_failed", self._listeners.verifying.hear(event))
        self._listeners.unread(batch)
        for dropped in self._backlog.drop({redacted.target for redacted in batch.redacted}):
            await self._client.done(dropped)
        for redacted in batch.redacted:
            await self._guarded("withdrawal_failed", self._listeners.redactions.follow(redacted))
        await self._hear(batch.said)

    async def _hear(self, said: Sequence[Received | Reacted]) -> None:
        """Take in what was said, and answer what is next: in each room in order, in different rooms at the same time.

        Where the homeserver goes away nothing is cut off: the other rooms come to their end first.
        """
        self._backlog.add(said)
        rooms = self._backlog.next_round()
        ends = await asyncio.gather(*map(self._hear_room, rooms), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end

    async def _hear_room(self, said: Sequence[Received | Reacted]) -> None:
        for each in said:
            # Before the answer, which may be that its sender is forgotten.
            await self._guarded("visit_not_noted", self._incoming.heard(each))
            planned = await self._guarded("answer_failed", self._handler.answer(each))
            await self._client.done(each)
            if planned is not None:
                await self._guarded("clearing_failed", self._handler.dealt_with(each, planned))

    async def _guarded(self, event: str, work: Coroutine[object, object, T]) -> T | None:
        """Do one thing of a batch; its failure is logged and does not take the others with it.

        A homeserver that goes away in between is another matter: it ends the process with the batch not confirmed,
        so that the next one reads it again and neither an answer nor an invitation is lost.

        That holds for our own mistakes too: a message that a feature fails on would be read again after each
        restart, and the bot would never get past it.
        """
        try:
            return await work
        except HomeserverUnreachable:
            raise
        except PalabreError as error:
            log.warning(event, reason=str(error))
        except Exception as error:  # its text may quote the message: the kind and place alone are logged
            log.error(event, kind=type(error).__name__, at=place_of(error))  # noqa: TRY400
        return None

    async def _decide(self, invitation: Invitation) -> None:
        if invitation.room_id in self._client.rooms:
            return  # It is from before the bot came in: declining it now would leave the room.
        said = {"direct": invitation.is_direct, "encrypted": invitation.encrypted}
        known = self._incoming.people.keys() | self._incoming.people.alumni
        match answer_to(invitation, known, self._incoming.ours):
            case InvitationAnswer.ACCEPT:
                await self._api.join(invitation.room_id)
            case InvitationAnswer.DECLINE:
                await self._api.leave(invitation.room_id)
                log.info("invitation_declined", **said)
            case InvitationAnswer.WAIT:
                log.info("invitation_waits", **said)
            case answer:
                assert_never(answer)

    async def _leave_if_foreign(self, room_id: RoomId) -> None:
        room = self._client.rooms.get(room_id)
        # A room of our own making may not be complete yet, and so look foreign: `bots.directs` knows what is over.
        if room is None or room.create_sender == self._client.user_id:
            return
        # Nor is a room left of which the state has not come: who leaves a room of ours cannot come back by themselves.
        if not room.create_sender:
            return
        if isinstance(self._incoming.place(room), Foreign):
            await self._api.leave(room_id)
            log.info("foreign_room_left")
